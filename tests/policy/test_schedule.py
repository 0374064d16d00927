"""When to look again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, HOUR, MINUTE, NOW, TICK, often
from tests.policy.strategies import moments
from tray_app.model.settings import Timing
from tray_app.policy.schedule import (
    after_unchanged,
    back_off,
    capped_retry_after,
    next_check,
    offline_retry,
    slept_or_clock_changed,
)

PACE = Timing()
rolls = st.floats(0, 1, exclude_max=True)


def wait(
    *,
    poll_seconds: float = 300,
    failures: int = 0,
    is_offline: bool = False,
    not_before: datetime | None = None,
    points: tuple[datetime, ...] = (),
    jitter: float = 0.5,
    timing: Timing = PACE,
) -> float:
    """Seconds until the next check."""
    due = next_check(
        NOW,
        poll_seconds=poll_seconds,
        failures=failures,
        is_offline=is_offline,
        not_before=not_before,
        turning_points=points,
        jitter=jitter,
        timing=timing,
    )
    return (due - NOW).total_seconds()


@pytest.mark.parametrize(("jitter", "seconds"), [(0, 285), (0.5, 300), (1, 315)])
def test_checks_come_at_the_interval_give_or_take_a_twentieth(
    jitter: float, seconds: float
) -> None:
    """So that many machines that start together do not ask together."""
    assert wait(jitter=jitter) == seconds


@pytest.mark.parametrize(
    ("failures", "least", "most"),
    [(1, 15, 30), (2, 30, 60), (3, 60, 120), (4, 120, 240), (5, 150, 300), (99, 150, 300)],
)
def test_unanswered_checks_come_ever_later_up_to_five_minutes(
    failures: int, least: float, most: float
) -> None:
    """Half of the wait is fixed, half is chance."""
    assert wait(failures=failures, jitter=0) == back_off(failures, 0, PACE) == least
    assert wait(failures=failures, jitter=1) == back_off(failures, 1, PACE) == most


@pytest.mark.parametrize("poll", [15, 300, 86_400])
@pytest.mark.parametrize("failures", [1, 2, 99])
def test_without_a_connection_the_wait_does_not_grow(poll: float, failures: int) -> None:
    """The network may return at any moment, and a check is to follow within half a minute."""

    def seconds(jitter: float) -> float:
        return wait(poll_seconds=poll, failures=failures, is_offline=True, jitter=jitter)

    assert (seconds(0), seconds(1)) == (15, 22.5)
    assert offline_retry(0, PACE) == 15
    assert wait(poll_seconds=300, is_offline=True) == 300  # the last check was answered


@pytest.mark.parametrize(("poll", "most"), [(15, 300), (300, 300), (3600, 3600)])
def test_unanswered_checks_come_no_more_often_than_answered_ones(poll: float, most: float) -> None:
    """In the long run: a long interval is what backing off ends at."""
    assert wait(poll_seconds=poll, failures=99, jitter=1) == most
    assert wait(poll_seconds=poll, failures=99, jitter=0) == most / 2
    assert wait(poll_seconds=poll, failures=1, jitter=1) == 30


@often
@given(st.integers(1, 10**6), rolls)
def test_backing_off_stays_in_bounds_and_grows(failures: int, jitter: float) -> None:
    """However long Webex is away."""
    seconds = back_off(failures, jitter, PACE)
    assert PACE.first_retry / 2 <= seconds <= PACE.longest_retry
    assert seconds <= back_off(failures + 1, jitter, PACE)


@pytest.mark.parametrize("failures", [0, 8])
def test_a_turning_point_is_looked_at_when_it_comes(failures: int) -> None:
    """The nearest one, also while checks go unanswered: a token may end in between."""
    points = (NOW + 2 * MINUTE, NOW + MINUTE, NOW + HOUR)
    assert wait(points=points, failures=failures) == 60


def test_a_turning_point_that_has_passed_or_lies_far_ahead_changes_nothing() -> None:
    """What is now has just been looked at."""
    assert wait(points=(NOW - TICK, NOW, NOW + HOUR)) == 300


def test_turning_points_close_by_do_not_make_a_storm() -> None:
    """Ten seconds lie between two checks; less only where the interval itself is shorter."""
    assert wait(points=(NOW + TICK,)) == 10
    assert wait(points=(NOW + TICK,), poll_seconds=4) == pytest.approx(4)
    assert wait(points=(NOW + TICK,), poll_seconds=4, jitter=0) == pytest.approx(3.8)


@pytest.mark.parametrize("failures", [0, 1])
def test_what_webex_asked_to_wait_is_never_undercut(failures: int) -> None:
    """Neither by the interval, nor by back-off, nor by a turning point; nor does it hurry."""
    later, sooner = NOW + 2 * HOUR, NOW + TICK
    points = (NOW + MINUTE,)
    assert wait(failures=failures, not_before=later, points=points) == 7200
    assert wait(failures=failures, not_before=sooner) == wait(failures=failures)


@often
@given(
    poll_seconds=st.floats(0.1, 86_400),
    failures=st.integers(0, 100),
    is_offline=st.booleans(),
    not_before=st.none() | moments,
    points=st.lists(moments, max_size=3),
    jitter=rolls,
)
def test_the_next_check_is_never_at_once_never_too_soon_and_never_far(
    *,
    poll_seconds: float,
    failures: int,
    is_offline: bool,
    not_before: datetime | None,
    points: list[datetime],
    jitter: float,
) -> None:
    """No storm, no sleep without end, no Retry-After ignored: for any numbers."""
    found = wait(
        poll_seconds=poll_seconds,
        failures=failures,
        is_offline=is_offline,
        not_before=not_before,
        points=tuple(points),
        jitter=jitter,
    )
    asked = (not_before - NOW).total_seconds() if not_before else 0.0
    usual = poll_seconds * 1.05 if not failures else max(PACE.longest_retry, poll_seconds)
    assert found >= asked
    assert found >= min(PACE.gap, poll_seconds * 0.95) - 1e-6
    assert found <= max(asked, usual) + 1e-6


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(None, 0), (0.0, 0), (7.5, 7.5), (3600.0, 3600), (3601.0, 3600), (1e12, 3600)],
)
def test_retry_after_is_obeyed_for_an_hour_at_most(asked: float | None, seconds: float) -> None:
    """An absurd one cannot stop the program."""
    assert capped_retry_after(asked, PACE) == seconds


@pytest.mark.parametrize(
    ("left", "later"),
    [
        (4 * DAY, DAY),
        (2 * DAY, DAY),
        (2 * DAY - 2 * TICK, DAY - TICK),
        (HOUR, HOUR / 2),
        (timedelta(seconds=20), timedelta(seconds=10)),
        (timedelta(seconds=19), timedelta(seconds=10)),
        (-DAY, timedelta(seconds=10)),
    ],
)
def test_a_renewal_that_moved_nothing_is_tried_again_after_half_of_what_is_left(
    left: timedelta, later: timedelta
) -> None:
    """A day at most, ten seconds at least."""
    assert after_unchanged(NOW, NOW + left, PACE) == NOW + later


@pytest.mark.parametrize(
    ("wall", "short_snooze", "drift", "slept"),
    [
        (15, 15, 0, False),
        (0, 15, 0, False),
        (23.5, 15, 0, False),
        (23.51, 15, 0, True),
        (1, 0, 0, False),
        (1.01, 0, 0, True),
        (28_800, 15, 28_785, True),
        (15, 15, 2, False),
        (15, 15, 2.01, True),
        (15, 15, -2, False),
        (15, 15, -2.01, True),
        (-86_385, 15, -86_400, True),
    ],
)
def test_a_clock_that_moved_as_no_nap_explains_means_sleep_or_a_clock_set(
    wall: float, short_snooze: float, drift: float, slept: bool
) -> None:
    """Half as long again and a second is a busy machine; two seconds are a clock kept true."""
    assert slept_or_clock_changed(wall, short_snooze, drift) is slept


def test_the_demo_goes_by_another_pace() -> None:
    """Nothing is measured in constants of its own."""
    fast = Timing(gap=0.1, first_retry=0.2, longest_retry=0.4, longest_retry_after=1)
    assert back_off(9, 1, fast) == 0.4
    assert capped_retry_after(99, fast) == 1
    assert wait(points=(NOW + TICK,), timing=fast) == pytest.approx(0.1)
