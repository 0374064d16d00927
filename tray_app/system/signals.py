"""The signals that end the program. Those inherited as ignored (nohup, background jobs of scripts)
stay ignored.

A closed terminal, `timeout` and service managers send several signals at once. So the first one
ends the program, and those that follow change nothing: what is being saved is saved. Only a second
Ctrl-C, pressed `DELIBERATE` seconds after the first or later, ends the program at once.

For the main thread, where Python runs signal handlers.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeAlias

from tray_app.system.running_time import RunningTime

_Handler: TypeAlias = Callable[[int, FrameType | None], None]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Windows has no SIGHUP, and other systems have no SIGBREAK."""

_UNHANDLED = (
    *("SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU"),
    *("SIGPOLL", "SIGPWR", "SIGSTKFLT"),  # SIGPOLL is SIGIO, which macOS ignores by default
)
"""These, and the real-time signals, end a process that does not handle them. Ours saves first. If
another handler is set, that one stays. SIGABRT and signals from the processor end it at once: then
the process is broken, or is meant to look broken (systemd's watchdog)."""

_WAKING = getattr(signal, "SIGURG", 0)
"""Wakes the main thread. Ignored by default."""

DELIBERATE = 1.0
"""Seconds after the first Ctrl-C. An earlier second one may be a copy: shells forward them."""

SLICE = 0.5
"""Seconds that the main thread waits at a time, so that it handles signals in between: one that
comes right before a wait, or that the system delivers to another thread, interrupts no wait. On
Windows, Ctrl-C never does."""

END_TIMEOUT = 11.0
"""Seconds in which this process runs, after which the first signal ends the program in any case.
Longer than `critical_section.TIMEOUT`."""


class _FirstSignal:
    """Handles the signals of one `on_first_signal`."""

    def __init__(self, act: Callable[[int], None], timeout: float) -> None:
        self._act = act
        self._timeout = timeout
        self._is_first = True
        self._deadline = float("inf")
        """When a later signal ends the program, by the monotonic clock."""
        self._interrupted_at: float | None = None
        self._is_over = threading.Event()

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if number == signal.SIGINT:
            if self._interrupted_at is not None and now >= self._interrupted_at + DELIBERATE:
                _die(number)
            self._interrupted_at = self._interrupted_at or now
        if self._is_first:
            self._is_first = False
            try:
                _thread.start_new_thread(self._end_in_time, (number,))
            except RuntimeError:  # no thread can start
                self._deadline = now + self._timeout
            self._act(number)
        elif now >= self._deadline:
            _die(number)

    def _end_in_time(self, number: int) -> None:
        if not RunningTime().wait(self._is_over.wait, self._timeout):
            self._deadline = 0.0
            os.kill(os.getpid(), number)
        if not self._is_over.wait(1):  # the main thread hangs in C code and runs no handler
            os.kill(os.getpid(), getattr(signal, "SIGKILL", number))

    def stop(self) -> None:
        self._is_over.set()


def active_signals(*names: str) -> tuple[int, ...]:
    """Return which of these signals exist here and are not ignored. The default is all that end the
    program."""
    existing = [getattr(signal, name, None) for name in names or (*_NAMES, *_UNHANDLED)]
    if not names and sys.platform == "linux":
        existing += range(signal.SIGRTMIN, signal.SIGRTMAX + 1)
    handled = [getattr(signal, name, None) for name in _NAMES]
    return tuple(n for n in existing if n and _is_active(n, by_default=n not in handled))


def _is_active(number: int, *, by_default: bool) -> bool:
    handler = signal.getsignal(number)
    if by_default:
        is_ours = isinstance(getattr(handler, "__self__", None), _FirstSignal)
        return is_ours or handler is signal.SIG_DFL
    return handler not in (signal.SIG_IGN, None)


@contextmanager
def handling_signals(handler: _Handler, *names: str) -> Iterator[None]:
    """Handle these signals, unless they are ignored."""
    before = {number: signal.signal(number, handler) for number in active_signals(*names)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextmanager
def on_first_signal(act: Callable[[int], None], *, timeout: float = END_TIMEOUT) -> Iterator[None]:
    """Call `act` with the number of the first signal, instead of ending the program.

    `timeout`: seconds after which that signal ends the program, if it is still in the block.
    """
    first = _FirstSignal(act, timeout)
    try:
        with handling_signals(first.on_signal):
            yield
    finally:
        first.stop()


@contextmanager
def waking_main_thread() -> Iterator[None]:
    """Make every signal wake the main thread. For programs that wait for hours.

    The system may deliver signals to another thread. The main thread, which alone runs the
    handlers, would then notice them only when it wakes up.
    """
    if sys.platform == "win32":
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    main, is_awake, is_over = threading.main_thread().ident or 0, [False], threading.Event()

    def wake() -> None:
        with os.fdopen(reader, "rb", 0) as numbers:
            while number := numbers.read(1):
                is_awake[0] = number[0] == _WAKING
                # Repeatedly: the main thread may be about to wait, so that one signal is lost.
                while not (is_awake[0] or is_over.is_set()):
                    signal.pthread_kill(main, _WAKING)
                    time.sleep(0.1)

    def on_waking(*_: object) -> None:
        is_awake[0] = True

    before = signal.signal(_WAKING, on_waking)
    former = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        threading.Thread(target=wake, name="signals", daemon=True).start()
        yield
    finally:
        is_over.set()
        signal.set_wakeup_fd(former)
        signal.signal(_WAKING, before)
        os.close(writer)


@contextmanager
def as_interrupts(timeout: float = END_TIMEOUT) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt with the number of the first signal, and put the number into the list
    that is yielded. A critical section delays the exception.

    The exception may also come from this context manager, while it sets or restores the handlers.

    `timeout`: as for `on_first_signal`.
    """
    numbers: list[int] = []

    def interrupt(number: int) -> None:
        numbers.append(number)
        raise KeyboardInterrupt(number)

    with on_first_signal(interrupt, timeout=timeout):
        yield numbers


def leave_to_main_thread() -> None:
    """Have the system deliver no signal to this thread, which is not the main one.

    It would end a wait for a socket. Python then looks at the clock, and if the process was stopped
    meanwhile, takes what has arrived for too late.
    """
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def restore_default_handlers() -> None:
    """Restore the default of the signals that we handle: they end the process."""
    for number in active_signals():
        signal.signal(number, signal.SIG_DFL)


def exit_by_signal(number: int) -> None:
    """End the process by this signal, so that its parent sees which it was."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or its terminal is gone
            stream.flush()
    _die(number)


def _die(number: int) -> None:
    with suppress(OSError):  # Python's, if the same signal comes again at this moment
        signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
