"""`launcher`: the program in the desktop's application menu."""

from __future__ import annotations

import sys

import click

from tray_app.adapters.paths import APP
from tray_app.commands.profile import chosen_setup, profile_options
from tray_app.commands.switch import WHAT, lasting, switch
from tray_app.desktop.launcher import Launcher
from tray_app.desktop.start_line import entry_name, start_line
from tray_app.wiring import Setup


@click.command()
@click.argument("what", type=WHAT)
@profile_options
@click.pass_context
def launcher(context: click.Context, what: str) -> int:
    """Add the program to the application menu (Linux), remove it, or say which it is.

    One entry for each profile, for this user, with icons.
    """
    if sys.platform in {"win32", "darwin"}:
        raise click.ClickException(
            "This is for Linux. Here, make a shortcut to webex-token-tray-gui.exe (Windows), or"
            " move Webex Token Tray.app into Applications (macOS)."
        )
    return switch(launcher_of(lasting(chosen_setup(context), what)), what)


def launcher_of(setup: Setup) -> Launcher:
    """Return the profile's entry; one that is not the user's own bears its folder's name, too."""
    name, title = entry_name(setup), "Webex Token Tray"
    if name != APP:
        title += f" ({setup.config_path.parent.name})"
    return Launcher(name, title, start_line(setup, sys.executable, sys.platform))
