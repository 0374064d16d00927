"""What mends a difference between `.env` and what is held, before and after Webex was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tray_app.model.credentials import Pair
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.policy.drift import (
    Drift,
    Repair,
    asks_held,
    repair_after_check,
    repair_before_check,
)

HELD = Pair(Secret("held-access"), Secret("held-refresh"))
OTHER = Pair(Secret("other-access"), Secret("other-refresh"))

SAME = Drift(HELD.access, HELD.refresh, HELD)
DRIFTED = Drift(OTHER.access, OTHER.refresh, HELD)
UNASKED = replace(DRIFTED, is_old=True, is_unasked=True, refresh_is_old=True)
ONLY_ENV = Drift(OTHER.access, OTHER.refresh, None)


@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (replace(SAME, is_old=True), Repair.NONE),
        (DRIFTED, Repair.NONE),
        (replace(DRIFTED, is_old=True), Repair.WRITE_BACK),
        (replace(DRIFTED, is_old=True, held_is_dead=True), Repair.NONE),
        (UNASKED, Repair.NONE),
        (Drift(None, None, HELD), Repair.WRITE_BACK),
        (Drift(None, OTHER.refresh, HELD), Repair.WRITE_BACK),
        (Drift(None, None, HELD, held_is_dead=True), Repair.NONE),
        (Drift(None, None, None), Repair.NONE),
        (ONLY_ENV, Repair.ADOPT),
        (replace(ONLY_ENV, is_foreign=True), Repair.NONE),
        (replace(ONLY_ENV, locked=True), Repair.NONE),
        (replace(ONLY_ENV, is_out_of_bounds=True), Repair.NONE),
    ],
)
def test_before_webex_is_asked(drift: Drift, repair: Repair) -> None:
    assert repair_before_check(drift) is repair


@pytest.mark.parametrize("verdict", [Verdict.WORKS, Verdict.UNDER_SCOPED])
@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (ONLY_ENV, Repair.NONE),
        (DRIFTED, Repair.ADOPT),
        (replace(DRIFTED, is_old=True), Repair.NONE),
        (UNASKED, Repair.WRITE_BACK),
        (replace(UNASKED, held_is_dead=True), Repair.ADOPT),
        (replace(UNASKED, held_is_dead=True, is_out_of_bounds=True), Repair.NONE),
        (replace(DRIFTED, is_foreign=True), Repair.NONE),
        (replace(DRIFTED, locked=True), Repair.NONE),
        (replace(DRIFTED, is_out_of_bounds=True), Repair.NONE),
    ],
)
def test_if_the_token_in_env_works(drift: Drift, repair: Repair, verdict: Verdict) -> None:
    assert repair_after_check(drift, verdict) is repair


@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (ONLY_ENV, Repair.NONE),
        (DRIFTED, Repair.TRY_REFRESH),
        (replace(DRIFTED, held_is_dead=True), Repair.TRY_REFRESH),
        (replace(DRIFTED, refresh_is_old=True), Repair.WRITE_BACK),
        (UNASKED, Repair.WRITE_BACK),
        (replace(DRIFTED, is_out_of_bounds=True), Repair.WRITE_BACK),
        (replace(DRIFTED, refresh=HELD.refresh), Repair.WRITE_BACK),
        (replace(DRIFTED, refresh=HELD.access), Repair.WRITE_BACK),
        (replace(DRIFTED, refresh=None), Repair.WRITE_BACK),
        (replace(DRIFTED, refresh=Secret("no bearer token")), Repair.WRITE_BACK),
        (replace(DRIFTED, is_foreign=True), Repair.WRITE_BACK),
        (replace(DRIFTED, locked=True), Repair.WRITE_BACK),
        (replace(DRIFTED, refresh=None, held_is_dead=True), Repair.NONE),
    ],
)
def test_if_the_token_in_env_is_dead(drift: Drift, repair: Repair) -> None:
    assert repair_after_check(drift, Verdict.REJECTED) is repair


@pytest.mark.parametrize("drift", [SAME, DRIFTED, ONLY_ENV, replace(DRIFTED, is_old=True)])
def test_if_webex_has_not_answered_nothing_follows(drift: Drift) -> None:
    assert repair_after_check(drift, None) is Repair.NONE


@pytest.mark.parametrize(
    ("drift", "verdict", "asks"),
    [
        (UNASKED, Verdict.WORKS, True),
        (UNASKED, Verdict.UNDER_SCOPED, True),
        (UNASKED, Verdict.REJECTED, False),
        (UNASKED, None, False),
        (DRIFTED, Verdict.WORKS, False),
        (replace(UNASKED, held_is_dead=True), Verdict.WORKS, False),
        (replace(UNASKED, held=None), Verdict.WORKS, False),
    ],
)
def test_the_held_one_is_asked_about_if_only_a_file_says_that_it_is_newer(
    drift: Drift, verdict: Verdict | None, *, asks: bool
) -> None:
    assert asks_held(drift, verdict) is asks
