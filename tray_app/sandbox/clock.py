"""The sandbox's time: aware, in UTC, and adjustable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def utc_now() -> datetime:
    """Return the real time, aware, in UTC."""
    return datetime.now(UTC)


class Clock:
    """Call it for the time in UTC: that of `source` (the real one), moved by every `advance`."""

    def __init__(self, source: Callable[[], datetime] = utc_now) -> None:
        self._source = source
        self._offset = timedelta()
        self._lock = Lock()

    def __call__(self) -> datetime:
        with self._lock:
            return self._source().astimezone(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Move the time; a negative `by` moves it back, as a corrected system clock does."""
        with self._lock:
            self._offset += by


class ManualClock(Clock):
    """A clock that stands still at `start` until it is advanced."""

    def __init__(self, start: datetime) -> None:
        super().__init__(lambda: start)
