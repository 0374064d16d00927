"""What a script, a prompt or a person waits for: `status --max-age`, `--help`, `--version`."""

from __future__ import annotations

import sys

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import Stage

FLOOR = "import json, sqlite3, argparse"
AIMS = {"status --max-age": 2.0, "--help": 4.0, "--version": 4.0}


def lines(stage: Stage) -> list[Line]:
    """From start to end, in turns with a process that only loads what such an answer needs."""
    with stage.shown(stage.tray) as (_, item, _took):
        stage.wait_green(item)
    script, floor = stage.tray[0], [sys.executable, "-c", FLOOR]
    commands = {
        "status --max-age": [*stage.tray, "status", "--max-age", "1h"],
        "--help": [script, "--help"],
        "--version": [script, "--version"],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    other = []
    for _ in range(max(stage.runs, 11)):
        other.append(stage.seconds(floor) * 1000)
        for name, command in commands.items():
            took[name].append(stage.seconds(command) * 1000)
    floor_sample = Sample(f'python -c "{FLOOR}"', tuple(other))
    return [
        Line(name, "ms", Sample("ours", tuple(values)), floor_sample, AIMS[name])
        for name, values in took.items()
    ]
