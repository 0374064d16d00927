"""Times as a person reads them, in the zone that the caller passes (None: the machine's)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


def local(at: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the time in that zone (None: the machine's); in UTC if the machine's is none, as with
    TZ=UTC+99, of which Python makes no time."""
    try:
        return at.astimezone(zone)
    except (ValueError, OverflowError):
        return at.astimezone(UTC)


def aware(naive: datetime, zone: tzinfo | None = None) -> datetime:
    """Return what the time without a zone means in that one, by the rules of `local`."""
    if zone is not None:
        return naive.replace(tzinfo=zone)
    try:
        return naive.astimezone()
    except (ValueError, OverflowError):
        return naive.replace(tzinfo=UTC)


def clock(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Show a time as a person reads it: 14:03 · Tue 7 Dec 14:03 · Tue 7 Dec 2027 14:03."""
    shown, today = local(at, zone), local(now, zone).date()
    hour = f"{shown:%H:%M}"
    if shown.date() == today:
        return hour
    day = f"{shown:%a} {shown.day} {shown:%b}"
    if abs(shown.date() - today) > timedelta(days=300):
        day += f" {shown.year}"
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
