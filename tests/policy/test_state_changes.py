"""Which changes are told, and that each is told once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.judging import judge
from tests.policy.samples import GOOD, STOPPED, often
from tests.policy.strategies import facts
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Observations, Reason
from tray_app.model.renewal import Renewing
from tray_app.model.signs import Colour
from tray_app.model.state_change import StateChange, ToldState
from tray_app.policy.state_changes import changes, state_after

FINE = judge(GOOD)
TOLD = ToldState(token="one")
BETTER, WORSE, NEEDED = StateChange.BETTER, StateChange.WORSE, StateChange.PERSON_NEEDED
RENEWED, FAILED = StateChange.RENEWED, StateChange.RENEWAL_FAILED
SIGN_IN = replace(FINE, colour=Colour.AMBER, reason=Reason.SIGN_IN_DUE, who=Fixer.YOU)
ENDED = replace(SIGN_IN, colour=Colour.RED, reason=Reason.SIGN_IN_ENDED)
NO_ANSWER = replace(FINE, colour=Colour.AMBER, reason=Reason.STALE, who=Fixer.WEBEX)
ASLEEP = replace(NO_ANSWER, who=Fixer.YOU)
RENEWING = replace(FINE, colour=Colour.AMBER, reason=Reason.RENEWING, who=Fixer.ITSELF)
FAILS = replace(
    FINE,
    colour=Colour.RED,
    reason=Reason.RENEWAL_FAILS,
    who=Fixer.WEBEX,
    renewing=Renewing(1, None, None),
)


def told(*seen: Health | tuple[Health, str], first: ToldState = TOLD) -> list[StateChange]:
    """What is told of these, one after the other; a token beside one has come with it."""
    found: list[StateChange] = []
    state = first
    for each in seen:
        health, token = each if isinstance(each, tuple) else (each, state.token)
        dead = health.reason in (Reason.RENEWING, Reason.RENEWAL_FAILS, Reason.SIGN_IN_ENDED)
        after = state_after(state, health, token, works=not dead, renewing=dead)
        found += changes(state, after)
        state = after
    return found


def test_what_stays_as_it_is_is_not_told() -> None:
    assert told(FINE, FINE) == []
    assert told(SIGN_IN, SIGN_IN, SIGN_IN) == [WORSE, NEEDED]


def test_each_change_is_told_once() -> None:
    assert told(SIGN_IN, ENDED, ENDED, FINE) == [WORSE, NEEDED, WORSE, NEEDED, BETTER]


@pytest.mark.parametrize("first", [FINE, SIGN_IN, ENDED])
def test_the_first_state_is_told_unless_it_is_fine(first: Health) -> None:
    assert (told(first, first=ToldState()) == []) == (first is FINE)


def test_a_renewal_under_way_is_not_told_but_its_outcome_is() -> None:
    assert told(RENEWING, (FINE, "two")) == [RENEWED]
    assert told(RENEWING, FAILS) == [FAILED, WORSE]


def test_a_restart_in_the_middle_of_failures_tells_nothing_again() -> None:
    """The count of failures lasts as long as a process."""
    assert told(FAILS, RENEWING, FAILS, (FINE, "two"), FAILS) == [
        *(FAILED, WORSE),
        *(RENEWED, BETTER),
        *(FAILED, WORSE),
    ]


def test_an_outage_does_not_end_the_need_for_a_person() -> None:
    assert told(SIGN_IN, NO_ANSWER, SIGN_IN, FINE, SIGN_IN) == [
        *(WORSE, NEEDED),
        BETTER,
        *(WORSE, NEEDED),
    ]


def test_without_an_answer_nothing_is_better() -> None:
    """A new process does not know what the one before has seen."""
    unanswered = replace(FINE, unanswered=TransportFailure.SERVER_ERROR)
    assert told(SIGN_IN, unanswered, SIGN_IN, unanswered, FINE) == [WORSE, NEEDED, BETTER]
    worse = replace(ENDED, unanswered=TransportFailure.SERVER_ERROR)
    assert told(worse) == [WORSE, NEEDED]
    as_bad = replace(worse, colour=Colour.AMBER)
    assert told(SIGN_IN, as_bad) == [WORSE, NEEDED, NEEDED]


@pytest.mark.parametrize("health", [NO_ANSWER, ASLEEP])
def test_without_an_answer_nobody_is_needed(health: Health) -> None:
    assert told(health) == [WORSE]


def test_another_data_source_needs_a_person_again() -> None:
    one = judge(replace(GOOD, sources=(STOPPED,), kept=frozenset({STOPPED.id})))
    assert one.problem is not None
    watched = replace(one.problem.watched, source=replace(STOPPED, id="another"))
    other = replace(one, problem=replace(one.problem, watched=watched))
    assert told(one, one, other) == [WORSE, NEEDED, NEEDED]
    for health, need in ((one, f"{one.reason} {STOPPED.id}"), (SIGN_IN, Reason.SIGN_IN_DUE)):
        assert state_after(TOLD, health, "one", works=True, renewing=False).need == need


def test_a_token_that_is_not_known_to_work_is_no_renewal() -> None:
    assert told((RENEWING, "odd"), (FINE, "one")) == []
    assert told((FINE, "first"), first=ToldState()) == []


@given(st.lists(facts, max_size=6))
@often
def test_whatever_happens_repeating_it_tells_nothing(seen: list[Observations]) -> None:
    """Colours are told as they follow each other, and never one twice."""
    state, colour = TOLD, Colour.GREEN
    for each in seen:
        health = judge(each)
        state_then = state
        state = state_after(state, health, "x", works=each.rejected, renewing=False)
        assert state_after(state, health, "x", works=each.rejected, renewing=False) == state
        found = changes(state_then, state)
        assert not {WORSE, BETTER} <= set(found)
        assert ({WORSE, BETTER} & set(found) != set()) == (state.colour is not colour)
        colour = state.colour
