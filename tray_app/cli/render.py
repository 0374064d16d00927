"""Colour in the terminal: none where it is no terminal, or NO_COLOR is set (no-color.org)."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from tray_app.model.printable import printable

if TYPE_CHECKING:
    from tray_app.text.report import Report


GOOD, CAUTION, BAD = "green", "yellow", "red"

_CODES = {GOOD: "32", CAUTION: "33", BAD: "31"}
_BOLD = "1"
_AS_BEFORE = "\x1b[0m"  # ECMA-48 SGR

OUR_COLOURS = (
    _AS_BEFORE,
    *(f"\x1b[{codes}m" for code in _CODES.values() for codes in (code, f"{code};{_BOLD}")),
    f"\x1b[{_BOLD}m",
)
"""The sequences that `painted` puts in. None of them hides a text or moves the cursor."""


def painted(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return the text in that colour, or as it is where standard output does not take any."""
    codes = [_CODES[colour]] if colour else []
    if bold:
        codes.append(_BOLD)
    if not (codes and is_coloured()):
        return text
    return f"\x1b[{';'.join(codes)}m{text}{_AS_BEFORE}"


def is_coloured() -> bool:
    """Whether standard output takes colours."""
    dumb = os.environ.get("TERM") == "dumb"
    return not (os.environ.get("NO_COLOR") or dumb) and sys.stdout.isatty()


_COLOURS = {"green": GOOD, "amber": CAUTION, "red": BAD, "good": GOOD, "bad": BAD}


def as_text(report: Report) -> str:
    """Return the report in lines for a person."""
    width = max(len(label) for label, _, _ in report["lines"])
    said = report["object"]
    head = in_its_colour(f"{said['colour']}:", said["colour"])
    lines = [
        f"{head} {printable(said['headline'])}",
        printable(report["step"]),
        printable(report["forecast"]),
        *(
            f"  {label:<{width}}  {painted(printable(text), _COLOURS.get(tone))}"
            for label, text, tone in report["lines"]
        ),
    ]
    return "\n".join(filter(None, lines))


def in_its_colour(text: str, colour: str) -> str:
    """Return a text about a state of this colour, such that it is seen at once."""
    return painted(text, _COLOURS[colour], bold=True)


def as_json(report: Report, *, indent: int | None = 2) -> str:
    """Return the object that the schema describes; in one line where `indent` is None."""
    return json.dumps(report["object"], indent=indent)
