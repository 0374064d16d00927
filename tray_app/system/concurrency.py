"""Work in another thread, so that the caller need not wait for it for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def start_thread(work: Callable[[], T], name: str) -> Future[T]:
    """Start the work in a daemon thread; the future gets its outcome (see `settle`)."""
    future = Future[T]()
    threading.Thread(target=settle, args=(future, work), name=name, daemon=True).start()
    return future


def settle(future: Future[T], work: Callable[[], T]) -> None:
    """Do the work in this thread, and give the future its result or its exception.

    The exception has no traceback of this thread, whose frames may hold revealed secrets.
    """
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - a boundary: the waiting thread gets all of it
        future.set_exception(error.with_traceback(None))
    else:
        future.set_result(result)
