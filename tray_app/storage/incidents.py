"""What Webex's status feed said last, for all processes of this user, and who may ask it next.

Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from tray_app.model.incident import Incident
from tray_app.storage.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS incident (
    feed TEXT PRIMARY KEY, asked REAL NOT NULL, asker TEXT NOT NULL,
    heard REAL, name TEXT, since REAL, others INTEGER
);
"""


class IncidentRecord:
    """What one feed said, and when it was asked. Thread-safe."""

    def __init__(self, database: Database, feed: str) -> None:
        """`feed`: its address."""
        self._database = database
        self._feed = feed

    def claim(self, now: datetime, every: timedelta) -> bool:
        """Whether the caller may ask the feed: nobody has for so long, in whatever thread or
        process. If so, that counts as asked now."""
        at, asker = now.timestamp(), secrets.token_hex(8)
        # One statement: of two callers, the second finds the first one's time.
        self._database.write(
            "INSERT INTO incident (feed, asked, asker) VALUES (?, ?, ?)"
            " ON CONFLICT (feed) DO UPDATE SET asked = excluded.asked, asker = excluded.asker"
            " WHERE asked <= ? OR asked > excluded.asked",  # the latter: the clock was set back
            self._feed,
            at,
            asker,
            at - every.total_seconds(),
        )
        row = self._database.row("SELECT asker FROM incident WHERE feed = ?", self._feed)
        return row is not None and row[0] == asker

    def record(self, incident: Incident | None, at: datetime) -> None:
        """Record what the feed said; None: no incident."""
        self._database.write(
            "UPDATE incident SET heard = ?, name = ?, since = ?, others = ? WHERE feed = ?",
            at.timestamp(),
            incident.name if incident else None,
            incident.since.timestamp() if incident and incident.since else None,
            incident.others if incident else 0,
            self._feed,
        )

    def latest(self) -> tuple[Incident, datetime] | None:
        """Return the incident that the feed reported last, and when (UTC); None if it reported
        none, or has not answered yet."""
        query = "SELECT heard, name, since, others FROM incident WHERE feed = ?"
        row = self._database.row(query, self._feed)
        if row is None:
            return None
        heard, name, since, others = row
        try:
            began = datetime.fromtimestamp(since, UTC) if since is not None else None
            incident = Incident(name, began, others) if name else None
            return (incident, datetime.fromtimestamp(heard, UTC)) if incident else None
        except (ValueError, TypeError, OverflowError, OSError):
            return None  # damaged
