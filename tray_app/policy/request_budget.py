"""How many requests a minute one client id may send. Pure.

Webex documents 300 a minute for some APIs and nothing for others (docs/webex-api.md, "Rate limits
and retries"), so the limit is found out: the budget doubles in about a minute of use while no 429
comes, and halves on one. Then it returns soon to near what was too much, and from there on grows
slowly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAST, START, MOST = 10.0, 50.0, 300.0
"""Requests a minute: never fewer, at first, and never more, which is the documented limit."""

_BURST = 0.2
"""The share of a minute's requests that may go out at once. The rest is spread, so that no minute
has more than the budget."""

_SLOWLY = 2.0
"""Requests a minute by which a budget grows in a minute above its ceiling."""

_NEAR = 0.7
"""The ceiling after a 429, in parts of the budget that was too much."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`per_minute`: requests in any minute; `ceiling`: above it, the budget grows slowly, since
    Webex has refused not much more."""

    per_minute: float = START
    ceiling: float = MOST

    @property
    def at_once(self) -> float:
        """How many may go out at the same moment."""
        return max(1.0, self.per_minute * _BURST)

    @property
    def gap(self) -> float:
        """Seconds between two of the others."""
        return 60.0 / (self.per_minute * (1 - _BURST))


def after_answer(budget: Budget) -> Budget:
    """Return the budget after a request that had to wait for its turn was answered."""
    slowly = budget.per_minute >= budget.ceiling
    more = _SLOWLY * budget.gap / 60.0 if slowly else 1.0
    return replace(budget, per_minute=min(MOST, budget.per_minute + more))


def after_refusal(budget: Budget) -> Budget:
    """Return the budget after a 429."""
    half = max(LEAST, budget.per_minute / 2)
    return Budget(half, max(half, budget.per_minute * _NEAR))
