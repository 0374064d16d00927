"""`watch`: the tray's work without a tray, for servers; and as a service of systemd."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from tray_app import bootstrap
from tray_app.cli.autostart import lasting
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile, selected_profiles
from tray_app.cli.output import echo
from tray_app.model.errors import Busy
from tray_app.model.permissions import RESIDENT
from tray_app.system.hardening import allow_files
from tray_app.system.systemd import Notifier, is_journal

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
        from tray_app.cli.service import install, uninstall

        setup = selected_profile(context)
        if deed == "uninstall":
            return uninstall(setup)
        return install(lasting(setup, "on"))
    setups = selected_profiles(context, RESIDENT)
    allow_files(_FILES + 2 * len(setups))
    greeting = f"watching {len(setups)} profiles: {', '.join(setups)}"
    with ExitStack() as held:
        for setup in setups.values():
            instance = bootstrap.instance(setup)
            try:
                held.enter_context(instance.acquire())
            except Busy:
                echo(f"Already running for {setup.config_path}.", err=True)
                return Exit.ALREADY_RUNNING
            config = bootstrap.read_config(setup)
            try:
                held.enter_context(instance.keep(Path(config.env_file)))
            except Busy as error:
                echo(str(error), err=True)
                return Exit.ALREADY_RUNNING
            if len(setups) == 1:
                greeting = f"watching {setup.config_path} for {config.env_file}"
        from tray_app.cli.watch_loop import Console, Watching

        environ = next(iter(setups.values())).environ
        console = Console(sys.stdout, token_facts=is_journal(environ, 1))
        return Watching(setups, console, Notifier(environ)).run(greeting)
