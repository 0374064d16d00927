"""The history of one profile: its events, oldest first, bounded by number and by age. No secrets.

It shares the journal's database. Times are kept as seconds since the epoch, UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tray_app.model.events import Event, EventType
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.storage.database import Database
from tray_app.system.log import REDACTOR

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY, profile TEXT NOT NULL, at REAL NOT NULL, what TEXT NOT NULL,
    strand TEXT NOT NULL, colour TEXT NOT NULL, line INTEGER, reason TEXT NOT NULL,
    rung TEXT NOT NULL, outcome TEXT NOT NULL, fingerprint TEXT NOT NULL,
    tracking_id TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS event_of_strand ON event (profile, strand, id);
"""

MAX_EVENTS = 2000
"""Events that are kept of a profile; some more between two clearings."""
KEPT_FOR = timedelta(days=180)
_CLEARED_EVERY = 50
_LONGEST_DETAIL = 300

_FIELDS = "at, what, colour, line, reason, rung, outcome, fingerprint, tracking_id, detail"


class EventLog:
    """What happened to one profile. Written by the engine, read by whoever shows it."""

    def __init__(self, database: Database, profile: str) -> None:
        """`profile`: what tells it from the others of this user."""
        self._database = database
        self._profile = profile
        self._last_of_stream: dict[str, Event] = {}
        self._written = 0

    def record(self, event: Event) -> None:
        """Add what has happened: once for each time it does."""
        self._database.write(
            f"INSERT INTO event (profile, strand, {_FIELDS})"  # noqa: S608 - names of columns
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._profile,
            event.stream,
            event.at.timestamp(),
            str(event.what),
            str(event.colour or ""),
            event.row,
            str(event.reason or ""),
            str(event.method or ""),
            event.outcome,
            event.fingerprint,
            event.tracking_id,
            _storable(event.detail),
        )
        if self._written % _CLEARED_EVERY == 0:
            self._clear()
        self._written += 1

    def record_change(self, event: Event) -> None:
        """Add how a lasting state is now, unless the last event of its strand says the same: be it
        of another process, or of an earlier run."""
        ours, self._last_of_stream[event.stream] = self._last_of_stream.get(event.stream), event
        if ours is not None and ours.says_the_same(event):
            return  # what another process sees otherwise (it has no keyring, say) is no news here
        last = self._last(event.stream)
        if event.is_implied_initially if last is None else last.says_the_same(event):
            return
        self.record(event)

    def since(self, moment: datetime | None = None) -> tuple[Event, ...]:
        """Return the events since then (None: all that are kept), the oldest first."""
        return self._read("at >= ? ORDER BY id", moment.timestamp() if moment else 0.0)

    def latest(self, number: int) -> tuple[Event, ...]:
        """Return the last so many events, the newest first."""
        return self._read("1 ORDER BY id DESC LIMIT ?", number)

    def forget(self) -> None:
        """Remove every event of this profile."""
        self._database.write("DELETE FROM event WHERE profile = ?", self._profile)

    def forget_before(self, moment: datetime) -> None:
        """Remove older events, of every profile."""
        self._database.write("DELETE FROM event WHERE at < ?", moment.timestamp())

    def _last(self, stream: str) -> Event | None:
        found = self._read("strand = ? ORDER BY id DESC LIMIT 1", stream)
        return found[0] if found else None

    def _read(self, which: str, value: str | float) -> tuple[Event, ...]:
        rows = self._database.rows(
            f"SELECT {_FIELDS} FROM event WHERE profile = ? AND {which}",  # noqa: S608 - our own
            self._profile,
            value,
        )
        return tuple(event for row in rows if (event := _event(row)) is not None)

    def _clear(self) -> None:
        self._database.write(
            "DELETE FROM event WHERE profile = ? AND id <= ("
            "SELECT id FROM event WHERE profile = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            self._profile,
            self._profile,
            MAX_EVENTS,
        )


def _storable(text: str) -> str:
    """The text without what must not, or cannot, be written."""
    clean = REDACTOR.redact(text)[:_LONGEST_DETAIL]
    return clean.encode("utf-8", "replace").decode("utf-8")


def _event(row: tuple[Any, ...]) -> Event | None:
    """The event of a row; None for a kind that only a later version of this program knows."""
    at, what, colour, line, reason, method, outcome, fingerprint, tracking_id, detail = row
    try:
        return Event(
            datetime.fromtimestamp(at, UTC),
            EventType(what),
            colour=Colour(colour) if colour else None,
            row=line,
            reason=Reason(reason) if reason else None,
            method=RenewalMethod(method) if method else None,
            outcome=outcome,
            fingerprint=fingerprint,
            tracking_id=tracking_id,
            detail=detail,
        )
    except (ValueError, TypeError, OverflowError):
        return None
