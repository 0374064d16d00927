"""What icon and menu show: how bad it is, as a colour and as a shape that needs none."""

from __future__ import annotations

from enum import StrEnum


class Colour(StrEnum):
    """Red: what reads `.env` fails. Amber: look when you have a minute. Green: works."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Shape(StrEnum):
    """What carries the colour's meaning without the colour."""

    CHECK = "check"
    BANG = "bang"
    CROSS = "cross"
    QUERY = "query"


RECENT = 8
"""How many of the last events are shown."""
