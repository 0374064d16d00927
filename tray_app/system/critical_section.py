"""The critical section of a renewal: from presenting a token until the answer is saved.

Webex may have rotated a refresh token by the time its answer is under way: the answer alone has the
new one. So the program must not end, and no exception may strike, between the two.

- In the main thread, where signal handlers run, the work is done in a thread of its own. What a
  handler raises (KeyboardInterrupt) can only hit the wait for it; it is raised once the work is
  done, or after `timeout` seconds. A second one is raised at once.
- In any other thread no handler runs, and the work is done there. Whoever ends the program calls
  `end` and waits while `is_under_way`.
- Either way `presents` refuses from then on: no further token is presented.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from tray_app.model.errors import Busy, Interrupted

T = TypeVar("T")

log = logging.getLogger(__name__)

TIMEOUT = 9.0
"""Seconds that the end of the program may be held up."""

KEYRING_TIMEOUT = 4.0
"""Seconds of them after which a keyring that has not answered yet is left alone: `.env` is the one
place left for a new pair."""

_SLICE = 1.0
"""Seconds. On Windows a wait without end cannot be interrupted by Ctrl-C."""


class _Turn:
    """One call of `run`. Flags and a plain lock: an exception that strikes within the methods of
    threading.Event or Thread.join (Python 3.11 and 3.12) can leave them unusable."""

    def __init__(self) -> None:
        self.thread = 0
        self.has_presented = False
        self.is_stopped = False
        self.is_done = False
        self.error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def end(self) -> None:
        self.is_done = True
        self._done.release()

    def wait(self, seconds: float = float("inf")) -> None:
        """Wait until it is done, or so many seconds."""
        end = time.monotonic() + seconds
        while not self.is_done:
            left = min(end - time.monotonic(), _SLICE if os.name == "nt" else threading.TIMEOUT_MAX)
            if left <= 0 or self._done.acquire(timeout=left):
                return


class CriticalSection:
    """One engine's. `hurry` is called where the end has been held up for `KEYRING_TIMEOUT`."""

    def __init__(self, held_up: Callable[[], None] = lambda: None) -> None:
        """`held_up` is called when an interruption has to wait, to tell the person."""
        self._held_up = held_up
        self._turn: _Turn | None = None
        self._has_ended = False
        self.shorten_timeouts: Callable[[], None] = lambda: None

    @property
    def is_under_way(self) -> bool:
        """Whether a token may have been presented whose answer is not saved yet. Any thread."""
        turn = self._turn
        return turn is not None and turn.has_presented

    def before_presenting(self) -> None:
        """To be called right before each token is presented. Raises Interrupted where the program
        is ending."""
        turn = self._turn
        if turn is None:
            raise RuntimeError("a token is presented outside of a critical section")
        # First this, then the question: whoever stops us does it in the other order, so that one of
        # both sees what the other has set.
        turn.has_presented = True
        if self._has_ended or turn.is_stopped:
            raise Interrupted("the program is ending: nothing new is begun")

    def end(self) -> None:
        """The program ends: nothing is presented from now on. Any thread."""
        self._has_ended = True

    def finish(self) -> None:
        """End, and wait for what is under way in another thread."""
        self.end()
        turn = self._turn
        if turn is not None and turn.has_presented and not turn.is_stopped:
            self._wait(turn)

    def run(self, work: Callable[[], T]) -> T:
        """Return what the work returns, or raise what it raises. Within a section: just the work.

        Raises Interrupted where the program is ending already; Busy while the work of a call that
        was interrupted twice still goes on.
        """
        inside = self._turn
        if inside is not None and inside.thread == threading.get_ident():
            return work()
        if inside is not None:
            raise Busy("an earlier renewal has not finished")
        turn, results = _Turn(), list[T]()
        if threading.current_thread() is threading.main_thread():
            self._do_beside(turn, work, results)
        else:
            self._do(turn, work, results)
        if turn.error is not None:
            try:
                raise turn.error
            finally:
                del turn  # its error's traceback holds this frame
        return results[0]

    def _do_beside(self, turn: _Turn, work: Callable[[], T], results: list[T]) -> None:
        """Do it in a thread, and hold back what interrupts the wait for it."""
        given = (turn, work, results)
        thread = threading.Thread(target=self._do, args=given, name="renewal", daemon=True)
        try:
            thread.start()
            turn.wait()
        except BaseException:
            turn.is_stopped = True
            if (
                turn.has_presented and not turn.is_done
            ):  # else it is done, or will see that it must not begin
                log.info("interrupted: the answer is waited for and saved first")
                with suppress(Exception):  # the terminal may be gone
                    self._held_up()
                self._wait(turn)
            raise

    def _do(self, turn: _Turn, work: Callable[[], T], results: list[T]) -> None:
        turn.thread = threading.get_ident()
        self._turn = turn
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - for the thread that waits to raise
            turn.error = error
        finally:
            self._turn = None
            turn.end()

    def _wait(self, turn: _Turn) -> None:
        turn.wait(KEYRING_TIMEOUT)
        if not turn.is_done:
            self.shorten_timeouts()
            turn.wait(TIMEOUT - KEYRING_TIMEOUT)


def is_interruption(error: BaseException | None) -> bool:
    """Whether it is what a signal raises, and not an error or an end that was planned."""
    return error is not None and not isinstance(error, Exception | SystemExit | GeneratorExit)
