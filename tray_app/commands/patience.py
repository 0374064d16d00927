"""Ctrl-C while a token is being renewed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tray_app.desktop.ending import first_signal


@contextmanager
def patiently() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM wait until the block has ended; a second one does not wait.

    Webex may have rotated a refresh token already: only its answer has the new one.
    """
    asked: list[int] = []

    def ask(number: int) -> None:
        asked.append(number)
        click.echo("Ending as soon as the answer is saved; once more ends at once.", err=True)

    with first_signal(ask):
        yield
    if asked:
        signal.raise_signal(asked[0])
