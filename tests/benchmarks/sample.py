"""What was measured, and how it compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """Several values of one thing. `who`: whose they are."""

    who: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the most."""
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Line:
    """One line of the table: ours against another's, as a ratio; `aim` is the most it should be."""

    what: str
    unit: str
    ours: Sample
    other: Sample
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours in parts of the other's; None where that is nothing."""
        return self.ours.median / self.other.median if self.other.median else None

    @property
    def is_met(self) -> bool:
        """Whether the aim is reached; a line without one is for information."""
        return self.aim is None or self.ours.median <= self.aim * self.other.median

    def as_json(self) -> dict[str, Any]:
        """The line with every value, for another run to compare."""
        return asdict(self) | {"ratio": self.ratio, "met": self.is_met}


def absolute(what: str, unit: str, ours: Sequence[float], most: float, why: str) -> Line:
    """A line whose aim is a number of its own."""
    return Line(what, unit, Sample("ours", tuple(ours)), Sample(why, (most,)), aim=1.0)
