"""What an icon costs while nothing happens: nothing between two checks, if possible."""

from __future__ import annotations

import time
from contextlib import ExitStack
from statistics import mean

from tests.benchmarks.sample import Line, Sample, absolute
from tests.benchmarks.stage import Stage
from tests.benchmarks.weighing import Activity, activity

SECONDS = 60.0
MINUTES = 5
"""As long as from one check to the next: one falls into one of them."""
SETTLED = 8.0
"""Until the first check of ours and the start of the peer are long over."""
CPU, WOKEN, MOST_WAKEUPS = "CPU of an idle minute", "wake-ups in an idle minute", 4


def lines(stage: Stage) -> list[Line]:
    """All of them at once, through the same minutes; ours with its real pace."""
    commands = {"ours": stage.tray, "pystray hello": stage.own("hello_tray")}
    if stage.peer.has_gui:
        commands["emailproxy, GUI"] = stage.peer.command(stage.session.root, gui=True)
    pids = {}
    with ExitStack() as running:
        for name, command in commands.items():
            pid, item, _ = running.enter_context(stage.shown(command, alone=False))
            pids[name] = pid
            if name == "ours":
                stage.wait_green(item)
        time.sleep(SETTLED)
        spans = [_span(pids) for _ in range(MINUTES)]
    stage.panel.wait_gone()
    cpu = {name: [span[name].cpu_seconds * 1000 for span in spans] for name in pids}
    woken = {name: Sample(name, tuple(span[name].wakeups for span in spans)) for name in pids}
    ours, others = woken.pop("ours"), [name for name in pids if name != "ours"]
    return [
        *(Line(CPU, "ms", _sample("ours", cpu), _sample(name, cpu), _aim(name)) for name in others),
        *(
            Line(f"{CPU}, checks included", "ms", _mean("ours", cpu), _mean(name, cpu))
            for name in others
        ),
        *(Line(WOKEN, "", ours, woken[name], _aim(name)) for name in others),
        absolute(WOKEN, "", ours.values, MOST_WAKEUPS, "the aim"),
    ]


def _aim(name: str) -> float | None:
    return 1.0 if name.startswith("emailproxy") else None


def _sample(name: str, cpu: dict[str, list[float]]) -> Sample:
    return Sample(name, tuple(cpu[name]))


def _mean(name: str, cpu: dict[str, list[float]]) -> Sample:
    return Sample(name, (mean(cpu[name]),))


def _span(pids: dict[str, int]) -> dict[str, Activity]:
    before = {name: activity(pid) for name, pid in pids.items()}
    time.sleep(SECONDS)
    return {name: activity(pid).since(before[name]) for name, pid in pids.items()}
