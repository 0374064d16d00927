"""Work that other threads hand to a loop, and what wakes the loop that sleeps in select()."""

from __future__ import annotations

import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Job = Callable[[], object]


class JobQueue:
    """Jobs in the order posted. `post…` and `stop` belong to any thread, the rest to the loop's.

    What was posted before `open` is kept; after `close` nobody does it any more.
    """

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._waiting: set[Job] = set()
        self._ends: tuple[socket.socket, socket.socket] | None = None
        self.stopping = False
        """Whether the job of `stop` has had its turn."""

    def open(self) -> tuple[socket.socket, socket.socket]:
        """Make the two sockets: select() is to wait on the first, the second wakes it."""
        sleeper, waker = socket.socketpair()
        sleeper.setblocking(False)
        waker.setblocking(False)
        self._ends = sleeper, waker
        return self._ends

    def close(self) -> None:
        """Close the sockets."""
        for end in self._ends or ():
            end.close()

    def post(self, job: Job) -> None:
        """Have the loop do that."""
        self._jobs.append(job)
        if self._ends is not None:
            with suppress(OSError):  # full: the loop wakes anyway; closed: it has ended
                self._ends[1].send(b"\0")

    def post_once(self, job: Job) -> None:
        """Have the loop do that, unless it is still to do the same: for what shows things as they
        are then. A thousand changes in a burst are shown once."""
        if job in self._waiting:
            return
        self._waiting.add(job)
        self.post(job)

    def stop(self) -> None:
        """Have the loop end, after what was posted so far."""
        self.post(self._stop)

    def drain_wakeups(self) -> None:
        """Forget that the loop was woken."""
        with suppress(BlockingIOError):
            while self._ends is not None and self._ends[0].recv(4096):
                pass

    def next(self) -> Job | None:
        """Take the next job; None where there is none, or the loop is to end."""
        if not self._jobs or self.stopping:
            return None
        job = self._jobs.popleft()
        self._waiting.discard(job)  # before it looks: whoever comes now is not in time for it
        return job

    def _stop(self) -> None:
        self.stopping = True


@contextmanager
def signals_wake(waker: socket.socket) -> Iterator[None]:
    """Lets Python run the program's own signal handlers at once.

    A signal may land on another thread; without this the main one would sleep on in select().
    No handler is installed or replaced.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
