"""The budget of a client id: no minute sees more checks than Webex allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tray_app.webex.rate_limit import RateLimiter


class Stopwatch:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def most_in_a_minute(moments: list[float]) -> int:
    return max(sum(at <= other < at + 60 - 1e-6 for other in moments) for at in moments)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=150))
def test_no_minute_sees_more_than_fifty_checks(gaps: list[float]) -> None:
    """Whenever they are asked for. The figure: docs/webex-api.md, "Rate limits and retries"."""
    clock = Stopwatch()
    budget = RateLimiter(clock=clock)
    moments = []
    for gap in gaps:
        clock.now += gap / 100
        moments.append(clock.now + budget.turn("client"))
    assert most_in_a_minute(moments) <= 50


def test_each_turn_comes_after_the_one_before() -> None:
    """Ten at once, then one every one and a half seconds."""
    budget = RateLimiter(clock=Stopwatch())
    waits = [budget.turn("client") for _ in range(14)]
    assert waits == [0.0] * 10 + [1.5, 3.0, 4.5, 6.0]


def test_what_does_not_wait_is_paid_for_by_what_does() -> None:
    budget = RateLimiter(clock=Stopwatch())
    for _ in range(12):
        budget.spend("client")
    assert budget.turn("client") == 4.5


def test_one_client_id_pays_for_no_other() -> None:
    budget = RateLimiter(clock=Stopwatch())
    for _ in range(50):
        budget.turn("a")
    assert budget.turn("b") == 0


def test_after_a_no_of_webex_there_is_no_burst() -> None:
    budget = RateLimiter(clock=Stopwatch())
    budget.exhaust("client")
    assert [budget.turn("client") for _ in range(2)] == [0.0, 1.5]
    for _ in range(50):
        budget.spend("client")
    waits = budget.turn("client")
    budget.exhaust("client")
    assert budget.turn("client") == waits + 1.5, "it shortens no queue"


def test_a_round_takes_longer_the_more_profiles_there_are() -> None:
    """Those of one client id; who has left does not count."""
    budget = RateLimiter(clock=Stopwatch())
    for _ in range(400):
        budget.join("many")
    budget.join("one")
    assert (budget.round("many"), budget.round("one"), budget.round("none")) == (600, 1.5, 0)
    budget.leave("many")
    assert budget.round("many") == 598.5


def test_without_a_limit_nobody_ever_waits() -> None:
    budget = RateLimiter.unlimited()
    budget.join("client")
    budget.exhaust("client")
    assert [budget.turn("client") for _ in range(1000)] == [0.0] * 1000
    assert budget.round("client") == 0
