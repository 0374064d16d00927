"""How often Webex may be asked on behalf of one client id.

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
"""Together the 50 that are the documented default: no minute sees more checks than that."""


class RateLimiter:
    """The requests of each client id, shared by all of its profiles in this process.

    What a person or a dying token wants goes out at once, and is paid for by the checks, which can
    wait. For any number of threads.
    """

    def __init__(
        self,
        per_minute: float = PER_MINUTE,
        at_once: int = AT_ONCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: seconds."""
        self._gap = 60.0 / per_minute
        self._credit = self._gap * (at_once - 1)
        self._clock = clock
        self._lock = threading.Lock()
        self._members: Counter[str] = Counter()
        self._paid_until: dict[str, float] = {}

    @classmethod
    def unlimited(cls) -> RateLimiter:
        """One that never makes anybody wait."""
        return cls(math.inf)

    def join(self, client_id: str) -> None:
        """One more profile asks on behalf of this client id."""
        with self._lock:
            self._members[client_id] += 1

    def leave(self, client_id: str) -> None:
        """One profile fewer does."""
        with self._lock:
            self._members[client_id] -= 1

    def min_interval(self, client_id: str) -> float:
        """The seconds in which each of its profiles can be checked once."""
        with self._lock:
            return self._members[client_id] * self._gap

    def reserve(self, client_id: str) -> float:
        """Take the next request that is free, and return in how many seconds it may go out."""
        with self._lock:
            return self._take(client_id)

    def charge(self, client_id: str) -> None:
        """A request goes out now, whatever the budget."""
        with self._lock:
            self._take(client_id)

    def drain(self, client_id: str) -> None:
        """Webex has had enough: afterwards the checks come one by one."""
        with self._lock:
            paid = self._clock() + self._credit
            self._paid_until[client_id] = max(paid, self._paid_until.get(client_id, paid))

    def _take(self, client_id: str) -> float:
        # The generic cell rate algorithm: one time says all that there is to know.
        now = self._clock()
        paid = max(now, self._paid_until.get(client_id, now))
        self._paid_until[client_id] = paid + self._gap
        return max(0.0, paid - self._credit - now)
