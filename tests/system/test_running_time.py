"""A limit counts what this process ran, not what the clock says."""

from __future__ import annotations

import threading
import time

import pytest

from tray_app.system.running_time import RunningTime


class Clock:
    """A monotonic clock; `waits` is how much later each wait ends, and then it has come or not."""

    def __init__(self, *waits: float | None) -> None:
        self.now = 100.0
        self.asked: list[float] = []
        self._waits = list(waits)

    def wait(self, seconds: float) -> bool:
        self.asked.append(seconds)
        took = self._waits.pop(0)
        self.now += took or 0
        return took is None


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> RunningTime:
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    return RunningTime()


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Clock:
    return Clock(*request.param)


@pytest.mark.parametrize("clock", [(0.5, 0.5, 0.25)], indirect=True)
def test_steps_add_up_to_the_limit(waited: RunningTime, clock: Clock) -> None:
    assert not waited.wait(clock.wait, 1.25)
    assert (clock.asked, waited.seconds) == ([0.5, 0.5, 0.25], 1.25)
    assert not waited.wait(clock.wait, 1.25)


@pytest.mark.parametrize("clock", [(0.5, None)], indirect=True)
def test_what_comes_ends_the_wait(waited: RunningTime, clock: Clock) -> None:
    assert waited.wait(clock.wait, 40)
    assert waited.seconds == 0.5


@pytest.mark.parametrize("clock", [(1.5, 0.5)], indirect=True)
def test_a_busy_machine_makes_a_step_longer_and_no_shorter(
    waited: RunningTime, clock: Clock
) -> None:
    assert not waited.wait(clock.wait, 1)


@pytest.mark.parametrize("clock", [(0.5,) * 17 + (3600.0, None)], indirect=True)
def test_time_in_which_the_process_is_stopped_is_not_counted(
    waited: RunningTime, clock: Clock
) -> None:
    assert waited.wait(clock.wait, 9)
    assert waited.seconds == 7.0, "two seconds are left, at least, for what came meanwhile"


@pytest.mark.parametrize("clock", [(3600.0, None)], indirect=True)
def test_a_limit_shorter_than_the_grace_begins_anew(waited: RunningTime, clock: Clock) -> None:
    assert waited.wait(clock.wait, 1)
    assert waited.seconds == 0


def test_an_interrupted_step_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    waited = RunningTime()

    def interrupted(_: float) -> bool:
        clock.now += 0.3
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            waited.wait(interrupted, 1)
    assert waited.seconds == pytest.approx(0.6)


def test_it_waits_for_real() -> None:
    waited, event = RunningTime(), threading.Event()
    assert not waited.wait(event.wait, 0.02)
    event.set()
    assert waited.wait(event.wait, 0.04)
