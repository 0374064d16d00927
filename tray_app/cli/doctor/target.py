"""Whom `doctor` looks at: one profile, as its config is now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tray_app import bootstrap
from tray_app.model.settings import Config


@dataclass(frozen=True, slots=True)
class Target:
    """The profile. `tray`: the kind that --backend forces, None for the one found."""

    setup: bootstrap.ProfileContext
    tray: str | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """The same, where the config can be used."""

    case: Target
    config: Config

    @property
    def setup(self) -> bootstrap.ProfileContext:
        """The profile's setup."""
        return self.case.setup

    @property
    def env_file(self) -> Path:
        """The `.env` that is kept."""
        return Path(self.config.env_file)
