"""What the commands print: the one place where text leaves, and so where it is made printable."""

from __future__ import annotations

import re
from io import StringIO

import click

from tray_app.cli.render import OUR_COLOURS
from tray_app.model.printable import printable


def echo(text: str = "", *, err: bool = False) -> None:
    """Print one line to standard output or errors: our colours as they are, all else that a
    terminal would obey or not show as escapes. May raise OSError."""
    click.echo(_shown(text), err=err)


def echo_lines(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print lines that we have put together, each as `echo` does. `nl`: end the last one.

    A text of others that may hold a line feed is to be made printable before.
    """
    click.echo("\n".join(map(_shown, text.split("\n"))), err=err, nl=nl)


def show(error: click.ClickException) -> None:
    """Print what was wrong with the command line, as click words it."""
    if isinstance(error, click.MissingParameter):
        error.show()  # it may have lines, and only our own words
        return
    text = StringIO()
    error.show(text)
    usage, before, _ = text.getvalue().partition("Error: ")
    echo_lines(usage, err=True, nl=False)
    echo(f"{before}{error.format_message()}", err=True)


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    parts = re.split(f"({'|'.join(map(re.escape, OUR_COLOURS))})", line)
    return "".join(part if part in OUR_COLOURS else printable(part) for part in parts)
