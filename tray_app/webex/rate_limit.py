"""Limits how often requests are sent for one client id.

The limits: docs/webex-api.md, "Rate limits and retries".
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable

PER_MINUTE = 40.0
AT_ONCE = 10
"""Together the documented default of 50: no minute has more checks."""


class RateLimiter:
    """Spaces the requests of each client id, over all of its profiles in this process. Thread-safe.

    A request for a person or for an expiring token goes out at once; checks then wait longer.
    """

    def __init__(
        self,
        per_minute: float = PER_MINUTE,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = 60.0 / per_minute
        self._credit = self._gap * (at_once - 1)
        self._clock = clock
        self._lock = threading.Lock()
        self._members: Counter[str] = Counter()
        self._paid_until: dict[str, float] = {}

    @classmethod
    def unlimited(cls) -> RateLimiter:
        """Return one that never waits."""
        return cls(math.inf)

    def join(self, client_id: str) -> None:
        """Count one more profile of this client id."""
        with self._lock:
            self._members[client_id] += 1

    def leave(self, client_id: str) -> None:
        """Count one profile fewer."""
        with self._lock:
            self._members[client_id] -= 1

    def min_interval(self, client_id: str) -> float:
        """Return the seconds in which each of its profiles can be checked once."""
        with self._lock:
            return self._members[client_id] * self._gap

    def reserve(self, client_id: str) -> float:
        """Take the next free slot, and return in how many seconds it begins."""
        with self._lock:
            return self._take(client_id)

    def charge(self, client_id: str) -> None:
        """Count a request that goes out now, whatever the limit."""
        with self._lock:
            self._take(client_id)

    def drain(self, client_id: str) -> None:
        """Use up all slots, after Webex answered 429: checks then come one by one."""
        with self._lock:
            paid = self._clock() + self._credit
            self._paid_until[client_id] = max(paid, self._paid_until.get(client_id, paid))

    def _take(self, client_id: str) -> float:
        # The generic cell rate algorithm: one time is the whole state.
        now = self._clock()
        paid = max(now, self._paid_until.get(client_id, now))
        self._paid_until[client_id] = paid + self._gap
        return max(0.0, paid - self._credit - now)
