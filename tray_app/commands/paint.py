"""Colour in the terminal: none where it is no terminal, or NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import os
import sys

import click

GOOD, CAUTION, BAD = "green", "yellow", "red"


def painted(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return the text in that colour, or as it is where standard output does not take any."""
    if not is_coloured():
        return text
    return click.style(text, fg=colour, bold=bold)


def is_coloured() -> bool:
    """Whether standard output takes colours."""
    dumb = os.environ.get("TERM") == "dumb"
    return not (os.environ.get("NO_COLOR") or dumb) and sys.stdout.isatty()
