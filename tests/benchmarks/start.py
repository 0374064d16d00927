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
    with stage.shown(stage.tray) as (_, item, _took):
        stage.wait_green(item)  # the secrets are in the keyring from here on
    for _ in range(stage.runs):
        for name, command in shown.items():
            with stage.shown(command) as (_, _item, seconds):
                took[name].append(seconds * 1000)
        for name, command in ended.items():
            took[name].append(stage.seconds(command) * 1000)
    samples = {name: Sample(name, tuple(values)) for name, values in took.items()}
    ours, hello = samples.pop("ours"), samples.pop("pystray hello")
    others = [Line(WHAT, "ms", ours, other) for other in samples.values()]
    return [Line(WHAT, "ms", ours, hello, aim=1.5), *others]
