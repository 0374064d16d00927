"""A report as text or JSON. Imports no click: `status --max-age` must not wait for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tray_app.model.printable import printable

if TYPE_CHECKING:
    from tray_app.text.report import Report


GOOD, CAUTION, BAD = "green", "yellow", "red"

_CODES = {GOOD: "32", CAUTION: "33", BAD: "31"}
_BOLD = "1"
_RESET = "\x1b[0m"  # ECMA-48 SGR

STYLE_SEQUENCES = (
    _RESET,
    *(f"\x1b[{codes}m" for code in _CODES.values() for codes in (code, f"{code};{_BOLD}")),
    f"\x1b[{_BOLD}m",
)
"""All that `styled` adds. None of them hides text or moves the cursor."""


def styled(text: str, colour: str | None = None, *, bold: bool = False) -> str:
    """Return the text in that colour, or unchanged if standard output takes no colours."""
    codes = [_CODES[colour]] if colour else []
    if bold:
        codes.append(_BOLD)
    if not (codes and is_coloured()):
        return text
    return f"\x1b[{';'.join(codes)}m{text}{_RESET}"


def is_coloured() -> bool:
    """Whether standard output takes colours: a terminal, without NO_COLOR (no-color.org)."""
    dumb = os.environ.get("TERM") == "dumb"
    return not (os.environ.get("NO_COLOR") or dumb) and sys.stdout.isatty()


_COLOURS = {"green": GOOD, "amber": CAUTION, "red": BAD, "good": GOOD, "bad": BAD}


def as_text(report: Report) -> str:
    """Return the report in lines for a person."""
    width = max(len(label) for label, _, _ in report["lines"])
    health = report["object"]
    head = coloured(f"{health['colour']}:", health["colour"])
    lines = [
        f"{head} {printable(health['headline'])}",
        printable(report["step"]),
        printable(report["forecast"]),
        *(
            f"  {label:<{width}}  {styled(printable(text), _COLOURS.get(tone))}"
            for label, text, tone in report["lines"]
        ),
    ]
    return "\n".join(filter(None, lines))


def coloured(text: str, colour: str) -> str:
    """Return the text bold, in the terminal's colour for this colour of the icon."""
    return styled(text, _COLOURS[colour], bold=True)


def as_json(report: Report, *, indent: int | None = 2) -> str:
    """Return the object that the JSON Schema describes; on one line if `indent` is None."""
    import json

    return json.dumps(report["object"], indent=indent)
