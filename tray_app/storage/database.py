"""The user's SQLite database, shared by processes, in WAL mode.

It can be lost without losing a token, and nothing waits long for it: if another program holds the
lock, we wait a second once, then use a copy in memory until the lock is free again. What could not
be written is written then.
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
import weakref
from collections import deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tray_app.storage.read_only import read_only_mode
from tray_app.system.directory_fd import Entry
from tray_app.system.dirs import POSIX
from tray_app.system.file_probe import signature
from tray_app.system.forks import at_fork
from tray_app.system.own_folder import own_entry, own_folder, verify_unshared

log = logging.getLogger(__name__)

_TIMEOUT = 1.0
"""Seconds to wait for another process before the copy in memory is used."""

_PAUSE = 0.05

_SETTLED = 2_000_000_000
"""Nanoseconds after which another write changes the time of the file in any file system."""

_MAX_PENDING = 500
"""Statements kept for later while another process holds the lock."""

_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second if a damaged text is no longer UTF-8."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

DAMAGED = "it is damaged"
LOCKED = "another program has locked it"
_REPLACED = "it was damaged, and a new one has taken its place"
_NOT_A_FILE = "it is not a regular file"

Value = str | float | None


class _Statement(NamedTuple):
    sql: str
    values: tuple[Value, ...]


class Database:
    """One file, or memory for as long as the process runs if there can or should be no file.

    For any thread. Each call is atomic and blocks for a second at most.
    """

    def __init__(self, path: Path | None, schema: str) -> None:
        """`path`: None for memory alone; `schema`: statements that can be run repeatedly."""
        self._path, self._schema = path, schema
        self._files = (path, path.with_name(f"{path.name}-wal")) if path else ()
        self._lock = threading.Lock()
        self._pending: deque[_Statement] = deque(maxlen=_MAX_PENDING)
        self._file: sqlite3.Connection | None = None
        self._is_locked = False
        """Whether another process had the lock when we last needed it."""
        self.fault = ""
        """Why what was recorded earlier cannot be read; "" if it can."""
        self.connection = self._open_or_use_memory()
        """The file, or the copy in memory."""
        with _forking:
            _databases.add(self)

    def close(self) -> None:
        """Close it. Later calls find nothing and write nothing."""
        with self._lock:
            if self._pending:
                self._write_pending()
            self._pending.clear()
            self.connection.close()
            if self._file is not None:
                self._file.close()
                self._file = None
            self._is_locked = False

    def suspend(self) -> bool:
        """Close the file until `resume`: SQLite's locks do not survive a fork. Return False if a
        call under way prevents that."""
        if not self._lock.acquire(timeout=2 * _TIMEOUT):
            return False
        if self._file is not None:
            self._file.close()
        return True

    def resume(self, *, is_child: bool) -> None:
        """Open the file again; in the child, where it belongs to the parent, stay closed."""
        if is_child:
            self._pending.clear()
        elif self._file is not None and self._is_locked:
            self._file = None  # it is opened at the next write
        elif self._file is not None:
            self.connection = self._open_or_use_memory()
        self._lock.release()

    @property
    def version(self) -> int:
        """A number that changes when another process writes."""
        row = self.row("PRAGMA data_version")
        return int(row[0]) if row else 0

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """A value that changes when any process writes, this one too. Reads nothing but the times
        and sizes of the files, but on Windows, where these come late, `version`."""
        with self._lock:
            try:
                ours = self.connection.total_changes
            except sqlite3.Error:  # it is closed
                return ()
        if not POSIX:
            return ours, self.version
        files = [signature(path) for path in self._files]
        if all(abs(time.time_ns() - seen[0]) > _SETTLED for seen in files if seen):
            return ours, *files
        return ours, time.monotonic_ns()  # another write might leave the same time

    def write(self, statement: str, *values: Value) -> None:
        """Run one statement and commit; later if another process holds the lock."""
        with self._lock:
            self._pending.append(_Statement(statement, values))
            self._write_pending()
            if self._is_locked:  # so that `rows` finds it
                self._run([_Statement(statement, values)], self.connection)

    def put(self, table: str, *values: Value) -> None:
        """Write a whole row. It takes the place of one with the same key."""
        marks = ", ".join("?" * len(values))
        self.write(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", *values)  # noqa: S608 - ours

    def row(self, statement: str, *values: Value) -> tuple[Any, ...] | None:
        """Return the first row or None."""
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
        """Write pending statements into the file if its lock is free."""
        if self._is_locked and self._file is None:
            self._file = self._reopen()
        file = self._file or self.connection
        if self._is_locked and file is self.connection:
            return
        if not self._run(self._pending, file):
            return
        self._pending.clear()
        if self._is_locked:
            self._is_locked, self.fault = False, ""
            self.connection.close()
            self.connection = file
            _set_timeout(file, _TIMEOUT)

    def _run(self, statements: Iterable[_Statement], connection: sqlite3.Connection) -> bool:
        """Run all of them or none; whether they ran."""
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
        """Log the error once; whether the copy in memory can be used instead."""
        if self._is_locked:
            return False
        log.warning("the database was not %s: %s", what, error)
        if _is_busy(error):
            self._use_memory()
            return True
        if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
            self.connection.close()
            self.connection = self._open_or_use_memory()
        elif what == "read":
            self.fault = _reason(error)
        return False

    def _use_memory(self) -> None:
        """Use a copy of the file in memory, empty if the file cannot be read."""
        self._is_locked = True
        file = self.connection
        _set_timeout(file, 0)
        self.connection = _open_and_set_up(None, self._schema, 0)
        try:
            file.backup(self.connection, progress=_stop_backup_if_locked)
        except _ERRORS:
            self.fault = LOCKED

    def _open_or_use_memory(self) -> sqlite3.Connection:
        """Open the file, or memory instead."""
        self._file = None
        if self._path is None:
            return _open_and_set_up(None, self._schema, 0)
        try:
            self._file, self.fault = _open_or_replace(self._path, self._schema)
        except (OSError, *_ERRORS) as error:
            self.fault = _reason(error)
            log.warning("no database on disk (%s): facts last as long as this process", error)
            self._is_locked = _is_busy(error)
            return _open_and_set_up(None, self._schema, 0)
        return self._file

    def _reopen(self) -> sqlite3.Connection | None:
        """Open a file that was locked at the first try; None if it still is."""
        try:
            return _open_and_set_up(self._path, self._schema, 0)
        except (OSError, *_ERRORS):
            return None


_databases = weakref.WeakSet[Database]()
_suspended: list[Database] = []
_forking = threading.Lock()
"""Held at a fork, for other threads that fork or open a database."""


def _suspend_all() -> None:
    _forking.acquire()
    _suspended[:] = [database for database in tuple(_databases) if database.suspend()]


def _resume_all(*, is_child: bool) -> None:
    while _suspended:
        _suspended.pop().resume(is_child=is_child)
    _forking.release()


at_fork(
    before=_suspend_all,
    in_parent=partial(_resume_all, is_child=False),
    in_child=partial(_resume_all, is_child=True),
)


def _stop_backup_if_locked(status: int, *_: int) -> None:
    """`backup` retries for ever on a locked file: make it fail."""
    if status not in (sqlite3.SQLITE_OK, sqlite3.SQLITE_DONE):
        raise sqlite3.OperationalError("locked")


def _set_timeout(connection: sqlite3.Connection, seconds: float) -> None:
    """Wait this long for other processes from now on."""
    with contextlib.suppress(*_ERRORS):
        connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def find_damage(path: Path) -> str:
    """Return what is wrong with the database there, or "". Only reads."""
    try:
        if not path.exists():
            return ""
        if not path.is_file():  # opening a FIFO would wait for its other end
            return _NOT_A_FILE
        uri = f"{path.as_uri()}?{read_only_mode(path)}"
        with contextlib.closing(sqlite3.connect(uri, _TIMEOUT, uri=True)) as db:
            found = db.execute("PRAGMA quick_check").fetchone()
    except (OSError, *_ERRORS) as error:
        return _reason(error)
    return "" if found == ("ok",) else DAMAGED


def _reason(error: Exception) -> str:
    """Why the database cannot be used, as a clause about it."""
    if _is_busy(error):
        return LOCKED
    if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
        return DAMAGED
    return getattr(error, "strerror", None) or str(error)


def _open_or_replace(path: Path, schema: str) -> tuple[sqlite3.Connection, str]:
    """Open the file; replace a damaged one, and say so. Raises OSError, and what SQLite raises."""
    own_folder(path.parent)
    try:
        return _open_and_set_up(path, schema, _TIMEOUT), ""
    except _ERRORS as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
    # It holds nothing that we cannot find out again.
    log.warning("the database is damaged and replaced by a new one")
    with own_entry(path) as entry:
        entry.replace(Entry(entry.directory, path.with_suffix(".damaged").name))
    return _open_and_set_up(path, schema, _TIMEOUT), _REPLACED


def _open_and_set_up(path: Path | None, schema: str, timeout: float) -> sqlite3.Connection:
    """Open it. `timeout`: seconds to wait for other processes, now and at each later call."""
    db = _connect_to(":memory:") if path is None else _connect_to_file(path)
    give_up_at = time.monotonic() + timeout
    while True:
        try:
            _set_up(db, schema)
        except _ERRORS as error:
            if _is_busy(error) and time.monotonic() < give_up_at:
                time.sleep(_PAUSE)  # SQLite's timeout does not cover the change to WAL
                continue
            db.close()
            raise
        _set_timeout(db, timeout)
        return db


def _connect_to(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=0, check_same_thread=False, uri=uri)


def _connect_to_file(path: Path) -> sqlite3.Connection:
    """Open the file in the folder that was checked, although SQLite goes by the path and follows
    links. An existing file is not opened here: closing it would drop the locks of this process's
    other connections. Raises OSError, and what SQLite raises."""
    verify_unshared(path.parent)
    with own_entry(path) as entry:
        for suffix in ("-wal", "-shm"):
            _refuse_link(Entry(entry.directory, entry.name + suffix))
        # Created by us first, so that its mode is 0600 whatever the umask.
        with contextlib.suppress(FileExistsError):
            os.close(entry.open(os.O_CREAT | os.O_EXCL | os.O_RDWR))
        if not POSIX:
            return _connect_to(str(path))
        if not stat.S_ISREG(entry.state().st_mode):
            raise OSError(errno.EINVAL, _NOT_A_FILE)
        db = _connect_to(f"{entry.path.as_uri()}?mode=rw", uri=True)  # creates no file
        if _is_open(entry.state()):
            return db
        db.close()
        raise OSError(errno.EAGAIN, f"{path} was replaced while it was opened")


def _is_open(file: os.stat_result) -> bool:
    """Whether this process has the file open; True if the system cannot tell."""
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
    db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last facts, nothing else
    db.execute("PRAGMA cache_size = -256")  # KiB; the usual 2,000 fill up over the months
    if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged")
    db.executescript(schema)


def _is_busy(error: Exception) -> bool:
    """Whether another process has the lock."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
