"""A point in the past, as a person names it: 2d, 3h, a date, or a full ISO 8601 time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from tray_app.core.times import aware

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Return the time that the text names, aware.

    A date alone begins at midnight; what names no offset is in `zone` (None: the machine's).
    Raises ValueError with a sentence.
    """
    found = _AGO.fullmatch(text.strip())
    try:
        if found:
            return now - int(found[1]) * _UNITS[found[2]]
        at = datetime.fromisoformat(text.strip())
        if at.tzinfo is not None:
            return at
        return aware(at, zone)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time: name one as 45m, 3h, 2d or 1w ago, as a date (2026-11-24), or"
            " as 2026-11-24T03:10"
        ) from None
