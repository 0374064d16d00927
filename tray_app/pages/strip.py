"""Draws the health of the last days as a strip, a cell a day."""

from __future__ import annotations

from collections.abc import Sequence

from tray_app.model.local_time import local
from tray_app.model.signs import OF_COLOUR, Colour, Shape
from tray_app.pages.html import Html, element
from tray_app.pages.moments import Moments
from tray_app.pages.signs import sign
from tray_app.policy.days import Day
from tray_app.text.details import date_line, day_count, day_line

_WIDTH, _HEIGHT = 10, 44
_TALL = {Colour.GREEN: 16, Colour.AMBER: 30, Colour.RED: 44, None: 5}
"""A cell is the higher the worse, so the colours can be told without colour."""
_MOST_NAMED = 12


def strip(days: Sequence[Day], moments: Moments, prefix: str) -> Html:
    """Return the picture, what its marks mean, and the days that were not green in words.

    `prefix`: of the ids, so that a page may have several.
    """
    today = local(moments.at, moments.zone).date()
    counts = {colour: sum(day.colour is colour for day in days) for colour in (*Colour, None)}
    named = [day for day in reversed(days) if day.colour in (Colour.AMBER, Colour.RED)]
    total = ", ".join(
        day_count(number, colour, days=not place)
        for place, (colour, number) in enumerate(counts.items())
    )
    title, about = f"{prefix}-title", f"{prefix}-about"
    picture = element(
        "svg",
        element("title", f"The last {len(days)} days", id=title),
        element("desc", total, id=about),
        *(_cell(number, day, day_line(day, today)) for number, day in enumerate(days)),
        class_="days",
        viewBox=f"0 0 {_WIDTH * len(days)} {_HEIGHT}",
        preserveAspectRatio="none",
        width="100%",
        height=_HEIGHT,
        role="img",
        aria_labelledby=f"{title} {about}",
    )
    first = days[0].day
    ends = element(
        "p",
        element("time", date_line(first, today), datetime=first.isoformat()),
        element("span", "today"),
        class_="ends",
    )
    return element(
        "div", picture, ends, _key(counts), _worse(named, [day_line(day, today) for day in named])
    )


def _cell(number: int, day: Day, line: str) -> Html:
    tall, left = _TALL[day.colour], number * _WIDTH
    whole = element("rect", class_="whole", x=left, y=0, width=_WIDTH, height=_HEIGHT)
    kind = f"day {day.colour or 'unknown'}"
    mark = element("rect", class_=kind, x=left, y=_HEIGHT - tall, width=_WIDTH - 2, height=tall)
    return element("g", element("title", line), whole, mark)


def _key(counts: dict[Colour | None, int]) -> Html:
    return element(
        "p",
        *(
            element(
                "span",
                sign(OF_COLOUR[colour] if colour else Shape.QUERY, 16),
                day_count(number, colour, days=colour is Colour.GREEN),
            )
            for colour, number in counts.items()
            if number
        ),
        class_="key",
    )


def _worse(days: Sequence[Day], lines: Sequence[str]) -> Html | None:
    if not days:
        return None
    rows = [
        element("li", sign(OF_COLOUR[day.colour], 16), element("span", line))
        for day, line in zip(days[:_MOST_NAMED], lines, strict=False)
        if day.colour is not None
    ]
    if len(days) > _MOST_NAMED:
        more = f"and {len(days) - _MOST_NAMED} more: webex-token-tray history lists them"
        rows.append(element("li", element("span"), element("span", more)))
    return element("ul", *rows, class_="plain")
