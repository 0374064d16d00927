"""A report for a person, aligned and coloured, or for programs. Loads nothing: a prompt waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tray_app.commands.paint import BAD, CAUTION, GOOD, painted
from tray_app.core.printable import printable

if TYPE_CHECKING:
    from tray_app.core.report import Report

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
