"""How the budget of requests changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import often
from tray_app.policy.request_budget import (
    LEAST,
    MOST,
    START,
    Budget,
    after_answer,
    after_refusal,
)


def test_it_starts_at_fifty_a_minute_ten_of_them_at_once() -> None:
    budget = Budget()
    assert (budget.per_minute, budget.at_once, budget.gap) == (50, 10, 1.5)
    assert Budget(1).at_once == 1


@given(st.floats(LEAST, MOST))
@often
def test_no_minute_has_more_than_it_says(per_minute: float) -> None:
    budget = Budget(per_minute)
    assert budget.at_once + 60 / budget.gap <= per_minute + 1e-6


def test_it_doubles_in_about_a_minute_of_use() -> None:
    budget, seconds = Budget(), 0.0
    while budget.per_minute < 2 * START:
        seconds += budget.gap
        budget = after_answer(budget)
    assert 45 < seconds < 60


def test_it_never_grows_above_what_is_documented() -> None:
    budget = Budget()
    for _ in range(1000):
        budget = after_answer(budget)
    assert budget.per_minute == MOST == 300


def test_it_halves_on_a_refusal_and_grows_slowly_near_what_was_too_much() -> None:
    budget = after_refusal(Budget(120))
    assert budget == Budget(60, 84)
    while budget.per_minute < 84:
        budget = after_answer(budget)
    minutes, seconds = 4, 0.0
    while seconds < minutes * 60:
        seconds += budget.gap
        budget = after_answer(budget)
    assert budget.per_minute == pytest.approx(84 + 2 * minutes, abs=0.5)


def test_above_the_ceiling_it_grows_by_two_in_a_minute_of_use() -> None:
    budget = Budget(100, 84)
    grown = after_answer(budget).per_minute - budget.per_minute
    assert grown * 60 / budget.gap == pytest.approx(2)


def test_it_never_falls_below_ten() -> None:
    budget = Budget()
    for _ in range(9):
        budget = after_refusal(budget)
    assert budget.per_minute == LEAST == 10
