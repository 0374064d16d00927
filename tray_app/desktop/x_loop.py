"""The one loop that talks to the X server.

`XLoop` owns the connection: only the thread inside `run()` uses it. Other threads hand work over
with `post()`. What the person did before a job came in is heard before that job is done, so that a
click always meets the menu that was on the screen.
"""

import logging
import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol.rq import Event

from tray_app.desktop.wakeup import signals_wake
from tray_app.desktop.x_display import connect

log = logging.getLogger(__name__)

Job = Callable[[], object]
Hear = Callable[[Event], object]


class _Line:
    """The open display, and a pair of sockets to wake the loop that waits on it."""

    def __init__(self) -> None:
        self.display: Display = connect()
        self.sleeper, self.waker = socket.socketpair()
        self.sleeper.setblocking(False)
        self.waker.setblocking(False)

    def close(self) -> None:
        """Hangs up: the windows vanish with the connection."""
        with suppress(ConnectionClosedError, OSError):
            self.display.close()
        self.waker.close()
        self.sleeper.close()


class XLoop:
    """Hears the X server from whichever thread calls `run()`."""

    def __init__(self, hear: Hear) -> None:
        """`hear(event)` is called on the loop thread."""
        self._hear = hear
        self._jobs: deque[Job] = deque()
        self._stopping = False
        self._line: _Line | None = None

    # any thread

    def open(self) -> None:
        """Connects; raises NoDisplayError. Call once, before `run()`."""
        self._line = _Line()

    def post(self, job: Job) -> None:
        """Has the loop do that, in the order posted. Kept until `run()`, dropped after it."""
        self._jobs.append(job)
        if self._line is not None:
            with suppress(OSError):  # full: the loop wakes anyway; closed: it has ended
                self._line.waker.send(b"\0")

    def stop(self) -> None:
        """Makes `run()` return after the work posted so far, also if it has not begun yet."""
        self.post(self._end)

    def run(self) -> bool:
        """Hears until `stop()`: True. False if the X server went away before that."""
        line = self._opened
        try:
            with signals_wake(line.waker), selectors.DefaultSelector() as selector:
                selector.register(line.display.fileno(), selectors.EVENT_READ)
                selector.register(line.sleeper, selectors.EVENT_READ)
                while self._work_off():
                    selector.select()
        except ConnectionClosedError as lost:
            log.info("the X server went away: %s", lost)
            return False
        finally:
            line.close()
        return True

    # loop thread

    @property
    def display(self) -> Display:
        """The open display."""
        return self._opened.display

    @property
    def _opened(self) -> _Line:
        if self._line is None:
            raise RuntimeError("open() comes first")
        return self._line

    def _end(self) -> None:
        self._stopping = True

    def _work_off(self) -> bool:
        """Hears what has come in and does what was posted. False: time to end."""
        display = self.display
        with suppress(BlockingIOError):
            while self._opened.sleeper.recv(4096):
                pass
        while not self._stopping:
            if display.pending_events():
                event = display.next_event()
                self._do(partial(self._hear, event))
            elif self._jobs:
                self._do(self._jobs.popleft())
            else:
                display.flush()  # may read events while it writes
                if not display.pending_events():
                    return True
        return False

    def _do(self, job: Job) -> None:
        try:
            job()
        except ConnectionClosedError:
            raise
        except XError as error:  # a window that went away while it was asked about
            log.debug("the X server refused: %s", error)
        except Exception:
            log.exception("work for the tray failed")  # one bad callback must not end the icon
