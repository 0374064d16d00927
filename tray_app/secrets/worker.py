"""The one thread that touches a secret store, so that a call that hangs or prompts holds up nothing
else.
"""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from tray_app.model.errors import VaultError, VaultLocked
from tray_app.secrets.store import Store
from tray_app.system.concurrency import settle

T = TypeVar("T")


class StoreWorker:
    """Runs one call at a time at one store, for all profiles of a process. Any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._calls = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stuck: Future[Any] | None = None
        self._shortened = threading.Event()
        self._waiting: set[threading.Event] = set()

    def run(self, work: Callable[[], T], timeout: float, ending: float) -> T:
        """Run the work and return its result. The work goes on even if the wait for it ends first.

        `timeout`: seconds to wait; `ending`: seconds to wait when the program ends. A call that
        queues behind a prompt of another profile waits no longer than its own timeout. Raises
        VaultLocked, VaultError.
        """
        with self._lock:
            if self._stuck is not None and not self._stuck.done():
                # Do not queue up behind it.
                raise VaultLocked(f"{self._store.name} still has not answered")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
                self._thread.start()
        call, woken = Future[T](), threading.Event()
        call.add_done_callback(lambda _: woken.set())
        self._waiting.add(woken)
        try:
            self._calls.put((call, work))
            # Read after the event is in `_waiting`: `shorten_timeouts` sets the flag first.
            woken.wait(min(timeout, ending) if self._shortened.is_set() else timeout)
            if not call.done() and self._shortened.is_set():
                concurrent.futures.wait((call,), ending)
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
        # A boundary: a store raises errors of its own, and their text may hold what it was given.
        kind = type(error).__name__
        del error, call
        raise VaultError(f"{self._store.name} failed: {kind}")

    def shorten_timeouts(self) -> None:
        """The program ends: wait a moment only, now and from now on."""
        self._shortened.set()
        for woken in tuple(self._waiting):
            woken.set()

    def close(self) -> None:
        """End the thread once it has done what it was given."""
        self._calls.put(None)

    def _serve(self) -> None:
        while (given := self._calls.get()) is not None:
            call, work = given
            settle(call, work)
            del given, call, work
        self._store.close()
