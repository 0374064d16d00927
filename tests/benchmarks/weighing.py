"""What a running process costs, as Linux counts it (proc(5))."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Activity:
    """What a process has done so far, all its threads together."""

    at: float
    cpu_seconds: float
    wakeups: int
    """How often a thread has gone to sleep, and so was woken."""

    def since(self, before: Activity) -> Activity:
        """What it has done between the two looks; `at` is how long that was."""
        return Activity(
            self.at - before.at,
            self.cpu_seconds - before.cpu_seconds,
            self.wakeups - before.wakeups,
        )


def private_mb(pid: int) -> float:
    """What would be free again if the process and its children had ended: pages that no other
    process has, in megabytes. A closed memory needs root."""
    family = _family(pid)
    names = ("Private_Clean:", "Private_Dirty:")
    return sum(_kilobytes(each, name) for each in family for name in names) / 1024


def memory_mb(pid: int) -> float:
    """The process's proportional share (PSS) in megabytes. A closed memory needs root."""
    return _kilobytes(pid, "Pss:") / 1024


def own_memory_mb(pid: int) -> float:
    """What is no file's and so nobody else's, in megabytes: the share of a library changes with who
    else has loaded it."""
    return _kilobytes(pid, "Pss_Anon:") / 1024


def rss_mb(pid: int) -> float:
    """All that is resident, the whole of what it shares included, in megabytes."""
    return _kilobytes(pid, "Rss:") / 1024


def activity(pid: int) -> Activity:
    """Look at the process now."""
    wakeups = 0
    for thread in Path("/proc", str(pid), "task").iterdir():
        with suppress(FileNotFoundError):  # it has ended meanwhile
            status = (thread / "status").read_text()
            wakeups += int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return Activity(time.monotonic(), time.clock_gettime(_cpu_clock(pid)), wakeups)


def _family(pid: int) -> list[int]:
    """The process, its children and theirs."""
    found = [pid]
    for each in found:
        for thread in Path("/proc", str(each), "task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def _cpu_clock(pid: int) -> int:
    """The clock of all that the process has computed, ended threads included: as
    clock_getcpuclockid(3) makes it."""
    return (~pid << 3) | 2


def _kilobytes(pid: int, name: str) -> int:
    for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)
