"""The events of one profile in the user's database, limited by number and age. No secrets.

Times are seconds since the epoch, UTC.
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
"""Events kept for a profile; a few more until the next clearing."""
KEPT_FOR = timedelta(days=180)
_CLEARED_EVERY = 50
_LONGEST_DETAIL = 300

_FIELDS = "at, what, colour, line, reason, rung, outcome, fingerprint, tracking_id, detail"


class EventLog:
    """The event log of one profile."""

    def __init__(self, database: Database, profile: str) -> None:
        """`profile`: the profile's id."""
        self._database = database
        self._profile = profile
        self._last_of_stream: dict[str, Event] = {}
        self._written = 0

    @property
    def fault(self) -> str:
        """Why earlier events cannot be read, as a clause about the database; "" if they can."""
        return self._database.fault

    def record(self, event: Event) -> None:
        """Add an event."""
        self._database.write(
            f"INSERT INTO event (profile, strand, {_FIELDS})"  # noqa: S608 - names of columns
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._profile,
            event.stream,
            event.at.timestamp(),
            str(event.event_type),
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
        """Add the state of a stream unless its last event says the same, also one that another
        process or an earlier run has added."""
        ours, self._last_of_stream[event.stream] = self._last_of_stream.get(event.stream), event
        if ours is not None and ours.says_the_same(event):
            return  # another process may see another state, for example without a keyring
        last = self._last(event.stream)
        if event.is_implied_initially if last is None else last.says_the_same(event):
            return
        self.record(event)

    def since(self, moment: datetime | None = None) -> tuple[Event, ...]:
        """Return the events since then (None: all), oldest first."""
        return self._read("at >= ? ORDER BY id", moment.timestamp() if moment else 0.0)

    def latest(self, number: int) -> tuple[Event, ...]:
        """Return the last `number` events, newest first."""
        return self._read("1 ORDER BY id DESC LIMIT ?", number)

    def forget(self) -> None:
        """Remove every event of this profile."""
        self._database.write("DELETE FROM event WHERE profile = ?", self._profile)

    def forget_before(self, moment: datetime) -> None:
        """Remove older events of every profile."""
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
    """The text without secrets and without what SQLite cannot store."""
    clean = REDACTOR.redact(text)[:_LONGEST_DETAIL]
    return clean.encode("utf-8", "replace").decode("utf-8")


def _event(row: tuple[Any, ...]) -> Event | None:
    """The event of a row; None if it is damaged, or a later version of this program wrote it."""
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
    except (ValueError, TypeError, OverflowError, OSError):
        return None
