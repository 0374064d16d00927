"""Colours and shapes of the icon."""

from __future__ import annotations

from enum import StrEnum


class Colour(StrEnum):
    """Red: programs that read `.env` fail. Amber: look when you have a minute. Green: works. From
    best to worst."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def severity(self) -> int:
        """The higher, the worse; 0 for green."""
        return tuple(Colour).index(self)


class Shape(StrEnum):
    """The same without colour."""

    CHECK = "check"
    BANG = "bang"
    CROSS = "cross"
    QUERY = "query"

    @property
    def severity(self) -> int:
        """The higher, the worse; 0 for the check mark."""
        return (Shape.CHECK, Shape.QUERY, Shape.BANG, Shape.CROSS).index(self)


OF_COLOUR = {Colour.GREEN: Shape.CHECK, Colour.AMBER: Shape.BANG, Colour.RED: Shape.CROSS}
"""The shape of a colour if no more is known."""

RECENT = 8
"""How many recent events are shown."""
