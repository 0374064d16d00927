"""Memory when nothing happens, after many polls; and that a poll costs no more than it ever did."""

from __future__ import annotations

import subprocess
import time

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import TIMEOUT, Stage
from tests.benchmarks.weighing import activity, memory_mb, own_memory_mb

MANY, VERY_MANY = 1_000, 10_000
WINDOW, WINDOWS = 20, 5
"""Polls whose cost is taken together, and how many such groups there are at each end."""
WHAT = f"memory after {MANY:,} polls (PSS)"


def lines(stage: Stage) -> list[Line]:
    """The proportional share, as if each stood beside one other program of the same Python."""
    stage.set_poll_seconds(0.001)
    command = [*stage.own("paced_tray"), str(stage.profile.config_path), stage.webex.api_base]
    ours = [_after_many(stage, command) for _ in range(stage.runs - 1)]
    last, flat = _after_very_many(stage, command)
    others = {
        "emailproxy, GUI": _others(stage, gui=True),
        "emailproxy, no GUI": _others(stage, gui=False),
        "pystray hello": _floor(stage, stage.own("hello_tray"), has_icon=True),
        "only our imports": _floor(stage, stage.own("imports_only", "stay"), has_icon=False),
    }
    aims = {"emailproxy, GUI": 0.8}
    sample = Sample("ours", (*ours, last))
    stage.set_poll_seconds(300)
    return [
        *(
            Line(WHAT, "MB", sample, Sample(name, tuple(values)), aims.get(name))
            for name, values in others.items()
            if values
        ),
        *flat,
    ]


def _after_many(stage: Stage, command: list[str]) -> float:
    with stage.shown(command) as (pid, _item, _took):
        _wait_polls(stage, len(stage.webex.requests) + MANY)
        return memory_mb(pid)


def _after_very_many(stage: Stage, command: list[str]) -> tuple[float, list[Line]]:
    """The same, and then on: what polls and memory cost near the beginning and at the end."""
    with stage.shown(command) as (pid, _item, _took):
        begun = len(stage.webex.requests)
        _wait_polls(stage, begun + 100)
        early = _costs(stage, pid)
        _wait_polls(stage, begun + MANY)
        at_many, own_at_many = memory_mb(pid), own_memory_mb(pid)
        end = MANY if stage.quick else VERY_MANY
        _wait_polls(stage, begun + end)
        late, own_at_end = _costs(stage, pid), own_memory_mb(pid)
    name = f"{end:,}th"
    return at_many, [
        Line("CPU of a poll, late", "ms", Sample(name, late), Sample("100th", early), aim=1.1),
        Line(
            "memory of its own, late",
            "MB",
            Sample(name, (own_at_end,)),
            Sample(f"{MANY:,}th", (own_at_many,)),
            aim=1.05,
        ),
    ]


def _costs(stage: Stage, pid: int) -> tuple[float, ...]:
    """CPU milliseconds a poll, in each of some groups of polls in a row."""
    found = []
    for _ in range(WINDOWS):
        polls, before = len(stage.webex.requests), activity(pid)
        done = _wait_polls(stage, polls + WINDOW) - polls
        found.append(activity(pid).since(before).cpu_seconds * 1000 / done)
    return tuple(found)


def _wait_polls(stage: Stage, wanted: int) -> int:
    """Return the number of requests once there are so many: a poll asks once while all is well."""
    give_up_at = time.monotonic() + 20 * TIMEOUT
    while (seen := len(stage.webex.requests)) < wanted:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{seen} of {wanted} requests")
        time.sleep(0.01)
    return seen


def _others(stage: Stage, *, gui: bool) -> list[float]:
    """The peer, once it rests, beside one more program of its Python, as ours is."""
    if stage.peer.script is None or (gui and not stage.peer.has_gui):
        return []
    python = stage.peer.script.with_name("python")
    pause = [str(python), "-c", "import signal, ssl, sqlite3, ctypes; signal.pause()"]
    with stage.running(pause):
        return _floor(stage, stage.peer.command(stage.session.root, gui=gui), has_icon=gui)


def _floor(stage: Stage, command: list[str], *, has_icon: bool) -> list[float]:
    found = []
    for _ in range(stage.runs):
        with stage.running(command) as program:
            if has_icon:
                stage.panel.wait_item(TIMEOUT)
            found.append(_at_rest(program))
        stage.panel.wait_gone()
    return found


def _at_rest(program: subprocess.Popen[bytes]) -> float:
    """Its memory once it has used no CPU for half a second."""
    while True:
        before = activity(program.pid)
        time.sleep(0.5)
        if activity(program.pid).since(before).cpu_seconds < 0.002:
            return memory_mb(program.pid)
