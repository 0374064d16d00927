"""A command for scripts and prompts: `status --max-age`."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import Stage

FLOOR = "import json, sqlite3, argparse"


def lines(stage: Stage) -> list[Line]:
    """From start to end, in turns with a process that only loads what such an answer needs."""
    status = [*stage.tray, "status"]
    with stage.shown(stage.tray) as (_, item, _took):
        stage.wait_green(item)
    fresh = [*status, "--max-age", "1h"]
    known = subprocess.run(fresh, env=stage.environ, check=False, capture_output=True)
    if known.returncode == 64:
        what, command = "status (there is no --max-age)", status
    else:
        what, command = "status --max-age", fresh
    floor = [sys.executable, "-c", FLOOR]
    ours, other = [], []
    for _ in range(max(stage.runs, 11)):
        ours.append(stage.seconds(command) * 1000)
        other.append(stage.seconds(floor) * 1000)
    floor_sample = Sample(f'python -c "{FLOOR}"', tuple(other))
    return [Line(what, "ms", Sample("ours", tuple(ours)), floor_sample, aim=2.0)]
