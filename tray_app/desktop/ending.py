"""Ctrl-C and SIGTERM, for whoever has something to finish first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def first_signal(act: Callable[[int], None]) -> Iterator[None]:
    """Have the first of them call `act` with its number, in place of ending the program; a second
    one ends it as ever. For the main thread."""

    def heard(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        act(number)

    before = {number: signal.signal(number, heard) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
