"""What is measured: one process that attends to every profile in a folder, without a panel.

Arguments: the folder with the profiles, the API base, seconds to idle. It prints a line of JSON.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from functools import partial
from pathlib import Path

from tests.benchmarks.fleet_profiles import configs
from tray_app import bootstrap
from tray_app.model.permissions import RESIDENT
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.runtime.commands import ProfileHandle
from tray_app.runtime.scheduler import Scheduler
from tray_app.secrets.store import MemoryStore
from tray_app.system.dirs import AppDirs
from tray_app.webex.rate_limit import RateLimiter


def pss() -> float:
    """The memory of this process in KiB: its own, and its part of what is shared."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1])
    raise LookupError("no Pss")


class Round:
    """Waits until each profile has been checked."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._changed = threading.Condition()
        self._green: set[int] = set()

    def hear(self, number: int, snapshot: Snapshot) -> None:
        """Note the end of a check."""
        if snapshot.activity is Activity.NOTHING and snapshot.health.colour is Colour.GREEN:
            with self._changed:
                self._green.add(number)
                self._changed.notify_all()

    def wait(self) -> None:
        """Wait for all, and begin anew."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._green) == self._count, 600):
                raise TimeoutError(f"{len(self._green)} of {self._count} are green")
            self._green.clear()


def main() -> None:
    """Measure: the first round, a second one, and what idling costs."""
    folder, base, idle = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    folders = AppDirs.under(folder / "ours")
    store = MemoryStore(durable=True)
    setups = [
        bootstrap.ProfileContext(path, folders, base, store, permissions=RESIDENT)
        for path in configs(folder)
    ]
    shared = bootstrap.Shared(setups[0], RateLimiter.unlimited())
    fleet, heard = Scheduler(on_closed=shared.close), Round(len(setups))
    handles: list[ProfileHandle] = []
    for number, setup in enumerate(setups):
        handles.append(
            fleet.add(partial(bootstrap.open_engine, setup, shared), partial(heard.hear, number))
        )
    found: dict[str, float] = {"profiles": len(setups)}
    begun, cpu = time.monotonic(), time.process_time()
    fleet.start()
    heard.wait()
    found["first round s"] = time.monotonic() - begun
    found["first round cpu ms"] = (time.process_time() - cpu) * 1000
    begun, cpu = time.monotonic(), time.process_time()
    for handle in handles:
        handle.check()
    heard.wait()
    found["round s"] = time.monotonic() - begun
    found["round cpu ms"] = (time.process_time() - cpu) * 1000
    found["threads"] = threading.active_count()
    time.sleep(3)
    found["pss KiB"] = pss()
    begun, cpu = time.monotonic(), time.process_time()
    time.sleep(idle)
    found["idle cpu ms/s"] = (time.process_time() - cpu) * 1000 / (time.monotonic() - begun)
    begun = time.monotonic()
    fleet.stop()
    found["quit s"] = time.monotonic() - begun
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
