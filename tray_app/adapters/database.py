"""The one SQLite database of this user: shared by processes, dispensable, never in the way.

In WAL mode. What cannot be written costs memory of facts, never the token.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from tray_app.adapters.paths import private_directory

log = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds to wait for other processes that open the database at the same moment."""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second comes where damage has made bytes of a text."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Value = str | float | None


class Database:
    """One file. Where none can be kept on disk, all of it lives as long as the process.

    Any thread may use it; each call is atomic.
    """

    def __init__(self, path: Path, schema: str) -> None:
        """`schema`: statements that may be run again and again."""
        self._path, self._schema = path, schema
        self._lock = threading.Lock()
        self.connection = _open(path, schema)

    def close(self) -> None:
        """Close it; from then on nothing is found, and nothing is kept."""
        with self._lock:
            self.connection.close()

    @property
    def version(self) -> int:
        """A number that is another one as soon as another process has written."""
        row = self.row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def write(self, statement: str, *values: Value) -> None:
        """Run one statement, and commit."""
        with self._lock:
            try:
                with self.connection:
                    self.connection.execute(statement, values)
            except _ERRORS as error:
                self._failed("written", error)

    def row(self, statement: str, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row, None where there is none."""
        rows = self.rows(statement, *values)
        return rows[0] if rows else None

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """Return every row."""
        with self._lock:
            try:
                return self.connection.execute(statement, values).fetchall()
            except _ERRORS as error:
                self._failed("read", error)
                return []

    def _failed(self, what: str, error: Exception) -> None:
        log.warning("the journal was not %s: %s", what, error)
        if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
            self.connection.close()
            self.connection = _open(self._path, self._schema)


def examine(path: Path) -> str:
    """Say what is wrong with the database there; "" where nothing is, or it is not there yet.

    Only reads: one that nobody has open is read as it lies, without the files that SQLite makes.
    """
    if not path.exists():
        return ""
    in_use = path.with_name(f"{path.name}-wal").exists()
    how = "mode=ro" if in_use else "mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?{how}", uri=True)) as db:
            found = db.execute("PRAGMA quick_check").fetchone()
    except _ERRORS as error:
        return "it is damaged" if getattr(error, "sqlite_errorcode", 0) in _DAMAGED else str(error)
    return "" if found == ("ok",) else "it is damaged"


def _open(path: Path, schema: str) -> sqlite3.Connection:
    try:
        private_directory(path.parent)
        try:
            return _connect(path, schema)
        except _ERRORS as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # It holds nothing that cannot be learnt again.
            log.warning("the journal is damaged and begun anew")
            path.replace(path.with_suffix(".damaged"))
            return _connect(path, schema)
    except (OSError, *_ERRORS) as error:
        log.warning("no journal on disk (%s): facts last as long as this process", error)
        return _connect(None, schema)


def _connect(path: Path | None, schema: str) -> sqlite3.Connection:
    if path is not None:
        # Made by us first, so that it is 0600 whatever the umask.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    db = sqlite3.connect(path or ":memory:", timeout=5, check_same_thread=False)
    give_up_at = time.monotonic() + _PATIENCE
    while True:
        try:
            _set_up(db, schema)
        except _ERRORS as error:
            if _is_busy(error) and time.monotonic() < give_up_at:
                time.sleep(0.05)  # SQLite's own time-out does not cover the change to WAL
                continue
            db.close()
            raise
        return db


def _set_up(db: sqlite3.Connection, schema: str) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last facts, no more
    if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged")
    db.executescript(schema)


def _is_busy(error: Exception) -> bool:
    """Whether another process is opening or closing the same database just now."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
