"""Colours and shapes of the icon."""

from __future__ import annotations

from enum import StrEnum


class Colour(StrEnum):
    """Red: programs that read `.env` fail. Amber: look when you have a minute. Green: works."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Shape(StrEnum):
    """The same without colour."""

    CHECK = "check"
    BANG = "bang"
    CROSS = "cross"
    QUERY = "query"


OF_COLOUR = {Colour.GREEN: Shape.CHECK, Colour.AMBER: Shape.BANG, Colour.RED: Shape.CROSS}
"""The shape of a colour if no more is known."""

RECENT = 8
"""How many recent events are shown."""
