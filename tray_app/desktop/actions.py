"""Clicks of the menu, kept until somebody is there to obey them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tray_app.runtime.scheduler import ProfileHandle
    from tray_app.runtime.single_profile import SingleProfile


class ActionQueue:
    """Passes on to the worker what a person asks for. The icon is there a moment before it is."""

    def __init__(self) -> None:
        self._worker: SingleProfile | ProfileHandle | None = None
        self._early: list[Callable[[SingleProfile | ProfileHandle], None]] = []
        self._lock = threading.Lock()

    def obeyed_by(self, worker: SingleProfile | ProfileHandle) -> None:
        """From now on, and for what was clicked so far. Any thread."""
        with self._lock:
            self._worker = worker
        for click in self._early:
            click(worker)

    def check(self) -> None:
        """Check now."""
        self._pass_on(lambda worker: worker.check())

    def refresh(self) -> None:
        """Refresh the token now."""
        self._pass_on(lambda worker: worker.refresh())

    def authorize(self) -> None:
        """Open the page on which a person signs in; once more, the same page."""
        self._pass_on(lambda worker: worker.authorize())

    def cancel_sign_in(self) -> None:
        """Stop waiting for that person."""
        self._pass_on(lambda worker: worker.cancel_sign_in())

    def extend(self, source_id: str = "") -> None:
        """Extend a data source now; "" for the one that the health is about."""
        self._pass_on(lambda worker: worker.extend(source_id))

    def keep(self, source_id: str, *, on: bool) -> None:
        """Have a data source kept alive from now on, or not."""
        self._pass_on(lambda worker: worker.keep(source_id, on=on))

    def _pass_on(self, click: Callable[[SingleProfile | ProfileHandle], None]) -> None:
        with self._lock:
            worker = self._worker
            if worker is None:
                self._early.append(click)
        if worker is not None:
            click(worker)
