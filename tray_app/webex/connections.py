"""The connections to one API base, for all the profiles of a process."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

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
        self.whole, self._idle = whole, idle
        self._lock = threading.Lock()
        self._free: list[_Line] = []

    def submit(self, work: Callable[[requests.Session], T]) -> Future[T]:
        """Run the work in a line's thread. It should not be waited for longer than `whole`."""
        with self._lock:
            line = self._free.pop() if self._free else _Line(self._base, self._release)
        return line.submit(partial(work, line.fresh_session(self._idle)))

    def _release(self, line: _Line) -> None:
        with self._lock:
            self._free.append(line)  # the last one used is the first one used again

    def close(self) -> None:
        """Close the connections that rest."""
        with self._lock:
            for line in self._free:
                line.session.close()


class _Line:
    """One session, and a thread as long as there is something to do."""

    def __init__(self, base: str, release: Callable[[_Line], None]) -> None:
        """`release` is called after each exchange."""
        self._release = release
        self.session = new_session(base)
        self.used_at = 0.0
        self._lock = threading.Lock()
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._served = False

    def fresh_session(self, idle: float) -> requests.Session:
        """The session, without connections that routers may have forgotten by now.

        By the wall clock, which goes on while the machine sleeps.
        """
        if abs(time.time() - self.used_at) > idle:
            self.session.close()
        return self.session

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have it done in the line's thread."""
        call = Future[T]()
        with self._lock:
            self._work.put((call, work))
            if not self._served:
                self._served = True
                threading.Thread(target=self._serve, name="webex", daemon=True).start()
        return call

    def _serve(self) -> None:
        while True:
            try:
                call, work = self._work.get(timeout=_LINGER)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._served = False
                        return
            else:
                result, failure = None, None
                try:
                    result = work()
                except BaseException as error:  # noqa: BLE001 - a boundary between threads
                    failure = error.with_traceback(None)  # its frames hold secrets
                self.used_at = time.time()
                self._release(self)  # before the answer is told: the next exchange comes at once
                if failure is None:
                    call.set_result(result)
                else:
                    call.set_exception(failure)
                del call, work, result, failure  # they hold what was sent
