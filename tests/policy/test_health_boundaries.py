"""Where the rows of the health table begin and end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.policy.judging import LIMITS, judge
from tests.policy.samples import (
    ACCESS,
    DAY,
    GOOD,
    HOUR,
    MINUTE,
    NOW,
    REFRESH,
    SIGN_IN,
    TICK,
    but,
    closed,
    used,
    with_life,
)
from tests.policy.situation import DEAD
from tests.policy.test_forecast import ONLY_RUNG_1
from tray_app.model.credentials import Effect, Lifespan
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState
from tray_app.model.signs import Colour
from tray_app.policy.exercise import due_exercises
from tray_app.policy.health import is_dead, renewal_starts


def ending(ends: datetime, **changes: Any) -> Observations:
    return but(lifespans=with_life(ACCESS, ends - 14 * DAY, ends), **changes)


@pytest.mark.parametrize(("past", "dead"), [(MINUTE, False), (MINUTE + TICK, True)])
def test_a_token_is_dead_a_minute_past_its_end(past: timedelta, dead: bool) -> None:
    """The skew is granted in full, and no more."""
    facts = ending(NOW - past, confirmed_at=None)
    assert is_dead(facts, NOW, LIMITS) is dead
    assert (judge(facts).row == 4) is dead


@pytest.mark.parametrize(("after", "dead"), [(timedelta(0), True), (TICK, False)])
def test_a_token_that_was_seen_to_work_after_its_end_lives(after: timedelta, dead: bool) -> None:
    """What Webex accepts outweighs what it once said about the end."""
    ends = NOW - 5 * MINUTE
    health = judge(ending(ends, confirmed_at=ends + after))
    assert (health.colour is not Colour.GREEN) is dead
    assert health.until == (ends if dead else None)


def test_a_token_whose_end_nobody_told_does_not_die_of_age() -> None:
    """Only a rejection kills it."""
    assert not is_dead(but(lifespans={}), NOW + 1000 * DAY, LIMITS)


@pytest.mark.parametrize(
    ("renewing", "row"),
    [
        (Renewing(1, NOW - timedelta(seconds=60) + TICK), 4),
        (Renewing(1, NOW - timedelta(seconds=60)), 2),
        (Renewing(1, None), 4),
        (Renewing(2, NOW), 2),
    ],
)
def test_renewing_fails_after_a_minute_or_two_failures(renewing: Renewing, row: int) -> None:
    """Until then a dead token is amber: it is being repaired."""
    assert judge(but(DEAD, renewing=renewing)).row == row


@pytest.mark.parametrize(
    ("poll_seconds", "fresh"),
    [(15, 15 * MINUTE), (300, 15 * MINUTE), (301, timedelta(seconds=903))],
)
def test_a_confirmation_holds_for_a_quarter_of_an_hour_or_three_polls(
    poll_seconds: float, fresh: timedelta
) -> None:
    """The longer of the two, to the tick."""
    assert judge(but(poll_seconds=poll_seconds, confirmed_at=NOW - fresh + TICK)).row == 11
    assert judge(but(poll_seconds=poll_seconds, confirmed_at=NOW - fresh)).row == 6


@pytest.mark.parametrize(("ahead", "row"), [(MINUTE, 11), (MINUTE + TICK, 6)])
def test_a_confirmation_from_the_future_vouches_for_nothing(ahead: timedelta, row: int) -> None:
    """After the clock was set back, green would last until it has caught up."""
    assert judge(but(confirmed_at=NOW + ahead)).row == row


@pytest.mark.parametrize(
    ("length", "window"),
    [(14 * DAY, 72 * HOUR), (12 * DAY, 72 * HOUR), (8 * DAY, 48 * HOUR), (4 * HOUR, HOUR)],
)
def test_renewal_begins_72_hours_or_a_quarter_of_the_life_before_the_end(
    length: timedelta, window: timedelta
) -> None:
    """The shorter of the two, to the tick."""
    life = Lifespan(NOW - length, NOW)
    assert renewal_starts(life, LIMITS) == NOW - window
    facts = but(
        lifespans={ACCESS.digest: life},
        renewing=Renewing(1, NOW, TransportFailure.TLS),
        confirmed_at=NOW - window,
    )
    assert judge(facts, NOW - window - TICK).row == 11
    assert judge(facts, NOW - window).row == 7


def test_near_its_end_a_token_is_green_while_no_renewal_has_failed() -> None:
    """Renewing ahead of time is the program's business, not a person's."""
    assert judge(ending(NOW + HOUR)).row == 11


@pytest.mark.parametrize(("left", "row"), [(48 * HOUR, 7), (48 * HOUR + TICK, 11)])
def test_if_nothing_runs_two_thirds_of_the_window_must_be_left(left: timedelta, row: int) -> None:
    assert judge(ending(NOW + left, attended=False)).row == row


def test_if_nothing_runs_an_exercise_may_be_late_by_a_day_and_an_hour() -> None:
    facts = but(lifespans=with_life(SIGN_IN, NOW - 9 * DAY, NOW + 81 * DAY), attended=False)
    exercise = due_exercises(facts, NOW)[0]
    late = exercise.due_at + 25 * HOUR
    assert judge(but(facts, confirmed_at=late), late).reason is Reason.EXERCISE_DUE
    before = late - TICK
    assert judge(but(facts, confirmed_at=before), before).reason is Reason.WORKS


@pytest.mark.parametrize(
    ("renewing", "reason"),
    [
        (Renewing(2, NOW - HOUR), Reason.SAVE_REFUSED),
        (Renewing(2, NOW - HOUR, TransportFailure.TLS), Reason.RENEWAL_FAILS),
        (Renewing(), Reason.RENEWING),
    ],
)
def test_a_store_that_refuses_is_the_reason_only_if_it_kept_a_renewal_from_beginning(
    renewing: Renewing, reason: Reason
) -> None:
    assert judge(but(DEAD, store=StoreState.REFUSED, renewing=renewing)).reason is reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, Reason.BLOCKED),
        ({"rejected": False}, Reason.FORBIDDEN),
        ({"checked_at": None}, Reason.FORBIDDEN),
        ({"checked_at": NOW + 13 * DAY}, Reason.FORBIDDEN),  # by then, it has expired
        ({"lifespans": {}}, Reason.FORBIDDEN),
        ({"refresh": Availability.MISSING}, Reason.FORBIDDEN),
        ({"foreign_org": True}, Reason.FORBIDDEN),  # of the organization that is named now
    ],
)
def test_a_403_means_a_block_only_if_webex_refuses_the_pair_before_its_end(
    changes: dict[str, Any], reason: Reason
) -> None:
    """Else the account may lack the permission."""
    found = closed(Availability.FORBIDDEN, RenewalMethod.MINT_PASTED)
    found[RenewalMethod.SERVICE_REFRESH] = changes.get("refresh", Availability.DEAD)
    changes = {name: value for name, value in changes.items() if name != "refresh"}
    facts: dict[str, Any] = {"rejected": True, "checked_at": NOW, "availabilities": found} | changes
    assert judge(but(**facts)).reason is reason


@pytest.mark.parametrize(
    ("lead", "length", "window"),
    [
        (14, 90, 14),  # as the default
        (14, 40, 10),
        (1, 90, 1),
        (30, 90, 30),
        (30, 40, 20),
        (60, 90, 45),
    ],
)
def test_a_person_is_asked_as_long_ahead_as_the_config_says(
    lead: int, length: int, window: int
) -> None:
    """A longer lead than 14 days may take half of a life."""

    def rows(left: timedelta) -> tuple[int, int]:
        ends = NOW + left
        signed_in = but(lifespans=with_life(SIGN_IN, ends - length * DAY, ends), lead=lead * DAY)
        lives = with_life(REFRESH, ends - length * DAY, ends)
        fixed = used(REFRESH, Effect.UNCHANGED)
        last = but(ONLY_RUNG_1, lifespans=lives, usages=fixed, lead=lead * DAY)
        return judge(signed_in).row, judge(last).row

    assert rows(window * DAY + TICK) == (11, 11)
    assert rows(window * DAY) == (8, 8)


@pytest.mark.parametrize(("length", "window"), [(90 * DAY, 14 * DAY), (40 * DAY, 10 * DAY)])
def test_a_sign_in_falls_due_14_days_or_a_quarter_of_its_life_before_the_end(
    length: timedelta, window: timedelta
) -> None:
    """The shorter of the two, to the tick; from its end on, it has ended."""

    def seen(left: timedelta) -> tuple[int, Reason, datetime | None]:
        ends = NOW + left
        health = judge(but(lifespans=with_life(SIGN_IN, ends - length, ends)))
        return health.row, health.reason, health.due_at

    assert seen(window + TICK) == (11, Reason.WORKS, None)
    assert seen(window) == (8, Reason.SIGN_IN_DUE, NOW + window)
    assert seen(TICK) == (8, Reason.SIGN_IN_DUE, NOW + TICK)
    assert seen(timedelta(0)) == (8, Reason.SIGN_IN_ENDED, None)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_clock_is_wrong_beyond_five_minutes_either_way(sign: int) -> None:
    """Five minutes are still forgiven; no Date header says nothing."""
    assert judge(but(skew=sign * 5 * MINUTE)).row == 11
    assert judge(but(skew=sign * (5 * MINUTE + TICK))).reason is Reason.CLOCK_OFF
    assert judge(but(skew=None)).row == 11


def test_what_a_person_is_told_comes_from_the_facts() -> None:
    """Times and troubles pass through unchanged."""
    renewing = Renewing(1, NOW - DAY, TransportFailure.TIMEOUT)
    health = judge(but(renewing=renewing, check_failure=TransportFailure.PROXY))
    assert health.until == GOOD.lifespans[ACCESS.digest].ends
    assert (health.checked_at, health.confirmed_at) == (GOOD.checked_at, GOOD.confirmed_at)
    assert (health.next_try_at, health.renewing) == (GOOD.next_try_at, renewing)
    assert (health.unanswered, health.failure, health.detail) == (TransportFailure.PROXY, None, "")
