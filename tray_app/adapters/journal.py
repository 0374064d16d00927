"""The journal: facts about tokens by the hash of the token, and what was refused. No secrets.

SQLite in WAL mode, shared by every process of this user: `status` adds to what the tray knows.
Times are kept as seconds since the epoch, UTC.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tray_app.adapters.paths import private_directory
from tray_app.core.answers import Refusal
from tray_app.core.credentials import Lifespan
from tray_app.core.model import Mark
from tray_app.core.secret import Secret

log = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds to wait for other processes that open the journal at the same moment."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS life (digest TEXT PRIMARY KEY, began REAL NOT NULL, ends REAL NOT NULL);
CREATE TABLE IF NOT EXISTS probe (
    digest TEXT PRIMARY KEY, confirmed REAL, under_scoped INTEGER NOT NULL DEFAULT 0, rejected REAL
);
CREATE TABLE IF NOT EXISTS mark (key TEXT PRIMARY KEY, refusal TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS superseded (digest TEXT PRIMARY KEY, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pause (name TEXT PRIMARY KEY, until REAL NOT NULL);
"""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second comes where damage has made bytes of a text."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Seen:
    """What probes have said of one token. Times are UTC, None where it never happened."""

    def __init__(self, confirmed_at: datetime | None, rejected: bool, under_scoped: bool) -> None:
        self.confirmed_at = confirmed_at
        self.rejected = rejected
        self.under_scoped = under_scoped


class Journal:
    """One database. Where none can be kept on disk, facts live as long as the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db = _open(path)
        self._version = self._data_version()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    def changed(self) -> bool:
        """Whether another process has added facts since this was last asked."""
        version = self._data_version()
        if version == self._version:
            return False
        self._version = version
        return True

    def learn(self, token: Secret, life: Lifespan) -> None:
        """Remember when the token was received and when it ends."""
        self._write(
            "INSERT OR REPLACE INTO life VALUES (?, ?, ?)",
            (token.digest, life.began.timestamp(), life.ends.timestamp()),
        )

    def told(self, token: Secret | None, life: timedelta | None, now: datetime) -> None:
        """Remember a life that an answer told; a token that came again keeps its beginning."""
        if token is None or life is None:
            return
        known = self.lifespan(token)
        began = min(known.began, now) if known else now
        self.learn(token, Lifespan(began, now + life))

    def lifespan(self, token: Secret) -> Lifespan | None:
        """Return what `learn` was told of this token."""
        row = self._row("SELECT began, ends FROM life WHERE digest = ?", token.digest)
        return Lifespan(_time(row[0]), _time(row[1])) if row else None

    def confirm(self, token: Secret, at: datetime, *, under_scoped: bool) -> None:
        """Remember that the token worked at this time: earlier rejections are void."""
        self._write(
            "INSERT OR REPLACE INTO probe VALUES (?, ?, ?, NULL)",
            (token.digest, at.timestamp(), under_scoped),
        )

    def reject(self, token: Secret, at: datetime) -> None:
        """Remember that the token was rejected twice."""
        self._write(
            "INSERT INTO probe VALUES (?, NULL, 0, ?)"
            " ON CONFLICT (digest) DO UPDATE SET rejected = excluded.rejected",
            (token.digest, at.timestamp()),
        )

    def seen(self, token: Secret) -> Seen:
        """Return what probes have said of this token."""
        row = self._row(
            "SELECT confirmed, rejected, under_scoped FROM probe WHERE digest = ?", token.digest
        )
        if row is None:
            return Seen(None, rejected=False, under_scoped=False)
        confirmed = _time(row[0]) if row[0] is not None else None
        return Seen(confirmed, rejected=row[1] is not None, under_scoped=bool(row[2]))

    def mark(self, key: str, mark: Mark) -> None:
        """Remember a refusal under its key (see core.ladder)."""
        self._write(
            "INSERT OR REPLACE INTO mark VALUES (?, ?, ?)",
            (key, str(mark.refusal), mark.at.timestamp()),
        )

    def unmark(self, *keys: str) -> None:
        """Forget refusals that a success has disproved."""
        for key in keys:
            self._write("DELETE FROM mark WHERE key = ?", (key,))

    def marks(self) -> dict[str, Mark]:
        """Return every refusal that is remembered."""
        rows = self._rows("SELECT key, refusal, at FROM mark")
        known = frozenset(Refusal)  # a newer version of ours may have written others
        return {
            key: Mark(Refusal(refusal), _time(at)) for key, refusal, at in rows if refusal in known
        }

    def supersede(self, secret: Secret, at: datetime) -> None:
        """Remember that a newer value has taken this one's place."""
        self._write(
            "INSERT OR REPLACE INTO superseded VALUES (?, ?)", (secret.digest, at.timestamp())
        )

    def is_superseded(self, secret: Secret) -> bool:
        """Whether a newer value has taken this one's place (a file restored from git)."""
        return self._row("SELECT 1 FROM superseded WHERE digest = ?", secret.digest) is not None

    def pause(self, name: str, until: datetime) -> None:
        """Remember that something is not to be done before this time."""
        self._write("INSERT OR REPLACE INTO pause VALUES (?, ?)", (name, until.timestamp()))

    def paused_until(self, name: str) -> datetime | None:
        """Return what `pause` was told."""
        row = self._row("SELECT until FROM pause WHERE name = ?", name)
        return _time(row[0]) if row else None

    def _data_version(self) -> int:
        rows = self._rows("PRAGMA data_version")
        return int(rows[0][0]) if rows else 0

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        # A journal that cannot be written (full disk) costs memory of facts, never the token.
        with self._lock:
            try:
                with self._db:
                    self._db.execute(statement, values)
            except _ERRORS as error:
                self._failed("written", error)

    def _row(self, statement: str, value: str) -> tuple[Any, ...] | None:
        rows = self._rows(statement, value)
        return rows[0] if rows else None

    def _rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except _ERRORS as error:
                self._failed("read", error)
                return []

    def _failed(self, what: str, error: Exception) -> None:
        log.warning("the journal was not %s: %s", what, error)
        if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
            self._db.close()
            self._db = _open(self._path)


def _open(path: Path) -> sqlite3.Connection:
    try:
        private_directory(path.parent)
        try:
            return _connect(path)
        except _ERRORS as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # It holds nothing that cannot be learnt again.
            log.warning("the journal is damaged and begun anew")
            path.replace(path.with_suffix(".damaged"))
            return _connect(path)
    except (OSError, *_ERRORS) as error:
        log.warning("no journal on disk (%s): facts last as long as this process", error)
        return _connect(None)


def _connect(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        # Made by us first, so that it is 0600 whatever the umask.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    db = sqlite3.connect(path or ":memory:", timeout=5, check_same_thread=False)
    give_up_at = time.monotonic() + _PATIENCE
    while True:
        try:
            _set_up(db)
        except _ERRORS as error:
            if _is_busy(error) and time.monotonic() < give_up_at:
                time.sleep(0.05)  # SQLite's own time-out does not cover the change to WAL
                continue
            db.close()
            raise
        return db


def _set_up(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last facts, no more
    if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged")
    db.executescript(_SCHEMA)


def _is_busy(error: Exception) -> bool:
    """Whether another process is opening or closing the same database just now."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
