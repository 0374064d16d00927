"""`tray`, and no verb at all: the icon in the panel."""

from __future__ import annotations

import click

from tray_app import wiring
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.core.errors import ConfigError
from tray_app.desktop.backend import Tray, find_tray
from tray_app.desktop.opener import open_path
from tray_app.desktop.session import Session


@click.command()
@profile_options
@click.pass_context
def tray(context: click.Context) -> int:
    """Show the icon and keep the token alive. This is also what no command does."""
    setup = chosen_setup(context)
    begin_config(setup)
    found = find_tray()
    say_if_unseen(found)
    interrupted = Session(setup, found).run()
    return Exit.INTERRUPTED if interrupted else Exit.GREEN


def begin_config(setup: wiring.Setup) -> None:
    """Say what is wrong with the config; on the very first start, make one and open it.

    Only in the user's own folder: a path that a person named may be a slip. Raises ConfigError
    when there is none.
    """
    path = setup.config_path
    if not path.exists() and path.parent == setup.folders.config:
        wiring.begin_config(setup)
        click.echo(f"Made {path} from the template: fill it in, the icon follows.", err=True)
        open_path(path)
        return
    try:
        wiring.read_config(setup)
    except ConfigError as error:
        if not path.exists():
            raise
        for fault in error.faults:
            click.echo(f"{error.path}: {fault}", err=True)


def say_if_unseen(found: Tray) -> None:
    """Say once why no icon is seen, and what helps."""
    if not found.shows:
        click.echo(f"{found.reason} {found.remedy} The token is kept alive all the same.", err=True)
