"""Memory when nothing happens; and that neither it nor a poll grows with the number of polls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import TIMEOUT, Stage
from tests.benchmarks.weighing import activity, memory_mb, own_memory_mb, private_mb

MANY, VERY_MANY = 1_000, 10_000
WINDOW, WINDOWS = 20, 5
"""Polls whose cost is taken together, and how many such groups there are at each end."""

REST = 3.0
"""Seconds without CPU after which a program rests: longer than our threads wait for more work."""

PRIVATE, PSS = "private memory at rest", "memory at rest (PSS)"
PEER = "emailproxy, GUI"


def lines(stage: Stage) -> list[Line]:
    """Each as a person starts it, in turns, beside one other program of the same Python."""
    commands = {"ours": stage.tray, "pystray hello": stage.own("hello_tray")}
    if stage.peer.has_gui:
        commands[PEER] = stage.peer.command(stage.session.root, gui=True)
    private: dict[str, list[float]] = {name: [] for name in commands}
    shared: dict[str, list[float]] = {name: [] for name in commands}
    with stage.shown(stage.tray) as (_, item, _took):
        stage.wait_green(item)  # the secrets are in the keyring from here on
    with _another_of_its_python(stage):
        for _ in range(stage.runs):
            for name, command in commands.items():
                with stage.shown(command) as (pid, item, _took):
                    if name == "ours":
                        stage.wait_green(item)
                    _wait_rest(pid)
                    private[name].append(private_mb(pid))
                    shared[name].append(memory_mb(pid))
    found = [
        Line(what, "MB", _sample("ours", values), _sample(name, values), aim)
        for what, values, aims in ((PRIVATE, private, 1.0), (PSS, shared, 0.8))
        for name in commands
        if name != "ours"
        for aim in (aims if name == PEER else None,)
    ]
    return found + _flat(stage)


def _sample(name: str, values: dict[str, list[float]]) -> Sample:
    return Sample(name, tuple(values[name]))


def _flat(stage: Stage) -> list[Line]:
    """What polls and memory cost near the beginning, and after very many."""
    stage.set_poll_seconds(0.001)
    command = [*stage.own("paced_tray"), str(stage.profile.config_path), stage.webex.api_base]
    with stage.shown(command) as (pid, _item, _took):
        begun = len(stage.webex.requests)
        _wait_polls(stage, begun + 100)
        early = _costs(stage, pid)
        _wait_polls(stage, begun + MANY)
        own_at_many = own_memory_mb(pid)
        end = MANY if stage.quick else VERY_MANY
        _wait_polls(stage, begun + end)
        late, own_at_end = _costs(stage, pid), own_memory_mb(pid)
    stage.set_poll_seconds(300)
    name = f"{end:,}th"
    return [
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


@contextmanager
def _another_of_its_python(stage: Stage) -> Iterator[None]:
    """One more program of the peer's Python, as this one is one of ours."""
    if stage.peer.script is None:
        yield
        return
    python = stage.peer.script.with_name("python")
    pause = [str(python), "-c", "import signal, ssl, sqlite3, ctypes; signal.pause()"]
    with stage.running(pause):
        yield


def _wait_rest(pid: int) -> None:
    while True:
        before = activity(pid)
        time.sleep(REST)
        if activity(pid).since(before).cpu_seconds < 0.002:
            return
