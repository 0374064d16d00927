"""The critical section of a renewal: from presenting a token until the response is saved.

Webex may rotate a refresh token, and then only the response contains the new one. So the program
must not end, and no exception may be raised, between the two.

- In the main thread, where signal handlers run, the work is done in another thread. An exception of
  a handler (KeyboardInterrupt) can only interrupt the wait; it is raised once the work is done, or
  after `TIMEOUT` seconds. Those that follow are dropped, but for a Ctrl-C that comes `DELIBERATE`
  seconds later: that is raised at once.
- In any other thread no handler runs, so the work is done there. To end the program, call `end`,
  and wait while `is_under_way`.
- In both cases `before_presenting` then refuses: no other token is presented.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from tray_app.model.errors import Busy, Interrupted
from tray_app.system.running_time import RunningTime
from tray_app.system.signals import DELIBERATE, SLICE

T = TypeVar("T")

log = logging.getLogger(__name__)

TIMEOUT = 9.0
"""Seconds in which this process runs, by which the end of the program may be delayed."""

KEYRING_TIMEOUT = 4.0
"""Seconds of these after which a keyring that does not answer is given up; the new pair then goes
into `.env` only."""


class _Call:
    """One call of `run`. A plain lock and flags, since an exception inside threading.Event or
    Thread.join (Python 3.11 and 3.12) can leave them unusable."""

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

    def wait(self, seconds: float) -> bool:
        """Return whether the work is done."""
        return self.is_done or self._done.acquire(timeout=seconds)


class CriticalSection:
    """The critical section of one engine."""

    def __init__(self, held_up: Callable[[], None] = lambda: None) -> None:
        """`held_up` is called when an interruption is delayed, to tell the person."""
        self._held_up = held_up
        self._call: _Call | None = None
        self._has_ended = False
        self.shorten_timeouts: Callable[[], None] = lambda: None
        """Called when the end has been delayed for `KEYRING_TIMEOUT`."""

    @property
    def is_under_way(self) -> bool:
        """Whether the response to a presented token may not be saved yet. Thread-safe."""
        call = self._call
        return call is not None and call.has_presented

    def before_presenting(self) -> None:
        """Call right before presenting a token. Raises Interrupted if the program is ending."""
        call = self._call
        if call is None:
            raise RuntimeError("a token is presented outside of a critical section")
        # The flag first, then the check. The thread that stops us does the opposite, so that at
        # least one of the two sees the other's flag.
        call.has_presented = True
        if self._has_ended or call.is_stopped:
            raise Interrupted("the program is ending: nothing new is begun")

    def end(self) -> None:
        """Let no token be presented from now on. Thread-safe."""
        self._has_ended = True

    def finish(self) -> None:
        """Call `end`, then wait for the work in another thread."""
        self.end()
        call = self._call
        if call is not None and call.has_presented and not call.is_stopped:
            self._outlast(call)

    def run(self, work: Callable[[], T]) -> T:
        """Return the work's result, or raise its exception. A nested call just does the work.

        Raises Interrupted if the program is ending, and Busy if the work of an earlier call, which
        was interrupted twice, is still running.
        """
        inside = self._call
        if inside is not None and inside.thread == threading.get_ident():
            return work()
        if inside is not None:
            raise Busy("an earlier renewal has not finished")
        call = _Call()
        if threading.current_thread() is threading.main_thread():
            return self._run_in_thread(call, work)
        call.thread = threading.get_ident()
        self._call = call
        try:
            return work()
        finally:
            self._call = None
            call.end()

    def _run_in_thread(self, call: _Call, work: Callable[[], T]) -> T:
        """Run the work in a thread, and delay an exception that interrupts the wait."""
        results = list[T]()
        arguments = (call, work, results)
        thread = threading.Thread(target=self._serve, args=arguments, name="renewal", daemon=True)
        try:
            thread.start()
            while not call.wait(SLICE):
                pass
        except BaseException:  # a boundary: whatever a signal handler raises
            call.is_stopped = True
            if call.has_presented and not call.is_done:  # otherwise it will present nothing
                self._outlast(call, announce=self._announce)
            raise
        if call.error is not None:
            try:
                raise call.error
            finally:
                del call  # the error's traceback holds this frame
        return results[0]

    def _serve(self, call: _Call, work: Callable[[], T], results: list[T]) -> None:
        call.thread = threading.get_ident()
        self._call = call
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - a boundary: the waiting thread raises it
            call.error = error
        finally:
            self._call = None
            call.end()

    def _announce(self) -> None:
        log.info("interrupted: waiting for Webex's response, to save it first")
        with suppress(Exception):  # a boundary: the terminal may be gone
            self._held_up()

    def _outlast(self, call: _Call, announce: Callable[[], None] = lambda: None) -> None:
        """Wait until the work is done, for `TIMEOUT` seconds at most."""
        begun, waited = time.monotonic(), RunningTime()
        steps: list[Callable[[], object]] = [
            announce,
            lambda: waited.wait(call.wait, KEYRING_TIMEOUT),
            self.shorten_timeouts,
            lambda: waited.wait(call.wait, TIMEOUT),
        ]
        while steps and not call.is_done:
            try:
                steps[0]()
                del steps[0]
            except BaseException as error:  # a boundary: whatever a signal handler raises
                is_deliberate = time.monotonic() >= begun + DELIBERATE
                if isinstance(error, KeyboardInterrupt) and is_deliberate:
                    call.is_stopped = True
                    raise


def is_interruption(error: BaseException | None) -> bool:
    """Whether a signal raised this: it is neither an error nor a planned exit."""
    return error is not None and not isinstance(error, Exception | SystemExit | GeneratorExit)
