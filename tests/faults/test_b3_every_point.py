"""B3: killed before and after each thing that outlives the program; a restart sets it right."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

import pytest

from tests.faults.conftest import Measure
from tests.faults.crash_points import KEPT
from tests.faults.crash_rig import (
    BAR,
    KILLED,
    SCENARIOS,
    Bench,
    Runner,
    Scenario,
    bench_of,
    faults_after,
    gaps,
    runner,
    strict_webex,
)
from tests.faults.table import rounds

__all__ = ["BAR"]

_IS_LONG = rounds(0, 1) == 1
_TELLING = (KEPT, "keyring deleted", "half written", "after swap", "after place")
"""Where the short run kills: right after, or within, what a restart finds in keyring or file."""

_points = 0


@pytest.fixture(scope="module")
def run() -> Iterator[Runner]:
    with runner() as made:
        yield made


def telling(bench: Bench, scenario: Scenario) -> list[int]:
    """The numbers of the telling points, as a run without a kill passes them."""
    scenario.prepare(bench)
    crash = bench.crash(scenario.action)
    assert faults_after(bench, scenario, crash) == []
    return [event.number for event in crash.passed if event.name.startswith(_TELLING)]


def kill_everywhere(bench: Bench, scenario: Scenario) -> None:
    """One run after the other, each killed at the next point."""
    global _points  # noqa: PLW0603 - the table shows the sum over all scenarios
    missed = []
    for fatal in count(1) if _IS_LONG else telling(bench, scenario):
        scenario.prepare(bench)
        crash = bench.crash(scenario.action, fatal)
        found = faults_after(bench, scenario, crash)
        missed += [f"{fatal}, {crash.last}: {fault}" for fault in found]
        if crash.status != KILLED:
            break  # it had no more points than that
        _points += 1
    assert not missed, "\n".join(missed)


IN_FILE = ["rung 1", "rung 3 and 2"]
if _IS_LONG:
    IN_FILE += ["rung 2, pasted", "re-authorization", "first start"]
"""What writes each secret once; the rest is the same whatever the store."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_a_restart_sets_right_what_a_kill_left(
    tmp_path: Path, run: Runner, figure: Measure, scenario: Scenario
) -> None:
    """Every point is one kill, one restart, and a look at everything."""
    with strict_webex() as webex:
        kill_everywhere(bench_of(tmp_path, webex, run, scenario), scenario)
    figure("kills at a point", _points)


@pytest.mark.parametrize(
    "scenario", [s for s in SCENARIOS if s.name in IN_FILE], ids=lambda s: s.name
)
def test_so_it_does_with_the_secrets_in_a_file(
    tmp_path: Path, run: Runner, figure: Measure, scenario: Scenario
) -> None:
    """Which is written and replaced by ourselves: within that, too."""
    with strict_webex() as webex:
        kill_everywhere(bench_of(tmp_path, webex, run, scenario, in_file=True), scenario)
    figure("kills at a point", _points)


GAPS = [s for s in SCENARIOS if s.name in ("rung 1", "rung 3 and 2", "re-authorization")]


@pytest.mark.parametrize("scenario", GAPS, ids=lambda s: s.name)
def test_the_gap_between_an_answer_and_its_first_save_is_measured(
    tmp_path: Path, run: Runner, figure: Measure, scenario: Scenario
) -> None:
    """From the last byte that was read to the keyring's word: what a kill there costs is lost."""
    found: list[float] = []
    with strict_webex() as webex:
        bench = bench_of(tmp_path, webex, run, scenario)
        for _ in range(rounds(2, 100)):
            scenario.prepare(bench)
            found += gaps(bench.crash(scenario.action).passed)
    assert found
    figure("gap, median", median(found) * 1000, "ms")
    figure("gap, longest", max(found) * 1000, "ms")
