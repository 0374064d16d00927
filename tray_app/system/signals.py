"""The signals that end the program. What was inherited as ignored (nohup, a script's background
job) stays ignored. Whatever the first one waits for, a second one ends the program at once.

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
"""Windows has no SIGHUP, and nothing else has SIGBREAK."""


def active_signals(*names: str) -> tuple[int, ...]:
    """Return which of these signals exist here and are not ignored; of all that end the program
    where none is named."""
    numbers = (getattr(signal, name, None) for name in names or _NAMES)
    there = (number for number in numbers if number is not None)
    return tuple(n for n in there if signal.getsignal(n) not in (signal.SIG_IGN, None))


@contextmanager
def handling_signals(handler: _Handler, *names: str) -> Iterator[None]:
    """Have these signals call this, if they are heeded."""
    before = {number: signal.signal(number, handler) for number in active_signals(*names)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


@contextmanager
def on_first_signal(act: Callable[[int], None], *names: str) -> Iterator[None]:
    """Have the first of them call `act` with its number, in place of ending the program."""

    def heard(number: int, _frame: FrameType | None) -> None:
        restore_default_handlers()
        act(number)

    with handling_signals(heard, *names):
        yield


@contextmanager
def as_interrupts(timeout: float) -> Iterator[list[int]]:
    """Have the first of them raise KeyboardInterrupt, whichever it is, with its number; gives the
    list that then has it, too. Who has something to save holds the exception back.

    If it comes while the handlers are set or taken back, the exception comes from this itself.

    `timeout`: seconds after which the signal ends the program, whatever it is busy with.
    """
    numbers: list[int] = []
    is_over = threading.Event()

    def end(number: int) -> None:
        if not is_over.wait(timeout):
            os.kill(os.getpid(), number)

    def heard(number: int) -> None:
        numbers.append(number)
        with suppress(RuntimeError):  # no thread can be had: a second signal ends the program
            _thread.start_new_thread(end, (number,))
        raise KeyboardInterrupt(number)

    try:
        with on_first_signal(heard):
            yield numbers
    finally:
        is_over.set()


def restore_default_handlers() -> None:
    """Give the signals that we handle back to the system: from now on they end the process."""
    for number in active_signals():
        signal.signal(number, signal.SIG_DFL)


def exit_by_signal(number: int) -> None:
    """End the process by this signal, so that who has started it sees which it was."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # it may be closed, or a terminal gone
            stream.flush()
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
