"""Options that take a length of time: 90s, 10m, 2h, 1d."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tray_app.core.assurance import LEAST
from tray_app.core.duration import parsed, spelled

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
            return parsed(value)
        except ValueError as error:
            self.fail(f"{error}.", param, context)


min_ttl_option = click.option(
    "--min-ttl",
    default=spelled(LEAST),
    show_default=True,
    metavar="DURATION",
    type=Duration(),
    help="How long the token must live from now (90s, 10m, 2h, 1d).",
)
