"""What can be switched on and off: `autostart` and `launcher`."""

from __future__ import annotations

from typing import Protocol

import click

from tray_app.adapters import files
from tray_app.commands.exits import Exit
from tray_app.commands.output import echo
from tray_app.core.approval import allow_command
from tray_app.core.errors import ConfigError
from tray_app.wiring import Setup

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


def lasting(setup: Setup, what: str) -> Setup:
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
        sentence = f"{entry.place} cannot be changed: {files.sentence(error)}"
        raise click.ClickException(sentence) from error
    echo(f"{'on' if entry.is_on() else 'off'}: {entry.place}")
    return Exit.GREEN
