"""Few threads for many turns: so many at once, and more only while some of them are held up."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

HANDS = 8
MOST_HANDS = 64
HELD_UP = 2.0
"""Seconds after which a turn counts as held up, by a server or a disk: it takes no hand away."""


class WorkerPool(Generic[T]):
    """Does `work` with each task that is given, in threads that begin as they are needed.

    A task that hangs costs the others nothing until so many hang: each one that is held up is
    stood in for, up to `most` threads.
    """

    def __init__(
        self,
        work: Callable[[T], None],
        *,
        hands: int = HANDS,
        most: int = MOST_HANDS,
        held_up: float = HELD_UP,
    ) -> None:
        """`work`: what it raises is logged; `held_up`: seconds."""
        self._work = work
        self._hands, self._most, self._held_up = hands, most, held_up
        self._changed = threading.Condition()
        self._tasks: deque[T] = deque()
        self._begun: dict[threading.Thread, float] = {}
        self._idle = 0
        self._threads = 0
        self._over = False

    def give(self, task: T, *, first: bool = False) -> None:
        """Have it done; `first`: before all that waits. Any thread."""
        with self._changed:
            (self._tasks.appendleft if first else self._tasks.append)(task)
            self._staff()

    def tend(self) -> float | None:
        """Stand in for those that are held up; in how many seconds to be called again, None where
        nothing waits."""
        with self._changed:
            self._staff()
            if len(self._tasks) <= self._idle or self._threads >= self._most:
                return None
            now = time.monotonic()
            left = [begun + self._held_up - now for begun in self._begun.values()]
            return min((seconds for seconds in left if seconds > 0), default=None)

    def end(self) -> None:
        """Let the threads go as soon as nothing waits."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _staff(self) -> None:
        """See to it that somebody comes for what waits. Under the lock."""
        late = time.monotonic() - self._held_up
        while len(self._tasks) > self._idle and self._threads < self._most:
            at_work = sum(begun > late for begun in self._begun.values()) + self._idle
            if at_work >= self._hands:
                break
            # Counted as idle from now on, or one task would bring two of them.
            self._threads += 1
            self._idle += 1
            try:
                threading.Thread(target=self._serve, name="crew", daemon=True).start()
            except RuntimeError as error:  # the system gives none: those that there are go on
                self._threads -= 1
                self._idle -= 1
                log.warning("no thread for what waits: %s", error)
                break
        self._changed.notify(len(self._tasks))

    def _serve(self) -> None:
        me = threading.current_thread()
        while True:
            with self._changed:
                while not self._tasks:
                    if self._over or self._threads > self._hands:
                        self._idle -= 1
                        self._threads -= 1
                        return
                    self._changed.wait()
                task = self._tasks.popleft()
                self._idle -= 1
                self._begun[me] = time.monotonic()
            try:
                self._work(task)
            except Exception:  # a boundary: else this thread would be counted, and be gone
                log.exception("a task failed")
            with self._changed:
                del self._begun[me]
                self._idle += 1
