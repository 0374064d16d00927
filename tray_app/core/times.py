"""Times as a person reads them, in the zone that the caller passes (None: the machine's)."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo


def clock(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Show a time as a person reads it: 14:03 · Tue 7 Dec 14:03 · Tue 7 Dec 2027 14:03."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    hour = f"{local:%H:%M}"
    if local.date() == today:
        return hour
    day = f"{local:%a} {local.day} {local:%b}"
    if abs(local.date() - today) > timedelta(days=300):
        day += f" {local.year}"
    return f"{day} {hour}"


def on_the_day(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Show a time to come: today 17:40 · Tue 7 Dec 14:03."""
    said = clock(at, now, zone)
    return f"today {said}" if len(said) == len("17:40") else said


def day(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Show a date as a person reads it: today 17:40 · Tue 3 Feb · Tue 3 Feb 2027."""
    shown = clock(at, now, zone)
    date, _, hour = shown.rpartition(" ")
    return date or f"today {hour}"
