"""What renews each link, when, and which one needs a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from tests.policy import strategies
from tests.policy.judging import LIMITS, judge
from tests.policy.samples import (
    DAY,
    FRESH,
    GOOD,
    NOW,
    PROVEN,
    READY,
    REFRESH,
    SIGN_IN,
    but,
    closed,
    often,
    used,
    with_life,
    without,
)
from tests.policy.situation import NO_SIGN_IN
from tray_app.model.credentials import Effect
from tray_app.model.health import LinkName, Observations, Outlook
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.policy.data_sources import due_at

RENEWAL = NOW + 10 * DAY
"""Three days before the token in `.env` expires."""
USE = NOW - DAY + timedelta(days=90) / 4
"""When a quarter of the refresh token's life is over."""
OUR_WEEK = NOW + 6 * DAY


def outlooks(facts: Observations, now: datetime = NOW) -> dict[LinkName, Outlook]:
    return {link.name: link.outlook for link in judge(facts, now).links}


def test_each_link_has_its_renewal() -> None:
    """The pair at the end of the token's life, the sign-in weekly; what was pasted has none."""
    assert outlooks(GOOD) == {
        LinkName.ACCESS: Outlook(RenewalMethod.SERVICE_REFRESH, RENEWAL),
        LinkName.REFRESH: Outlook(RenewalMethod.SERVICE_REFRESH, RENEWAL),
        LinkName.PERSONAL: Outlook(),
        LinkName.SIGN_IN: Outlook(RenewalMethod.INTEGRATION_REFRESH, OUR_WEEK),
    }


def test_an_exercise_may_come_before_the_renewal() -> None:
    life = with_life(GOOD.token or REFRESH, NOW - DAY, NOW + 60 * DAY)
    assert outlooks(but(lifespans=life))[LinkName.ACCESS].due_at == USE


def test_without_a_pasted_one_the_integration_renews_the_personal_token_when_needed() -> None:
    facts = but(credentials=without(personal_token=None))
    assert outlooks(facts)[LinkName.PERSONAL] == Outlook(RenewalMethod.INTEGRATION_REFRESH)
    dead = READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}
    assert outlooks(but(facts, availabilities=dead))[LinkName.PERSONAL] == Outlook()


def test_a_sign_in_whose_end_does_not_move_needs_you() -> None:
    """The others go on as before."""
    found = outlooks(but(usages=used(SIGN_IN, Effect.UNCHANGED)))
    assert found[LinkName.SIGN_IN] == Outlook(needs_you=True)
    assert [name for name, each in found.items() if each.needs_you] == [LinkName.SIGN_IN]


def test_a_refresh_token_whose_end_does_not_move_is_minted_anew() -> None:
    """By the first method that can; if none can, it needs you."""
    facts = but(usages=used(REFRESH, Effect.UNCHANGED))
    assert outlooks(facts)[LinkName.REFRESH].method is RenewalMethod.MINT_PASTED
    ready = READY | {RenewalMethod.MINT_PASTED: Availability.DEAD}
    assert outlooks(but(facts, availabilities=ready))[LinkName.REFRESH].method is (
        RenewalMethod.MINT_INTEGRATION
    )
    alone = closed(Availability.READY, RenewalMethod.SERVICE_REFRESH)
    facts = but(facts, credentials=NO_SIGN_IN, availabilities=alone)
    assert outlooks(facts)[LinkName.REFRESH] == Outlook(needs_you=True)


def test_if_no_method_can_act_the_token_needs_you() -> None:
    found = outlooks(but(availabilities=closed(Availability.DEAD, *PROVEN)))
    assert found[LinkName.ACCESS] == Outlook(needs_you=True)
    assert found[LinkName.SIGN_IN] == Outlook()


def test_an_unknown_expiry_has_no_date_of_renewal() -> None:
    assert outlooks(but(lifespans={}))[LinkName.ACCESS].due_at is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_data_source_needs_you_unless_it_is_kept_alive(kept: bool) -> None:
    facts = but(sources=(FRESH,), kept=frozenset({FRESH.id} if kept else ()))
    expected = Outlook(due_at=due_at(FRESH, LIMITS)) if kept else Outlook(needs_you=True)
    assert outlooks(facts)[LinkName.DATA_SOURCE] == expected


def test_a_disabled_data_source_needs_nobody() -> None:
    off = replace(FRESH, status="disabled")
    assert outlooks(but(sources=(off,)))[LinkName.DATA_SOURCE] == Outlook()


def test_an_outlook_alone_is_no_news() -> None:
    """Icon and menu do not show it, so its change alone is not published."""
    (link, *_) = judge(GOOD).links
    assert link == replace(link, outlook=Outlook(needs_you=True))


@given(strategies.facts)
@often
def test_what_needs_you_first_is_what_the_headline_names(facts: Observations) -> None:
    health = judge(facts)
    need_you = {(link.name, link.label) for link in health.links if link.outlook.needs_you}
    if health.breaks_first is not None:
        assert (health.breaks_first.link, health.breaks_first.subject) in need_you
    assert all(not link.outlook.needs_you or link.outlook.due_at is None for link in health.links)
