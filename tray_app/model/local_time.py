"""Conversion from timestamps, and to local time."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def local(at: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the time in that zone; None: this machine's, or UTC if that is invalid (TZ=UTC+99)."""
    try:
        return at.astimezone(zone)
    except (ValueError, OverflowError):
        return at.astimezone(UTC)


def aware(naive: datetime, zone: tzinfo | None = None) -> datetime:
    """Interpret a naive time in that zone, by the rules of `local`."""
    if zone is not None:
        return naive.replace(tzinfo=zone)
    try:
        return naive.astimezone()
    except (ValueError, OverflowError):
        return naive.replace(tzinfo=UTC)


def from_timestamp(seconds: object) -> datetime | None:
    """Return the time (UTC) so many seconds after 1970; None for what is no such number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
