"""Two simulated years: prints the table and draws the picture.

`python -m tests.simulation [--days 728] [--poll 600] [--plot assets/plots/simulation.svg]`

The engine, its config, keyring (in memory), journal, locks and `.env` are real. Not real are the
clock and the way to Webex: the sandbox is called in the same process, without sockets and threads
(tests/simulation/wire.py).
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from tests.simulation.calendar import calendar
from tests.simulation.ledger import Because, Ledger
from tests.simulation.life import Life, Who
from tests.simulation.table import table
from tray_app.sandbox.switches import RefreshPolicy

TWO_YEARS = 728
PICTURE = Path(__file__).parents[2] / "assets/plots/simulation.svg"


def everybody() -> list[Who]:
    """Each policy with the tray and the scripts; where sign-ins end anyway, also with somebody who
    puts them off."""
    found = []
    for policy in RefreshPolicy:
        found.append(Who(policy))
        if policy is RefreshPolicy.SAME_NEVER_EXTENDED:
            found.append(Who(policy, puts_off=True))
        found.append(Who(policy, scripts=True))
    return found


def lived(who: Who, days: int, poll: timedelta) -> Ledger:
    """Live it, in a folder that is gone afterwards."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        return Life(who, calendar(days), Path(folder), poll).lived()


def aims_missed(lives: Mapping[Who, Ledger]) -> list[str]:
    """What the tray did worse than it should, in sentences."""
    missed = []
    for who, ledger in lives.items():
        if who.scripts:
            continue
        found = {
            "avoidable dead minutes": ledger.minutes(Because.AVOIDABLE),
            "avoidable sign-ins": ledger.avoidable_sign_ins,
            "checks sooner than the interval": ledger.crowded,
        }
        missed += [f"{who}: {number:g} {what}" for what, number in found.items() if number]
    return missed


def main(arguments: list[str]) -> int:
    """Exit code 0 where every aim is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=TWO_YEARS)
    parser.add_argument("--poll", type=int, default=600, help="seconds between two checks")
    parser.add_argument("--plot", type=Path, default=PICTURE, help="where the picture goes")
    parser.add_argument("--no-plot", action="store_true", help="without matplotlib")
    given = parser.parse_args(arguments)
    begun, who = time.monotonic(), everybody()
    live = partial(lived, days=given.days, poll=timedelta(seconds=given.poll))
    with ProcessPoolExecutor() as pool:
        lives = dict(zip(who, pool.map(live, who), strict=True))
    plan = calendar(given.days)
    print(f"{table(lives)}\n")
    print(
        f"{given.days} days, awake for {plan.hours:,.0f} hours, a check every {given.poll} s;"
        f" {len(plan.happenings)} happenings. {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores,"
        f" {platform.system()}, Python {platform.python_version()},"
        f" {time.monotonic() - begun:.0f} s: python -m tests.simulation {' '.join(arguments)}"
    )
    if not given.no_plot:
        from tests.simulation.plot import draw

        draw(lives, plan, given.plot)
        print(f"Drawn: {given.plot}")
    missed = aims_missed(lives)
    print("\n".join(missed) or "Every aim is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
