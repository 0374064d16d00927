"""Whom `doctor` looks at: one profile, as its config is now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tray_app import wiring
from tray_app.core.configuration import Config


@dataclass(frozen=True, slots=True)
class Case:
    """The profile. `tray`: the kind that --backend forces, None for the one found."""

    setup: wiring.Setup
    tray: str | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """The same, where the config can be used."""

    case: Case
    config: Config

    @property
    def setup(self) -> wiring.Setup:
        """The profile's setup."""
        return self.case.setup

    @property
    def env_file(self) -> Path:
        """The `.env` that is kept."""
        return Path(self.config.env_file)
