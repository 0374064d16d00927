"""Options that take a length of time: 90s, 10m, 2h, 1d."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tray_app.policy.freshness import DEFAULT_MIN_TTL
from tray_app.text.times import format_duration, parse_duration

if TYPE_CHECKING:
    _Lengths = click.ParamType[timedelta]
else:
    _Lengths = click.ParamType  # no generic in older clicks


class Duration(_Lengths):
    """A length of time as a person writes it."""

    name = "duration"

    def convert(
        self, value: str | timedelta, param: click.Parameter | None, context: click.Context | None
    ) -> timedelta:
        """Return the length, or end with the sentence that says what is wrong."""
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
