"""`tray` for several profiles: one process, one icon."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app import wiring
from tray_app.adapters import log_later
from tray_app.adapters.paths import CONFIG_NAME
from tray_app.adapters.process import allow_files
from tray_app.commands.backends import say_if_unseen
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.commands.tray import to_its_end
from tray_app.core.errors import Busy, ConfigError
from tray_app.core.printable import printable
from tray_app.desktop.autostart import LoginItem, login_item
from tray_app.desktop.fleet_session import FleetSession

if TYPE_CHECKING:
    from tray_app.desktop.backend import Tray

_FILES = 256
"""Open files beside the locks of the profiles, which are two each."""


def run_many(setups: Mapping[str, wiring.Setup], found: Tray, *, registered: bool) -> int:
    """Show one icon for all. `registered`: they are those of `profiles list`, and so will be those
    that it starts with at login."""
    allow_files(_FILES + 2 * len(setups))
    instances = {name: wiring.instance(setup) for name, setup in setups.items()}
    with ExitStack() as held:
        for name, instance in instances.items():
            try:
                held.enter_context(instance.hold())
            except Busy:
                shown = "; it shows a notice now" if instance.knock() else ""
                echo(f"Already running for {name}{shown}.", err=True)
                return Exit.ALREADY_RUNNING
        login = _login(next(iter(setups.values()))) if registered else None
        session = FleetSession(setups, found, login=login)

        def settle() -> None:
            gc.enable()
            log_later.open_now()
            first, *others = instances.values()
            held.enter_context(first.door(session.remind))
            for instance in others:
                held.enter_context(instance.door_of(first))
            for name, setup in setups.items():
                env_file = _env_file(name, setup)
                if env_file is not None:
                    held.enter_context(instances[name].keep(env_file))
            say_if_unseen(found)

        return to_its_end(session, settle)


def _env_file(name: str, setup: wiring.Setup) -> Path | None:
    """The `.env` of the profile; None where its config is at fault, which is said."""
    try:
        return Path(wiring.read_config(setup).env_file)
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{name}: {printable(error.path)}: {fault}", err=True)
        return None


def _login(setup: wiring.Setup) -> LoginItem:
    """The entry that starts the program without naming a profile."""
    return login_item(replace(setup, config_path=setup.folders.config / CONFIG_NAME))
