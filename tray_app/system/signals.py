"""The signals that end the program. Those inherited as ignored (nohup, background jobs of scripts)
stay ignored. A second signal ends the program at once, whatever the first one waits for.

For the main thread, where Python runs signal handlers.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeAlias

_Handler: TypeAlias = Callable[[int, FrameType | None], None]

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Windows has no SIGHUP, and other systems have no SIGBREAK."""


def active_signals(*names: str) -> tuple[int, ...]:
    """Return which of these signals exist here and are not ignored. The default is all that end the
    program."""
    numbers = (getattr(signal, name, None) for name in names or _NAMES)
    existing = (number for number in numbers if number is not None)
    return tuple(n for n in existing if signal.getsignal(n) not in (signal.SIG_IGN, None))


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
def on_first_signal(act: Callable[[int], None], *names: str) -> Iterator[None]:
    """Call `act` with the number of the first of these signals, instead of ending the program."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        restore_default_handlers()
        act(number)

    with handling_signals(on_signal, *names):
        yield


@contextmanager
def as_interrupts(timeout: float) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt with the number of the first signal, and put the number into the list
    that is yielded. A critical section delays the exception.

    The exception may also come from this context manager, while it sets or restores the handlers.

    `timeout`: seconds after which the signal ends the program in any case.
    """
    numbers: list[int] = []
    is_over = threading.Event()

    def end(number: int) -> None:
        if not is_over.wait(timeout):
            os.kill(os.getpid(), number)

    def on_signal(number: int) -> None:
        numbers.append(number)
        with suppress(RuntimeError):  # no thread can start: a second signal ends the program
            _thread.start_new_thread(end, (number,))
        raise KeyboardInterrupt(number)

    try:
        with on_first_signal(on_signal):
            yield numbers
    finally:
        is_over.set()


def restore_default_handlers() -> None:
    """Restore the default of the signals that we handle: they end the process."""
    for number in active_signals():
        signal.signal(number, signal.SIG_DFL)


def exit_by_signal(number: int) -> None:
    """End the process by this signal, so that its parent sees which it was."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or its terminal is gone
            stream.flush()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
