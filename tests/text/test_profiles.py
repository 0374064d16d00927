"""What is said of many profiles, and which comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.signs import Colour, Shape
from tray_app.text.health import headline
from tray_app.text.profiles import (
    group_names,
    needs_a_person,
    needs_nothing,
    summary_line,
    worst_first,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GREEN = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, links=())
DEAD = Health(1, Colour.RED, Shape.CROSS, Reason.NOTHING_TO_RENEW_WITH, Fixer.YOU, links=())
FAILS = replace(DEAD, row=2, reason=Reason.RENEWAL_FAILS, who=Fixer.WEBEX)
RENEWING = Health(3, Colour.AMBER, Shape.BANG, Reason.RENEWING, Fixer.ITSELF, links=())
UNKNOWN = Health(4, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Fixer.ITSELF, links=())


def test_only_what_a_person_can_mend_needs_one() -> None:
    assert [needs_a_person(each) for each in (GREEN, DEAD, FAILS, UNKNOWN)] == [0, 1, 0, 0]
    assert not needs_a_person(replace(GREEN, who=Fixer.YOU))


@pytest.mark.parametrize("who", Fixer)
def test_whoever_mends_it_is_a_person_or_none(who: Fixer) -> None:
    """You, the developer, the admin; not Webex, the network or this program."""
    people = (Fixer.YOU, Fixer.DEVELOPER, Fixer.ADMIN)
    assert needs_a_person(replace(DEAD, who=who)) is (who in people)


def test_what_works_or_is_about_to_be_checked_needs_nothing() -> None:
    unchecked = replace(UNKNOWN, reason=Reason.CANNOT_CHECK)
    found = [needs_nothing(each) for each in (GREEN, UNKNOWN, unchecked, DEAD, RENEWING)]
    assert found == [True, True, False, False, False]


def test_the_worst_is_first_and_of_two_alike_the_one_that_needs_you() -> None:
    healths = {"b": GREEN, "A": GREEN, "u": UNKNOWN, "r": RENEWING, "f": FAILS, "z": DEAD}
    assert worst_first(healths) == ["z", "f", "r", "u", "A", "b"]
    against_the_alphabet = {"a": GREEN, "b": UNKNOWN, "c": RENEWING, "d": FAILS}
    assert worst_first(against_the_alphabet) == ["d", "c", "b", "a"]


def test_the_first_line_says_how_many_and_which_is_the_worst() -> None:
    """Those that need you; where none does, those that are not well."""
    told = {
        "All 2 work": {"a": GREEN, "b": GREEN},
        "1 of 2 work so far": {"a": GREEN},
        f"1 of 2 needs you: b: {headline(DEAD, NOON)}": {"a": FAILS, "b": DEAD},
        f"2 of 2 need you: a: {headline(DEAD, NOON)}": {"a": DEAD, "b": DEAD},
        "1 of 2 is not well: b: Checking the token": {"a": GREEN, "b": UNKNOWN},
        "2 of 2 are not well: a: Checking the token": {"a": UNKNOWN, "b": UNKNOWN},
    }
    for line, healths in told.items():
        assert summary_line(healths, 2, NOON) == line


@given(st.lists(st.text(min_size=1), unique=True), st.integers(1, 20))
def test_groups_hold_everybody_once_by_the_alphabet_and_none_too_many(
    names: list[str], most: int
) -> None:
    made = group_names(names, most)
    everybody = [name for _, part in made for name in part]
    assert everybody == sorted(names, key=str.casefold)
    sizes = [len(part) for _, part in made]
    assert all(1 <= size <= most for size in sizes)
    assert len(sizes) == -(-len(names) // most)
    assert not sizes or max(sizes) - min(sizes) <= 1


def test_a_group_is_called_by_its_first_and_its_last() -> None:
    assert [title for title, _ in group_names(["c", "A", "b"], 2)] == ["A", "b … c"]
    assert group_names(["c", "A", "b"], 3) == [("A … c", ["A", "b", "c"])]
    assert group_names([], 3) == []
