"""What a child of os.fork (multiprocessing, too) must not inherit.

Only the thread that forks exists in the child. A lock that another thread holds at that moment
would never be released there; one on a file would be held until the child ends.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_handles: set[int] = set()


def at_fork(
    *,
    before: Callable[[], object] = lambda: None,
    in_parent: Callable[[], None] = lambda: None,
    in_child: Callable[[], None] = lambda: None,
) -> None:
    """Call these at each later fork of this process, in the thread that forks."""
    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)


def held_at_fork(lock: threading.Lock | threading.Condition) -> None:
    """Fork only while no other thread holds this lock. It must never be held for long."""
    at_fork(before=lock.acquire, in_parent=lock.release, in_child=lock.release)


@contextmanager
def closed_in_child(handle: int) -> Iterator[None]:
    """Close the descriptor at the end of the block, and in each child that is forked meanwhile."""
    _handles.add(handle)
    try:
        yield
    finally:
        _handles.discard(handle)
        os.close(handle)


def _close_handles() -> None:
    while _handles:
        with suppress(OSError):
            os.close(_handles.pop())


at_fork(in_child=_close_handles)
