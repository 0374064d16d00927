"""Work in another thread, so that the caller need not wait for it for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def start_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Start the work in a daemon thread; the future gets its outcome (see `failing`)."""
    future = Future[T]()

    def run() -> None:
        with failing(future):
            future.set_result(work())

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


@contextmanager
def failing(future: Future[T]) -> Iterator[None]:
    """Give the future whatever is raised, and go on.

    The exception has no traceback of this thread, whose frames may hold revealed secrets.
    """
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - a boundary: the waiting thread gets all of it
        future.set_exception(error.with_traceback(None))
