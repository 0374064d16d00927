"""Many organizations at once: a round, its CPU, the memory of a profile, idling; and that none of
them grows faster than the number."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.fleet_webex import far_webex
from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import ROOT, Stage

SIZES = (1, 10, 100, 1_000)
LATENCY = 50
"""Milliseconds that Webex takes."""

RUNS = 5
HANDS = 8
IDLE = 15
"""Seconds: each profile is looked at once."""

MOST_KIB = 50
GROWTH = 1.25
"""No faster than the number: what a profile costs among many, in parts of what it costs among a
tenth as many; the rest is for chance."""

Run = dict[str, float]


def lines(stage: Stage) -> list[Line]:
    """The sizes in turns, for the noise."""
    sizes = SIZES[:-1] if stage.quick else SIZES
    found: dict[int, list[Run]] = {size: [] for size in sizes}
    for _ in range(1 if stage.quick else RUNS):
        for size in sizes:
            found[size].append(measured(size))
    return [
        *(_round(size, found[size]) for size in sizes),
        *(_memory(size, found) for size in sizes[1:]),
        *(_memory_of_one(size, found) for size in sizes[2:]),
        *(_growth("CPU of a check", "ms", _check_cpu, size, found) for size in sizes[2:]),
        *(_growth("idle CPU of one", "ms/s", _idle_cpu, size, found) for size in sizes[2:]),
    ]


def _round(size: int, runs: list[Run]) -> Line:
    least = max(1, size / HANDS) * LATENCY / 1000
    floor = Sample(f"{HANDS} at a time, {LATENCY} ms each", (least,))
    what = f"{size:,} profiles: a round" if size > 1 else "1 profile: a round"
    return Line(what, "s", _of("ours", runs, _round_seconds), floor)


def _memory(size: int, found: dict[int, list[Run]]) -> Line:
    one, many = (_of(who, found[n], _megabytes) for who, n in (("one alone", 1), ("ours", size)))
    return Line(f"{size:,} profiles: memory (PSS)", "MB", many, one)


def _memory_of_one(size: int, found: dict[int, list[Run]]) -> Line:
    """Of one more, beyond ten: those have all the threads already."""
    pairs = zip(found[size], found[SIZES[1]], strict=True)
    values = ((many["pss KiB"] - few["pss KiB"]) / (size - SIZES[1]) for many, few in pairs)
    aim = Sample("the aim", (MOST_KIB,))
    return Line(f"{size:,} profiles: memory of one", "KiB", Sample("ours", tuple(values)), aim, 1.0)


def _growth(
    what: str, unit: str, cost: Callable[[Run], float], size: int, found: dict[int, list[Run]]
) -> Line:
    few = _of(f"among {size // 10:,}", found[size // 10], cost)
    return Line(f"{size:,} profiles: {what}", unit, _of("ours", found[size], cost), few, GROWTH)


def _of(who: str, runs: list[Run], value: Callable[[Run], float]) -> Sample:
    return Sample(who, tuple(value(run) for run in runs))


def _round_seconds(run: Run) -> float:
    return run["round s"]


def _megabytes(run: Run) -> float:
    return run["pss KiB"] / 1024


def _check_cpu(run: Run) -> float:
    return run["round cpu ms"] / run["profiles"]


def _idle_cpu(run: Run) -> float:
    return run["idle cpu ms/s"] / run["profiles"]


def measured(size: int) -> Run:
    """Run so many profiles against a Webex in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "profiles")
        with far_webex(place, size, LATENCY) as webex:
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.fleet_tray", place, webex.base, str(IDLE)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
    found: Run = json.loads(done.stdout)
    return found
