"""Jobs that other threads hand to a loop, and the loop that does them beside its connection."""

from __future__ import annotations

import logging
import selectors
import signal
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

log = logging.getLogger(__name__)

Job = Callable[[], object]


class JobQueue:
    """Jobs in the order posted. `post`, `post_once` and `stop` are for any thread, the rest for
    the loop's.

    Jobs posted before `open` are kept; after `close` they are dropped.
    """

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._waiting: set[Job] = set()
        self._ends: tuple[socket.socket, socket.socket] | None = None
        self.stopping = False
        """Whether the jobs posted before `stop` are done."""

    def open(self) -> tuple[socket.socket, socket.socket]:
        """Return two sockets: one to wait on in select(), and one that wakes it."""
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
        """Have the loop do the job."""
        self._jobs.append(job)
        if self._ends is not None:
            with suppress(OSError):  # full: the loop wakes anyway; closed: the loop has ended
                self._ends[1].send(b"\0")

    def post_once(self, job: Job) -> None:
        """Have the loop do the job, unless the same one waits already. For jobs that show the
        present state: a thousand changes in a burst are shown once."""
        if job in self._waiting:
            return
        self._waiting.add(job)
        self.post(job)

    def stop(self) -> None:
        """Have the loop end after the jobs posted so far."""
        self.post(self._stop)

    def drain_wakeups(self) -> None:
        """Read away what has woken the loop."""
        with suppress(BlockingIOError):
            while self._ends is not None and self._ends[0].recv(4096):
                pass

    def next(self) -> Job | None:
        """Take the next job; None if there is none, or if the loop is to end."""
        if not self._jobs or self.stopping:
            return None
        job = self._jobs.popleft()
        self._waiting.discard(job)  # before it runs: what is posted from now on needs another run
        return job

    def _stop(self) -> None:
        self.stopping = True


@contextmanager
def signals_wake(waker: socket.socket) -> Iterator[None]:
    """Let Python run the program's own signal handlers at once.

    A signal may arrive in another thread; without this the main one would go on sleeping in
    select(). No handler is installed or replaced.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)


@contextmanager
def signals_call(wake: Callable[[], object]) -> Iterator[None]:
    """As `signals_wake`, for a loop that waits for no socket: `wake` is called in another thread,
    and makes the main one run some Python."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def serve() -> None:
        with suppress(OSError):
            while ours.recv(1):
                wake()

    with ours, theirs:
        threading.Thread(target=serve, name="signals", daemon=True).start()
        with signals_wake(theirs):
            yield


class ConnectionLoop(ABC):
    """Owns a connection: only the thread inside `run` uses it. Other threads hand it jobs.

    `post`, `post_once` and `stop` are for any thread, everything else for the loop's.
    """

    LOST: ClassVar[type[Exception]]
    """Raised if the connection has been lost."""
    REFUSED: ClassVar[tuple[type[Exception], ...]] = ()
    """Errors that are to be expected of a job."""

    def __init__(self) -> None:
        self._jobs = JobQueue()
        self.post, self.post_once, self.stop = (
            self._jobs.post,
            self._jobs.post_once,
            self._jobs.stop,
        )

    def run(self) -> bool:
        """Serve until `stop`: True. False if the connection was lost before that."""
        connection, (sleeper, waker) = self._fileno(), self._jobs.open()
        try:
            with signals_wake(waker), selectors.DefaultSelector() as selector:
                selector.register(connection, selectors.EVENT_READ)
                selector.register(sleeper, selectors.EVENT_READ)
                while self._process():
                    selector.select()
        except self.LOST as error:
            log.info("connection lost: %s", error)
            return False
        finally:
            self._close()  # the icon vanishes with the connection
            self._jobs.close()
        return True

    @abstractmethod
    def _fileno(self) -> int:
        """Return the connection's file descriptor."""

    @abstractmethod
    def _process(self) -> bool:
        """Handle what has come in and what was posted. False: time to end."""

    @abstractmethod
    def _close(self) -> None:
        """Close the connection. Raises nothing."""

    def _do(self, job: Job) -> None:
        try:
            job()
        except self.LOST:
            raise
        except self.REFUSED as error:
            log.debug("refused: %s", error)
        except Exception:  # a boundary: one bad callback must not end the icon
            log.exception("work for the tray failed")
