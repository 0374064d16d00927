"""Which rung is exercised while all is well, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.samples import (
    ACCESS,
    CREDENTIALS,
    DAY,
    GOOD,
    HOUR,
    MINUTE,
    NOW,
    PASTED,
    PERSONAL,
    READY,
    REFRESH,
    SIGN_IN,
    TICK,
    but,
    closed,
    often,
    used,
    with_life,
)
from tests.policy.situation import NO_SIGN_IN
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.health import Observations
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.policy.exercise import (
    FIRST_USE,
    LIFE_SHARE,
    MAX_USE_INTERVAL,
    MIN_USE_INTERVAL,
    Exercise,
    can_mint,
    due_exercises,
    effect,
    effect_on_expiry,
    known_expiry,
    untracked_tokens,
)

WEEK = 7 * DAY
ONLY_RUNG_1 = but(
    credentials=NO_SIGN_IN, availabilities=closed(Availability.READY, RenewalMethod.SERVICE_REFRESH)
)
MINTS = (RenewalMethod.MINT_PASTED, RenewalMethod.MINT_INTEGRATION)


def due(facts: Observations, method: RenewalMethod) -> datetime | None:
    """When this rung is to be exercised."""
    return next(
        (exercise.due_at for exercise in due_exercises(facts, NOW) if exercise.method is method),
        None,
    )


def unknown(token: Any, seen_at: datetime, used_at: datetime | None = None) -> dict[str, Any]:
    """Changes to facts in which nobody has told when this token ends."""
    effect = Effect.NOT_REPORTED if used_at else Effect.UNKNOWN
    lives = {digest: life for digest, life in GOOD.lifespans.items() if digest != token.digest}
    return {"lifespans": lives, "usages": {token.digest: Usage(seen_at, used_at, effect)}}


def test_the_numbers_are_those_of_the_readme() -> None:
    """A quarter, an hour, a week, and the day in which Webex renews but once."""
    assert (LIFE_SHARE, FIRST_USE, MAX_USE_INTERVAL, MIN_USE_INTERVAL) == (
        0.25,
        HOUR,
        WEEK,
        25 * HOUR,
    )


# --- when ---------------------------------------------------------------------------------------


def test_a_refresh_token_is_used_once_a_quarter_of_its_life_has_passed() -> None:
    """Of what was left when its end was last told: by the first answer, or by a later one."""
    began = NOW - 100 * DAY
    facts = but(lifespans=with_life(REFRESH, began, NOW + 60 * DAY))
    assert due(facts, RenewalMethod.SERVICE_REFRESH) == began + 40 * DAY
    again = but(facts, usages=used(REFRESH, Effect.EXTENDED, NOW - 20 * DAY))
    assert due(again, RenewalMethod.SERVICE_REFRESH) == NOW
    early = but(facts, usages=used(REFRESH, Effect.EXTENDED, began - DAY))
    assert due(early, RenewalMethod.SERVICE_REFRESH) == began + 40 * DAY


def test_a_sign_in_is_used_once_a_week_or_earlier_where_its_life_is_short() -> None:
    """So that a consent that was withdrawn is noticed before anything depends on it."""
    facts = but(lifespans=with_life(SIGN_IN, NOW - 2 * DAY, NOW + 88 * DAY))
    assert due(facts, RenewalMethod.INTEGRATION_REFRESH) == NOW + 5 * DAY
    again = but(facts, usages=used(SIGN_IN, Effect.EXTENDED, NOW - DAY))
    assert due(again, RenewalMethod.INTEGRATION_REFRESH) == NOW + 6 * DAY
    short = but(lifespans=with_life(SIGN_IN, NOW - 2 * DAY, NOW + 18 * DAY))
    assert due(short, RenewalMethod.INTEGRATION_REFRESH) == NOW + 3 * DAY


def test_three_weeks_of_holidays_kill_no_token_of_sixty_days() -> None:
    """Not even if they begin just before it would have been used; and 39 days are left to wait."""
    facts = but(lifespans=with_life(SIGN_IN, NOW, NOW + 60 * DAY))
    at = due(facts, RenewalMethod.INTEGRATION_REFRESH)
    assert at is not None
    assert NOW + 60 * DAY - (at + 21 * DAY) >= 14 * DAY


@pytest.mark.parametrize(
    ("left", "wait"),
    [
        (90 * DAY, 22.5 * DAY),
        (100 * HOUR, 25 * HOUR),
        (60 * HOUR, 25 * HOUR),
        (50 * HOUR, 25 * HOUR),
        (12 * HOUR, 6 * HOUR),
        (timedelta(0), timedelta(0)),
    ],
)
def test_no_token_is_used_twice_in_a_day_unless_its_life_is_shorter(
    left: timedelta, wait: timedelta
) -> None:
    """A second use within 24 hours extends nothing."""
    facts = but(lifespans=with_life(REFRESH, NOW, NOW + left))
    assert due(facts, RenewalMethod.SERVICE_REFRESH) == NOW + wait
    sign_in = but(lifespans=with_life(SIGN_IN, NOW, NOW + left))
    assert due(sign_in, RenewalMethod.INTEGRATION_REFRESH) == NOW + min(wait, WEEK)


@pytest.mark.parametrize(
    ("token", "method"),
    [
        (SIGN_IN, RenewalMethod.INTEGRATION_REFRESH),
        (REFRESH, RenewalMethod.SERVICE_REFRESH),
        (ACCESS, RenewalMethod.SERVICE_REFRESH),
    ],
)
def test_a_token_whose_end_nobody_told_is_used_an_hour_after_it_was_first_seen(
    token: Any, method: RenewalMethod
) -> None:
    """So that its end becomes known; once a week where the answers do not tell it either."""
    assert due(but(**unknown(token, NOW)), method) == NOW + HOUR
    assert due(but(**unknown(token, NOW - 99 * DAY, NOW - DAY)), method) == NOW + 6 * DAY


def test_a_token_whose_end_is_known_is_not_renewed_to_learn_it() -> None:
    """It was seen before its end was told."""
    seen = but(usages={ACCESS.digest: Usage(NOW - DAY)})
    assert due_exercises(seen, NOW) == due_exercises(GOOD, NOW)


def test_what_nobody_has_noted_yet_is_not_due() -> None:
    """It is noted at the first check, and then counts."""
    assert due_exercises(but(lifespans={}), NOW) == ()


def test_an_end_that_answers_do_not_tell_any_more_is_not_waited_for() -> None:
    """Whatever was told at the sign-in."""
    facts = but(usages=used(SIGN_IN, Effect.NOT_REPORTED, NOW - 3 * DAY))
    assert due(facts, RenewalMethod.INTEGRATION_REFRESH) == NOW + 4 * DAY
    assert known_expiry(facts, SIGN_IN) is None
    assert known_expiry(GOOD, SIGN_IN) == NOW + 89 * DAY
    assert known_expiry(but(lifespans={}), SIGN_IN) is None
    assert known_expiry(GOOD, None) is None


def test_what_falls_due_first_comes_first_and_the_sign_in_before_the_pair() -> None:
    """What it brings may be what mints."""
    lives = with_life(SIGN_IN, NOW, NOW + 20 * DAY) | {
        REFRESH.digest: Lifespan(NOW, NOW + 20 * DAY)
    }
    at = NOW + 5 * DAY
    both = (
        Exercise(RenewalMethod.INTEGRATION_REFRESH, at),
        Exercise(RenewalMethod.SERVICE_REFRESH, at),
    )
    assert due_exercises(but(lifespans=lives), NOW) == both
    older = lives | {REFRESH.digest: Lifespan(NOW - TICK, NOW + 20 * DAY - TICK)}
    found = due_exercises(but(lifespans=older), NOW)
    assert [exercise.method for exercise in found] == [both[1].method, both[0].method]


# --- whether ------------------------------------------------------------------------------------


@pytest.mark.parametrize("availability", [s for s in Availability if s is not Availability.READY])
def test_a_rung_that_could_not_act_is_not_exercised(availability: Availability) -> None:
    """Least of all one that was refused."""
    assert due_exercises(but(availabilities=closed(availability)), NOW) == ()


@pytest.mark.parametrize("store", [s for s in StoreState if s is not StoreState.DURABLE])
def test_a_sign_in_is_not_put_at_risk_where_a_rotated_one_could_not_be_kept(
    store: StoreState,
) -> None:
    """The pair stands in `.env` as well."""
    facts = but(store=store)
    assert due(facts, RenewalMethod.INTEGRATION_REFRESH) is None
    assert due(facts, RenewalMethod.SERVICE_REFRESH) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"token": PASTED},
        {"token": None},
        {"credentials": replace(CREDENTIALS, pair=None)},
        {"env_fault": "/x/.env cannot be written"},
        {"foreign_org": True},
    ],
    ids=repr,
)
def test_a_pair_that_is_not_the_one_in_env_is_left_alone(changes: dict[str, Any]) -> None:
    """Who leads there is another question; the sign-in has nothing to do with it."""
    facts = but(**changes)
    assert due(facts, RenewalMethod.SERVICE_REFRESH) is None
    assert due(facts, RenewalMethod.INTEGRATION_REFRESH) is not None


# --- a refresh token that no renewal extends -----------------------------------------------------


@pytest.mark.parametrize("mint", [*MINTS, RenewalMethod.INTEGRATION_REFRESH])
def test_a_pair_that_no_renewal_extends_is_minted_anew_a_quarter_after_it_began(
    mint: RenewalMethod,
) -> None:
    """Before both it and what could mint another have ended."""
    facts = but(
        availabilities=closed(Availability.READY, RenewalMethod.SERVICE_REFRESH, mint),
        lifespans=with_life(REFRESH, NOW - 30 * DAY, NOW + 50 * DAY),
        usages=used(REFRESH, Effect.UNCHANGED),
    )
    assert due(facts, RenewalMethod.MINT_INTEGRATION) == NOW - 10 * DAY
    assert due(facts, RenewalMethod.SERVICE_REFRESH) is None


def test_where_nothing_mints_it_is_used_to_the_last() -> None:
    """Each time a quarter of what is left: the last access token lives beyond its end."""
    facts = but(
        ONLY_RUNG_1,
        lifespans=with_life(REFRESH, NOW - 30 * DAY, NOW + 40 * DAY),
        usages=used(REFRESH, Effect.UNCHANGED, NOW),
    )
    assert due(facts, RenewalMethod.SERVICE_REFRESH) == NOW + 10 * DAY


def test_a_dead_refresh_token_is_replaced_at_once_where_something_mints() -> None:
    """While the token works, and whoever could mint is still there."""
    dead = but(availabilities=READY | {RenewalMethod.SERVICE_REFRESH: Availability.DEAD})
    assert due(dead, RenewalMethod.MINT_INTEGRATION) == NOW
    alone = but(availabilities=closed(Availability.DEAD, RenewalMethod.SERVICE_REFRESH))
    assert due_exercises(alone, NOW) == ()


def test_without_a_refresh_token_a_pair_is_minted_only_to_learn_its_end() -> None:
    """An access token that ends at a known time is renewed ahead of that anyway."""
    creds = replace(CREDENTIALS, pair=replace(CREDENTIALS.pair, refresh=None))  # type: ignore[type-var]
    availabilities = READY | {RenewalMethod.SERVICE_REFRESH: Availability.MISSING}
    facts = but(credentials=creds, availabilities=availabilities)
    assert due(facts, RenewalMethod.MINT_INTEGRATION) is None
    facts = but(facts, **unknown(ACCESS, NOW))
    assert due(facts, RenewalMethod.MINT_INTEGRATION) == NOW + HOUR


@pytest.mark.parametrize("method", MINTS)
def test_a_personal_token_past_its_end_mints_nothing(method: RenewalMethod) -> None:
    """The sign-in renews it; a pasted one has nobody. Of unknown end, it may."""
    token = PASTED if method is RenewalMethod.MINT_PASTED else PERSONAL
    facts = but(availabilities=closed(Availability.READY, method))

    def mints(ends: datetime | None) -> bool:
        lives = with_life(token, NOW - DAY, ends) if ends else {}
        return can_mint(but(facts, lifespans=lives), NOW)

    assert [mints(None), mints(NOW + TICK), mints(NOW)] == [True, True, False]
    renewable = but(
        availabilities=closed(Availability.READY, RenewalMethod.INTEGRATION_REFRESH),
        lifespans=with_life(token, NOW - DAY, NOW),
    )
    assert can_mint(renewable, NOW)
    assert not can_mint(but(availabilities=closed(Availability.DEAD)), NOW)


# --- what a use has shown ------------------------------------------------------------------------

LIFE = Lifespan(NOW - 30 * DAY, NOW + 60 * DAY)


@pytest.mark.parametrize(
    ("usage", "before", "ends", "effect"),
    [
        # the answer does not tell
        (None, LIFE, None, Effect.NOT_REPORTED),
        (None, None, None, Effect.NOT_REPORTED),
        # nothing to compare with
        (None, None, NOW + 60 * DAY, Effect.UNKNOWN),
        # it moved, by more than the seconds that a request takes
        (None, LIFE, LIFE.ends + MINUTE + TICK, Effect.EXTENDED),
        (Usage(NOW, NOW - MINUTE, Effect.UNCHANGED), LIFE, LIFE.ends + HOUR, Effect.EXTENDED),
        # it stood, although Webex had a day to move it
        (None, LIFE, LIFE.ends + MINUTE, Effect.UNCHANGED),
        (Usage(NOW, NOW - 25 * HOUR, Effect.EXTENDED), LIFE, LIFE.ends, Effect.UNCHANGED),
        (Usage(NOW, None, Effect.UNKNOWN), LIFE, LIFE.ends - DAY, Effect.UNCHANGED),
        # so soon after the last one that it shows nothing
        (Usage(NOW, NOW - 25 * HOUR + TICK, Effect.EXTENDED), LIFE, LIFE.ends, Effect.EXTENDED),
        (Usage(NOW, NOW - HOUR, Effect.UNCHANGED), LIFE, LIFE.ends, Effect.UNCHANGED),
        (None, Lifespan(NOW - HOUR, LIFE.ends), LIFE.ends, Effect.UNKNOWN),
        (Usage(NOW - HOUR), Lifespan(NOW - HOUR, LIFE.ends), LIFE.ends, Effect.UNKNOWN),
    ],
)
def test_a_use_shows_whether_the_end_moves(
    usage: Usage | None, before: Lifespan | None, ends: datetime | None, effect: Effect
) -> None:
    """By comparison with what was told before."""
    assert effect_on_expiry(usage, before, ends, NOW) is effect


def test_of_a_token_that_was_never_used_nobody_knows_whether_its_end_moves() -> None:
    """Nor of none at all, or of one that was only seen."""
    seen = but(usages={REFRESH.digest: Usage(NOW)})
    assert effect(GOOD, REFRESH) is effect(GOOD, None) is Effect.UNKNOWN
    assert effect(seen, REFRESH) is Effect.UNKNOWN
    assert effect(but(usages=used(REFRESH, Effect.UNCHANGED)), REFRESH) is Effect.UNCHANGED


def test_what_has_neither_an_end_nor_a_first_sight_is_to_be_noted() -> None:
    """Of what `.env` carries and of both refresh tokens."""
    assert untracked_tokens(GOOD) == []
    assert untracked_tokens(but(lifespans={})) == [ACCESS, REFRESH, SIGN_IN]
    assert untracked_tokens(but(**unknown(REFRESH, NOW))) == []
    bare = replace(NO_SIGN_IN, pair=None)
    assert untracked_tokens(but(credentials=bare, token=None, lifespans={})) == []


# --- whatever the facts ---------------------------------------------------------------------------


@often
@given(strategies.facts)
def test_only_what_could_act_is_exercised_and_always_alike(facts: Observations) -> None:
    """Total and deterministic; one errand for the sign-in and one for the pair at most."""
    found = due_exercises(facts, NOW)
    assert found == due_exercises(facts, NOW)
    assert [exercise.due_at for exercise in found] == sorted(exercise.due_at for exercise in found)
    assert len({exercise.method for exercise in found}) == len(found) <= 2
    for exercise in found:
        if exercise.method is RenewalMethod.MINT_INTEGRATION:
            assert can_mint(facts, NOW)
        else:
            assert facts.availabilities[exercise.method] is Availability.READY


@often
@given(strategies.facts, st.sampled_from([SIGN_IN, REFRESH]), strategies.spans)
def test_no_life_ends_before_its_token_was_used(
    facts: Observations, token: Any, length: timedelta
) -> None:
    """Whatever the life, it is used while three quarters are left, or half of a short one."""
    lives = {**facts.lifespans, token.digest: Lifespan(NOW, NOW + length)}
    method = (
        RenewalMethod.SERVICE_REFRESH if token is REFRESH else RenewalMethod.INTEGRATION_REFRESH
    )
    facts = but(facts, lifespans=lives, usages={}, store=StoreState.DURABLE)
    at = due(facts, method)
    if at is not None:
        assert NOW <= at <= NOW + max(length / 4, min(MIN_USE_INTERVAL, length / 2))
        assert at < NOW + length


@often
@given(strategies.facts, strategies.moments, st.sampled_from(Effect))
def test_a_use_is_not_followed_by_another_at_once(
    facts: Observations, ends: datetime, effect: Effect
) -> None:
    """Just used, a sign-in rests for half of what is left of it, a day, or a week."""
    lives = {**facts.lifespans, SIGN_IN.digest: Lifespan(NOW - 90 * DAY, max(ends, NOW + HOUR))}
    facts = but(facts, lifespans=lives, usages={SIGN_IN.digest: Usage(NOW, NOW, effect)})
    at = due(facts, RenewalMethod.INTEGRATION_REFRESH)
    assert at is None or at >= NOW + HOUR / 2
