"""The connections to one API base, for all the profiles of a process."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.system.concurrency import Call
from tray_app.webex.http import new_session

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

_LINGER = 2.0
"""Seconds that a thread waits for the next exchange before it ends."""


class ConnectionPool:
    """As many lines as there are exchanges at the same moment, and each one used again.

    An exchange runs in its line's thread: neither name lookup nor dripping bytes have a time-out
    of their own. A line that hangs is left to its thread. For any number of threads.
    """

    def __init__(self, base: str, *, whole: float, idle: float) -> None:
        """`whole`: seconds for an exchange; `idle`: that a connection is kept without one."""
        self._base = base
        self._whole, self._idle = whole, idle
        self._lock = threading.Lock()
        self._free: list[_Line] = []

    def exchange(self, work: Callable[[requests.Session], T]) -> T:
        """Return what the work returns, or raise what it raises. Raises Unreachable where it takes
        too long."""
        with self._lock:
            line = self._free.pop() if self._free else _Line(self._base)
        call = Call(partial(work, line.fresh_session(self._idle)))
        line.submit(call.run)
        if not call.done.wait(self._whole):
            raise Unreachable(TransportFailure.TIMEOUT, "no answer in time")
        line.used_at = time.time()
        with self._lock:
            self._free.append(line)  # the last one used is the first one used again
        return call.outcome()

    def close(self) -> None:
        """Close the connections that rest."""
        with self._lock:
            for line in self._free:
                line.session.close()


class _Line:
    """One session, and a thread as long as there is something to do."""

    def __init__(self, base: str) -> None:
        self.session = new_session(base)
        self.used_at = 0.0
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._served = False

    def fresh_session(self, idle: float) -> requests.Session:
        """The session, without connections that routers may have forgotten by now.

        By the wall clock, which goes on while the machine sleeps.
        """
        if abs(time.time() - self.used_at) > idle:
            self.session.close()
        return self.session

    def submit(self, work: Callable[[], None]) -> None:
        """Have it done in the line's thread."""
        with self._lock:
            self._work.put(work)
            if not self._served:
                self._served = True
                threading.Thread(target=self._serve, name="webex", daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=_LINGER)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._served = False
                        return
            else:
                work()
                del work  # it holds what was sent
