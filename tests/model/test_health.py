"""The values that travel: frozen, so that nobody downstream can change a fact."""

from __future__ import annotations

import pkgutil
from dataclasses import FrozenInstanceError, is_dataclass
from enum import StrEnum
from importlib import import_module

import pytest

import tray_app.model
import tray_app.policy
import tray_app.text
from tests.policy.judging import judge
from tests.policy.samples import (
    ACCESS,
    CREDENTIALS,
    DAY,
    GOOD,
    HOUR,
    MINUTE,
    NOW,
    but,
    with_life,
)
from tray_app.model.credentials import Credentials, Effect
from tray_app.model.data_sources import Problem
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Fixer, LinkName, LinkState, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.responses import UNKNOWN_PERSON, CheckAnswer, Grant, Person, Verdict
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore, Thresholds, Timing
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest
from tray_app.model.steps import UserAction

INSIDE = [
    module.name
    for package in (tray_app.model, tray_app.policy, tray_app.text)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
]
ALSO = (
    "tray_app.desktop.notifications.content",
    "tray_app.desktop.notifications.policy",
    "tray_app.sign_in.request",
)
"""Pure modules of other packages."""

VALUES = sorted(
    {
        found
        for name in (*INSIDE, *ALSO)
        for found in vars(import_module(name)).values()
        if isinstance(found, type) and is_dataclass(found)
    },
    key=lambda found: found.__name__,
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_every_value_of_the_core_is_frozen_and_has_no_room_for_more(value: type) -> None:
    """What one thread has judged, another may show."""
    empty: object = object.__new__(value)
    with pytest.raises(FrozenInstanceError):
        vars(value)["__setattr__"](empty, next(iter(value.__annotations__)), None)
    assert not hasattr(empty, "__dict__")


def test_the_values_are_found() -> None:
    """An empty list would pass everything."""
    assert {
        "Config",
        "Observations",
        "Health",
        "Credentials",
        "Grant",
        "Thresholds",
        "Outcome",
        "Person",
    } <= {value.__name__ for value in VALUES}


def test_facts_that_nobody_has_told_are_the_harmless_ones() -> None:
    """A durable store, no fault, nothing refused, nothing known."""
    facts = Observations(credentials=CREDENTIALS, token=None, availabilities={})
    assert (facts.store, facts.store_fault, facts.sign_in_unsaved) == (
        StoreState.DURABLE,
        "",
        False,
    )
    assert (facts.env_fault, facts.config_fault) == ("", "")
    assert (facts.rejected, facts.under_scoped, facts.foreign_org) == (False, False, False)
    assert (facts.renewing.failures, facts.poll_seconds) == (0, 300)
    assert not Credentials(app=CREDENTIALS.app).locked


def test_what_webex_did_not_say_is_not_made_up() -> None:
    """Scopes that an answer left out are not known to be none; a person has no name then."""
    assert Grant(ACCESS, None, None, None).scopes is None
    assert Person(name="", email="", org_uuid="") == UNKNOWN_PERSON
    assert CheckAnswer(Verdict.WORKS).tracking_id == ""


def test_the_token_in_env_has_its_own_life() -> None:
    """Of that token, not of the one that is held; none where there is no token or no life."""
    life = GOOD.lifespans[ACCESS.digest]
    assert (GOOD.lifespan, GOOD.ends_at) == (life, life.ends)
    for facts in (but(token=None), but(token=Secret("foreign"))):
        assert facts.lifespan is None
        assert facts.ends_at is None


def test_an_end_after_which_the_token_worked_was_none() -> None:
    """At the very end it may still have been true."""
    ended = with_life(ACCESS, NOW - DAY, NOW - MINUTE)
    assert but(lifespans=ended, confirmed_at=None).ends_at == NOW - MINUTE
    assert but(lifespans=ended, confirmed_at=NOW - MINUTE).ends_at == NOW - MINUTE
    assert but(lifespans=ended, confirmed_at=NOW).ends_at is None


def test_only_where_webex_lists_none_is_the_right_to_list_data_sources_missed() -> None:
    """What it has once listed is shown, whatever the token may do now."""
    assert judge(but(under_scoped=True)).lists_no_sources is True
    assert judge(GOOD).lists_no_sources is False
    assert judge(but(under_scoped=True, sources=())).lists_no_sources is False
    assert judge(but(sources=())).lists_no_sources is False


def test_the_lines_of_the_table_and_the_pace_are_those_of_the_readme() -> None:
    """The demo passes its own; these are what a person gets."""
    assert Thresholds() == Thresholds(
        skew=MINUTE,
        clock_off=5 * MINUTE,
        failing_for=MINUTE,
        failing_times=2,
        stale_after=15 * MINUTE,
        stale_polls=3,
        renew_within=3 * DAY,
        sign_in_within=14 * DAY,
        window_share=0.25,
        longer_lead_share=0.5,
        extend_ahead=10 * MINUTE,
        source_within=45 * MINUTE,
        unattended_share=2 / 3,
        exercise_overdue=25 * HOUR,
    )
    assert Timing() == Timing(
        slice=15,
        gap=10,
        first_retry=30,
        longest_retry=300,
        longest_retry_after=3600,
        unchanged_at_most=86_400,
        code_retry=5,
        longest_code_retry=60,
    )


@pytest.mark.parametrize(
    "names",
    [
        *(RenewalMethod, Availability, SecretStore, StoreState, Colour, Shape, LinkState, Reason),
        *(
            Refusal,
            TransportFailure,
            Verdict,
            SignInResult,
            Problem,
            UserRequest,
            UserAction,
        ),
    ],
    ids=repr,
)
def test_names_that_leave_the_program_are_those_of_the_code(names: type[StrEnum]) -> None:
    """Database, log and `--json` have them in lower case, with hyphens."""
    for member in names:
        assert str(member) == member.name.lower().replace("_", "-")


def test_values_that_are_stored_stay_what_they_were() -> None:
    """Else a database of an earlier version could not be read."""
    assert [str(effect) for effect in Effect] == ["unknown", "moved", "fixed", "untold"]


def test_the_names_of_the_links_and_of_people_are_words() -> None:
    """`--json` and the menu carry them as they are."""
    assert [str(name) for name in LinkName] == [
        "service-app-token",
        "service-app-refresh-token",
        "personal-access-token",
        "integration-sign-in",
        "data-source",
    ]
    assert [str(who) for who in Fixer] == [
        "you",
        "the app's developer",
        "a Webex full admin",
        "Webex",
        "the network",
        "this program",
    ]
