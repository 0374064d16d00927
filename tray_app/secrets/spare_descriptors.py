"""File descriptors that are kept for saving a response: the process may run out of them."""

from __future__ import annotations

import os

_NUMBER = 6
"""More than a save into any store, and the write of `.env` that follows, open at a time."""


class SpareDescriptors:
    """Open descriptors, until `release`."""

    def __init__(self) -> None:
        self._held: list[int] = []

    def hold(self) -> None:
        """Open them. Raises OSError if there are none."""
        try:
            while len(self._held) < _NUMBER:
                self._held.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Close them, so that others can be opened."""
        while self._held:
            os.close(self._held.pop())
