"""The crew: everything that is given is done, by few, and who hangs costs the others nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.runtime.thread_pool import WorkerPool

SOON = 0.05


def crew_threads() -> int:
    return sum(thread.name == "crew" for thread in threading.enumerate())


class Ledger:
    """Notes what is done, and how many do it at the same moment."""

    def __init__(self, count: int = 0) -> None:
        self.done: list[int] = []
        self.at_once = self.most_at_once = 0
        self.gates: dict[int, threading.Event] = {}
        self._count = count
        self._changed = threading.Condition()

    def work(self, task: int) -> None:
        with self._changed:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
            self._changed.notify_all()
        gate = self.gates.get(task)
        if gate is not None:
            assert gate.wait(10)
        with self._changed:
            self.at_once -= 1
            self.done.append(task)
            self._changed.notify_all()

    def until_done(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.done) >= count, 10)

    def until_at_once(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.at_once >= count, 10)


@contextmanager
def crew(
    ledger: Ledger, *, hands: int = 2, most: int = 8, held_up: float = 60
) -> Iterator[WorkerPool[int]]:
    made = WorkerPool(ledger.work, hands=hands, most=most, held_up=held_up)
    try:
        yield made
    finally:
        for gate in ledger.gates.values():
            gate.set()
        made.end()


@given(st.integers(1, 60), st.integers(1, 4))
def test_everything_is_done_once_and_by_no_more_than_there_are_hands(
    count: int, hands: int
) -> None:
    ledger = Ledger()
    with crew(ledger, hands=hands) as made:
        for task in range(count):
            made.give(task, first=task % 7 == 0)
        ledger.until_done(count)
    assert sorted(ledger.done) == list(range(count))
    assert ledger.most_at_once <= hands


def test_what_is_urgent_comes_before_what_waits() -> None:
    """A click among a thousand looks."""
    ledger = Ledger()
    ledger.gates[0] = threading.Event()
    with crew(ledger, hands=1) as made:
        made.give(0)
        ledger.until_at_once(1)
        made.give(1)
        made.give(2, first=True)
        ledger.gates[0].set()
        ledger.until_done(3)
    assert ledger.done == [0, 2, 1]


def test_those_that_hang_are_stood_in_for_up_to_the_most() -> None:
    """Two hands hang; the third task is done all the same, and so on until the most hang."""
    ledger = Ledger()
    ledger.gates = {task: threading.Event() for task in range(8)}
    with crew(ledger, held_up=SOON) as made:
        for task in range(8):
            made.give(task)
        while ledger.at_once < 8:
            threading.Event().wait(made.tend() or 0)
        made.give(100)
        assert made.tend() is None, "nobody is left to stand in: no need to come back"
        assert ledger.done == []
        ledger.gates[0].set()
        ledger.until_done(2)
        assert sorted(ledger.done) == [0, 100]


def test_nothing_needs_tending_where_nothing_waits() -> None:
    ledger = Ledger()
    with crew(ledger) as made:
        assert made.tend() is None
        made.give(0)
        ledger.until_done(1)
        assert made.tend() is None


def test_who_stood_in_leaves_when_those_that_hung_are_back() -> None:
    before = crew_threads()
    ledger = Ledger()
    ledger.gates = {0: threading.Event(), 1: threading.Event()}
    with crew(ledger, held_up=SOON) as made:
        for task in range(3):
            made.give(task)
        while len(ledger.done) < 1:
            threading.Event().wait(made.tend() or SOON)
        for gate in ledger.gates.values():
            gate.set()
        ledger.until_done(3)
    deadline = time.monotonic() + 10
    while crew_threads() > before:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_a_task_that_raises_takes_no_thread_away(caplog: pytest.LogCaptureFixture) -> None:
    """More of them than there are hands."""
    done = threading.Event()

    def work(task: int) -> None:
        if task < 5:
            raise ZeroDivisionError
        done.set()

    made = WorkerPool(work, hands=2)
    try:
        for task in range(6):
            made.give(task)
        assert done.wait(10)
    finally:
        made.end()
    for thread in threading.enumerate():
        if thread.name == "crew":
            thread.join(10)  # the last one that failed may not have said so yet
    assert caplog.text.count("a task failed") == 5


def test_a_system_without_threads_left_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """`give` raises nothing: it is the thread that keeps the time that calls it."""
    ledger = Ledger()
    with crew(ledger) as made:
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", _no_thread)
            made.give(0)
        made.tend()
        ledger.until_done(1)


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
