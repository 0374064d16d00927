"""The one SQLite database of this user: shared by processes, dispensable, never in the way.

In WAL mode. What cannot be written costs memory of facts, never the token. A lock that another
program holds is waited for once, a second in all. From then on a copy in memory stands in for the
file, and nothing waits, until the lock was had once more: what is late is written then.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import stat
import threading
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from tray_app.storage.read_only import read_only_mode
from tray_app.system.directory_fd import Entry
from tray_app.system.dirs import POSIX
from tray_app.system.own_folder import own_entry, own_folder

log = logging.getLogger(__name__)

_TIMEOUT = 1.0
"""Seconds to wait for other processes, in all, until the lock was had once more."""

_PAUSE = 0.05

_MAX_PENDING = 500
"""Statements that are kept for later while another process holds the lock."""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second comes where damage has made bytes of a text."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Value = str | float | None


class _Statement(NamedTuple):
    sql: str
    values: tuple[Value, ...]


class Database:
    """One file. Where none can be kept on disk, all of it lives as long as the process.

    Any thread may use it; each call is atomic, and blocks for a second at most.
    """

    def __init__(self, path: Path, schema: str) -> None:
        """`schema`: statements that may be run again and again."""
        self._path, self._schema = path, schema
        self._lock = threading.Lock()
        self._pending: deque[_Statement] = deque(maxlen=_MAX_PENDING)
        self._file: sqlite3.Connection | None = None
        self._is_locked = False
        """Whether another process held the lock when we last wanted it."""
        self.connection = self._open_or_use_memory()
        """The file, or what stands in for it in memory."""

    def close(self) -> None:
        """Close it; from then on nothing is found, and nothing is kept."""
        with self._lock:
            if self._pending:
                self._write_pending()
            self._pending.clear()
            self.connection.close()
            if self._file is not None:
                self._file.close()
            self._is_locked = False

    @property
    def version(self) -> int:
        """A number that is another one as soon as another process has written."""
        row = self.row("PRAGMA data_version")
        return int(row[0]) if row else 0

    def write(self, statement: str, *values: Value) -> None:
        """Run one statement, and commit; later, where another process holds the lock."""
        with self._lock:
            self._pending.append(_Statement(statement, values))
            self._write_pending()
            if self._is_locked:  # to be found in what stands in for the file
                self._run([_Statement(statement, values)], self.connection)

    def row(self, statement: str, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row, None where there is none."""
        rows = self.rows(statement, *values)
        return rows[0] if rows else None

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """Return every row."""
        with self._lock:
            for _ in range(2):
                try:
                    return self.connection.execute(statement, values).fetchall()
                except _ERRORS as error:
                    if not self._handle_error("read", error):
                        break
            return []

    def _write_pending(self) -> None:
        """Write what is late into the file, as far as its lock is free."""
        if self._is_locked and self._file is None:
            self._file = self._reopen()
        file = self._file or self.connection
        if self._is_locked and file is self.connection:
            return
        if not self._run(self._pending, file):
            return
        self._pending.clear()
        if self._is_locked:
            self._is_locked = False
            self.connection.close()
            self.connection = file
            _set_timeout(file, _TIMEOUT)

    def _run(self, statements: Iterable[_Statement], connection: sqlite3.Connection) -> bool:
        """Run them, all or none; False where none was."""
        try:
            with connection:
                for statement in statements:
                    connection.execute(statement.sql, statement.values)
        except _ERRORS as error:
            self._handle_error("written", error)
            if not _is_busy(error):
                self._pending.clear()  # they would fail again
            return False
        return True

    def _handle_error(self, what: str, error: Exception) -> bool:
        """Say so once; whether there is something else in its place now."""
        if self._is_locked:
            return False
        log.warning("the journal was not %s: %s", what, error)
        if _is_busy(error):
            self._use_memory()
            return True
        if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
            self.connection.close()
            self.connection = self._open_or_use_memory()
        return False

    def _use_memory(self) -> None:
        """Let memory stand in for the file: with what is in there, where that can be read."""
        self._is_locked = True
        file = self.connection
        _set_timeout(file, 0)
        self.connection = _open_and_set_up(None, self._schema, 0)
        with contextlib.suppress(*_ERRORS):
            file.backup(self.connection, progress=_stop_backup_if_locked)

    def _open_or_use_memory(self) -> sqlite3.Connection:
        """Open the file, or memory in its place."""
        self._file = None
        try:
            self._file = _open_or_replace(self._path, self._schema)
        except (OSError, *_ERRORS) as error:
            log.warning("no journal on disk (%s): facts last as long as this process", error)
            self._is_locked = _is_busy(error)
            return _open_and_set_up(None, self._schema, 0)
        return self._file

    def _reopen(self) -> sqlite3.Connection | None:
        """Open a file that was locked when it was to be opened; None where it still is."""
        try:
            return _open_and_set_up(self._path, self._schema, 0)
        except (OSError, *_ERRORS):
            return None


def _stop_backup_if_locked(status: int, *_: int) -> None:
    """Let a copy fail that would wait for ever."""
    if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
        raise sqlite3.OperationalError("locked")


def _set_timeout(connection: sqlite3.Connection, seconds: float) -> None:
    """Wait so long for other processes from now on."""
    with contextlib.suppress(*_ERRORS):
        connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def find_damage(path: Path) -> str:
    """Say what is wrong with the database there; "" where nothing is, or it is not there yet.

    Only reads.
    """
    if not path.exists():
        return ""
    try:
        uri = f"{path.as_uri()}?{read_only_mode(path)}"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            found = db.execute("PRAGMA quick_check").fetchone()
    except _ERRORS as error:
        return "it is damaged" if getattr(error, "sqlite_errorcode", 0) in _DAMAGED else str(error)
    return "" if found == ("ok",) else "it is damaged"


def _open_or_replace(path: Path, schema: str) -> sqlite3.Connection:
    """Open the file; a damaged one is begun anew. Raises OSError, and what SQLite raises."""
    own_folder(path.parent)
    try:
        return _open_and_set_up(path, schema, _TIMEOUT)
    except _ERRORS as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
    # It holds nothing that cannot be learnt again.
    log.warning("the journal is damaged and begun anew")
    with own_entry(path) as entry:
        entry.replace(Entry(entry.directory, path.with_suffix(".damaged").name))
    return _open_and_set_up(path, schema, _TIMEOUT)


def _open_and_set_up(path: Path | None, schema: str, timeout: float) -> sqlite3.Connection:
    """Open it; `timeout`: seconds to wait for others, for this and for each call that follows."""
    db = _connect_to(":memory:") if path is None else _connect_to_file(path)
    give_up_at = time.monotonic() + timeout
    while True:
        try:
            _set_up(db, schema)
        except _ERRORS as error:
            if _is_busy(error) and time.monotonic() < give_up_at:
                time.sleep(_PAUSE)  # SQLite's own time-out does not cover the change to WAL
                continue
            db.close()
            raise
        _set_timeout(db, timeout)
        return db


def _connect_to(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=0, check_same_thread=False, uri=uri)


def _connect_to_file(path: Path) -> sqlite3.Connection:
    """Open the file in its folder as that was checked; SQLite itself goes by the path, and follows
    links. A file that is there is not opened to look at it: to close it would take the locks of
    other connections of this process. Raises OSError, and what SQLite raises."""
    with own_entry(path) as entry:
        for suffix in ("-wal", "-shm"):
            _refuse_link(Entry(entry.directory, entry.name + suffix))
        # Made by us first, so that it is 0600 whatever the umask.
        with contextlib.suppress(FileExistsError):
            os.close(entry.open(os.O_CREAT | os.O_EXCL | os.O_RDWR))
        if not POSIX:
            return _connect_to(str(path))
        db = _connect_to(f"{entry.path.as_uri()}?mode=rw", uri=True)  # which makes no file
        if _is_open(entry.state()):
            return db
        db.close()
        raise OSError(errno.EAGAIN, f"{path} was exchanged while it was opened")


def _is_open(file: os.stat_result) -> bool:
    """Whether this process has the file open; True if the system does not tell."""
    try:
        handles = os.listdir("/dev/fd")  # noqa: PTH208 - numbers
    except OSError:
        return True
    for handle in handles:
        with contextlib.suppress(OSError):  # that of the list itself
            if os.path.samestat(os.fstat(int(handle)), file):
                return True
    return False


def _refuse_link(entry: Entry) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISLNK(entry.state().st_mode):
            raise OSError(errno.ELOOP, f"{entry.path} is a symbolic link, which is not followed")


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
