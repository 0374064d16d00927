"""A profile that works, to be broken in one place, and what a check then finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.profile import Profile
from tray_app import bootstrap
from tray_app.bootstrap import ProfileContext
from tray_app.cli.doctor import config_checks
from tray_app.cli.doctor.finding import ConfiguredTarget, Finding, Target
from tray_app.cli.doctor.runner import CONFIG_CHECKS
from tray_app.secrets.store import MemoryStore, Store


@dataclass
class Subject:
    """The profile and its surroundings. `api_base`: None for its sandbox's."""

    profile: Profile
    store: Store = field(default_factory=lambda: MemoryStore(durable=True))
    api_base: str | None = None

    @property
    def target(self) -> Target:
        """For checks that need no config."""
        profile = self.profile
        base = self.api_base or profile.webex.api_base
        return Target(
            ProfileContext(profile.config_path, profile.folders, base, self.store, environ={})
        )

    @property
    def env(self) -> Path:
        """The `.env`."""
        return self.profile.env_path

    def configured_target(self) -> ConfiguredTarget:
        """For checks of what the config names."""
        return ConfiguredTarget(self.target.profile, bootstrap.read_config(self.target.profile))

    def findings(self, check: Callable[[Any], Iterator[Finding]]) -> list[Finding]:
        """The findings of that check."""
        needs_config = check in CONFIG_CHECKS.values()
        return list(check(self.configured_target() if needs_config else self.target))

    def check_config(self) -> list[Finding]:
        """The findings about the config."""
        return config_checks.check_config(self.target)[0]

    def refresh(self) -> None:
        """Check, and ask for a new token, as a click on Refresh does."""
        with closing(bootstrap.open_engine(self.target.profile)) as engine:
            engine.poll()
            engine.refresh(by_hand=True)

    def change(self, section: str, **values: Any) -> None:
        """Write the config with other values in a section; None takes one out."""

        def changed(config: dict[str, Any]) -> None:
            found = config.setdefault(section, {})
            for name, value in values.items():
                found.pop(name, None)
                if value is not None:
                    found[name] = value

        self.profile.write_config(changed)


def the_one(findings: list[Finding], topic: str) -> Finding:
    """The only finding of that topic."""
    (found,) = [finding for finding in findings if finding.topic == topic]
    return found
