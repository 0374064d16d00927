"""The one loop that talks to the X server.

`XLoop` owns the connection: only the thread inside `run()` uses it. Other threads hand work over
with `post()`. What the person did before a job came in is heard before that job is done, so that a
click always meets the menu that was on the screen.
"""

import logging
import selectors
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol.rq import Event

from tray_app.desktop.tray.job_queue import Job, JobQueue, signals_wake
from tray_app.desktop.tray.xembed.display import connect

log = logging.getLogger(__name__)

Hear = Callable[[Event], object]


class XLoop:
    """Hears the X server from whichever thread calls `run()`."""

    def __init__(self, hear: Hear) -> None:
        """`hear(event)` is called on the loop thread."""
        self._hear = hear
        self._inbox = JobQueue()
        self._display: Display | None = None

    # any thread

    def open(self) -> None:
        """Connects; raises NoDisplayError. Call once, before `run()`."""
        self._display = connect()

    def post(self, job: Job) -> None:
        """Has the loop do that, in the order posted. Kept until `run()`, dropped after it."""
        self._inbox.post(job)

    def post_once(self, job: Job) -> None:
        """As `post`, unless the same still waits for its turn."""
        self._inbox.post_once(job)

    def stop(self) -> None:
        """Makes `run()` return after the work posted so far, also if it has not begun yet."""
        self._inbox.stop()

    def run(self) -> bool:
        """Hears until `stop()`: True. False if the X server went away before that."""
        display, (sleeper, waker) = self.display, self._inbox.open()
        try:
            with signals_wake(waker), selectors.DefaultSelector() as selector:
                selector.register(display.fileno(), selectors.EVENT_READ)
                selector.register(sleeper, selectors.EVENT_READ)
                while self._work_off():
                    selector.select()
        except ConnectionClosedError as lost:
            log.info("the X server went away: %s", lost)
            return False
        finally:
            with suppress(ConnectionClosedError, OSError):
                display.close()  # the windows vanish with the connection
            self._inbox.close()
        return True

    # loop thread

    @property
    def display(self) -> Display:
        """The open display."""
        if self._display is None:
            raise RuntimeError("open() comes first")
        return self._display

    def _work_off(self) -> bool:
        """Hears what has come in and does what was posted. False: time to end."""
        display = self.display
        self._inbox.drain_wakeups()
        while not self._inbox.stopping:
            if display.pending_events():
                event = display.next_event()
                self._do(partial(self._hear, event))
            elif (job := self._inbox.next()) is not None:
                self._do(job)
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
