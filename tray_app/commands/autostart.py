"""`autostart`: whether the icon comes by itself at login."""

from __future__ import annotations

import click

from tray_app.adapters import files
from tray_app.commands.exits import Exit
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.desktop.autostart import login_item


@click.command()
@click.argument("what", type=click.Choice(["on", "off", "status"]))
@profile_options
@click.pass_context
def autostart(context: click.Context, what: str) -> int:
    """Start at login: switch it on or off, or say which it is, and where.

    One entry a profile, for this user.
    """
    item = login_item(chosen_setup(context))
    try:
        if what == "on":
            item.turn_on()
        elif what == "off":
            item.turn_off()
    except OSError as error:
        sentence = f"{item.place} cannot be changed: {files.sentence(error)}"
        raise click.ClickException(sentence) from error
    click.echo(f"{'on' if item.is_on() else 'off'}: {item.place}")
    return Exit.GREEN
