"""Two simulated years: prints the table and draws the picture.

`python -m tests.simulation [--days 728] [--poll 600] [--plot assets/plots/simulation.svg]`, or for
the tray alone in other calendars `python -m tests.simulation --seeds 1-20`

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
from itertools import product
from pathlib import Path

from tests.simulation.calendar import SEED, calendar
from tests.simulation.ledger import Because, Ledger
from tests.simulation.life import Life, Who
from tests.simulation.table import table, table_of_calendars
from tray_app.sandbox.switches import RefreshPolicy

TWO_YEARS = 728
PICTURE = Path(__file__).parents[2] / "assets/plots/simulation.svg"


def everybody(*, scripts: bool = True) -> list[Who]:
    """Each policy with the tray and the scripts; where sign-ins end anyway, also with somebody who
    puts them off."""
    found = []
    for policy in RefreshPolicy:
        found.append(Who(policy))
        if policy is RefreshPolicy.SAME_NEVER_EXTENDED:
            found.append(Who(policy, puts_off=True))
        if scripts:
            found.append(Who(policy, scripts=True))
    return found


def lived(life: tuple[int, Who], days: int, poll: timedelta, *, every: bool) -> Ledger:
    """Live it, in the calendar of this seed and in a folder that is gone afterwards."""
    logging.disable(logging.CRITICAL)
    seed, who = life
    with tempfile.TemporaryDirectory() as folder:
        return Life(who, calendar(days, seed), Path(folder), poll, every=every).lived()


def seeds(text: str) -> list[int]:
    """Read "1-20", "7" or "1,7,99". Raises ValueError."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


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
        missed += [f"{who}: dead from {begin} to {end}" for begin, end in ledger.avoidable]
    return missed


def main(arguments: list[str]) -> int:
    """Exit code 0 where every aim is met, 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--days", type=int, default=TWO_YEARS)
    parser.add_argument("--poll", type=int, default=600, help="seconds between two checks")
    parser.add_argument(
        "--seeds", type=seeds, default=[SEED], help="of the calendars, such as 1-20 or 1,7,99"
    )
    parser.add_argument("--every-check", action="store_true", help="repeat no finding")
    parser.add_argument("--plot", type=Path, default=PICTURE, help="where the picture goes")
    parser.add_argument("--no-plot", action="store_true", help="without matplotlib")
    given = parser.parse_args(arguments)
    begun, is_one = time.monotonic(), len(given.seeds) == 1
    poll = timedelta(seconds=given.poll)
    live = partial(lived, days=given.days, poll=poll, every=given.every_check)
    lives = list(product(given.seeds, everybody(scripts=is_one)))
    with ProcessPoolExecutor() as pool:
        found: dict[tuple[int, Who], Ledger] = {}
        for (seed, who), ledger in zip(lives, pool.map(live, lives), strict=True):
            found[seed, who] = ledger
            missed = aims_missed({who: ledger})
            print(f"{len(found)} of {len(lives)}: seed {seed}", *missed, sep="; ", file=sys.stderr)
    of = {seed: {who: found[seed, who] for s, who in lives if s == seed} for seed in given.seeds}
    first = of[given.seeds[0]]
    plan = calendar(given.days, given.seeds[0])
    print(f"{table(first) if is_one else table_of_calendars(of)}\n")
    print(
        f"{given.days} days, awake for {plan.hours:,.0f} hours, a check every {given.poll} s;"
        f" {len(plan.happenings)} happenings. {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores,"
        f" {platform.system()}, Python {platform.python_version()},"
        f" {time.monotonic() - begun:.0f} s: python -m tests.simulation {' '.join(arguments)}"
    )
    if is_one and not given.no_plot:
        from tests.simulation.plot import draw

        draw(first, plan, given.plot)
        print(f"Drawn: {given.plot}")
    missed = [f"seed {seed}: {each}" for seed in of for each in aims_missed(of[seed])]
    print("\n".join(missed) or "Every aim is met.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
