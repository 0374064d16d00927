"""A hundred organizations for ten minutes as a person has them: the program itself, an icon in a
panel, the OS keyring, the budget of requests. Half of them beside it, in the same minutes."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks.fleet_profiles import configs
from tests.benchmarks.fleet_webex import FarWebex, far_webex
from tests.benchmarks.sample import Line, Sample, absolute
from tests.benchmarks.stage import TIMEOUT, Stage
from tests.benchmarks.weighing import Activity, activity, memory_mb, own_memory_mb
from tests.e2e.panel_item import PanelItem
from tray_app.policy.request_budget import MOST, Budget

FEW, MANY = 51, 100
"""Both of the kind whose menus are short: whole ones weigh twice as much, and ten of them would be
taken from what a hundred short ones weigh."""
LATENCY = 50
"""Milliseconds that Webex takes."""

SPANS, SECONDS = 5, 120.0
MOST_KIB, GROWTH = 50, 1.25
FLAT = 1.05
BUDGET = MOST
STARTED = 600.0
"""Seconds in which all must be green: the budget at the start would take a hundred 135."""


@dataclass(frozen=True)
class Shown:
    """A tray with so many profiles, all of them green."""

    count: int
    pid: int
    item: PanelItem
    webex: FarWebex
    seconds: float
    """From its start until all were green."""

    @property
    def is_green(self) -> bool:
        """What the icon says when somebody points at it."""
        return self.item.tooltip == f"Webex tokens: All {self.count} work"


def lines(stage: Stage) -> list[Line]:
    """CPU as medians of five spans; memory as it is after all of them."""
    span = SECONDS / 10 if stage.quick else SECONDS
    spent: dict[int, list[Activity]] = {FEW: [], MANY: []}
    with ExitStack() as running:
        few, many = both = [_shown(stage, running, count) for count in (FEW, MANY)]
        own, changes = own_memory_mb(many.pid), _icon_changes(stage)
        for _ in range(SPANS):
            before = {each.count: activity(each.pid) for each in both}
            time.sleep(span)
            for each in both:
                spent[each.count].append(activity(each.pid).since(before[each.count]))
        for each in both:
            if not each.is_green:
                raise RuntimeError(f"no longer green: {each.item.tooltip!r}")
        changes = _icon_changes(stage) - changes
        memory, own_later = [memory_mb(each.pid) for each in both], own_memory_mb(many.pid)
    stage.panel.wait_gone()
    one = (memory[1] - memory[0]) * 1024 / (MANY - FEW)
    busiest = many.webex.asked["busiest minute"]
    least = Sample("the budget at the start", ((MANY - Budget().at_once) * Budget().gap,))
    beginning = Sample("the beginning", (own,))
    what = f"{MANY} profiles, {SPANS * span / 60:g} minutes in a panel"
    return [
        Line(f"{MANY} profiles: start → all green", "s", Sample("ours", (many.seconds,)), least),
        absolute(f"{what}: memory of one", "KiB", (one,), MOST_KIB, "the aim"),
        Line(f"{what}: own memory", "MB", Sample("the end", (own_later,)), beginning, FLAT),
        Line(f"{what}: CPU of one", "ms/s", _cpu(many, spent), _cpu(few, spent), GROWTH),
        absolute(f"{what}: changes of the icon", "", (changes,), 0, "the aim"),
        absolute(f"{what}: requests in the busiest minute", "", (busiest,), BUDGET, "the budget"),
    ]


def _shown(stage: Stage, running: ExitStack, count: int) -> Shown:
    place = stage.session.root / f"customers-{count}"
    webex = running.enter_context(far_webex(place, count, LATENCY))
    # Its first start ever moves every secret into the keyring; all others are like the second.
    with ExitStack() as once:
        _started(stage, once, place, webex)
    webex.forget()
    return _started(stage, running, place, webex)


def _started(stage: Stage, running: ExitStack, place: Path, webex: FarWebex) -> Shown:
    """Return once all are green."""
    command = [stage.tray[0], "--api-base", webex.base]
    for config in configs(place):
        command += ["--config", str(config)]
    stage.panel.forget_registrations()
    begun = time.monotonic()
    program = running.enter_context(stage.running(command))
    item = stage.panel.wait_item(TIMEOUT)
    shown = Shown(len(configs(place)), program.pid, item, webex, 0)
    stage.panel.until(lambda: shown.is_green, "all to be green", STARTED)
    return replace(shown, seconds=time.monotonic() - begun)


def _icon_changes(stage: Stage) -> int:
    return sum(signal.member == "NewIcon" for signal in stage.panel.signals)


def _cpu(shown: Shown, spent: dict[int, list[Activity]]) -> Sample:
    """Milliseconds a second and profile."""
    spans = spent[shown.count]
    each = (span.cpu_seconds * 1000 / span.at / shown.count for span in spans)
    return Sample(f"{shown.count} profiles", tuple(each))
