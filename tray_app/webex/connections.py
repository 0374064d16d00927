"""The connections to one API base, for all profiles of a process."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from tray_app.system import signals
from tray_app.system.concurrency import failing
from tray_app.webex.http import new_session

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

_LINGER = 2.0
"""Seconds that a thread waits for the next request before it ends."""


class ConnectionPool:
    """One session for each request at the same moment; each session is used again. Thread-safe.

    A request runs in its session's thread, since neither a name lookup nor a slow body has a
    timeout of its own. A session that hangs is left to its thread.
    """

    def __init__(self, base: str, *, total: float, idle: float) -> None:
        """`total`: seconds to wait for a request; `idle`: seconds that an unused connection is
        kept."""
        self._base = base
        self.total, self._idle = total, idle
        self._lock = threading.Lock()
        self._free: list[_PooledSession] = []

    def submit(self, work: Callable[[requests.Session], T]) -> Future[T]:
        """Run the work in a session's thread. Wait for the result no longer than `total`."""
        with self._lock:
            free = self._free
            session = free.pop() if free else _PooledSession(self._base, self._idle, self._release)
        return session.submit(work)

    def _release(self, session: _PooledSession) -> None:
        with self._lock:
            self._free.append(session)  # the last one used is the first one used again

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            for each in self._free:
                each.session.close()


class _PooledSession:
    """A session, and a thread while there is something to do."""

    def __init__(self, base: str, idle: float, release: Callable[[_PooledSession], None]) -> None:
        """`release` is called after each request."""
        self._idle, self._release = idle, release
        self.session = new_session(base)
        self.used_at = 0.0
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[requests.Session], Any]]]
        self._work = queue.SimpleQueue()
        self._has_thread = False

    def _fresh(self) -> requests.Session:
        """The session, without connections that routers may have dropped.

        By the wall clock, which goes on while the machine sleeps.
        """
        if abs(time.time() - self.used_at) > self._idle:
            self.session.close()
        return self.session

    def submit(self, work: Callable[[requests.Session], T]) -> Future[T]:
        future = Future[T]()
        with self._lock:
            self._work.put((future, work))
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._serve, name="webex", daemon=True).start()
        return future

    def _serve(self) -> None:
        signals.leave_to_main_thread()
        while True:
            try:
                future, work = self._work.get(timeout=_LINGER)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._has_thread = False
                        return
            else:
                with failing(future):
                    try:
                        result = work(self._fresh())
                    finally:
                        self.used_at = time.time()
                        # Before the caller has the result: its next request comes at once.
                        self._release(self)
                    future.set_result(result)
                    del result
                del future, work  # they hold what was sent
