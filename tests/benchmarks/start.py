"""Process start to the icon on the bus."""

from __future__ import annotations

import sys

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import Stage

WHAT = "start → icon on the bus"


def lines(stage: Stage) -> list[Line]:
    """Ours, the same icon with nothing behind it, the peer; in turns, for the noise."""
    shown = {"ours": stage.tray, "pystray hello": stage.own("hello_tray")}
    ended = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "only our imports": stage.own("imports_only"),
    }
    if stage.peer.has_gui:
        shown["emailproxy, GUI"] = stage.peer.command(stage.session.root, gui=True)
    took: dict[str, list[float]] = {name: [] for name in (*shown, *ended)}
    cpu: dict[str, list[float]] = {name: [] for name in shown}
    with stage.shown(stage.tray) as (_, item, _took):
        stage.wait_green(item)  # the secrets are in the keyring from here on
    for _ in range(stage.runs):
        for name, command in shown.items():
            with stage.shown(command) as (_, _item, start):
                took[name].append(start.seconds * 1000)
                cpu[name].append(start.cpu_seconds * 1000)
        for name, command in ended.items():
            took[name].append(stage.seconds(command) * 1000)
    samples = {name: Sample(name, tuple(values)) for name, values in took.items()}
    ours, hello = samples.pop("ours"), samples.pop("pystray hello")
    aims = {"emailproxy, GUI": 1.0}
    others = [Line(WHAT, "ms", ours, other, aims.get(name)) for name, other in samples.items()]
    computed = {name: Sample(name, tuple(values)) for name, values in cpu.items()}
    return [
        Line(WHAT, "ms", ours, hello, aim=1.5),
        Line("CPU until then", "ms", computed["ours"], computed["pystray hello"]),
        *others,
    ]
