"""What happens between two polls: nothing, if possible."""

from __future__ import annotations

import time
from contextlib import ExitStack

from tests.benchmarks.sample import Line, Sample, absolute
from tests.benchmarks.stage import Stage
from tests.benchmarks.weighing import Activity, activity

SECONDS = 30.0
SETTLED = 8.0
"""Until the first poll of ours and the start of the peer are long over."""
WOKEN, MOST_WAKEUPS = "wake-ups in 30 s idle", 2


def lines(stage: Stage) -> list[Line]:
    """All of them at once, through the same half minutes; ours with its real pace."""
    with ExitStack() as running:
        pid, item, _ = running.enter_context(stage.shown(stage.tray))
        stage.wait_green(item)
        pids = {"ours": pid}
        if stage.peer.script is not None:
            for name, gui in (("emailproxy, GUI", True), ("emailproxy, no GUI", False)):
                if gui and not stage.peer.has_gui:
                    continue
                folder = stage.session.root / f"peer-{gui}"
                folder.mkdir(exist_ok=True)
                command = stage.peer.command(folder, gui=gui)
                pids[name] = running.enter_context(stage.running(command)).pid
        time.sleep(SETTLED)
        spans = [_span(pids) for _ in range(stage.runs)]
    cpu = {
        name: Sample(name, tuple(span[name].cpu_seconds * 1000 for span in spans)) for name in pids
    }
    woken = {name: Sample(name, tuple(span[name].wakeups for span in spans)) for name in pids}
    ours, ours_woken = cpu.pop("ours"), woken.pop("ours")
    return [
        *(Line("CPU in 30 s idle", "ms", ours, other, aim=1.0) for other in cpu.values()),
        *(Line(WOKEN, "", ours_woken, other, aim=1.0) for other in woken.values()),
        absolute(WOKEN, "", ours_woken.values, MOST_WAKEUPS, "the aim"),
    ]


def _span(pids: dict[str, int]) -> dict[str, Activity]:
    before = {name: activity(pid) for name, pid in pids.items()}
    time.sleep(SECONDS)
    return {name: activity(pid).since(before[name]) for name, pid in pids.items()}
