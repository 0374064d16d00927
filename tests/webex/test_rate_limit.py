"""The budget of a client id: no minute sees more checks than it allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.budget import Remembered, most_in_a_minute, simulate
from tray_app.policy.request_budget import Budget
from tray_app.webex.rate_limit import RateLimiter


class Stopwatch:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def limiter(clock: Stopwatch) -> RateLimiter:
    return RateLimiter(clock=clock)


def waits(limiter: RateLimiter, number: int, client: str = "client") -> list[float]:
    """The waits of so many turns."""
    turns = [limiter.reserve(client) for _ in range(number)]
    found = []
    for turn in turns:
        found.append(round(limiter.wait(client, turn), 6))
        limiter.take(client, turn)
    return found


@given(st.lists(st.floats(0, 200), min_size=1, max_size=150), st.floats(10, 300))
def test_no_minute_sees_more_checks_than_the_budget(gaps: list[float], budget: float) -> None:
    """Whenever they are asked for, and however late they come."""
    clock = Stopwatch()
    limiter = RateLimiter(Budget(budget), clock)
    moments, waiting = [], []
    for gap in [*gaps, *[1000.0] * len(gaps)]:
        clock.now += gap / 10
        waiting.append(limiter.reserve("client"))
        for turn in list(waiting):
            if limiter.take("client", turn):
                waiting.remove(turn)
                moments.append(clock.now)
    assert most_in_a_minute(moments) <= budget


def test_each_turn_comes_after_the_one_before(limiter: RateLimiter, clock: Stopwatch) -> None:
    """Ten at once, then one every one and a half seconds."""
    assert waits(limiter, 14) == [0.0] * 10 + [1.5, 3.0, 4.5, 6.0]
    first, second = 11, 12
    assert not limiter.take("client", first)
    clock.now += 1.5
    assert limiter.take("client", first)
    assert not limiter.take("client", second)


def test_a_turn_comes_earlier_if_the_budget_grows(limiter: RateLimiter) -> None:
    """A thousand profiles that wait need not wait as long as it seemed at first."""
    last = [limiter.reserve("client") for _ in range(1000)][-1]
    for turn in range(1, 11):
        assert limiter.take("client", turn)
    before = limiter.wait("client", last)
    for _ in range(50):
        limiter.answered("client")
    assert limiter.budget("client").per_minute == 100
    assert limiter.wait("client", last) == pytest.approx((990 - 10) * 0.75, abs=0.1)
    assert before == 990 * 1.5


def test_turns_that_come_late_do_not_come_all_at_once(
    limiter: RateLimiter, clock: Stopwatch
) -> None:
    turns = [limiter.reserve("client") for _ in range(100)]
    clock.now += 90
    assert sum(limiter.take("client", turn) for turn in turns) == 10


def test_what_does_not_wait_is_paid_for_by_what_does(limiter: RateLimiter) -> None:
    for _ in range(12):
        limiter.charge("client")
    assert waits(limiter, 1) == [4.5]


def test_one_client_id_pays_for_no_other(limiter: RateLimiter) -> None:
    waits(limiter, 50, "a")
    limiter.refused("a")
    assert waits(limiter, 1, "b") == [0.0]
    assert limiter.budget("b") == Budget()


def test_after_webex_asked_to_wait_there_is_no_burst(limiter: RateLimiter) -> None:
    limiter.drain("client")
    assert waits(limiter, 2) == [0.0, 1.5]
    for _ in range(50):
        limiter.charge("client")
    before = waits(limiter, 1)
    limiter.drain("client")
    assert waits(limiter, 1) == [before[0] + 1.5], "it shortens no queue"


def test_a_budget_that_is_not_used_up_does_not_grow(limiter: RateLimiter) -> None:
    """One profile that is checked every five minutes shows nothing of the limit."""
    for _ in range(500):
        assert waits(limiter, 1)
        limiter.answered("client")
        limiter._clock.now += 300  # type: ignore[attr-defined]
    assert limiter.budget("client") == Budget()


def test_several_429_at_once_are_one(limiter: RateLimiter, clock: Stopwatch) -> None:
    """Eight requests may be on their way."""
    for _ in range(8):
        limiter.refused("client")
    assert limiter.budget("client") == Budget(25, 35)
    clock.now += 10
    limiter.refused("client")
    assert limiter.budget("client") == Budget(12.5, 17.5)


def test_a_round_takes_longer_the_more_profiles_there_are(limiter: RateLimiter) -> None:
    """Those of one client id; who has left does not count."""
    for _ in range(400):
        limiter.join("many")
    limiter.join("one")
    intervals = [limiter.min_interval(name) for name in ("many", "one", "none")]
    assert intervals == [600, 1.5, 0]
    limiter.leave("many")
    assert limiter.min_interval("many") == 598.5


def test_it_is_remembered(clock: Stopwatch) -> None:
    store = Remembered()
    limiter = RateLimiter(clock=clock, store=store)
    waits(limiter, 10)
    limiter.answered("client")
    assert store.load("client") is None, "nothing to speak of"
    for _ in range(20):
        limiter.answered("client")
    kept = store.load("client")
    assert kept is not None
    assert 65 < kept.per_minute <= 71
    limiter.refused("client")
    assert store.budget == limiter.budget("client")
    assert RateLimiter(clock=clock, store=store).budget("client") == store.budget


def test_a_fixed_one_stays_as_it_is(clock: Stopwatch) -> None:
    store = Remembered()
    store.budget = Budget(100)
    limiter = RateLimiter(Budget(20), clock, store=store)
    waits(limiter, 10)
    limiter.answered("client")
    limiter.refused("client")
    assert limiter.budget("client") == Budget(20)


def test_without_a_limit_no_request_waits() -> None:
    limiter = RateLimiter.unlimited()
    limiter.join("client")
    limiter.drain("client")
    assert waits(limiter, 1000) == [0.0] * 1000
    limiter.refused("client")
    assert limiter.min_interval("client") == 0


def test_a_thousand_are_checked_in_about_five_minutes_if_webex_allows_it() -> None:
    """Against the sandbox's limit; at a restart the budget is remembered."""
    store = Remembered()
    first = simulate(1000, 300, 900, store)
    again = simulate(1000, 300, 900, store)
    assert first.all_checked(1000) < 330
    assert again.all_checked(1000) < 270
    assert not first.refused
    assert not again.refused
    assert most_in_a_minute(again.sent) <= 300


@pytest.mark.parametrize("limit", [50, 120])
def test_if_webex_allows_less_few_requests_are_refused(limit: int) -> None:
    run = simulate(1000, limit, 3600)
    assert run.all_checked(1000) / 60 < 1.75 * 1000 / limit
    assert len(run.refused) < 0.01 * len(run.sent)
