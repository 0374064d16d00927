"""B3: killed at a random moment, whatever it was at; a restart sets it right."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.faults.conftest import Measure
from tests.faults.crash_rig import (
    BAR,
    KILLED,
    SCENARIOS,
    Bench,
    Scenario,
    bench_of,
    faults_after,
    runner,
    strict_webex,
)
from tests.faults.table import rounds

__all__ = ["BAR"]

_LATER = 1.1
"""Some come too late: an end without a kill is a case as well."""


@dataclass(frozen=True)
class Target:
    """A scenario's bench, and how long its run takes (seconds)."""

    bench: Bench
    scenario: Scenario
    takes: float


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Scenario], Target]]:
    known: dict[str, Target] = {}
    with ExitStack() as stack:
        run = stack.enter_context(runner())

        def of(scenario: Scenario) -> Target:
            if scenario.name not in known:
                webex = stack.enter_context(strict_webex())
                bench = bench_of(tmp_path_factory.mktemp("bench"), webex, run, scenario)
                scenario.prepare(bench)
                began = time.monotonic()
                bench.crash(scenario.action)
                known[scenario.name] = Target(bench, scenario, time.monotonic() - began)
            return known[scenario.name]

        yield of


_lost = 0
_killed = 0


@pytest.mark.parametrize("seed", range(rounds(12, 1000)))
def test_a_restart_sets_right_what_a_random_kill_left(
    target: Callable[[Scenario], Target], figure: Measure, seed: int
) -> None:
    """The seed chooses the moment; the scenarios take turns."""
    global _lost, _killed  # noqa: PLW0603 - the table shows sums
    chosen = target(SCENARIOS[seed % len(SCENARIOS)])
    chosen.scenario.prepare(chosen.bench)
    delay = random.Random(seed).uniform(0.0, chosen.takes * _LATER)
    crash = chosen.bench.crash(chosen.scenario.action, delay=delay)
    found = faults_after(chosen.bench, chosen.scenario, crash)
    _killed += crash.status == KILLED
    _lost += crash.status == KILLED and crash.in_gap
    figure("killed at random", _killed)
    figure("of these in the gap or in flight", _lost)
    assert not found, f"{chosen.scenario.name}, after {crash.last}: {found}"
