"""A program of a user that asks for its tokens from many threads, or the tray beside it.

It runs until its standard input is closed, and then says what it has met, as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from functools import partial
from pathlib import Path

from tests.working import OneProfile
from tray_app import bootstrap
from tray_app.api import TokenManager
from tray_app.model.errors import NotRenewed, Unreachable
from tray_app.model.permissions import RESIDENT
from tray_app.model.settings import Timing
from tray_app.model.snapshot import Snapshot
from tray_app.system.dirs import AppDirs

_AWAKE = Timing(slice=0.02, first_retry=0.1, gap=0.02)


def use(manager: TokenManager, over: threading.Event, met: Counter[str]) -> None:
    """What docs/python.md shows, again and again."""
    while not over.is_set():
        try:
            if not manager.is_token_valid():
                manager.refresh_token()
                met["refreshed"] += 1
            met["checked"] += 1
        except Unreachable as error:
            met[f"unreachable: {error.failure}"] += 1
        except NotRenewed as error:
            met[f"not renewed: {error.health.reason}"] += 1


def as_program(configs: list[str], base: str, threads: int) -> Counter[str]:
    """Threads that share a manager of each profile."""
    over, met = threading.Event(), Counter[str]()
    managers = [TokenManager(config, api_base=base) for config in configs]
    users = [
        threading.Thread(target=use, args=(managers[n % len(managers)], over, met))
        for n in range(threads)
    ]
    for user in users:
        user.start()
    sys.stdin.read()
    over.set()
    for user in users:
        user.join()
    for manager in managers:
        manager.close()
    return met


def as_tray(configs: list[str], base: str) -> Counter[str]:
    """The worker of a tray for each profile."""
    met = Counter[str]()

    def note(snapshot: Snapshot) -> None:
        met[f"row {snapshot.health.row}"] += 1

    workers = []
    for config in configs:
        setup = bootstrap.ProfileContext(
            Path(config), AppDirs.of_user(), base, pace=_AWAKE, permissions=RESIDENT
        )
        workers.append(OneProfile(partial(bootstrap.open_engine, setup), note, pace=_AWAKE))
    for worker in workers:
        worker.start()
    sys.stdin.read()
    for worker in workers:
        worker.stop()
    return met


def main() -> None:
    """Arguments: the API base, the number of threads (0: the trays), the configs."""
    base, threads, *configs = sys.argv[1:]
    met = as_program(configs, base, int(threads)) if int(threads) else as_tray(configs, base)
    print(json.dumps(met))


if __name__ == "__main__":
    main()
