"""`watch`: the tray's work without a tray, for servers; and as a service of systemd."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import click

from tray_app import wiring
from tray_app.adapters.systemd import Notifier, is_journal
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.core.errors import Busy


@click.command()
@click.option("--install", "deed", flag_value="install", help="Make it a systemd user service.")
@click.option("--uninstall", "deed", flag_value="uninstall", help="Remove that service.")
@profile_options
@click.pass_context
def watch(context: click.Context, *, deed: str | None) -> int:
    """Keep the token alive without an icon, and say each change in a line.

    SIGTERM ends it, SIGHUP has it read the config again. Exit code: 0 after SIGTERM, 130 after
    Ctrl-C, 3 where it or the tray runs already, 78 when the config cannot be used at the start.
    """
    setup = chosen_setup(context)
    if deed is not None:
        from tray_app.commands.service import install, uninstall

        return install(setup) if deed == "install" else uninstall(setup)
    instance = wiring.instance(setup)
    with ExitStack() as held:
        try:
            held.enter_context(instance.hold())
        except Busy:
            click.echo(f"Already running for {setup.config_path}.", err=True)
            return Exit.ALREADY_RUNNING
        config = wiring.read_config(setup)
        try:
            held.enter_context(instance.keep(Path(config.env_file)))
        except Busy as error:
            click.echo(str(error), err=True)
            return Exit.ALREADY_RUNNING
        from tray_app.commands.watching import Console, Watching

        environ = setup.environ
        console = Console(sys.stdout, journal=is_journal(environ, 1))
        watching = Watching(setup, console, Notifier(environ))
        return watching.run(f"watching {setup.config_path} for {config.env_file}")
