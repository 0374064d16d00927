"""`history`: what happened to the token, one line for each event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit
from tray_app.cli.options import profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.model.errors import TrayError
from tray_app.model.local_time import local
from tray_app.model.printable import printable
from tray_app.text.history import sentence
from tray_app.text.report import iso
from tray_app.text.times import parse_moment

if TYPE_CHECKING:
    from tray_app.model.events import Event


def _read_since(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    try:
        return parse_moment(value, datetime.now(UTC)) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


@click.command()
@click.option(
    "--since",
    metavar="WHEN",
    callback=_read_since,
    help="Only what is newer: 45m, 3h, 2d, 1w, a date, or a time as 2026-11-24T03:10.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@profile_options
@click.pass_context
def history(context: click.Context, *, since: datetime | None, as_json: bool) -> int:
    """Print what happened to the token, oldest first.

    It says when the token was found dead, what was tried, and what Webex said. Half a year is kept,
    2000 events at most. Times are local; in --json they are UTC.

    Exit code: 0; 70 if the events cannot be read.
    """
    profile = selected_profile(context)
    with bootstrap.history(profile) as event_log:
        events = event_log.since(since)
        if event_log.fault:
            path = printable(str(profile.folders.token_facts))
            raise TrayError(f"The events cannot be read: {path}: {event_log.fault}.")
    if as_json:
        echo_lines(json.dumps([as_object(event) for event in events], indent=2))
    else:
        for event in events:
            echo(f"{local(event.at):%Y-%m-%d %H:%M:%S}  {sentence(event)}")
    if not events:
        when = "since then" if since else "yet"
        echo(f"No events have been recorded for this config {when}.", err=True)
    return Exit.GREEN


def as_object(event: Event) -> dict[str, Any]:
    """Return an event for `--json`; null if there is nothing to say."""
    return {
        "at": iso(event.at),
        "event": str(event.event_type),
        "sentence": sentence(event),
        "colour": str(event.colour) if event.colour else None,
        "row": event.row,
        "reason": str(event.reason) if event.reason else None,
        "rung": str(event.method) if event.method else None,
        "outcome": event.outcome or None,
        "fingerprint": event.fingerprint or None,
        "tracking_id": event.tracking_id or None,
        "detail": event.detail or None,
    }
