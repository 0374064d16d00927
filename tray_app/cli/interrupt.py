"""The first Ctrl-C while something has to be finished: put off, and said so."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tray_app.cli.output import echo
from tray_app.system.signals import on_first_signal


@contextmanager
def finish_before_interrupt() -> Iterator[None]:
    """Let the first signal wait until the block has ended; a second one ends the program.

    For a moment's work. A renewal needs none of this: see system/critical_section.py.
    """
    asked: list[int] = []
    with on_first_signal(asked.append):
        yield
    if asked:
        signal.raise_signal(asked[0])


def say_held_up() -> None:
    """Say why a signal has not ended the program yet."""
    echo("Ending as soon as the answer is saved; once more ends at once.", err=True)
