"""Builds the real objects: the one place that knows which parts make a running program."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.adapters.config import LEAST_POLL_SECONDS, ConfigFile
from tray_app.adapters.paths import TEMPLATE, Folders, resource
from tray_app.core.api_base import PRODUCTION
from tray_app.core.errors import ConfigError
from tray_app.core.health import Limits
from tray_app.core.schedule import Pace

if TYPE_CHECKING:
    from tray_app.adapters.store import Store
    from tray_app.core.model import Config
    from tray_app.engine import Engine, Tools


@dataclass(frozen=True, slots=True)
class Setup:
    """Which profile, with which surroundings. The defaults are those of a real run.

    `store`: where secrets rest, None for the OS keyring; `least_poll_seconds`: the floor.
    """

    config_path: Path
    folders: Folders
    api_base: str = PRODUCTION
    store: Store | None = None
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)
    least_poll_seconds: float = LEAST_POLL_SECONDS


def read_config(setup: Setup) -> Config:
    """Return the config as it is now. Raises ConfigError."""
    return ConfigFile(setup.config_path, setup.least_poll_seconds).read()


def begin_config(setup: Setup) -> None:
    """Make the config from the template, for this user alone (0600). Raises ConfigError."""
    ConfigFile(setup.config_path).begin(resource(TEMPLATE).read_bytes())


def env_folder(setup: Setup) -> Path:
    """Return the folder of `.env` as the config names it now, else the config's own."""
    try:
        return Path(read_config(setup).env_file).parent
    except ConfigError:
        return setup.config_path.parent


def build_tools(setup: Setup) -> Tools:
    """Return the profile's outside world. Imports what is heavy: HTTP and keyring."""
    from tray_app.adapters.journal import Journal
    from tray_app.adapters.locks import Locks
    from tray_app.adapters.store import KeyringStore
    from tray_app.adapters.vault import Vault
    from tray_app.adapters.webex import Webex
    from tray_app.engine import Tools

    return Tools(
        config_file=ConfigFile(setup.config_path, setup.least_poll_seconds),
        vault=Vault(setup.store or KeyringStore()),
        webex=Webex(setup.api_base),
        journal=Journal(setup.folders.journal),
        locks=Locks(setup.folders.locks),
        clock=lambda: datetime.now(UTC),
        roll=random.random,
        limits=setup.limits,
        pace=setup.pace,
    )


def open_engine(setup: Setup) -> Engine:
    """Return the profile's engine. Raises ConfigError."""
    from tray_app.engine import Engine

    return Engine(build_tools(setup))
