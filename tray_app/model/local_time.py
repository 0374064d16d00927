"""Times as a person reads them, in the zone that the caller passes (None: the machine's)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


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
