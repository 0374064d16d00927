"""The health of past days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, HOUR, MINUTE, NOW, often
from tray_app.model.events import Event, EventType
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.policy.days import Day, Stretch, last_days

TODAY = NOW.date()
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)


def state(at: datetime, colour: Colour = Colour.GREEN) -> Event:
    return Event(at, EventType.HEALTH, colour, 11, Reason.WORKS, fingerprint="0a1b2c3d")


def days(*events: Event, number: int = 3) -> tuple[Day, ...]:
    return last_days(events, number, NOW, UTC)


def test_before_the_first_event_nothing_is_known() -> None:
    assert days() == tuple(Day(TODAY - back * DAY, None) for back in (2, 1, 0))


def test_a_state_lasts_until_the_next_one() -> None:
    """Also over days without any event, and today only until now."""
    green, red = state(MIDNIGHT - DAY - HOUR), state(MIDNIGHT + 2 * HOUR, Colour.RED)
    assert days(green, red) == (
        Day(TODAY - 2 * DAY, Colour.GREEN, (Stretch(green, HOUR),)),
        Day(TODAY - DAY, Colour.GREEN, (Stretch(green, DAY),)),
        Day(TODAY, Colour.RED, (Stretch(green, 2 * HOUR), Stretch(red, 10 * HOUR))),
    )


def test_what_began_before_all_of_these_days_counts() -> None:
    old = state(NOW - 100 * DAY, Colour.AMBER)
    assert [day.colour for day in days(old)] == [Colour.AMBER] * 3


def test_the_worst_state_colours_the_day_however_short() -> None:
    at = MIDNIGHT - DAY + HOUR
    states = (state(at - DAY), state(at, Colour.RED), state(at, Colour.AMBER), state(at + MINUTE))
    (_, day, today) = days(*states)
    assert day.colour is Colour.RED
    assert [stretch.length for stretch in day.stretches][1:3] == [timedelta(), MINUTE]
    assert today.colour is Colour.GREEN


def test_what_was_before_the_first_token_is_no_failure() -> None:
    """There was a red bar for the minute before the first sign-in. A token that is lost later is
    one."""
    missing = replace(state(MIDNIGHT, Colour.RED), fingerprint="")
    sign_in, lost = state(MIDNIGHT + MINUTE), replace(missing, at=MIDNIGHT + HOUR)
    (*_, before) = days(missing)
    assert (before.colour, before.stretches) == (None, ())
    (*_, today) = days(missing, sign_in)
    assert (today.colour, today.stretches[0].event) == (Colour.GREEN, sign_in)
    (*_, today) = days(missing, sign_in, lost)
    assert (today.colour, today.stretches[-1].event) == (Colour.RED, lost)


def test_a_green_state_without_a_fingerprint_counts() -> None:
    assert days(replace(state(MIDNIGHT), fingerprint=""))[-1].colour is Colour.GREEN


def test_what_else_happened_is_with_its_day() -> None:
    """A health of a later version of the program has no colour, and is one of the others."""
    other = Event(MIDNIGHT - MINUTE, EventType.ANSWERED)
    odd = Event(MIDNIGHT, EventType.HEALTH)
    (_, yesterday, today) = days(other, odd)
    assert (yesterday.events, today.events) == ((other,), (odd,))
    assert (yesterday.colour, today.colour) == (None, None)


def test_a_day_is_that_of_the_zone_and_may_have_23_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)  # half past midnight there
    green = state(now - 9 * DAY)
    (changed, today) = last_days([green], 2, now, berlin)
    assert (changed.day, today.day) == (date(2026, 3, 29), date(2026, 3, 30))
    assert (changed.stretches[0].length, today.stretches[0].length) == (23 * HOUR, 30 * MINUTE)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(Colour)), max_size=12))
@often
def test_no_time_is_lost_or_counted_twice(moments: list[tuple[int, Colour]]) -> None:
    """From the first event on, the stretches add up to now."""
    events = [state(NOW - minutes * MINUTE, colour) for minutes, colour in moments]
    events.sort(key=lambda event: event.at)
    found = last_days(events, 10, NOW, UTC)
    total = sum((s.length for day in found for s in day.stretches), timedelta())
    assert total == (NOW - events[0].at if events else timedelta())
    for day in found:
        assert (day.colour is None) == (not day.stretches)
