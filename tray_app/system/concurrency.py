"""A piece of work done in another thread, so that nobody has to wait for it for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Call(Generic[T]):
    """The work, the event that it is done, and its outcome."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._error: Exception | None = None
        self.done = threading.Event()

    def run(self) -> None:
        """Do the work in this thread; whatever it raises is kept for `outcome`."""
        try:
            self._result.append(self._work())
        except Exception as error:  # noqa: BLE001 - a boundary between threads
            self._error = error
        except BaseException as error:  # noqa: BLE001 - the same; it ends the work, no thread
            self._error = RuntimeError(type(error).__name__)
        finally:
            self.done.set()

    def outcome(self) -> T:
        """Return what the work returned, or raise what it raised. To be asked when done.

        Without the traceback of the other thread: its frames hold revealed secrets.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._result[0]
