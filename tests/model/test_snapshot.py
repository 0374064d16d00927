"""The snapshots that stand before the first check."""

from __future__ import annotations

from datetime import UTC, datetime

from tray_app.model.health import Fixer, Reason
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import FAILED, STARTING, Activity, Snapshot, waiting


def test_until_the_first_check_ends_nothing_is_claimed() -> None:
    health = STARTING.health
    assert (health.row, health.colour, health.shape) == (5, Colour.AMBER, Shape.QUERY)
    assert (health.reason, health.who) == (Reason.CHECKING, Fixer.ITSELF)
    assert STARTING.activity is Activity.CHECKING
    assert Snapshot(health).activity is Activity.NOTHING


def test_a_fault_of_the_program_is_red_and_its_developer_s() -> None:
    health = FAILED.health
    assert (health.row, health.colour, health.shape) == (1, Colour.RED, Shape.CROSS)
    assert (health.reason, health.who) == (Reason.OWN_FAULT, Fixer.DEVELOPER)


def test_a_profile_that_waits_says_when_its_first_check_is_due() -> None:
    due = datetime(2026, 3, 10, 12, tzinfo=UTC)
    snapshot = waiting(due)
    assert (snapshot.waits, snapshot.health.next_try_at) == (True, due)
    assert (STARTING.waits, STARTING.health.next_try_at) == (False, None)
