"""Where there is no panel: the same part to play, without an icon."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime


class NoIcon:
    """Keeps the program alive until `stop`; the polling goes on."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Wait for `stop`."""
        ready()
        # On Windows a wait without end cannot be interrupted by Ctrl-C.
        while not self._stopped.wait(1.0 if os.name == "nt" else None):
            pass

    def stop(self) -> None:
        """Make `run` return."""
        self._stopped.set()

    def show_snooze(self, until: datetime | None) -> None:
        """Show nothing."""
