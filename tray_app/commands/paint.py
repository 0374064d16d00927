"""Colour in the terminal: none where it is no terminal, or NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import os
import sys

GOOD, CAUTION, BAD = "green", "yellow", "red"

_CODES = {GOOD: "32", CAUTION: "33", BAD: "31"}
_BOLD = "1"


def painted(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return the text in that colour, or as it is where standard output does not take any."""
    codes = [_CODES[colour]] if colour else []
    if bold:
        codes.append(_BOLD)
    if not (codes and is_coloured()):
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"  # ECMA-48 SGR


def is_coloured() -> bool:
    """Whether standard output takes colours."""
    dumb = os.environ.get("TERM") == "dumb"
    return not (os.environ.get("NO_COLOR") or dumb) and sys.stdout.isatty()
