"""Many organizations at once: a round, its CPU, the memory of a profile, idling; and that none of
them grows faster than the number."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.sample import Line, Sample, absolute
from tests.benchmarks.stage import ROOT, Stage

SIZES = (1, 10, 100, 1_000)
LATENCY = 50
"""Milliseconds that Webex takes."""

HANDS = 8
IDLE = 15
"""Seconds: each profile is looked at once."""

MOST_KIB = 50
GROWTH = 1.25
"""No faster than the number: what a profile costs among many, in parts of what it costs among a
hundred; the rest is for chance."""


def lines(stage: Stage) -> list[Line]:
    """One run a size: the larger ones take a minute, and what they say of one profile is a mean."""
    sizes = SIZES[:-1] if stage.quick else SIZES
    found = {size: measured(size) for size in sizes}
    base = found[sizes[1]]
    made = []
    for size in sizes:
        least = max(1, size / HANDS) * LATENCY / 1000
        seconds = (found[size]["round s"],)
        floor = Sample(f"{HANDS} at a time, {LATENCY} ms each", (least,))
        made.append(Line(f"{size:,} profiles: a round", "s", Sample("ours", seconds), floor))
    for size in sizes[2:]:
        one = (found[size]["pss KiB"] - base["pss KiB"]) / (size - sizes[1])
        made.append(absolute(f"{size:,} profiles: memory of one", "KiB", (one,), MOST_KIB, "aim"))
    many, fewer = found[sizes[-1]], found[sizes[-2]]
    for what, name in (("CPU of a check", "round cpu ms"), ("idle CPU of one", "idle cpu ms/s")):
        ours, other = (each[name] / each["profiles"] for each in (many, fewer))
        unit = "ms" if what == "CPU of a check" else "ms/s"
        label = f"{sizes[-1]:,} profiles: {what}"
        among = Sample(f"among {sizes[-2]:,}", (other,))
        made.append(Line(label, unit, Sample("ours", (ours,)), among, GROWTH))
    return made


def measured(size: int) -> dict[str, float]:
    """Run so many profiles against a Webex in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "profiles")
        webex = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.fleet_webex", place, str(size), str(LATENCY)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with webex:
            assert webex.stdout is not None
            base = webex.stdout.readline().strip()
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.fleet_tray", place, base, str(IDLE)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            webex.communicate()
    found: dict[str, float] = json.loads(done.stdout)
    return found
