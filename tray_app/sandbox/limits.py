"""How many requests a minute a client id may send."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.sandbox.clock import Clock

_WINDOW = 60.0


class RequestLimit:
    """Counts the requests of the last minute, by client id. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sent: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def retry_after(self, client_id: str, per_minute: int) -> int:
        """Count a request. Returns 0, or after how many seconds to try again if it is one too many;
        then it does not count."""
        with self._lock:
            sent, now = self._sent[client_id], self._clock()
            while sent and (now - sent[0]).total_seconds() >= _WINDOW:
                sent.popleft()
            if len(sent) < per_minute:
                sent.append(now)
                return 0
            return max(1, math.ceil(_WINDOW - (now - sent[0]).total_seconds()))
