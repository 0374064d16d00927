"""`watch`: the tray's work without a tray, for servers; and as a service of systemd."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from tray_app import wiring
from tray_app.adapters.process import allow_files
from tray_app.adapters.systemd import Notifier, is_journal
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.commands.profile import chosen_setup, chosen_setups, profile_options
from tray_app.commands.switch import lasting
from tray_app.core.errors import Busy
from tray_app.core.permissions import RESIDENT

_FILES = 256
"""Open files beside the locks of the profiles, which are two each."""


@click.command()
@click.option("--install", "deed", flag_value="install", help="Make it a systemd user service.")
@click.option("--uninstall", "deed", flag_value="uninstall", help="Remove that service.")
@profile_options
@click.pass_context
def watch(context: click.Context, *, deed: str | None) -> int:
    """Keep the token working without an icon, and print a line for each change. It takes several
    profiles, as `tray` does; each line then begins with the profile's name.

    SIGTERM ends it; on SIGHUP it reads the config again.

    Exit code: 0 after SIGTERM, 130 after Ctrl-C, 3 if it or the tray is already running, 78 if the
    config cannot be used at the start.
    """
    if deed is not None:
        from tray_app.commands.service import install, uninstall

        setup = chosen_setup(context)
        if deed == "uninstall":
            return uninstall(setup)
        return install(lasting(setup, "on"))
    setups = chosen_setups(context, RESIDENT)
    allow_files(_FILES + 2 * len(setups))
    greeting = f"watching {len(setups)} profiles: {', '.join(setups)}"
    with ExitStack() as held:
        for setup in setups.values():
            instance = wiring.instance(setup)
            try:
                held.enter_context(instance.hold())
            except Busy:
                echo(f"Already running for {setup.config_path}.", err=True)
                return Exit.ALREADY_RUNNING
            config = wiring.read_config(setup)
            try:
                held.enter_context(instance.keep(Path(config.env_file)))
            except Busy as error:
                echo(str(error), err=True)
                return Exit.ALREADY_RUNNING
            if len(setups) == 1:
                greeting = f"watching {setup.config_path} for {config.env_file}"
        from tray_app.commands.watching import Console, Watching

        environ = next(iter(setups.values())).environ
        console = Console(sys.stdout, journal=is_journal(environ, 1))
        return Watching(setups, console, Notifier(environ)).run(greeting)
