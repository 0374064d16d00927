"""What `tray.onStateChange` was told last, by whichever process."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from tray_app.model.signs import Colour
from tray_app.model.state_change import ToldState
from tray_app.storage.database import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS told (
    profile TEXT PRIMARY KEY, version INTEGER NOT NULL, teller TEXT NOT NULL, at REAL NOT NULL,
    body TEXT NOT NULL
);
"""


class Told(NamedTuple):
    """`state` was observed at `at` (seconds since the epoch, UTC); `version`: 0 if nothing was told
    yet."""

    state: ToldState
    version: int
    at: float


class ToldStates:
    """What was told last for one profile."""

    def __init__(self, database: Database, profile: str) -> None:
        """`profile`: the profile's id."""
        self._database = database
        self._profile = profile
        self._unsaved: Told | None = None
        """What this process has told and could not record, over the recorded one of its version."""

    def last(self) -> Told:
        """Return it; that of a new profile if nothing was told, or the row is damaged."""
        recorded = self._recorded()
        if self._unsaved is not None and self._unsaved.version == recorded.version:
            return self._unsaved
        return recorded

    def _recorded(self) -> Told:
        query = "SELECT body, version, at FROM told WHERE profile = ?"
        row = self._database.row(query, self._profile)
        return Told(_parse(row[0]), int(row[1]), float(row[2])) if row else Told(ToldState(), 0, 0)

    def replace(self, version: int, state: ToldState, at: datetime) -> bool:
        """Replace the state of this version. False if another process was faster: then that one
        tells the change. True also if nothing can be recorded, as on a full disk: then it counts
        for this process. `at`: when the state was observed."""
        teller = secrets.token_hex(8)
        self._database.write(
            "INSERT INTO told VALUES (?, ?, ?, ?, ?) ON CONFLICT (profile) DO UPDATE SET"
            " version = excluded.version, teller = excluded.teller, at = excluded.at,"
            " body = excluded.body WHERE version = excluded.version - 1",
            self._profile,
            version + 1,
            teller,
            at.timestamp(),
            json.dumps(asdict(state)),
        )
        query = "SELECT 1 FROM told WHERE profile = ? AND teller = ?"
        self._unsaved = None
        if self._database.row(query, self._profile, teller) is not None:
            return True
        if self._recorded().version != version:
            return False
        self._unsaved = Told(state, version, at.timestamp())
        return True

    def forget(self) -> None:
        """Remove it."""
        self._unsaved = None
        self._database.write("DELETE FROM told WHERE profile = ?", self._profile)


def _parse(body: object) -> ToldState:
    """The state; that of a new profile if the row is damaged, or another version's."""
    try:
        found = json.loads(str(body))
        return ToldState(
            colour=Colour(found["colour"]),
            token=str(found["token"]),
            failing=found["failing"] is True,
            need=str(found["need"]),
        )
    except (ValueError, TypeError, KeyError):
        return ToldState()
