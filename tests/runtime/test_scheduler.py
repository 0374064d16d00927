"""When it is whose turn: everybody's comes, never in two threads, and a click's at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tray_app.model.settings import Timing
from tray_app.runtime.commands import Command, Kind
from tray_app.runtime.scheduler import ProfileHandle, Scheduler
from tray_app.runtime.thread_pool import HANDS

QUICK = Timing(slice=0.02)


class Sitter:
    """In the place of an attendant: notes its turns, and whether two threads meet in it."""

    is_open = True
    lacks_something = False
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
        assert self.gate.wait(10)
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


def seat(scheduler: Scheduler, sitter: Sitter) -> ProfileHandle:
    def never() -> None:
        raise AssertionError

    handle = scheduler.add(never, never)  # type: ignore[arg-type]
    handle.worker = sitter  # type: ignore[assignment]
    return handle


@contextmanager
def running(scheduler: Scheduler, sitters: list[Sitter]) -> Iterator[list[ProfileHandle]]:
    handles = [seat(scheduler, sitter) for sitter in sitters]
    scheduler.start()
    try:
        yield handles
    finally:
        for sitter in sitters:
            sitter.gate.set()
        scheduler.stop(timeout=5)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.001, 0.01, 60.0]), min_size=1, max_size=40))
def test_everybody_s_turn_comes_again_and_never_in_two_threads(every: list[float]) -> None:
    """Whoever else is always due; who is due in a minute is looked at once a slice all the same."""
    sitters = [Sitter(seconds) for seconds in every]
    with running(Scheduler(pace=QUICK), sitters):
        for sitter in sitters:
            sitter.until(3)
    assert not any(sitter.met for sitter in sitters)
    assert [sitter.closed for sitter in sitters] == [1] * len(sitters)


@pytest.mark.parametrize("count", [1, HANDS - 1, HANDS + 5])
def test_who_hangs_delays_nobody_else(count: int) -> None:
    """Even where more hang than there are hands."""
    hung, others = [Sitter() for _ in range(count)], [Sitter(0.001) for _ in range(20)]
    for sitter in hung:
        sitter.gate.clear()
    scheduler = Scheduler(pace=QUICK)
    scheduler._crew._held_up = 0.05
    with running(scheduler, [*hung, *others]):
        for sitter in hung:
            sitter.until(1)
        before = [len(sitter.turns) for sitter in others]
        for sitter, had in zip(others, before, strict=True):
            sitter.until(had + 3)
        assert [len(sitter.turns) for sitter in hung] == [1] * count


class Failing(Sitter):
    """Every turn raises, and so does its end."""

    def take_turn(self, message: Command | None) -> None:
        super().take_turn(message)
        raise ZeroDivisionError

    def close(self) -> None:
        super().close()
        raise ZeroDivisionError


@pytest.mark.parametrize("count", [0, 1, HANDS + 1])
def test_a_turn_that_raises_ends_neither_the_thread_that_keeps_the_time_nor_its_own(
    count: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if there is one profile only, and also at the end: what all share is closed."""
    failing, others = Failing(), [Sitter() for _ in range(count)]
    over: list[int] = []
    scheduler = Scheduler(pace=QUICK, over=lambda: over.append(1))
    with running(scheduler, [failing, *others]):
        failing.until(3)
        for sitter in others:
            sitter.until(3)
    assert [sitter.closed for sitter in (failing, *others)] == [1] * (count + 1)
    assert over == [1]
    assert "ZeroDivisionError" in caplog.text


def test_a_click_is_taken_at_once_and_one_like_it_adds_nothing() -> None:
    """Also while a turn is being taken: then it is the next one."""
    sitters = [Sitter(60) for _ in range(3)]
    with running(Scheduler(), sitters) as handles:
        for sitter in sitters:
            sitter.until(1)
        handles[1].check()
        sitters[1].until(2)
        sitters[2].gate.clear()
        handles[2].refresh()
        sitters[2].until(2)
        for _ in range(5):
            handles[2].check()
        sitters[2].gate.set()
        sitters[2].until(3)
    assert sitters[1].turns == [None, Command(Kind.CHECK)]
    assert sitters[2].turns == [None, Command(Kind.REFRESH), Command(Kind.CHECK)]


def test_waking_is_seen_once_for_all() -> None:
    asleep = threading.Event()

    def wall() -> float:
        return time.time() + (8 * 3600 if asleep.is_set() else 0)

    sitters = [Sitter(60) for _ in range(40)]
    with running(Scheduler(pace=QUICK, wall=wall), sitters):
        for sitter in sitters:
            sitter.until(1)
        asleep.set()
        for sitter in sitters:
            sitter.until(len(sitter.turns) + 3)
    assert [sitter.woken for sitter in sitters] == [1] * 40


def test_with_one_profile_one_thread_does_it_all() -> None:
    """And not a second one, for which the machine would have to wake twice."""
    names: set[str] = set()

    class Naming(Sitter):
        def take_turn(self, message: Command | None) -> None:
            names.add(threading.current_thread().name)
            super().take_turn(message)

    only = Naming(0.001)
    with running(Scheduler(pace=QUICK), [only]):
        only.until(5)
    assert names == {"worker"}


def test_a_thousand_that_look_up_wake_the_machine_in_groups() -> None:
    """And no more than a slice goes by between two looks at the same one."""
    scheduler = Scheduler(pace=Timing(slice=15))
    handles = [seat(scheduler, Sitter(3600)) for _ in range(1000)]
    for handle in handles:
        handle.worker.take_turn(None)
    ahead = [scheduler._next_turn(handle) - time.monotonic() for handle in handles]
    assert max(ahead) <= 15
    assert len({round(seconds, 1) for seconds in ahead}) <= 33


def test_the_end_closes_everybody_and_then_what_they_shared() -> None:
    sitters = [Sitter(60) for _ in range(5)]
    closed: list[list[int]] = []
    scheduler = Scheduler(over=lambda: closed.append([sitter.closed for sitter in sitters]))
    with running(scheduler, sitters):
        sitters[0].until(1)
    assert closed == [[1] * 5]


def test_who_hangs_at_the_end_is_left_behind() -> None:
    """And what all share stays open for it."""
    over: list[int] = []
    scheduler = Scheduler(over=lambda: over.append(1))
    hung, other = Sitter(60), Sitter(60)
    hung.gate.clear()
    with running(scheduler, [hung, other]):
        hung.until(1)
        begun = time.monotonic()
        scheduler.stop(timeout=0.2)
        assert 0.2 <= time.monotonic() - begun < 5
        assert (hung.closed, other.closed, over) == (0, 1, [])
    assert (hung.closed, over) == (1, [1])
