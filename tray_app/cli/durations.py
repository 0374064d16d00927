"""Options that are lengths of time. The icon needs none of them."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tray_app.model.settings import DEFAULT_MIN_TTL
from tray_app.text.times import format_duration, parse_duration

if TYPE_CHECKING:
    _DurationBase = click.ParamType[timedelta]
else:
    _DurationBase = click.ParamType  # older versions of click have no generic


class Seconds(click.FloatRange):
    """A number of seconds in a range. NaN is in none, which click overlooks."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        """Return the number. Raises click.BadParameter."""
        seconds = float(super().convert(value, param, context))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number.", param, context)
        return seconds


class Duration(_DurationBase):
    """A length of time: 90s, 10m, 2h, 1d."""

    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, context: click.Context | None
    ) -> timedelta:
        """Return the duration. Raises click.BadParameter."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{error}.", param, context)


min_ttl_option = click.option(
    "--min-ttl",
    default=format_duration(DEFAULT_MIN_TTL),
    show_default=True,
    metavar="DURATION",
    type=Duration(),
    help="How long the token must live from now (90s, 10m, 2h, 1d).",
)
