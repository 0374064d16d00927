"""Time limits that count only the time in which this process could run.

A process can be stopped (Ctrl-Z, a debugger, a paused container), or its machine can sleep. What
arrived meanwhile must be read before a limit counts as reached. No clock helps: the monotonic clock
runs on while a process is stopped, and on Windows also while the machine sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

_STEP = 0.5
"""Seconds of one step. If a step takes longer, only this many count."""

_GAP = 2.0
"""A step that takes this many seconds shows that the process did not run."""

_GRACE = 2.0
"""Seconds that remain afterwards, at least, to read and save what arrived."""


class RunningTime:
    """Counts the steps of a wait. For one thread at a time; others may read `seconds`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """How long the steps took in all, without the time in which the process did not run."""

    def steps(self, until: float) -> Iterator[float]:
        """Yield the seconds to wait for next, until `seconds` is `until`."""
        while self.seconds < until:
            step = min(_STEP, until - self.seconds)
            begun = time.monotonic()
            try:
                yield step
            finally:
                took = time.monotonic() - begun
                if took < _GAP:
                    self.seconds += min(took, step)
                else:
                    self.seconds = max(0.0, min(self.seconds, until - _GRACE))

    def wait(self, wait: Callable[[float], object], until: float) -> bool:
        """Call `wait` with the seconds of each step, until it returns something true. Return
        whether it did. An exception may interrupt this, and it may be called again."""
        return any(wait(step) for step in self.steps(until))
