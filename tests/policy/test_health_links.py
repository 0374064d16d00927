"""The chain of tokens as the menu lists it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.policy.judging import LIMITS
from tests.policy.samples import (
    ACCESS,
    CREDENTIALS,
    DAY,
    GOOD,
    MINUTE,
    NOW,
    PASTED,
    PERSONAL,
    READY,
    REFRESH,
    SIGN_IN,
    SIGNED_IN,
    TICK,
    but,
    closed,
    lacking,
    used,
    with_life,
    without,
)
from tests.policy.situation import NO_SIGN_IN
from tray_app.model.credentials import Effect
from tray_app.model.health import Link, LinkName, LinkState, Observations
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.policy.data_sources import watch
from tray_app.policy.health_links import links


def chain(facts: Observations, *, dead: bool = False) -> dict[LinkName, Link]:
    return {link.name: link for link in links(facts, watch(facts, NOW, LIMITS), NOW, dead=dead)}


def test_the_chain_goes_from_env_down_to_what_a_person_signs() -> None:
    """Four links, each with its end and its fingerprint."""
    ends = {digest: life.ends for digest, life in GOOD.lifespans.items()}
    facts = but(availabilities=READY | {RenewalMethod.MINT_PASTED: Availability.DEAD})
    assert links(facts, None, NOW, dead=False) == (
        Link(LinkName.ACCESS, LinkState.WORKS, ends[ACCESS.digest], ACCESS.fingerprint),
        Link(LinkName.REFRESH, LinkState.PRESENT, ends[REFRESH.digest], REFRESH.fingerprint),
        Link(LinkName.PERSONAL, LinkState.PRESENT, ends[PERSONAL.digest], PERSONAL.fingerprint),
        Link(LinkName.SIGN_IN, LinkState.PRESENT, ends[SIGN_IN.digest], SIGN_IN.fingerprint),
    )


@pytest.mark.parametrize("availability", Availability)
def test_what_a_sign_in_brought_is_no_link_before_it_has_proven_itself(
    availability: Availability,
) -> None:
    """The chain lists what keeps the token alive, not what may."""
    availabilities = READY | {RenewalMethod.MINT_CANDIDATE: availability}
    assert chain(but(credentials=SIGNED_IN, availabilities=availabilities)) == chain(GOOD)


def test_without_an_integration_no_sign_in_is_listed() -> None:
    """What nobody configured is not missing."""
    assert LinkName.SIGN_IN not in chain(but(credentials=NO_SIGN_IN))


@pytest.mark.parametrize(
    ("changes", "dead", "state"),
    [
        ({"token": None}, True, LinkState.MISSING),
        ({"rejected": True}, True, LinkState.REJECTED),
        ({}, True, LinkState.EXPIRED),
        ({"confirmed_at": None}, False, LinkState.PRESENT),
        ({"under_scoped": True}, False, LinkState.UNDER_SCOPED),
        ({}, False, LinkState.WORKS),
    ],
)
def test_the_token_of_env_says_what_the_probe_said(
    changes: dict[str, Any], dead: bool, state: LinkState
) -> None:
    """A locked keyring hides nothing of it: it stands in the file."""
    locked = replace(CREDENTIALS, locked=True)
    for facts in (but(**changes), but(credentials=locked, **changes)):
        assert chain(facts, dead=dead)[LinkName.ACCESS].state is state


def test_a_token_that_outlived_its_end_has_none() -> None:
    """`works until` a time that has passed would be nonsense."""
    ended = with_life(ACCESS, NOW - DAY, NOW - 3 * MINUTE)
    assert chain(but(lifespans=ended))[LinkName.ACCESS].expires_at is None


@pytest.mark.parametrize("name", [LinkName.REFRESH, LinkName.PERSONAL, LinkName.SIGN_IN])
@pytest.mark.parametrize(
    ("availability", "state"),
    [
        (Availability.READY, LinkState.PRESENT),
        (Availability.MISSING, LinkState.PRESENT),
        (Availability.TRIED, LinkState.PRESENT),
        (Availability.DEAD, LinkState.REJECTED),
        (Availability.FORBIDDEN, LinkState.FORBIDDEN),
        (Availability.WRONG_CLIENT, LinkState.WRONG_CLIENT),
        (Availability.BAD_REQUEST, LinkState.WRONG_CLIENT),
    ],
)
def test_a_link_says_what_its_rung_was_told(
    name: LinkName, availability: Availability, state: LinkState
) -> None:
    """It is present whenever it is held, even where something else is missing for the rung."""
    assert chain(but(availabilities=closed(availability)))[name].state is state


def test_in_a_locked_keyring_nothing_more_is_known() -> None:
    """Neither present nor missing, and no fingerprint."""
    found = chain(but(credentials=replace(CREDENTIALS, locked=True)))
    for name in (LinkName.REFRESH, LinkName.PERSONAL, LinkName.SIGN_IN):
        assert found[name] == Link(name, LinkState.LOCKED)


def test_a_sign_in_that_is_in_memory_only_is_not_called_available() -> None:
    assert chain(but(sign_in_unsaved=True))[LinkName.SIGN_IN].state is LinkState.UNSAVED
    assert chain(but(sign_in_unsaved=True))[LinkName.REFRESH].state is LinkState.PRESENT
    dead = closed(Availability.DEAD, RenewalMethod.INTEGRATION_REFRESH)
    refused = but(sign_in_unsaved=True, availabilities=dead)
    assert chain(refused)[LinkName.SIGN_IN].state is LinkState.REJECTED


def test_what_is_not_held_is_missing() -> None:
    """Whatever its rung is said to be."""
    creds = replace(
        lacking(refresh_token=None), pair=None, personal_token=None, integration_access=None
    )
    found = chain(but(credentials=creds))
    for name in (LinkName.REFRESH, LinkName.PERSONAL, LinkName.SIGN_IN):
        assert found[name] == Link(name, LinkState.MISSING)


@pytest.mark.parametrize(
    ("name", "token"),
    [(LinkName.REFRESH, REFRESH), (LinkName.PERSONAL, PERSONAL), (LinkName.SIGN_IN, SIGN_IN)],
)
def test_a_token_past_its_end_has_expired_but_a_refusal_says_more(
    name: LinkName, token: Any
) -> None:
    """Right at its end, and not a tick before. What renews itself on demand has not expired."""
    creds = without(personal_token=None)

    def state(
        left: Any, availability: Availability, renews: Availability = Availability.READY
    ) -> LinkState:
        lives = with_life(token, NOW - DAY, NOW + left)
        availabilities = dict.fromkeys(RenewalMethod, availability) | {
            RenewalMethod.INTEGRATION_REFRESH: renews
        }
        return chain(but(credentials=creds, lifespans=lives, availabilities=availabilities))[
            name
        ].state

    ended = LinkState.ON_DEMAND if name is LinkName.PERSONAL else LinkState.EXPIRED
    assert state(TICK, Availability.READY) is LinkState.PRESENT
    assert state(0 * TICK, Availability.READY) is ended
    assert state(0 * TICK, Availability.DEAD, Availability.DEAD) is LinkState.REJECTED


def test_a_personal_token_that_nothing_renews_has_expired() -> None:
    """A pasted one never renews itself; the integration's does not once the sign-in has ended."""

    def state(method: RenewalMethod, renews: Availability) -> LinkState:
        token = PASTED if method is RenewalMethod.MINT_PASTED else PERSONAL
        lives = with_life(token, NOW - DAY, NOW)
        availabilities = closed(Availability.READY, method) | {
            RenewalMethod.INTEGRATION_REFRESH: renews
        }
        return chain(but(lifespans=lives, availabilities=availabilities))[LinkName.PERSONAL].state

    assert state(RenewalMethod.MINT_PASTED, Availability.READY) is LinkState.EXPIRED
    assert state(RenewalMethod.MINT_INTEGRATION, Availability.DEAD) is LinkState.EXPIRED
    assert state(RenewalMethod.MINT_INTEGRATION, Availability.READY) is LinkState.ON_DEMAND


@pytest.mark.parametrize("effect", Effect)
def test_an_end_that_a_later_renewal_did_not_tell_is_not_known(effect: Effect) -> None:
    """Neither that it has moved nor that it stands."""
    lives = with_life(SIGN_IN, NOW - 90 * DAY, NOW - DAY)
    found = chain(but(lifespans=lives, usages=used(SIGN_IN, effect)))[LinkName.SIGN_IN]
    told = effect is not Effect.NOT_REPORTED
    assert found.state is (LinkState.EXPIRED if told else LinkState.PRESENT)
    assert (found.expires_at is not None) is told


@pytest.mark.parametrize(
    ("pasted", "renewed", "shown"),
    [
        (Availability.READY, Availability.READY, PASTED),
        (Availability.DEAD, Availability.READY, PERSONAL),
        (Availability.READY, Availability.DEAD, PASTED),
        (Availability.DEAD, Availability.DEAD, PERSONAL),
    ],
)
def test_the_personal_token_shown_is_the_one_that_rung_2_would_use(
    pasted: Availability, renewed: Availability, shown: Any
) -> None:
    """Pasted before the integration's; where neither is ready, the one that renews itself."""
    availabilities = {RenewalMethod.MINT_PASTED: pasted, RenewalMethod.MINT_INTEGRATION: renewed}
    assert (
        chain(but(availabilities=availabilities))[LinkName.PERSONAL].fingerprint
        == shown.fingerprint
    )


def test_a_pasted_token_alone_is_shown_whatever_its_standing() -> None:
    """Rejected is better news than none."""
    facts = but(credentials=NO_SIGN_IN, availabilities=closed(Availability.DEAD))
    assert chain(facts)[LinkName.PERSONAL].state is LinkState.REJECTED


def test_an_end_that_nobody_told_is_not_known() -> None:
    """No life, no guess."""
    found = chain(but(lifespans={}))
    assert {link.expires_at for link in found.values()} == {None}
    assert found[LinkName.REFRESH].state is LinkState.PRESENT
