"""What can be switched on and off: `autostart` and `launcher`."""

from __future__ import annotations

import sys
from typing import Protocol

import click

from tray_app.bootstrap import ProfileContext
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile
from tray_app.cli.output import echo
from tray_app.desktop.install.autostart import login_item
from tray_app.desktop.install.command_line import entry_name, start_line
from tray_app.desktop.install.launcher import Launcher
from tray_app.model.errors import ConfigError
from tray_app.policy.approval import allow_command
from tray_app.system import atomic_file
from tray_app.system.dirs import APP

WHAT = click.Choice(["on", "off", "status"])


class Switch(Protocol):
    """One entry of the desktop's. Its methods raise OSError."""

    @property
    def place(self) -> str:
        """Where it is, for a person."""

    def is_on(self) -> bool:
        """Whether it is there."""

    def turn_on(self) -> None:
        """Make it."""

    def turn_off(self) -> None:
        """Remove it."""


def lasting(setup: ProfileContext, what: str) -> ProfileContext:
    """Return the setup that an entry is to name from now on (`what` is "on"): that approves it.

    Raises ConfigError for one that is not approved yet.
    """
    if what == "on" and not setup.is_approved:
        path = str(setup.config_path)
        raise ConfigError(path, (f"is not approved; read it, then: {allow_command(path)}",))
    return setup


def switch(entry: Switch, what: str) -> Exit:
    """Switch it on or off, or only look (`what` is one of WHAT), and say which it is, and where."""
    try:
        if what == "on":
            entry.turn_on()
        elif what == "off":
            entry.turn_off()
    except OSError as error:
        sentence = f"{entry.place} cannot be changed: {atomic_file.sentence(error)}"
        raise click.ClickException(sentence) from error
    echo(f"{'on' if entry.is_on() else 'off'}: {entry.place}")
    return Exit.GREEN


@click.command()
@click.argument("what", type=WHAT)
@profile_options
@click.pass_context
def autostart(context: click.Context, what: str) -> int:
    """Start at login: switch it on or off, or say which it is, and where the entry is.

    One entry for each profile, for this user.
    """
    return switch(login_item(lasting(selected_profile(context), what)), what)


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
    return switch(launcher_of(lasting(selected_profile(context), what)), what)


def launcher_of(setup: ProfileContext) -> Launcher:
    """Return the profile's entry; one that is not the user's own bears its folder's name, too."""
    name, title = entry_name(setup), "Webex Token Tray"
    if name != APP:
        title += f" ({setup.config_path.parent.name})"
    return Launcher(name, title, start_line(setup, sys.executable, sys.platform))
