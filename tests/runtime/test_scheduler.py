"""Turns: every profile's comes, never in two threads at once, a click's at once, on few threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tray_app.model.settings import Timing
from tray_app.runtime import scheduler as scheduler_module
from tray_app.runtime.commands import Command, Kind, ProfileHandle
from tray_app.runtime.scheduler import THREADS, Scheduler

QUICK = Timing(slice=0.02)


class FakeWorker:
    """Records its turns, and whether two threads meet in it."""

    is_open = True
    is_unwell = False
    awaits_tokens = False

    def __init__(self, every: float = 0.0) -> None:
        """`every`: seconds between two turns that are due."""
        self.turns: list[Command | None] = []
        self.met = False
        self.gate = threading.Event()
        self.gate.set()
        self.woken = self.closed = 0
        self.every = every
        self.due = 0.0
        self._inside = threading.Lock()
        self.changed = threading.Condition()

    def take_turn(self, message: Command | None) -> None:
        if not self._inside.acquire(blocking=False):
            self.met = True
            return
        with self.changed:
            self.turns.append(message)
            self.changed.notify_all()
        assert self.gate.wait(60)
        self.due = time.time() + self.every
        self._inside.release()

    def until(self, count: int) -> None:
        """Wait until it has had so many turns."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.turns) >= count, 10)

    def wake(self) -> None:
        self.woken += 1

    def close(self) -> None:
        self.closed += 1

    def cancel_sign_in(self) -> None:
        """None waits."""

    def end(self) -> None:
        """Nothing is begun."""

    def shorten_timeouts(self) -> None:
        """Nothing does."""


def add(scheduler: Scheduler, worker: FakeWorker) -> ProfileHandle:
    handle = ProfileHandle()
    scheduler._add(handle, worker)  # type: ignore[arg-type]
    return handle


@contextmanager
def running(scheduler: Scheduler, workers: list[FakeWorker]) -> Iterator[list[ProfileHandle]]:
    handles = [add(scheduler, worker) for worker in workers]
    scheduler.start()
    try:
        yield handles
    finally:
        for worker in workers:
            worker.gate.set()
        scheduler.stop(timeout=60)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 60.0]), min_size=1, max_size=40))
def test_every_turn_comes_again_and_never_in_two_threads(every: list[float]) -> None:
    """Even beside profiles that are always due; each has a turn at least once a slice."""
    workers = [FakeWorker(seconds) for seconds in every]
    with running(Scheduler(pace=QUICK), workers):
        for worker in workers:
            worker.until(3)
    assert not any(worker.met for worker in workers)
    assert [worker.closed for worker in workers] == [1] * len(workers)


@pytest.mark.parametrize("count", [1, THREADS - 1, THREADS + 5])
def test_a_turn_that_hangs_delays_no_other_profile(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if more turns hang than threads are meant to run."""
    hung, others = [FakeWorker() for _ in range(count)], [FakeWorker(0.001) for _ in range(20)]
    for worker in hung:
        worker.gate.clear()
    monkeypatch.setattr(scheduler_module, "HELD_UP", 0.05)
    with running(Scheduler(pace=QUICK), [*hung, *others]):
        for worker in hung:
            worker.until(1)
        before = [len(worker.turns) for worker in others]
        for worker, had in zip(others, before, strict=True):
            worker.until(had + 3)
        assert [len(worker.turns) for worker in hung] == [1] * count


class Failing(FakeWorker):
    """Every turn raises, and so does its end."""

    def take_turn(self, message: Command | None) -> None:
        super().take_turn(message)
        raise ZeroDivisionError

    def close(self) -> None:
        super().close()
        raise ZeroDivisionError


@pytest.mark.parametrize("count", [0, 1, THREADS + 1])
def test_a_turn_that_raises_ends_neither_the_scheduler_s_thread_nor_its_own(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if there is one profile only, and also at the end: what all share is closed."""
    failing, others = Failing(), [FakeWorker() for _ in range(count)]
    over: list[int] = []
    scheduler = Scheduler(pace=QUICK, on_closed=lambda: over.append(1))
    with running(scheduler, [failing, *others]):
        failing.until(3)
        for worker in others:
            worker.until(3)
    assert [worker.closed for worker in (failing, *others)] == [1] * (count + 1)
    assert over == [1]
    assert "ZeroDivisionError" in caplog.text


def test_a_click_runs_at_once_and_a_second_one_adds_nothing() -> None:
    """Also while a turn is being taken: then it is the next one."""
    workers = [FakeWorker(60) for _ in range(3)]
    with running(Scheduler(pace=Timing(slice=3600)), workers) as handles:
        for worker in workers:
            worker.until(1)
        handles[1].check()
        workers[1].until(2)
        workers[2].gate.clear()
        handles[2].refresh()
        workers[2].until(2)
        for _ in range(5):
            handles[2].check()
        workers[2].gate.set()
        workers[2].until(3)
    assert workers[1].turns == [None, Command(Kind.CHECK)]
    assert workers[2].turns == [None, Command(Kind.REFRESH), Command(Kind.CHECK)]


def turn_threads() -> int:
    return sum(thread.name == "turn" for thread in threading.enumerate())


def test_at_most_so_many_threads_take_turns_and_they_end_when_nothing_is_due() -> None:
    """A thread costs memory, and most of the time nothing is due."""
    workers = [FakeWorker(60) for _ in range(THREADS + 5)]
    for worker in workers:
        worker.gate.clear()
    with running(Scheduler(), workers):
        until(lambda: sum(len(worker.turns) for worker in workers) == THREADS)
        assert turn_threads() == THREADS
        for worker in workers:
            worker.gate.set()
        for worker in workers:
            worker.until(1)
        until(lambda: turn_threads() == 0)


def test_a_click_comes_before_all_turns_that_wait() -> None:
    workers = [FakeWorker(60) for _ in range(THREADS + 9)]
    for worker in workers:
        worker.gate.clear()
    scheduler = Scheduler()
    handles = [add(scheduler, worker) for worker in workers]
    handles[-1].check()
    with scheduler._changed:
        scheduler._collect_due()
        assert scheduler._ready[0].handle is handles[-1]


def test_at_most_max_threads_hang_and_one_that_returns_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduler_module, "HELD_UP", 0.02)
    monkeypatch.setattr(scheduler_module, "MAX_THREADS", THREADS + 2)
    workers = [FakeWorker(60) for _ in range(THREADS + 3)]
    for worker in workers:
        worker.gate.clear()
    with running(Scheduler(), workers):
        until(lambda: sum(len(worker.turns) for worker in workers) == THREADS + 2)
        (waiting,) = (worker for worker in workers if not worker.turns)
        assert turn_threads() == THREADS + 2
        next(worker for worker in workers if worker.turns).gate.set()
        waiting.until(1)


def test_a_system_without_threads_left_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = [FakeWorker(60) for _ in range(3)]
    started = threading.Thread.start
    refused = threading.Event()

    def start(thread: threading.Thread) -> None:
        if thread.name == "turn" and not refused.is_set():
            refused.set()
            raise RuntimeError("can't start new thread")
        started(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with running(Scheduler(pace=QUICK), workers):
        for worker in workers:
            worker.until(1)
    assert refused.is_set()


def until(holds: Callable[[], bool]) -> None:
    """Poll: threads that end wake no one."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_waking_is_noticed_once_for_all_profiles() -> None:
    asleep = threading.Event()

    def wall() -> float:
        return time.time() + (8 * 3600 if asleep.is_set() else 0)

    workers = [FakeWorker(60) for _ in range(40)]
    with running(Scheduler(pace=QUICK, wall=wall), workers):
        for worker in workers:
            worker.until(1)
        asleep.set()
        for worker in workers:
            worker.until(len(worker.turns) + 3)
    assert [worker.woken for worker in workers] == [1] * 40


def test_with_one_profile_one_thread_does_everything() -> None:
    """And not a second one, for which the machine would have to wake twice."""
    names: set[str] = set()

    class Naming(FakeWorker):
        def take_turn(self, message: Command | None) -> None:
            names.add(threading.current_thread().name)
            super().take_turn(message)

    only = Naming(0.001)
    with running(Scheduler(pace=QUICK), [only]):
        only.until(5)
    assert names == {"scheduler"}


def test_a_thousand_profiles_wake_the_machine_in_groups() -> None:
    """And no more than a slice goes by between two looks at the same one."""
    scheduler = Scheduler(pace=Timing(slice=15))
    for _ in range(1000):
        add(scheduler, FakeWorker(3600))
    for profile in scheduler._profiles:
        profile.worker.take_turn(None)
    turns = [scheduler._next_turn(profile) for profile in scheduler._profiles]
    assert max(turns) <= time.monotonic() + 15
    assert len({round(at, 3) for at in turns}) <= 33


def test_the_end_closes_every_worker_and_then_what_they_share() -> None:
    workers = [FakeWorker(60) for _ in range(5)]
    closed: list[list[int]] = []
    scheduler = Scheduler(on_closed=lambda: closed.append([worker.closed for worker in workers]))
    with running(scheduler, workers):
        workers[0].until(1)
    assert closed == [[1] * 5]


def test_a_turn_that_hangs_at_the_end_is_left_behind() -> None:
    """And what the workers share stays open for it."""
    over: list[int] = []
    scheduler = Scheduler(on_closed=lambda: over.append(1))
    hung, other = FakeWorker(60), FakeWorker(60)
    hung.gate.clear()
    with running(scheduler, [hung, other]):
        hung.until(1)
        begun = time.monotonic()
        scheduler.stop(timeout=0.2)
        assert 0.2 <= time.monotonic() - begun < 20
        assert (hung.closed, other.closed, over) == (0, 1, [])
    assert (hung.closed, over) == (1, [1])
