"""Measures, and prints the table: `python -m tests.benchmarks [--only start] [--quick]`.

To add a row: a file here with `lines(stage)`, named in `ROWS`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.benchmarks import (
    core_import,
    fleet,
    fleet_in_panel,
    idle,
    memory,
    renewal,
    reserving,
    start,
    verbs,
)
from tests.benchmarks.peer import installed
from tests.benchmarks.plot import plot
from tests.benchmarks.sample import Line
from tests.benchmarks.stage import ROOT, Stage, machine, stage
from tests.benchmarks.table import table

ROWS: dict[str, Callable[[Stage], list[Line]]] = {
    "start": start.lines,
    "memory": memory.lines,
    "idle": idle.lines,
    "status": verbs.lines,
    "click": renewal.lines,
    "reserve": reserving.lines,
    "core": core_import.lines,
    "fleet": fleet.lines,
    "panel": fleet_in_panel.lines,
}
LEAST_RUNS = 5


def main(arguments: list[str]) -> int:
    """Exit code 0 where every aim is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", choices=ROWS, action="append", help="this row, not all")
    parser.add_argument("--runs", type=int, default=7, help="values a median is of (at least 5)")
    parser.add_argument("--quick", action="store_true", help="3 values, 1,000 polls: a try")
    parser.add_argument("--peer", type=Path, default=ROOT / ".venv/peer", help="where it is put")
    parser.add_argument("--json", type=Path, help="write every value there, too")
    parser.add_argument("--plot", type=Path, help="draw what has an aim there, as SVG")
    options = parser.parse_args(arguments)
    runs = 3 if options.quick else max(options.runs, LEAST_RUNS)
    found: list[Line] = []
    with stage(installed(options.peer), runs=runs, quick=options.quick) as made:
        for name in options.only or ROWS:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            found += ROWS[name](made)
    where = f"{datetime.now().astimezone().date()}, {machine()}, {made.panel_name}"
    print(f"{where}; medians of {runs} (least … most); load {os.getloadavg()[0]:.1f}\n")
    print(table(found))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        report = {"machine": machine(), "lines": [line.as_json() for line in found]}
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False))
    if options.plot:
        plot(found, where, options.plot)
    missed = [line.what for line in found if not line.is_met]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
