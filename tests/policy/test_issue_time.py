"""When a pair was issued, what it has replaced, and whether a token may be newer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import NOW
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.policy.issue_time import (
    MAX_REPLACED,
    Age,
    Found,
    Issue,
    age_of,
    issue_of,
    mark,
    succeeding,
)

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
BEFORE, ISSUED = NOW - 2 * HOUR, NOW - HOUR


def pair(name: str, refresh: str | None = None) -> Pair:
    return Pair(Secret(f"{name}-access"), Secret(refresh or f"{name}-refresh"))


FIRST, SECOND_ONE, THIRD = pair("first"), pair("second"), pair("third")


def refusals(*pairs: Pair) -> tuple[str, ...]:
    return tuple(mark(t) for each in pairs for t in (each.access, each.refresh) if t is not None)


@pytest.mark.parametrize(
    ("found", "age"),
    [
        (Found(), Age.UNKNOWN),
        (Found(is_replaced=True), Age.OLDER),
        (Found(is_replaced=True, issued_at=NOW, file_changed_at=NOW), Age.OLDER),
        (Found(file_changed_at=BEFORE), Age.OLDER_FILE),
        (Found(file_changed_at=ISSUED), Age.UNKNOWN),
        (Found(file_changed_at=ISSUED - timedelta(microseconds=1)), Age.OLDER_FILE),
        (Found(file_changed_at=NOW), Age.UNKNOWN),
        (Found(issued_at=BEFORE, file_changed_at=NOW), Age.OLDER),
        (Found(issued_at=NOW, file_changed_at=BEFORE), Age.UNKNOWN),
        (Found(issued_at=NOW), Age.UNKNOWN),
        (Found(issued_at=ISSUED - 6 * SECOND), Age.OLDER),
        (Found(issued_at=ISSUED + 6 * SECOND, file_changed_at=BEFORE), Age.UNKNOWN),
        (Found(used_at=BEFORE, file_changed_at=BEFORE), Age.OLDER),
        (Found(used_at=ISSUED, file_changed_at=BEFORE), Age.OLDER_FILE),
        (Found(issued_at=NOW, used_at=BEFORE), Age.UNKNOWN),
        # so close that rounding may have made it: the file's time decides
        (Found(issued_at=ISSUED - 5 * SECOND), Age.UNKNOWN),
        (Found(issued_at=ISSUED + 5 * SECOND, file_changed_at=BEFORE), Age.OLDER_FILE),
        (Found(issued_at=ISSUED - 5 * SECOND, file_changed_at=NOW), Age.UNKNOWN),
    ],
)
def test_what_is_known_to_be_older_is_not_newer(found: Found, age: Age) -> None:
    assert age_of(found, ISSUED, NOW) is age


@pytest.mark.parametrize("not_before", [None, NOW + SECOND])
def test_if_the_age_of_the_held_one_is_unknown_anything_may_be_newer(
    not_before: datetime | None,
) -> None:
    """Unknown, or in the future: the clock was wrong then."""
    found = Found(issued_at=BEFORE, used_at=BEFORE, file_changed_at=BEFORE)
    assert age_of(found, not_before, NOW) is Age.UNKNOWN
    assert age_of(Found(is_replaced=True), not_before, NOW) is Age.OLDER


def first_of(first: Pair, issued_at: datetime) -> Issue:
    return Issue(refusals(first), issued_at)


def test_a_renewal_replaces_both_tokens_and_remembers_those_before() -> None:
    second = succeeding(first_of(FIRST, BEFORE), FIRST, SECOND_ONE, ISSUED)
    assert second == Issue(refusals(SECOND_ONE), ISSUED, None, refusals(FIRST))
    third = succeeding(second, SECOND_ONE, THIRD, NOW)
    assert third == Issue(refusals(THIRD), NOW, None, refusals(SECOND_ONE, FIRST))
    assert third.has_replaced(FIRST.access)
    assert not third.has_replaced(THIRD.access)


def test_a_refresh_token_that_stays_is_not_replaced() -> None:
    new = pair("second", refresh="first-refresh")
    assert succeeding(first_of(FIRST, BEFORE), FIRST, new, ISSUED).replaced == (mark(FIRST.access),)


def test_a_pair_that_somebody_else_renewed_is_not_older_than_the_one_before_it() -> None:
    issue = succeeding(first_of(FIRST, BEFORE), FIRST, SECOND_ONE, None)
    assert (issue.issued_at, issue.not_before) == (None, BEFORE)
    once_more = succeeding(issue, SECOND_ONE, THIRD, None)
    assert once_more.not_before == BEFORE


def test_what_was_saved_of_the_held_pair_holds_as_long_as_its_access_token_is_held() -> None:
    """Its refresh token may be another one that is being tried."""
    issue = first_of(FIRST, ISSUED)
    assert issue_of(FIRST, issue) is issue
    assert issue_of(Pair(FIRST.access, Secret("tried")), issue) is issue


def test_what_was_saved_of_another_pair_tells_that_it_has_been_replaced() -> None:
    """A crash between both entries, or an earlier version of the program."""
    issue = issue_of(SECOND_ONE, succeeding(first_of(THIRD, BEFORE), THIRD, FIRST, ISSUED))
    assert issue == Issue(refusals(SECOND_ONE), None, ISSUED, refusals(FIRST, THIRD))


def test_if_nothing_was_saved_nothing_is_known() -> None:
    assert issue_of(FIRST, Issue()) == Issue(refusals(FIRST))
    assert issue_of(Pair(FIRST.access, None), Issue()) == Issue((mark(FIRST.access),))


@given(st.lists(st.sampled_from([pair(letter) for letter in "abcdefghijklmno"]), min_size=1))
def test_it_stays_short_and_never_names_what_is_held(pairs: list[Pair]) -> None:
    held, issue = pairs[0], first_of(pairs[0], ISSUED)
    for new in pairs[1:]:
        held, issue = new, succeeding(issue, held, new, ISSUED)
    assert len(issue.replaced) <= MAX_REPLACED
    assert not set(issue.replaced) & set(issue.of)
    assert issue.of == refusals(held)


def test_a_mark_is_as_long_as_those_that_are_stored() -> None:
    assert mark(FIRST.access) == FIRST.access.digest[:16]
