"""B3 with gnome-keyring: the gap between an answer and its first save, as on a desktop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.e2e.private_session import Session, private_bus, private_session, unlocked_keyring
from tests.e2e.secret_service import stored_secrets
from tests.faults.conftest import Measure
from tests.faults.crash_rig import (
    BAR,
    SCENARIOS,
    bench_of,
    faults_after,
    gaps,
    runner,
    strict_webex,
)
from tests.faults.table import rounds

__all__ = ["BAR"]

pytestmark = pytest.mark.desktop

RUNG_3 = next(scenario for scenario in SCENARIOS if scenario.name == "rung 3 and 2")


@pytest.fixture(scope="module")
def desktop() -> Iterator[Session]:
    with private_session() as session, private_bus(session), unlocked_keyring(session):
        yield session


def test_the_gap_with_gnome_keyring_is_measured(
    tmp_path: Path, desktop: Session, figure: Measure
) -> None:
    """As it is on a desktop; the read-back of the first save is included."""
    found: list[float] = []
    missed: list[str] = []
    with strict_webex() as webex, runner(desktop.environ) as run:
        bench = bench_of(tmp_path, webex, run, RUNG_3, lambda: stored_secrets(desktop))
        for _ in range(rounds(2, 20)):
            RUNG_3.prepare(bench)
            crash = bench.crash(RUNG_3.action)
            missed += faults_after(bench, RUNG_3, crash)
            found += gaps(crash.passed)
    assert missed == []
    figure("with gnome-keyring, median", median(found) * 1000, "ms")
    figure("longest", max(found) * 1000, "ms")
