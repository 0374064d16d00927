"""What mends a difference between `.env` and what is held, before and after Webex was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tray_app.model.credentials import Pair
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.policy.drift import Drift, Repair, repair_after_probe, repair_before_probe

HELD = Pair(Secret("held-access"), Secret("held-refresh"))
OTHER = Pair(Secret("other-access"), Secret("other-refresh"))

SAME = Drift(HELD.access, HELD.refresh, HELD)
DRIFTED = Drift(OTHER.access, OTHER.refresh, HELD)
ONLY_ENV = Drift(OTHER.access, OTHER.refresh, None)


@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (replace(SAME, is_old=True), Repair.NONE),
        (DRIFTED, Repair.NONE),
        (replace(DRIFTED, is_old=True), Repair.WRITE_BACK),
        (replace(DRIFTED, is_old=True, held_is_dead=True), Repair.NONE),
        (Drift(None, None, HELD), Repair.WRITE_BACK),
        (Drift(None, OTHER.refresh, HELD), Repair.WRITE_BACK),
        (Drift(None, None, HELD, held_is_dead=True), Repair.NONE),
        (Drift(None, None, None), Repair.NONE),
        (ONLY_ENV, Repair.ADOPT),
        (replace(ONLY_ENV, is_foreign=True), Repair.NONE),
        (replace(ONLY_ENV, locked=True), Repair.NONE),
        (replace(ONLY_ENV, is_strange=True), Repair.NONE),
    ],
)
def test_before_webex_is_asked(drift: Drift, repair: Repair) -> None:
    assert repair_before_probe(drift) is repair


@pytest.mark.parametrize("verdict", [Verdict.WORKS, Verdict.UNDER_SCOPED])
@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (ONLY_ENV, Repair.NONE),
        (DRIFTED, Repair.ADOPT),
        (replace(DRIFTED, is_old=True), Repair.NONE),
        (replace(DRIFTED, is_foreign=True), Repair.NONE),
        (replace(DRIFTED, locked=True), Repair.NONE),
        (replace(DRIFTED, is_strange=True), Repair.NONE),
    ],
)
def test_if_the_token_in_env_works(drift: Drift, repair: Repair, verdict: Verdict) -> None:
    assert repair_after_probe(drift, verdict) is repair


@pytest.mark.parametrize(
    ("drift", "repair"),
    [
        (SAME, Repair.NONE),
        (ONLY_ENV, Repair.NONE),
        (DRIFTED, Repair.TRY_REFRESH),
        (replace(DRIFTED, held_is_dead=True), Repair.TRY_REFRESH),
        (replace(DRIFTED, refresh_is_old=True), Repair.WRITE_BACK),
        (replace(DRIFTED, is_strange=True), Repair.WRITE_BACK),
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
    assert repair_after_probe(drift, Verdict.REJECTED) is repair


@pytest.mark.parametrize("drift", [SAME, DRIFTED, ONLY_ENV, replace(DRIFTED, is_old=True)])
def test_if_webex_has_not_answered_nothing_follows(drift: Drift) -> None:
    assert repair_after_probe(drift, None) is Repair.NONE
