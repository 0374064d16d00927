"""`tray`, and no verb at all: the icon in the panel."""

from __future__ import annotations

import gc
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray_app import wiring
from tray_app.adapters import log_later
from tray_app.commands.backends import backend_option, chosen_tray, say_if_unseen
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.commands.profile import chosen_setups, names_profiles, profile_options
from tray_app.core.errors import Busy, ConfigError
from tray_app.core.permissions import RESIDENT
from tray_app.core.printable import printable
from tray_app.desktop.autostart import login_item
from tray_app.desktop.opener import open_path
from tray_app.desktop.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.core.configuration import Config
    from tray_app.desktop.fleet_session import FleetSession


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
    setups = chosen_setups(context, RESIDENT, later=True)
    if len(setups) > 1:
        from tray_app.commands.tray_of_many import run_many

        return run_many(setups, chosen_tray(context), registered=not names_profiles(context))
    setup = next(iter(setups.values()))
    instance = wiring.instance(setup)
    with ExitStack() as held:
        try:
            held.enter_context(instance.hold())
        except Busy:
            shown = "; it shows a notice now" if instance.knock() else ""
            echo(f"Already running for {setup.config_path}{shown}.", err=True)
            return Exit.ALREADY_RUNNING
        begin_config(setup)
        found = chosen_tray(context)
        login = login_item(setup) if setup.is_approved else None  # its entry would name it
        session = Session(setup, found, login=login)

        def settle() -> None:
            gc.enable()
            log_later.open_now()
            held.enter_context(instance.door(session.remind))
            config = read_config(setup)
            if config is not None:
                held.enter_context(instance.keep(Path(config.env_file)))
            say_if_unseen(found)

        return to_its_end(session, settle)


def to_its_end(session: Session | FleetSession, settle: Callable[[], None]) -> Exit:
    """Show the icon until its end. `settle` is called once it is up; Busy from it ends it."""
    try:
        return Exit.INTERRUPTED if session.run(settle) else Exit.GREEN
    except Busy as error:
        echo(str(error), err=True)
        return Exit.ALREADY_RUNNING


def begin_config(setup: wiring.Setup) -> None:
    """On the very first start, make a config and open it.

    Only in the user's own folder: a path that a person named may be a slip. Raises ConfigError
    where there is none, and none can be made.
    """
    path = setup.config_path
    if path.exists():
        return
    if path.parent != setup.folders.config:
        wiring.read_config(setup)  # says so
    wiring.begin_config(setup)
    echo(f"Made {path} from the template: fill it in, the icon follows.", err=True)
    open_path(path)


def read_config(setup: wiring.Setup) -> Config | None:
    """Return the config, or say what is wrong with it."""
    try:
        return wiring.read_config(setup)
    except ConfigError as error:
        for fault in error.faults:
            echo(f"{printable(error.path)}: {fault}", err=True)
        return None
