"""`tray`, and no verb at all: the icon in the panel."""

from __future__ import annotations

from pathlib import Path

import click

from tray_app import wiring
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.desktop.backend import Tray, find_tray
from tray_app.desktop.session import Session


@click.command()
@profile_options
@click.pass_context
def tray(context: click.Context) -> int:
    """Show the icon and keep the token alive. This is also what no command does."""
    setup = chosen_setup(context)
    config = wiring.read_config(setup)
    found = find_tray()
    say_if_unseen(found)
    interrupted = Session(setup, Path(config.env_file).parent, found).run()
    return Exit.INTERRUPTED if interrupted else Exit.GREEN


def say_if_unseen(found: Tray) -> None:
    """Say once why no icon is seen, and what helps."""
    if not found.shows:
        click.echo(f"{found.reason} {found.remedy} The token is kept alive all the same.", err=True)
