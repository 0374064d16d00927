"""Durations (90s, 10m, 1h30m) and times, as people write and read them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from tray_app.model.local_time import aware, local

LONGEST = timedelta(days=3650)

_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"([0-9]{1,9})([smhd])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(text: str) -> timedelta:
    """Parse a duration. Raises ValueError with a sentence."""
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration; write it as 90s, 10m, 2h or 1d")
    length = timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(text)))
    if length > LONGEST:
        raise ValueError(f"{text!r} is longer than {format_duration(LONGEST)}")
    return length


def format_duration(length: timedelta) -> str:
    """Format in whole seconds, as `parse_duration` reads it."""
    rest, parts = int(length.total_seconds()), []
    for unit, seconds in _SECONDS.items():
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {**_SECONDS, "w": 7 * 86_400}


def parse_moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Parse a time: "2d" ago, a date (its midnight), or ISO 8601. Returns an aware one.

    `zone`: of times without an offset; None: this machine's. Raises ValueError with a sentence.
    """
    found = _AGO.fullmatch(text.strip())
    try:
        if found:
            return now - timedelta(seconds=int(found[1]) * _UNITS[found[2]])
        at = datetime.fromisoformat(text.strip())
        return at if at.tzinfo is not None else aware(at, zone)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is not a time: write it as 45m, 3h, 2d or 1w ago, as a date (2026-11-24),"
            " or as 2026-11-24T03:10"
        ) from None


def clock(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Format a time: 14:03 · Tue 7 Dec 14:03 · Tue 7 Dec 2027 14:03."""
    shown, today = local(at, zone), local(now, zone).date()
    hour = f"{shown:%H:%M}"
    if shown.date() == today:
        return hour
    day = f"{shown:%a} {shown.day} {shown:%b}"
    if abs(shown.date() - today) > timedelta(days=300):
        day += f" {shown.year}"
    return f"{day} {hour}"


def date_and_time(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Format a time: today 17:40 · Tue 7 Dec 14:03."""
    text = clock(at, now, zone)
    return f"today {text}" if len(text) == len("17:40") else text


def day(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """Format a date: today 17:40 · Tue 3 Feb · Tue 3 Feb 2027."""
    date, _, hour = clock(at, now, zone).rpartition(" ")
    return date or f"today {hour}"
