"""What the menu asks of the worker, kept until there is one: the icon is there a moment earlier."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.runtime.scheduler import ProfileHandle
    from tray_app.runtime.single_profile import SingleProfile


class ActionQueue:
    """Passes each action on to the worker. Any thread."""

    def __init__(self) -> None:
        self._worker: SingleProfile | ProfileHandle | None = None
        self._early: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def obeyed_by(self, worker: SingleProfile | ProfileHandle) -> None:
        """Pass on what was asked so far, and whatever comes from now on."""
        with self._lock:
            self._worker = worker
        for action in self._early:
            action()

    def check(self) -> None:
        """Check now."""
        if (worker := self._worker_for(self.check)) is not None:
            worker.check()

    def refresh(self) -> None:
        """Refresh the token now."""
        if (worker := self._worker_for(self.refresh)) is not None:
            worker.refresh()

    def authorize(self) -> None:
        """Open the sign-in page; if it is open already, the same page again."""
        if (worker := self._worker_for(self.authorize)) is not None:
            worker.authorize()

    def cancel_sign_in(self) -> None:
        """Stop waiting for the sign-in."""
        if (worker := self._worker_for(self.cancel_sign_in)) is not None:
            worker.cancel_sign_in()

    def extend(self, source_id: str = "") -> None:
        """Extend a data source now; "" for the one that the health is about."""
        if (worker := self._worker_for(partial(self.extend, source_id))) is not None:
            worker.extend(source_id)

    def keep(self, source_id: str, *, on: bool) -> None:
        """Keep a data source alive from now on, or stop."""
        if (worker := self._worker_for(partial(self.keep, source_id, on=on))) is not None:
            worker.keep(source_id, on=on)

    def _worker_for(self, action: Callable[[], None]) -> SingleProfile | ProfileHandle | None:
        """Return the worker; if there is none yet, keep the action for it."""
        with self._lock:
            if self._worker is None:
                self._early.append(action)
            return self._worker
