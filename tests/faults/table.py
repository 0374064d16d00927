"""The table that `make faults` prints: one line a bar, and each missed case by its name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

LENGTH = "FAULTS"
"""The environment variable: "long" as `make faults` sets it, "short" for the table of a short run;
without it there is no table."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: its number in the list of bars, what it is about, and the least cases it needs."""

    number: str
    about: str
    least: int

    @property
    def title(self) -> str:
        """As the table names it."""
        return f"{self.number} {self.about}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number: the largest one of a bar's cases is shown."""

    name: str
    value: float
    unit: str = ""

    @property
    def text(self) -> str:
        """As the table shows it."""
        return f"{self.name} {self.value:.4g} {self.unit}".rstrip()


@dataclass(slots=True)
class Line:
    """What has become of one bar's cases: names, with the reason. `known`: missed as expected."""

    bar: Bar
    passed: int = 0
    missed: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        """All of them."""
        return self.passed + len(self.missed) + len(self.known) + len(self.skipped)

    @property
    def is_short(self) -> bool:
        """Whether there are fewer cases than the bar needs."""
        return self.cases < self.bar.least

    def measured(self, figure: Figure) -> None:
        """Keep the largest figure of each name."""
        known = self.figures.get(figure.name)
        if known is None or figure.value > known.value:
            self.figures[figure.name] = figure

    @property
    def text(self) -> str:
        """The bar in one line."""
        figures = "; ".join(figure.text for figure in self.figures.values())
        return f"{self.bar.title:<24} {self.cases:>5} {self.passed:>7}  {figures}".rstrip()

    @property
    def remarks(self) -> list[str]:
        """What is to be said below the table, a line each."""
        few = [f"{self.bar.title}: {self.cases} cases, {self.bar.least} are needed"]
        return [
            *(few if self.is_short else []),
            *(f"{self.bar.number} missed: {name}" for name in self.missed),
            *(f"{self.bar.number} missed, known: {name}" for name in self.known),
            *(f"{self.bar.number} skipped: {name}" for name in self.skipped),
        ]


def rendered(lines: Mapping[str, Line]) -> list[str]:
    """The table, and below it what was missed and skipped."""
    ordered = [lines[title] for title in sorted(lines, key=_number)]
    head = f"{'bar':<24} {'cases':>5} {'passed':>7}  figure"
    remarks = [remark for line in ordered for remark in line.remarks]
    return [head, *(line.text for line in ordered), *remarks]


def is_shown() -> bool:
    """Whether somebody asked for the table."""
    return LENGTH in os.environ


def rounds(short: int, long: int) -> int:
    """How often to repeat something: the short run is part of `make test`."""
    return long if os.environ.get(LENGTH) == "long" else short


def limit(seconds: float) -> float:
    """A limit of time, as `make faults` measures it. The short run is part of `make test`, which
    keeps every core busy: there it is for what hangs only."""
    return seconds * rounds(4, 1)


def sampled(*dimensions: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Each with each in the long form; else each value at least once, beside one of the others."""
    if rounds(0, 1):
        return list(product(*dimensions))
    longest = max(map(len, dimensions))
    return [tuple(some[n % len(some)] for some in dimensions) for n in range(longest)]


def few(*values: Any) -> tuple[Any, ...]:
    """All of these in the long form. Where they are alike and one outcome is expected of all, the
    short form has the first, the middle and the last."""
    return values if rounds(0, 1) else (values[0], values[len(values) // 2], values[-1])


def any_short(lines: Iterable[Line]) -> bool:
    """Whether a bar has fewer cases than it needs."""
    return any(line.is_short for line in lines)


def _number(title: str) -> tuple[int, str]:
    digits = "".join(c for c in title.split(" ", 1)[0] if c.isdigit())
    return int(digits or 0), title
