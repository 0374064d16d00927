"""The one thread that touches a secret store: calls that hang or prompt never hold up the rest."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from tray_app.model.errors import VaultError, VaultLocked
from tray_app.secrets.store import Store
from tray_app.system.concurrency import Call

T = TypeVar("T")


class StoreWorker:
    """Does one thing at a time at one store, for all the profiles of a process.

    For any number of threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stuck: threading.Event | None = None
        self._shortened = threading.Event()
        self._waited_for: set[threading.Event] = set()

    def ask(self, work: Callable[[], T], patience: float, ending: float) -> T:
        """Have the work done. It goes on even when nobody waits any longer.

        `timeout`, `ending`: seconds to wait, and when the program ends. Who waits while a person
        is asked on behalf of another profile, waits no longer than else. Raises VaultLocked,
        VaultError.
        """
        with self._lock:
            if self._stuck is not None and not self._stuck.is_set():
                # Do not queue up behind it.
                raise VaultLocked(f"{self._store.name} still has not answered")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
                self._thread.start()
        call = Call(work)
        if not self._waited(call, patience, ending):
            self._stuck = call.done
            raise VaultLocked(f"{self._store.name} has not answered for {patience:g} seconds")
        try:
            return call.outcome()
        except VaultError:
            raise
        except Exception as error:  # noqa: BLE001 - a boundary: stores raise errors of their own
            kind = type(error).__name__
        # Outside of the block, so that the store's error does not hang on as context.
        raise VaultError(f"{self._store.name} failed: {kind}")

    def shorten_timeouts(self) -> None:
        """The program ends: wait a moment only, now and from now on."""
        self._shortened.set()
        for waited_for in tuple(self._waited_for):
            waited_for.set()

    def close(self) -> None:
        """End the thread, once it is through with what it was given."""
        self._calls.put(None)

    def _waited(self, call: Call[T], patience: float, ending: float) -> bool:
        """Have it done; whether it was in time. `hurry` cuts the time short."""
        woken = threading.Event()

        def work() -> None:
            call.run()
            woken.set()

        self._waited_for.add(woken)
        try:
            self._calls.put(work)
            if self._shortened.is_set():  # looked at after the event is there for `hurry` to see
                return call.done.wait(min(patience, ending))
            woken.wait(patience)
            if not call.done.is_set() and self._shortened.is_set():
                call.done.wait(ending)
        finally:
            self._waited_for.discard(woken)
        return call.done.is_set()

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
        self._store.close()
