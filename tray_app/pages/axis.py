"""The time axis of a picture: from now on, the near future wider than the far one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

_STOPS = (
    (timedelta(hours=1), "1 hour"),
    (timedelta(hours=6), "6 hours"),
    (timedelta(days=1), "1 day"),
    (timedelta(days=7), "1 week"),
    (timedelta(days=30), "1 month"),
    (timedelta(days=91), "3 months"),
    (timedelta(days=182), "6 months"),
    (timedelta(days=365), "1 year"),
    (timedelta(days=5 * 365), "5 years"),
)
_SHORTEST, _EMPTY = timedelta(hours=2), timedelta(minutes=1)
_APART, _APART_IF_NARROW = 9.0, 18.0
"""Percent of the width between two labels."""
_FIRST = 14.0
"""The same after "now", which begins at the edge instead of standing on its line."""
_NOW = 4.0
"""Percent of the width to add behind "now", which begins at its place; others are centred."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A line of the grid. `at`: percent of the width; `is_fine`: left out if it is narrow."""

    at: float
    label: str
    is_fine: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """From `begins` (UTC) on for `length`."""

    begins: datetime
    length: timedelta

    def place(self, at: datetime) -> float:
        """Return the place in percent of the width, from 0 to 100."""
        share = (at - self.begins) / self.length
        return round(100 * sqrt(min(max(share, 0.0), 1.0)), 2)

    def stops(self) -> tuple[Stop, ...]:
        """Return the lines of the grid, far enough apart for their labels."""
        found: list[Stop] = []
        last = last_if_narrow = _NOW
        for after, label in _STOPS:
            at = self.place(self.begins + after)
            if after > self.length or at - last < (_APART if found else _FIRST):
                continue
            fine = at - last_if_narrow < _APART_IF_NARROW
            found.append(Stop(at, label, fine))
            last = at
            last_if_narrow = last_if_narrow if fine else at
        return tuple(found)


def axis_for(now: datetime, ends: Sequence[datetime]) -> Axis:
    """Return an axis on which all of these have a place; one without stops if there are none."""
    return Axis(now, max([_SHORTEST, *(at - now for at in ends)]) if ends else _EMPTY)
