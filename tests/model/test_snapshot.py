"""The snapshots that stand before the first check."""

from __future__ import annotations

from datetime import UTC, datetime

from tray_app.model.snapshot import STARTING, waiting


def test_a_profile_that_waits_says_when_its_first_check_is_due() -> None:
    due = datetime(2026, 3, 10, 12, tzinfo=UTC)
    snapshot = waiting(due)
    assert (snapshot.waits, snapshot.health.next_try_at) == (True, due)
    assert (STARTING.waits, STARTING.health.next_try_at) == (False, None)
