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
    rate_limiter = RateLimiter(clock=clock)
    moments = []
    for gap in gaps:
        clock.now += gap / 100
        moments.append(clock.now + rate_limiter.reserve("client"))
    assert most_in_a_minute(moments) <= 50


def test_each_turn_comes_after_the_one_before() -> None:
    """Ten at once, then one every one and a half seconds."""
    rate_limiter = RateLimiter(clock=Stopwatch())
    waits = [rate_limiter.reserve("client") for _ in range(14)]
    assert waits == [0.0] * 10 + [1.5, 3.0, 4.5, 6.0]


def test_what_does_not_wait_is_paid_for_by_what_does() -> None:
    rate_limiter = RateLimiter(clock=Stopwatch())
    for _ in range(12):
        rate_limiter.charge("client")
    assert rate_limiter.reserve("client") == 4.5


def test_one_client_id_pays_for_no_other() -> None:
    rate_limiter = RateLimiter(clock=Stopwatch())
    for _ in range(50):
        rate_limiter.reserve("a")
    assert rate_limiter.reserve("b") == 0


def test_after_a_no_of_webex_there_is_no_burst() -> None:
    rate_limiter = RateLimiter(clock=Stopwatch())
    rate_limiter.drain("client")
    assert [rate_limiter.reserve("client") for _ in range(2)] == [0.0, 1.5]
    for _ in range(50):
        rate_limiter.charge("client")
    waits = rate_limiter.reserve("client")
    rate_limiter.drain("client")
    assert rate_limiter.reserve("client") == waits + 1.5, "it shortens no queue"


def test_a_round_takes_longer_the_more_profiles_there_are() -> None:
    """Those of one client id; who has left does not count."""
    rate_limiter = RateLimiter(clock=Stopwatch())
    for _ in range(400):
        rate_limiter.join("many")
    rate_limiter.join("one")
    assert (
        rate_limiter.min_interval("many"),
        rate_limiter.min_interval("one"),
        rate_limiter.min_interval("none"),
    ) == (600, 1.5, 0)
    rate_limiter.leave("many")
    assert rate_limiter.min_interval("many") == 598.5


def test_without_a_limit_no_request_waits() -> None:
    rate_limiter = RateLimiter.unlimited()
    rate_limiter.join("client")
    rate_limiter.drain("client")
    assert [rate_limiter.reserve("client") for _ in range(1000)] == [0.0] * 1000
    assert rate_limiter.min_interval("client") == 0
