"""The points at which a program can be killed: before and after all that outlives it.

To be installed in a process of its own: it replaces functions of `os` and methods of ours.
"""

from __future__ import annotations

import io
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from tray_app.secrets import file_store, keyring_store, store
from tray_app.storage import database
from tray_app.system import exchange
from tray_app.webex import client, http

READ = "read"  # the last byte of an answer is here; not a point, only a time
ASK, REPLY, NO = "ask", "reply", "no"
SET, KEPT = "keyring set", "keyring kept"

_WRITES = re.compile(r"\s*(INSERT|DELETE|UPDATE|CREATE|PRAGMA journal_mode)", re.IGNORECASE)
_HALVES = 2


@dataclass(frozen=True, slots=True)
class Event:
    """A point that was passed, or a time. `number`: 0 where nobody can be killed; `at`: seconds."""

    number: int
    at: float
    name: str


class Points:
    """Counts the points, notes each one in a file, and ends the process at the fatal one."""

    def __init__(self, trace: Path, fatal: int | None) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        self._write = os.write
        self._fatal = fatal
        self._lock = threading.Lock()
        self._number = 0

    def note(self, name: str, number: int = 0) -> None:
        """Note a time."""
        self._write(self._trace, f"{number} {time.monotonic():.6f} {name}\n".encode())

    def reach(self, name: str) -> None:
        """Pass the next point, unless it is the fatal one."""
        with self._lock:
            self._number += 1
            self.note(name, self._number)
            if self._number == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Make points of everything that changes what a restart finds."""
        for name in ("replace", "rename", "unlink", "remove", "rmdir", "fsync", "fchmod", "mkdir"):
            setattr(os, name, self._around(getattr(os, name), name))
        for name in ("swap", "place"):
            setattr(exchange, name, self._around(getattr(exchange, name), name))
        self._around_files()
        self._around_keyring()
        self._around_journal()
        self._around_requests()

    def _around(self, work: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(work)
        def both(*arguments: Any, **options: Any) -> Any:
            self.reach(f"before {name}")
            try:
                return work(*arguments, **options)
            finally:
                self.reach(f"after {name}")

        return both

    def _around_files(self) -> None:
        opened, points = os.open, self

        @wraps(opened)
        def open_(path: Any, flags: int, *mode: int, **options: Any) -> int:
            handle = opened(path, flags, *mode, **options)
            if flags & os.O_CREAT:
                points.reach("after the file was made")
            return handle

        class Halting(io.BufferedWriter):
            """Can be killed with half of it written."""

            def write(self, raw: Any, /) -> int:
                half = len(raw) // _HALVES
                super().write(raw[:half])
                self.flush()
                points.reach("half written")
                return half + super().write(raw[half:])

        fdopened = os.fdopen

        @wraps(fdopened)
        def fdopen(handle: int, mode: str = "r", *rest: Any, **options: Any) -> Any:
            if mode == "wb":
                return Halting(io.FileIO(handle, mode, **options))
            return fdopened(handle, mode, *rest, **options)

        _put(os, fdopen)
        os.open = open_

    def _around_keyring(self) -> None:
        for store_class in (keyring_store.KeyringStore, file_store.SecretFile):
            self._around_store(store_class)

    def _around_store(self, store_class: type[store.Store]) -> None:
        points = self
        setting, removing, reserving = store_class.set, store_class.remove, store_class.reserve

        def set(self: store.Store, name: str, value: str, *, prompt: bool) -> None:  # noqa: A001
            points.reach(f"{SET} {name}")
            setting(self, name, value, prompt=prompt)
            points.reach(f"{KEPT} {name}")

        def remove(self: store.Store, name: str, *, prompt: bool) -> bool:
            points.reach(f"keyring delete {name}")
            was = removing(self, name, prompt=prompt)
            points.reach(f"keyring deleted {name}")
            return was

        def reserve(self: store.Store, name: str, size: int) -> None:
            points.reach(f"before {name} is reserved")
            reserving(self, name, size)
            points.reach(f"after {name} was reserved")

        _put(store_class, set, remove, reserve)

    def _around_journal(self) -> None:
        points, connect = self, sqlite3.connect

        class Halting(sqlite3.Connection):
            """Can be killed before a statement and before its commit."""

            def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
                if not _WRITES.match(statement):
                    return super().execute(statement, *values)
                table = " ".join(statement.split()[:4])
                points.reach(f"journal, before {table}")
                done = super().execute(statement, *values)
                points.reach(f"journal, before the commit of {table}")
                return done

            def executescript(self, script: str) -> sqlite3.Cursor:
                points.reach("journal, before the schema")
                return super().executescript(script)

        def halting(*arguments: Any, **options: Any) -> sqlite3.Connection:
            return connect(*arguments, **options, factory=Halting)

        sqlite3.connect = halting  # type: ignore[assignment]
        writing = database.Database.write

        def write(self: database.Database, *arguments: Any) -> None:
            writing(self, *arguments)
            points.reach("journal, after the commit")

        _put(database.Database, write)

    def _around_requests(self) -> None:
        points, sending, reading = self, client.Webex._send, http.read_body

        def _send(self: client.Webex, method: str, path: str, *rest: Any, **options: Any) -> Any:
            what = f"{method} {path.rpartition('/')[2]}"
            points.reach(f"{ASK} {what}")
            reply = sending(self, method, path, *rest, **options)
            points.reach(f"{REPLY if reply.status < 300 else NO} {what}")
            return reply

        def read_body(*arguments: Any) -> bytes:
            raw = reading(*arguments)
            points.note(READ)
            return raw

        _put(client.Webex, _send)
        _put(client, read_body)


def _put(where: object, *works: Callable[..., Any]) -> None:
    """Let these take the place of what has their names there."""
    for work in works:
        setattr(where, work.__name__, work)


def events(trace: Path) -> list[Event]:
    """What a run has noted, in order."""
    found = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        number, at, name = line.split(" ", 2)
        found.append(Event(int(number), float(at), name))
    return found
