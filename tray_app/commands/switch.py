"""What can be switched on and off: `autostart` and `launcher`."""

from __future__ import annotations

from typing import Protocol

import click

from tray_app.adapters import files
from tray_app.commands.exits import Exit

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
    click.echo(f"{'on' if entry.is_on() else 'off'}: {entry.place}")
    return Exit.GREEN
