"""The one thread that uses a secret store: a call that hangs or prompts blocks nothing else."""

from __future__ import annotations

import concurrent.futures
import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from tray_app.model.errors import VaultError, VaultLocked
from tray_app.secrets.store import Store
from tray_app.system.concurrency import failing
from tray_app.system.running_time import RunningTime

T = TypeVar("T")

_LOCKED = "KeyringLocked"
"""The error of keyring's backends, by its name: only their own store imports the library."""


_LOADING_SECONDS = 10.0 if sys.platform == "win32" else 0.0
"""Seconds more for the first call, which loads the keyring's library: a virus scanner reads it."""


@dataclass(frozen=True, slots=True)
class StoreTimeouts:
    """Seconds to wait for a store: for a read or a write in the background, for a person's answer,
    and for any of these once the program ends."""

    read: float = 3.0
    write: float = 10.0
    person: float = 120.0
    ending: float = 1.0


class StoreWorker:
    """Runs one call at a time at one store, for all profiles of a process. Any thread."""

    def __init__(self, store: Store, ending: float) -> None:
        """`ending`: seconds to wait for a call once the program ends."""
        self._store = store
        self._ending = ending
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._calls = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stuck: Future[Any] | None = None
        self._is_loaded = self._is_closed = False
        self._shortened = threading.Event()
        self._waiting: set[threading.Event] = set()

    def run(self, work: Callable[[], T], timeout: float) -> T:
        """Run the work in the worker's thread and return its result.

        `timeout`: seconds to wait, and some more for the first call. The work goes on after that,
        and until it is done, later calls fail at once: they do not queue behind a dialog that
        another profile has opened. Raises VaultLocked, VaultError.
        """
        with self._lock:
            if self._is_closed:
                raise VaultLocked(f"{self._store.name} is closed because the program ends")
            if self._stuck is not None and not self._stuck.done():
                raise VaultLocked(f"{self._store.name} still has not answered")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
                self._thread.start()
        timeout += 0 if self._is_loaded else _LOADING_SECONDS
        call, woken = Future[T](), threading.Event()
        call.add_done_callback(lambda _: woken.set())
        self._waiting.add(woken)
        try:
            self._calls.put((call, work))
            # Read after the event is in `_waiting`: `shorten_timeouts` sets the flag first.
            is_ending = self._shortened.is_set()
            for step in RunningTime().steps(min(timeout, self._ending) if is_ending else timeout):
                if woken.wait(step):
                    break
            if not call.done() and self._shortened.is_set():
                concurrent.futures.wait((call,), self._ending)
        finally:
            self._waiting.discard(woken)
        if not call.done():
            self._stuck = call
            raise VaultLocked(f"{self._store.name} has not answered for {timeout:g} seconds")
        error = call.exception()
        if error is None:
            return call.result()
        if isinstance(error, VaultError):
            raise error
        # A boundary: backends raise errors of any kind. Only the name of the type is kept: message,
        # cause and frames may hold secrets.
        kind = type(error).__name__
        del error, call
        if kind == _LOCKED:
            raise VaultLocked(f"{self._store.name} is locked")
        raise VaultError(f"{self._store.name} failed: {kind}")

    def shorten_timeouts(self) -> None:
        """The program ends: wait briefly from now on, also for the calls under way."""
        self._shortened.set()
        for woken in tuple(self._waiting):
            woken.set()

    def close(self) -> None:
        """End the thread once it has done what it was given. Later calls fail at once."""
        with self._lock:
            self._is_closed = True
        self._calls.put(None)

    def _serve(self) -> None:
        while (given := self._calls.get()) is not None:
            call, work = given
            with failing(call):
                call.set_result(work())
            self._is_loaded = True
            del given, call, work
        self._store.close()
