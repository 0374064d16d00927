"""B7: the real `watch` after the machine wakes up, and after the network returns.

In the long form only: each takes the time that it is about.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.program import ROOT, Program
from tests.faults.conftest import Measure
from tests.faults.offline_life import command, environ, profile_at
from tests.faults.table import rounds
from tests.faults.test_b7_clocks import BAR, WAKES_WITHIN
from tray_app.sandbox.server import Sandbox

__all__ = ["BAR"]

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not rounds(0, 1), reason="part of `make faults` only"),
]

NIGHT = timedelta(hours=8)
OUTAGES = 60, 300
"""Seconds: a short one, and one after which back-off would have reached its longest delay."""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler, for the clock")
def test_the_real_program_checks_soon_after_waking(tmp_path: Path, figure: Measure) -> None:
    """Its wall clock is eight hours on, and its monotonic clock has stood still."""
    library, moved = tmp_path / "moved_clock.so", tmp_path / "moved"
    source = Path(__file__).with_name("moved_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    moved.write_bytes(bytes(8))
    with Sandbox() as webex:
        profile = profile_at(tmp_path, webex)
        surroundings = environ(tmp_path) | {"LD_PRELOAD": str(library), "MOVED_CLOCK": str(moved)}
        with Program(command(profile, webex), surroundings) as watch:
            watch.expect("green: ")
            time.sleep(5)  # well within a wait, with nothing left to do
            with moved.open("r+b") as file:
                file.write(int(NIGHT.total_seconds()).to_bytes(8, sys.byteorder))
            webex.clock.advance(NIGHT)
            woken = webex.clock()
            asked = webex.wait_for_request(lambda seen: seen.at > woken, timedelta(minutes=10))
            waited = (asked.at - woken).total_seconds()
        figure("from waking to a check, the real program", waited, f"s of {WAKES_WITHIN:.0f}")
        assert waited <= WAKES_WITHIN


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None,
    reason="a network of its own needs root, unshare and ip",
)
@pytest.mark.parametrize("seconds", OUTAGES)
def test_the_real_program_checks_soon_after_the_networks_return(
    tmp_path: Path, figure: Measure, seconds: int
) -> None:
    """The link of a network namespace goes down and up; nobody tells the program."""
    life = [sys.executable, "-m", "tests.faults.offline_life", str(tmp_path), str(seconds)]
    done = subprocess.run(
        ["unshare", "--net", *life], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found = json.loads(done.stdout)
    figure("from the network's return to a check", found["check"], f"s of {WAKES_WITHIN:.0f}")
    assert found["check"] <= WAKES_WITHIN
    figure("from the network's return to green", found["green"], "s")
    assert found["green"] <= WAKES_WITHIN + 5
