"""`autostart`: whether the icon comes by itself at login."""

from __future__ import annotations

import click

from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.commands.switch import WHAT, lasting, switch
from tray_app.desktop.autostart import login_item


@click.command()
@click.argument("what", type=WHAT)
@profile_options
@click.pass_context
def autostart(context: click.Context, what: str) -> int:
    """Start at login: switch it on or off, or say which it is, and where the entry is.

    One entry for each profile, for this user.
    """
    return switch(login_item(lasting(chosen_setup(context), what)), what)
