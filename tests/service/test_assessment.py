"""What is known is gathered once an operation, and judging it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.service.conftest import Start
from tray_app.model.events import EventType
from tray_app.sandbox.clock import ManualClock
from tray_app.service.assessment import Assessment
from tray_app.service.engine import Engine

LONG = 1000


def poll_as_the_tray_does(engine: Engine) -> None:
    engine.poll()
    engine.renewal_due()


def reload_as_the_tray_does(engine: Engine) -> None:
    engine.reload()
    engine.renewal_due()


OPERATIONS: dict[str, Callable[[Engine], object]] = {
    "poll": poll_as_the_tray_does,
    "status": lambda engine: engine.poll(repair=False),
    "refresh": lambda engine: engine.refresh(by_hand=True),
    "reload": reload_as_the_tray_does,
    "judge": Engine.judge,
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_known_is_gathered_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    engine.poll()
    gathered: list[Assessment] = []
    observe = Assessment.observe

    def counted(assessment: Assessment) -> object:
        gathered.append(assessment)
        return observe(assessment)

    monkeypatch.setattr(Assessment, "observe", counted)
    OPERATIONS[operation](engine)
    assert len(gathered) == 1


def test_judging_writes_nothing_even_if_time_has_changed_the_verdict(
    start: Start, engine: Engine, clock: ManualClock
) -> None:
    green, onlooker = engine.poll(), start()
    onlooker.facts_changed()
    events = engine.recent_events(LONG)
    clock.advance(timedelta(days=1))
    assert engine.judge().colour != green.colour
    assert not onlooker.facts_changed()
    assert engine.recent_events(LONG) == events


def test_a_verdict_that_time_has_changed_is_recorded_when_it_is_shown(
    engine: Engine, clock: ManualClock
) -> None:
    engine.poll()
    events = engine.recent_events(LONG)
    clock.advance(timedelta(days=1))
    found = engine.judge_and_record()
    new, *before = engine.recent_events(LONG)
    assert tuple(before) == events
    assert (new.event_type, new.reason, found.reason) == (EventType.HEALTH, "stale", "stale")
    engine.judge_and_record()  # the same again is no event
    assert len(engine.recent_events(LONG)) == len(events) + 1
