"""Everything that the commands print goes through here, so it is made printable here."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import click

from tray_app.cli.render import STYLE_SEQUENCES
from tray_app.model.printable import printable
from tray_app.system.signals import on_first_signal


def echo(text: str = "", *, err: bool = False) -> None:
    """Print one line to standard output or standard error. Control characters other than our own
    colours are shown as escapes. May raise OSError."""
    click.echo(_escaped(text), err=err)


def echo_lines(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print several lines as `echo` does. `nl`: end the last one.

    Escape text from elsewhere first if it may contain a line feed.
    """
    click.echo("\n".join(map(_escaped, text.split("\n"))), err=err, nl=nl)


def show(error: click.ClickException) -> None:
    """Print a usage error in click's words."""
    if isinstance(error, click.MissingParameter):
        error.show()  # only our own words, possibly in several lines
        return
    text = StringIO()
    error.show(text)
    usage, before, _ = text.getvalue().partition("Error: ")
    echo_lines(usage, err=True, nl=False)
    echo(f"{before}{error.format_message()}", err=True)


@contextmanager
def finish_before_interrupt() -> Iterator[None]:
    """Hold the first signal back until the block has ended; see system/signals.py.

    For short work. A renewal is protected by system/critical_section.py.
    """
    received: list[int] = []
    with on_first_signal(received.append):
        yield
    if received:
        signal.raise_signal(received[0])


def announce_delayed_exit() -> None:
    """Say why a signal has not ended the program yet."""
    echo("Ending once the response is saved. Ctrl-C again, after a second, ends at once.", err=True)


def _escaped(line: str) -> str:
    if line.isascii() and line.isprintable():
        return line
    parts = re.split(f"({'|'.join(map(re.escape, STYLE_SEQUENCES))})", line)
    return "".join(part if part in STYLE_SEQUENCES else printable(part) for part in parts)
