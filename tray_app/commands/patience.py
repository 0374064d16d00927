"""Ctrl-C while a token is being renewed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click


@contextmanager
def patiently() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM wait until the block has ended; a second one does not wait.

    Webex may have rotated a refresh token already: only its answer has the new one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, before[signal.Signals(number)])
        click.echo("Ending as soon as the answer is saved; once more ends at once.", err=True)

    before = {number: signal.signal(number, ask) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        signal.raise_signal(asked[0])


_ENDING = (signal.SIGINT, signal.SIGTERM)
