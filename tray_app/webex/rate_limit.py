"""Limits how often requests are sent for one client id.

How the budget changes: policy/request_budget.py.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from tray_app.policy.request_budget import Budget, after_answer, after_refusal

_ONE_REFUSAL = 10.0
"""Seconds in which further 429 are of requests that were on their way already."""

_WORTH_SAVING = 1.1
"""How much a budget must have grown to be remembered."""


class BudgetStore(Protocol):
    """Remembers budgets by client id."""

    def load(self, client_id: str) -> Budget | None:
        """Return the budget, None if there is none."""

    def save(self, client_id: str, budget: Budget) -> None:
        """Remember it."""


class _Client:
    """One client id. `tokens`: requests that may go out now, negative if more have; `issued`,
    `served`: turns that were given out, and up to which number they have come."""

    def __init__(self, budget: Budget, now: float) -> None:
        self.budget = self.saved = budget
        self.tokens = budget.at_once
        self.issued = 0
        self.served = 0.0
        self.at = now
        self.refused_at = now - _ONE_REFUSAL


class RateLimiter:
    """Spaces the requests of each client id, over all of its profiles in this process. Thread-safe.

    A request for a person or for an expiring token goes out at once; checks then wait longer. A
    check reserves a turn and asks when it comes: if the budget grows meanwhile, that is earlier.
    """

    def __init__(
        self,
        fixed: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        store: BudgetStore | None = None,
    ) -> None:
        """`fixed`: a budget that stays as it is; `clock`: in seconds."""
        self._fixed = fixed
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._members: Counter[str] = Counter()
        self._clients: dict[str, _Client] = {}

    @classmethod
    def unlimited(cls) -> RateLimiter:
        """Return one that never waits."""
        return cls(Budget(float("inf"), float("inf")))

    def join(self, client_id: str) -> None:
        """Count one more profile of this client id."""
        with self._lock:
            self._members[client_id] += 1

    def leave(self, client_id: str) -> None:
        """Count one profile fewer."""
        with self._lock:
            self._members[client_id] -= 1

    def budget(self, client_id: str) -> Budget:
        """Return the budget as it is now."""
        with self._lock:
            return self._client(client_id).budget

    def min_interval(self, client_id: str) -> float:
        """Return the seconds in which each of its profiles can be checked once."""
        with self._lock:
            return self._members[client_id] * self._client(client_id).budget.gap

    def reserve(self, client_id: str) -> int:
        """Return the number of the next free turn, for `wait` and `take`."""
        with self._lock:
            client = self._client(client_id)
            client.issued += 1
            return client.issued

    def wait(self, client_id: str, turn: int) -> float:
        """Return in how many seconds this turn comes, as it seems now."""
        with self._lock:
            return _wait(self._client(client_id), turn)

    def take(self, client_id: str, turn: int) -> bool:
        """Send a request if this turn has come. False if it has not."""
        with self._lock:
            client = self._client(client_id)
            if _wait(client, turn) > 0:
                return False
            client.tokens -= 1
            return True

    def charge(self, client_id: str) -> None:
        """Count a request that goes out now, whatever the limit."""
        with self._lock:
            client = self._client(client_id)
            client.issued += 1
            client.tokens -= 1

    def answered(self, client_id: str) -> None:
        """Note that Webex has answered a check: the budget grows if it is used up."""
        with self._lock:
            client = self._client(client_id)
            if self._fixed is None and client.tokens < client.budget.at_once / 2:
                client.budget = after_answer(client.budget)
                if client.budget.per_minute >= client.saved.per_minute * _WORTH_SAVING:
                    self._save(client_id, client)

    def refused(self, client_id: str) -> None:
        """Note a 429: the budget halves, once for all requests that were on their way."""
        with self._lock:
            client = self._client(client_id)
            if self._fixed is None and client.at - client.refused_at >= _ONE_REFUSAL:
                client.budget, client.refused_at = after_refusal(client.budget), client.at
                self._save(client_id, client)

    def drain(self, client_id: str) -> None:
        """Use up all turns but one, after Webex asked us to wait: checks then come one by one."""
        with self._lock:
            client = self._client(client_id)
            client.tokens = min(client.tokens, 1.0)
            client.served = min(client.served, client.issued + 1 - client.budget.at_once)

    def _client(self, client_id: str) -> _Client:
        """The client as it is now. The caller holds the lock."""
        now, client = self._clock(), self._clients.get(client_id)
        if client is None:
            kept = self._store.load(client_id) if self._store and self._fixed is None else None
            client = self._clients[client_id] = _Client(self._fixed or kept or Budget(), now)
        gap, at_once = client.budget.gap, client.budget.at_once
        new = (now - client.at) / gap if gap else 0.0
        client.at = now
        client.tokens = min(at_once, client.tokens + new) if gap else at_once
        client.served = min(client.issued, client.served + new) if gap else client.issued
        return client

    def _save(self, client_id: str, client: _Client) -> None:
        client.saved = client.budget
        if self._store is not None:
            self._store.save(client_id, client.budget)


def _wait(client: _Client, turn: int) -> float:
    """The seconds until this turn. Turns that come late, because their profile slept, do not add
    up: no more go out than there are tokens."""
    if not client.budget.gap:
        return 0.0
    missing = max(turn - client.served - client.budget.at_once, 1 - client.tokens)
    seconds = missing * client.budget.gap
    return seconds if seconds > 1e-9 else 0.0
