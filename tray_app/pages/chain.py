"""Draws links as bars on one time axis, in a table that says the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tray_app.model.health import Link, LinkState
from tray_app.pages.axis import Axis, axis_for
from tray_app.pages.html import Html, element, join
from tray_app.pages.moments import Moments
from tray_app.text.health import link_state

_HEIGHT = 26
_LOST = (LinkState.REJECTED, LinkState.EXPIRED, LinkState.FORBIDDEN, LinkState.WRONG_CLIENT)
_NOTHING = (*_LOST, LinkState.MISSING, LinkState.LOCKED, LinkState.DISABLED, LinkState.ON_DEMAND)
_SHORTEST_BAR = 0.8
_FLIPPED = 94.0
"""From here on, percent, a flag flies to the left."""


@dataclass(frozen=True, slots=True)
class Row:
    """A link with the name that is shown; `renewal`: a sentence about what renews it, or ""."""

    link: Link
    name: str
    renewal: str


def chain(rows: Sequence[Row], title: str, moments: Moments) -> Html:
    """Return the table. `title`: what it shows, for those who do not see it."""
    axis = _axis(rows, moments)
    heads = (
        element("th", "Name", scope="col", role="columnheader"),
        element(
            "th",
            element("span", "From now until it expires", class_="unseen"),
            _scale(axis),
            scope="col",
            role="columnheader",
            class_="time",
        ),
        element("th", "State", scope="col", role="columnheader"),
    )
    return element(
        "table",
        element("caption", title, class_="unseen"),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *(_row(row, axis, moments) for row in rows), role="rowgroup"),
        class_="chain",
        role="table",
    )


def key(rows: Sequence[Row], moments: Moments) -> Html | None:
    """Return the meaning of the marks that these rows have; None if they have none."""
    bars = [row.link for row in rows if _is_bar(row.link, moments.at)]
    known = [link for link in bars if link.expires_at is not None]
    marks = [
        (
            any(not link.outlook.needs_you for link in known),
            _bar("ok", "100%"),
            "does not need you",
        ),
        (any(link.outlook.needs_you for link in known), _bar("you", "100%"), "needs you"),
        (len(known) < len(bars), _bar("open", "100%"), "expiry unknown"),
        (any(link.outlook.due_at for link in known), _tick("50%"), "renewal due"),
    ]
    if not bars:
        return None
    return element(
        "p",
        *(
            element(
                "span",
                element("svg", mark, width=26, height=_HEIGHT, class_="bars", aria_hidden="true"),
                text,
            )
            for is_there, mark, text in marks
            if is_there
        ),
        class_="key",
    )


def _axis(rows: Sequence[Row], moments: Moments) -> Axis:
    links = [row.link for row in rows if _is_bar(row.link, moments.at)]
    return axis_for(moments.at, [link.expires_at for link in links if link.expires_at])


def _is_bar(link: Link, now: datetime) -> bool:
    ends = link.expires_at
    return link.state not in _NOTHING and (ends is None or ends > now)


def _row(row: Row, axis: Axis, moments: Moments) -> Html:
    link = row.link
    state = link_state(link, moments.at, moments.zone)
    name = element(
        "th",
        element("span", row.name, class_="name"),
        element("span", row.renewal, class_="how") if row.renewal else None,
        scope="row",
        role="rowheader",
    )
    bar = element("td", _picture(row, state, axis, moments), class_="time", role="cell")
    words = element("td", moments.within(state, link.expires_at), role="cell", class_="state")
    return element("tr", name, bar, words, role="row")


def _picture(row: Row, state: str, axis: Axis, moments: Moments) -> Html:
    link = row.link
    parts = [_grid(axis)]
    if _is_bar(link, moments.at):
        parts += _marks(link, axis)
    elif link.state in _LOST:
        cross = element("path", d="M3 8l10 10m0-10L3 18", class_="lost")
        parts.append(cross)
    return element(
        "svg",
        element("title", f"{row.name}: {state}"),
        element("desc", row.renewal) if row.renewal else None,
        *parts,
        class_="bars",
        width="100%",
        height=_HEIGHT,
        role="img",
    )


def _marks(link: Link, axis: Axis) -> list[Html]:
    kind, due_at = "you" if link.outlook.needs_you else "ok", link.outlook.due_at
    if link.expires_at is None:
        return [_bar(f"open {kind}", "100%")]
    end = max(axis.place(link.expires_at), _SHORTEST_BAR)
    parts = [_bar(kind, f"{end}%")]
    if due_at is not None and due_at < link.expires_at:
        parts.append(_tick(f"{axis.place(due_at)}%"))
    if link.outlook.needs_you:
        parts.append(_flag(end))
    return parts


def _bar(kind: str, width: str) -> Html:
    return element("rect", class_=f"bar {kind}", x=0, y=7, width=width, height=13, rx=3)


def _tick(at: str) -> Html:
    return element("line", class_="tick", x1=at, x2=at, y1=3, y2=24)


def _flag(at: float) -> Html:
    """A pole with a cloth."""
    cloth = "M0 2h-13l3 4-3 4H0z" if at > _FLIPPED else "M0 2h13l-3 4 3 4H0z"
    return element(
        "svg",
        element("path", d="M0 2v23", class_="pole"),
        element("path", d=cloth, class_="cloth"),
        x=f"{at}%",
        overflow="visible",
    )


def _grid(axis: Axis) -> Html:
    places = [0.0, *(stop.at for stop in axis.stops())]
    return join(
        *(
            element("line", class_="grid", x1=f"{at}%", x2=f"{at}%", y1=0, y2=_HEIGHT)
            for at in places
        )
    )


def _scale(axis: Axis) -> Html:
    labels = [element("text", "now", x=0, y=13)]
    for stop in axis.stops():
        anchor = "end" if stop.at > _FLIPPED else "middle"
        fine = "fine" if stop.is_fine else None
        labels.append(
            element("text", stop.label, x=f"{stop.at}%", y=13, text_anchor=anchor, class_=fine)
        )
    return element("svg", *labels, class_="bars scale", width="100%", height=18, aria_hidden="true")
