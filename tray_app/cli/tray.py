"""`tray`, and no verb at all: the icon in the panel."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import (
    backend_option,
    names_profiles,
    profile_options,
    selected_profiles,
    selected_tray,
    warn_if_not_visible,
)
from tray_app.cli.output import echo
from tray_app.desktop.app import DesktopApp
from tray_app.desktop.install.autostart import LoginItem, login_item
from tray_app.desktop.opener import open_path
from tray_app.desktop.profiles_app import ProfilesApp
from tray_app.model.errors import Busy, ConfigError
from tray_app.model.permissions import RESIDENT
from tray_app.model.printable import printable
from tray_app.system import log
from tray_app.system.dirs import CONFIG_NAME
from tray_app.system.hardening import allow_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.desktop.tray.detect import Tray
    from tray_app.model.settings import Config


@click.command()
@profile_options
@backend_option
@click.pass_context
def tray(context: click.Context) -> int:
    """Show the icon and keep the token working. This is also the default without a command.

    Several profiles (--config A --config B, --profile A --profile B, or those of `profiles list`)
    share one process and one icon. Only one tray runs for each profile and each .env.

    Exit code: 0 after Quit, 3 if it is already running.
    """
    setups = selected_profiles(context, RESIDENT, defer_log=True)
    if len(setups) > 1:
        return run_many(setups, selected_tray(context), registered=not names_profiles(context))
    setup = next(iter(setups.values()))
    instance = bootstrap.instance(setup)
    with ExitStack() as held:
        try:
            held.enter_context(instance.acquire())
        except Busy:
            shown = "; it shows a notice now" if instance.notify_running() else ""
            echo(f"Already running for {setup.config_path}{shown}.", err=True)
            return Exit.ALREADY_RUNNING
        begin_config(setup)
        found = selected_tray(context)
        login = login_item(setup) if setup.is_approved else None  # its entry would name it
        session = DesktopApp(setup, found, login=login)

        def settle() -> None:
            gc.enable()
            log.open_now()
            held.enter_context(instance.listen(session.remind))
            config = read_config(setup)
            if config is not None:
                held.enter_context(instance.keep(Path(config.env_file)))
            warn_if_not_visible(found)

        return to_its_end(session, settle)


def to_its_end(session: DesktopApp | ProfilesApp, settle: Callable[[], None]) -> Exit:
    """Show the icon until its end. `settle` is called once it is up; Busy from it ends it."""
    try:
        return Exit.INTERRUPTED if session.run(settle) else Exit.GREEN
    except Busy as error:
        echo(str(error), err=True)
        return Exit.ALREADY_RUNNING


def begin_config(setup: bootstrap.ProfileContext) -> None:
    """On the very first start, make a config and open it.

    Only in the user's own folder: a path that a person named may be a slip. Raises ConfigError
    where there is none, and none can be made.
    """
    path = setup.config_path
    if path.exists():
        return
    if path.parent != setup.folders.config:
        bootstrap.read_config(setup)  # says so
    bootstrap.begin_config(setup)
    echo(f"Made {path} from the template: fill it in, the icon follows.", err=True)
    open_path(path)


def read_config(setup: bootstrap.ProfileContext) -> Config | None:
    """Return the config, or say what is wrong with it."""
    try:
        return bootstrap.read_config(setup)
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{printable(error.path)}: {fault}", err=True)
        return None


_FILES = 256
"""Open files beside the locks of the profiles, which are two each."""


def run_many(
    setups: Mapping[str, bootstrap.ProfileContext], found: Tray, *, registered: bool
) -> int:
    """Show one icon for all. `registered`: they are those of `profiles list`, and so will be those
    that it starts with at login."""
    allow_files(_FILES + 2 * len(setups))
    instances = {name: bootstrap.instance(setup) for name, setup in setups.items()}
    with ExitStack() as held:
        for name, instance in instances.items():
            try:
                held.enter_context(instance.acquire())
            except Busy:
                shown = "; it shows a notice now" if instance.notify_running() else ""
                echo(f"Already running for {name}{shown}.", err=True)
                return Exit.ALREADY_RUNNING
        login = _login(next(iter(setups.values()))) if registered else None
        session = ProfilesApp(setups, found, login=login)

        def settle() -> None:
            gc.enable()
            log.open_now()
            first, *others = instances.values()
            held.enter_context(first.listen(session.remind))
            for instance in others:
                held.enter_context(instance.listen_for(first))
            for name, setup in setups.items():
                env_file = _env_file(name, setup)
                if env_file is not None:
                    held.enter_context(instances[name].keep(env_file))
            warn_if_not_visible(found)

        return to_its_end(session, settle)


def _env_file(name: str, setup: bootstrap.ProfileContext) -> Path | None:
    """The `.env` of the profile; None where its config is at fault, which is said."""
    try:
        return Path(bootstrap.read_config(setup).env_file)
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{name}: {printable(error.path)}: {fault}", err=True)
        return None


def _login(setup: bootstrap.ProfileContext) -> LoginItem:
    """The entry that starts the program without naming a profile."""
    return login_item(replace(setup, config_path=setup.folders.config / CONFIG_NAME))
