"""What no facts whatever may bring about in the health table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.judging import LIMITS, LOOKS, judge
from tests.policy.samples import (
    ACCESS,
    DAY,
    FRESH,
    MINUTE,
    NEAR,
    NOW,
    REFRESH,
    SIGN_IN,
    STOPPED,
    but,
    each,
    often,
)
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.data_sources import DataSource, ExtensionFailure
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.policy.data_sources import is_ended
from tray_app.policy.health import is_dead

pytestmark = pytest.mark.no_cover  # thousands of examples: to measure them doubles the time


@often
@given(strategies.facts)
def test_any_facts_are_judged_and_always_alike(facts: Observations) -> None:
    """Total and deterministic; and a verdict that is not green names somebody."""
    health = judge(facts)
    assert health == judge(facts)
    assert (health.colour, health.shape) == LOOKS[health.row]
    assert (health.who is None) == (health.colour is Colour.GREEN)


@often
@given(strategies.facts)
def test_red_always_means_that_what_reads_env_fails(facts: Observations) -> None:
    """Or that data which is to be kept flowing does not; and green that neither is so, as far as
    Webex has lately said."""
    health, dead = judge(facts), is_dead(facts, NOW, LIMITS)
    stopped = any(
        source.id in facts.kept and is_ended(source, NOW, LIMITS) and not source.is_disabled
        for source in facts.sources or ()
    )
    assert dead or stopped or health.colour is not Colour.RED
    assert not stopped or health.colour is Colour.RED
    if health.colour is Colour.GREEN:
        assert not dead
        assert facts.confirmed_at is not None
        assert NOW - facts.confirmed_at < max(
            15 * MINUTE, timedelta(seconds=3 * facts.poll_seconds)
        )
        assert Availability.READY in facts.availabilities.values()


Worsening = Callable[[Observations, st.DataObject], Observations]


def _older(at: datetime | None, data: st.DataObject) -> datetime | None:
    return at - data.draw(strategies.spans) if at else None


def _earlier(ends: datetime, data: st.DataObject) -> datetime:
    """By a span, or at about now, where the lines are drawn."""
    return min(ends, data.draw(strategies.spans.map(lambda span: ends - span) | strategies.moments))


def _ends_earlier(facts: Observations, data: st.DataObject) -> Observations:
    known = facts.lifespan
    life = known or Lifespan(NOW - DAY, NOW + 13 * DAY)  # to have any end is worse than none
    ends = _earlier(life.ends, data)
    # An end that moves to before the last confirmation has been disproved: that is no worse.
    at = facts.confirmed_at
    assume(known is None or at is None or not ends < at <= life.ends)
    return but(facts, lifespans={**facts.lifespans, ACCESS.digest: Lifespan(life.began, ends)})


def _sign_in_ends_earlier(facts: Observations, data: st.DataObject) -> Observations:
    life = facts.lifespans.get(SIGN_IN.digest) or Lifespan(NOW - DAY, NOW + 89 * DAY)
    earlier = Lifespan(life.began, _earlier(life.ends, data))
    return but(facts, lifespans={**facts.lifespans, SIGN_IN.digest: earlier})


def _rung_closes(facts: Observations, data: st.DataObject) -> Observations:
    ready = [
        method
        for method, availability in facts.availabilities.items()
        if availability is Availability.READY
    ]
    assume(ready)
    method = data.draw(st.sampled_from(ready))
    closed_now = data.draw(
        st.sampled_from([s for s in Availability if s is not Availability.READY])
    )
    return but(facts, availabilities={**facts.availabilities, method: closed_now})


def _fixed(facts: Observations, token: Secret) -> Observations:
    usage = facts.usages.get(token.digest) or Usage(NOW - DAY, NOW - DAY)
    # To be told again when it ends, be it soon, is no worse fact than before, but another.
    assume(usage.effect is not Effect.NOT_REPORTED)
    return but(
        facts, usages={**facts.usages, token.digest: replace(usage, effect=Effect.UNCHANGED)}
    )


def _without_sign_in(facts: Observations, **lost: Any) -> Observations:
    creds = facts.credentials
    assume(creds.integration is not None)
    assert creds.integration is not None
    integration = replace(creds.integration, **lost)
    return but(facts, credentials=replace(creds, integration=integration))


def _failing_longer(facts: Observations, data: st.DataObject) -> Observations:
    since = (facts.renewing.since or NOW) - data.draw(strategies.spans)
    return but(facts, renewing=replace(facts.renewing, since=since))


def _more_skew(facts: Observations, data: st.DataObject) -> Observations:
    skew = facts.skew or timedelta(0)
    more = data.draw(strategies.spans)
    return but(facts, skew=skew - more if skew < timedelta(0) else skew + more)


Change = Callable[[DataSource], DataSource]


def _some_source(facts: Observations, data: st.DataObject, change: Change) -> Observations:
    """With one of the data sources changed; the same facts where there is none."""
    if not facts.sources:
        return facts
    chosen = data.draw(st.sampled_from(facts.sources))
    changed = (change(source) if source is chosen else source for source in facts.sources)
    return but(facts, sources=tuple(changed))


def _source_ends_earlier(facts: Observations, data: st.DataObject) -> Observations:
    return _some_source(
        facts,
        data,
        lambda source: replace(source, ends=_earlier(source.ends, data) if source.ends else None),
    )


def _extending_fails(facts: Observations, data: st.DataObject) -> Observations:
    source_id = data.draw(st.sampled_from(strategies.SOURCE_IDS))
    before = facts.keeping.get(source_id)
    if before is None:
        failing = ExtensionFailure(1, NOW, failure=data.draw(strategies.troubles))
    else:  # what Webex has refused is refused, whatever comes of trying again
        failing = replace(before, failures=before.failures + 1)
    return but(facts, keeping={**facts.keeping, source_id: failing})


WORSENINGS: dict[str, Worsening] = {
    "the token is gone": lambda facts, _: but(facts, token=None),
    "the token is rejected": lambda facts, _: but(facts, rejected=True),
    "the token was never confirmed": lambda facts, _: but(facts, confirmed_at=None),
    "the confirmation is older": lambda facts, data: but(
        facts, confirmed_at=_older(facts.confirmed_at, data)
    ),
    "the token ends earlier": _ends_earlier,
    "the sign-in ends earlier": _sign_in_ends_earlier,
    "the sign-in is lost": lambda facts, _: _without_sign_in(facts, refresh_token=None),
    "the integration's secret is lost": lambda facts, _: _without_sign_in(
        facts, client_secret=None
    ),
    "a rung closes": _rung_closes,
    "no renewal moves the sign-in": lambda facts, _: _fixed(facts, SIGN_IN),
    "no renewal moves the refresh token": lambda facts, _: _fixed(facts, REFRESH),
    "one more renewal failed": lambda facts, _: but(
        facts, renewing=replace(facts.renewing, failures=facts.renewing.failures + 1)
    ),
    "renewing has failed for longer": _failing_longer,
    "the store gets worse": lambda facts, data: (
        but(facts, store=data.draw(st.sampled_from(StoreState)))
        if facts.store is StoreState.DURABLE
        else facts
    ),
    "the file of secrets breaks": lambda facts, _: but(facts, store_fault="cannot be read"),
    ".env refuses": lambda facts, _: but(facts, env_fault="/x/.env cannot be written"),
    "the config breaks": lambda facts, _: but(facts, config_fault="not valid JSON"),
    "the token is of another organization": lambda facts, _: but(facts, foreign_org=True),
    "the token loses a right": lambda facts, _: but(facts, under_scoped=True),
    "the last check had no answer": lambda facts, data: but(
        facts, check_failure=data.draw(st.sampled_from(TransportFailure))
    ),
    "the clock is further off": _more_skew,
    "a data source ends earlier": _source_ends_earlier,
    "a data source is contradicted by its token": lambda facts, data: _some_source(
        facts, data, lambda source: replace(source, url="https://elsewhere.example.com")
    ),
    "a data source is not extended once more": _extending_fails,
    "nothing runs any more that renews by itself": lambda facts, _: but(facts, attended=False),
    "nothing can be put back": lambda facts, _: but(facts, can_write_back=False),
    "one more data source is there": lambda facts, data: but(
        facts, sources=(*(facts.sources or ()), data.draw(st.sampled_from([FRESH, NEAR, STOPPED])))
    ),
}


def is_exercise_due(facts: Observations) -> bool:
    """What was to be exercised may be closed, or end: then nothing is overdue any more, and the
    other rows judge by what is left."""
    return judge(facts).reason is Reason.EXERCISE_DUE


BADNESS = [Colour.GREEN, Colour.AMBER, Colour.RED]


@pytest.mark.parametrize("worsen", WORSENINGS.values(), ids=WORSENINGS)
@each
@given(facts=strategies.facts, data=st.data())
def test_a_worse_fact_never_gives_a_better_colour(
    worsen: Worsening, facts: Observations, data: st.DataObject
) -> None:
    """Monotone in every single fact; a confirmation from the future counts for none anyway."""
    assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
    assume(not is_exercise_due(facts))
    worse = worsen(facts, data)
    assert BADNESS.index(judge(worse).colour) >= BADNESS.index(judge(facts).colour)


@often
@given(strategies.facts, st.sampled_from([s for s in Availability if s is not Availability.READY]))
def test_to_have_signed_in_never_makes_it_look_worse(
    facts: Observations, refused: Availability
) -> None:
    """Nor does a refusal of what a sign-in brought make it look better."""
    hopeful = but(
        facts,
        availabilities={**facts.availabilities, RenewalMethod.MINT_CANDIDATE: Availability.READY},
    )
    worse = but(
        facts, availabilities={**facts.availabilities, RenewalMethod.MINT_CANDIDATE: refused}
    )
    assert BADNESS.index(judge(worse).colour) >= BADNESS.index(judge(hopeful).colour)


@often
@given(strategies.facts)
def test_nobody_is_said_to_be_repairing_it_when_nothing_runs(facts: Observations) -> None:
    """And what runs already is never told to the person as something to start."""
    left, kept = judge(but(facts, attended=False)), judge(but(facts, attended=True))
    assert left.reason is not Reason.RENEWING
    assert kept.reason not in (Reason.RENEWAL_DUE, Reason.EXERCISE_DUE)
    if is_dead(facts, NOW, LIMITS):
        assert left.colour is Colour.RED


@often
@given(strategies.facts, strategies.spans)
def test_time_alone_never_betters_the_colour(facts: Observations, span: timedelta) -> None:
    """While nothing new is heard, things can only look worse."""
    assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
    assume(not is_exercise_due(facts))
    later = judge(facts, NOW + span)
    assert BADNESS.index(later.colour) >= BADNESS.index(judge(facts).colour)


@given(strategies.facts, st.floats(0, 300), st.floats(0, 300), st.floats(0, 1))
def test_what_is_the_same_at_two_times_is_the_same_between_them(
    facts: Observations, before: float, span: float, share: float
) -> None:
    """A look relies on it (`Assessment.differs_from`): no condition holds for a moment only."""
    begin = NOW - timedelta(seconds=before)
    first = judge(facts, begin)
    assume(judge(facts, begin + timedelta(seconds=span)) == first)
    assert judge(facts, begin + timedelta(seconds=span * share)) == first
