"""What breaks first, of all that no machine will move."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.judging import LIMITS, judge
from tests.policy.samples import (
    DAY,
    FRESH,
    GOOD,
    NEAR,
    NOW,
    PASTED,
    READY,
    REFRESH,
    SIGN_IN,
    SIGNED_IN,
    STOPPED,
    TICK,
    but,
    closed,
    often,
    used,
    with_life,
)
from tests.policy.situation import DEAD, NO_SIGN_IN
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.data_sources import ExtensionFailure
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import ExpectedFailure, LinkName, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.signs import Colour
from tray_app.policy.data_sources import watch
from tray_app.policy.forecast import breaks_first, last_refresh

ONLY_RUNG_1 = but(
    credentials=NO_SIGN_IN, availabilities=closed(Availability.READY, RenewalMethod.SERVICE_REFRESH)
)
ENDS = NOW + 89 * DAY


def first(facts: Observations) -> ExpectedFailure | None:
    return breaks_first(facts, watch(facts, NOW, LIMITS), NOW)


def test_what_renews_itself_does_not_break() -> None:
    """However soon it ends."""
    assert first(GOOD) is None
    assert first(but(lifespans=with_life(SIGN_IN, NOW - DAY, NOW + DAY))) is None
    assert first(ONLY_RUNG_1) is None


@pytest.mark.parametrize("effect", Effect)
def test_a_sign_in_breaks_as_soon_as_it_is_known_that_no_renewal_moves_its_end(
    effect: Effect,
) -> None:
    """Months ahead; and not while that is not known."""
    found = first(but(usages=used(SIGN_IN, effect)))
    assert found == (
        ExpectedFailure(LinkName.SIGN_IN, ENDS) if effect is Effect.UNCHANGED else None
    )


def test_a_sign_in_that_was_just_renewed_by_a_person_is_not_asked_for() -> None:
    """Nor one that is refused already: that is wrong now, and said so."""
    fixed = used(SIGN_IN, Effect.UNCHANGED)
    anew = but(
        credentials=SIGNED_IN,
        availabilities=READY | {RenewalMethod.MINT_CANDIDATE: Availability.READY},
        usages=fixed,
    )
    assert first(anew) is None
    refused = but(
        availabilities=READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}, usages=fixed
    )
    assert first(refused) is None


def test_a_token_that_no_rung_can_renew_breaks_at_its_end() -> None:
    """Or nobody knows when."""
    stuck = but(availabilities=closed(Availability.MISSING))
    assert first(stuck) == ExpectedFailure(LinkName.ACCESS, NOW + 13 * DAY)
    assert first(but(stuck, lifespans={})) == ExpectedFailure(LinkName.ACCESS, None)
    assert first(but(stuck, token=None)) is None


@pytest.mark.parametrize("effect", Effect)
def test_a_refresh_token_that_nothing_extends_breaks_where_nothing_mints(effect: Effect) -> None:
    """Where something mints, a fresh pair takes its place in time."""
    fixed = used(REFRESH, effect)
    found = first(but(ONLY_RUNG_1, usages=fixed))
    assert found == (
        ExpectedFailure(LinkName.REFRESH, ENDS) if effect is Effect.UNCHANGED else None
    )
    assert first(but(usages=fixed)) is None
    life = last_refresh(but(ONLY_RUNG_1, usages=fixed), NOW)
    assert life == (GOOD.lifespans[REFRESH.digest] if found else None)


@pytest.mark.parametrize(
    ("availabilities", "effect", "counts"),
    [
        # rung 1 lasts
        (
            closed(Availability.READY, RenewalMethod.MINT_PASTED, RenewalMethod.SERVICE_REFRESH),
            Effect.EXTENDED,
            False,
        ),
        # the sign-in takes over
        (
            closed(
                Availability.READY, RenewalMethod.MINT_PASTED, RenewalMethod.INTEGRATION_REFRESH
            ),
            Effect.UNCHANGED,
            False,
        ),
        # rung 1 ends for good
        (
            closed(Availability.READY, RenewalMethod.MINT_PASTED, RenewalMethod.SERVICE_REFRESH),
            Effect.UNCHANGED,
            True,
        ),
        # there is nothing else
        (closed(Availability.READY, RenewalMethod.MINT_PASTED), Effect.UNKNOWN, True),
    ],
)
def test_a_pasted_token_counts_where_all_hangs_on_it(
    availabilities: dict[RenewalMethod, Availability], effect: Effect, counts: bool
) -> None:
    """It renews itself by nothing; when it ends is mostly not told."""
    facts = but(credentials=NO_SIGN_IN, availabilities=availabilities, usages=used(REFRESH, effect))
    assert first(facts) == (ExpectedFailure(LinkName.PERSONAL, None) if counts else None)
    told = but(facts, lifespans=with_life(PASTED, NOW - DAY, NOW + DAY))
    assert first(told) == (ExpectedFailure(LinkName.PERSONAL, NOW + DAY) if counts else None)


def test_the_earliest_is_first_and_what_has_no_date_comes_last() -> None:
    """Known trouble before trouble that may never come."""
    facts = but(
        availabilities=closed(
            Availability.READY, RenewalMethod.MINT_PASTED, RenewalMethod.SERVICE_REFRESH
        ),
        usages=used(REFRESH, Effect.UNCHANGED),
        credentials=NO_SIGN_IN,
        lifespans=with_life(PASTED, NOW - DAY, NOW),
    )
    assert first(facts) == ExpectedFailure(LinkName.REFRESH, ENDS)
    soon = but(facts, lifespans=with_life(PASTED, NOW - DAY, NOW + TICK))
    assert first(soon) == ExpectedFailure(LinkName.PERSONAL, NOW + TICK)
    stuck = but(availabilities=closed(Availability.MISSING), lifespans={}, sources=(FRESH,))
    assert first(stuck) == ExpectedFailure(LinkName.DATA_SOURCE, FRESH.ends, FRESH.name)


@pytest.mark.parametrize("left", [timedelta(0), -DAY])
def test_what_has_broken_is_no_forecast(left: timedelta) -> None:
    """The colour says it."""
    lives = with_life(SIGN_IN, NOW - 90 * DAY, NOW + left)
    facts = but(lifespans=lives, usages=used(SIGN_IN, Effect.UNCHANGED))
    assert first(facts) is None
    assert judge(facts).reason is Reason.SIGN_IN_ENDED


def test_health_carries_it_while_the_token_lives() -> None:
    """Of a dead token nothing more is foretold."""
    fixed = used(SIGN_IN, Effect.UNCHANGED)
    assert judge(but(usages=fixed)).breaks_first == ExpectedFailure(LinkName.SIGN_IN, ENDS)
    assert judge(but(usages=fixed)).colour is Colour.GREEN
    assert judge(but(DEAD, usages=fixed)).breaks_first is None


@pytest.mark.parametrize(
    ("left", "row"), [(14 * DAY + TICK, 11), (14 * DAY, 8), (TICK, 8), (timedelta(0), 8)]
)
def test_the_last_refresh_token_is_amber_ahead_of_its_end(left: timedelta, row: int) -> None:
    """14 days, like a sign-in; and not better when that has come."""
    lives = with_life(REFRESH, NOW - 70 * DAY, NOW + left)
    health = judge(but(ONLY_RUNG_1, lifespans=lives, usages=used(REFRESH, Effect.UNCHANGED)))
    assert health.row == row
    if row == 8:
        assert (health.reason, health.due_at) == (Reason.REFRESH_DUE, NOW + left)


@pytest.mark.parametrize("availability", [s for s in Availability if s is not Availability.READY])
def test_a_refresh_token_that_is_no_use_any_more_is_not_due(availability: Availability) -> None:
    """What it lacks is said instead."""
    availabilities = closed(availability, RenewalMethod.SERVICE_REFRESH)
    facts = but(availabilities=availabilities, usages=used(REFRESH, Effect.UNCHANGED))
    assert last_refresh(facts, NOW) is None


def test_a_data_source_breaks_when_nobody_keeps_it_alive() -> None:
    """By the name that the menu gives it; the first to end of several, and of all links."""
    calls = replace(NEAR, id="calls-0123-4567", url="https://byods.example.com/calls")
    both = but(sources=(FRESH, calls))
    assert first(both) == ExpectedFailure(LinkName.DATA_SOURCE, calls.ends, calls.name)
    kept = but(both, kept=frozenset({calls.id}))
    assert first(kept) == ExpectedFailure(LinkName.DATA_SOURCE, FRESH.ends, FRESH.name)
    assert first(but(kept, kept=frozenset({calls.id, FRESH.id}))) is None
    assert first(but(both, usages=used(SIGN_IN, Effect.UNCHANGED))) == first(both)


def test_one_whose_keeping_alive_is_refused_breaks_too() -> None:
    """One that got no answer may yet be extended in time."""
    kept = but(sources=(FRESH,), kept=frozenset({FRESH.id}))
    refused = {FRESH.id: ExtensionFailure(1, NOW, refusal=Refusal.BAD_REQUEST)}
    assert first(but(kept, keeping=refused)) == ExpectedFailure(
        LinkName.DATA_SOURCE, FRESH.ends, FRESH.name
    )
    unanswered = {FRESH.id: ExtensionFailure(1, NOW, failure=TransportFailure.DNS)}
    assert first(but(kept, keeping=unanswered)) is None


def test_one_that_is_disabled_ended_or_of_unknown_end_is_no_forecast() -> None:
    """Of what is over the colour speaks, of what nobody tells nobody knows."""
    disabled = replace(NEAR, status="disabled")
    for source in (disabled, STOPPED, replace(FRESH, ends=None)):
        assert first(but(sources=(source,))) is None


# --- whatever the facts ---------------------------------------------------------------------------


@often
@given(strategies.facts)
def test_a_forecast_lies_ahead_and_is_always_the_same(facts: Observations) -> None:
    """Total and deterministic."""
    found = first(facts)
    assert found == first(facts)
    assert found is None or found.at is None or found.at > NOW


@often
@given(strategies.facts, strategies.spans, strategies.spans)
def test_a_sign_in_that_ends_earlier_is_never_foretold_later(
    facts: Observations, left: timedelta, less: timedelta
) -> None:
    """Monotone: a worse fact moves the forecast towards now."""
    assume(less < left)
    fixed = {**facts.usages, SIGN_IN.digest: Usage(NOW, NOW, Effect.UNCHANGED)}

    def foretold(span: timedelta) -> datetime:
        lives = {**facts.lifespans, SIGN_IN.digest: Lifespan(NOW - DAY, NOW + span)}
        found = first(but(facts, lifespans=lives, usages=fixed))
        return found.at if found and found.at else NOW + 10_000 * DAY

    assert foretold(left - less) <= foretold(left)


@often
@given(strategies.facts, st.sampled_from([SIGN_IN, REFRESH]))
def test_to_learn_that_an_end_moves_takes_no_hope_away(facts: Observations, token: object) -> None:
    """A renewal that moves a sign-in or a refresh token puts no break before those there were."""
    assert token in (SIGN_IN, REFRESH)
    digest = SIGN_IN.digest if token is SIGN_IN else REFRESH.digest

    def foretold(effect: Effect) -> datetime:
        usages = {**facts.usages, digest: Usage(NOW, NOW, effect)}
        found = first(but(facts, usages=usages))
        return found.at if found and found.at else NOW + 10_000 * DAY

    assert foretold(Effect.UNCHANGED) <= foretold(Effect.EXTENDED)
