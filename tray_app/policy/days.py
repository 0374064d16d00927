"""The health of past days, from the events that record its changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from tray_app.model.events import Event, EventType
from tray_app.model.local_time import aware, local
from tray_app.model.signs import Colour


@dataclass(frozen=True, slots=True)
class Stretch:
    """How long one state lasted within a day. `event`: what began it, possibly days before."""

    event: Event
    length: timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """One local day. `colour`: the worst of it, None if nothing is known; `stretches`: its states
    in order; `events`: what else happened."""

    day: date
    colour: Colour | None
    stretches: tuple[Stretch, ...] = ()
    events: tuple[Event, ...] = ()


def last_days(
    events: Sequence[Event], number: int, now: datetime, zone: tzinfo | None = None
) -> tuple[Day, ...]:
    """Return so many days up to today, oldest first. `events`: oldest first.

    A state lasts until the next one is recorded, so a day without changes is like the day before.
    What was before the first token does not count: nothing had failed.
    """
    today = local(now, zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(number))]
    states = [event for event in events if _is_state(event)]
    first = next((n for n, state in enumerate(states) if _has_token(state)), len(states))
    others = [event for event in events if not _is_state(event)]
    return tuple(_day(day, states[first:], others, now, zone) for day in days)


def _is_state(event: Event) -> bool:
    return event.event_type is EventType.HEALTH and event.colour is not None


def _has_token(state: Event) -> bool:
    return bool(state.fingerprint) or state.colour is Colour.GREEN


def _day(
    day: date, states: Sequence[Event], others: Sequence[Event], now: datetime, zone: tzinfo | None
) -> Day:
    begins, next_begins = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    stretches = tuple(_stretches(states, begins, min(next_begins, now)))
    found = {stretch.event.colour for stretch in stretches}
    worst = next((colour for colour in reversed(Colour) if colour in found), None)
    return Day(day, worst, stretches, tuple(e for e in others if begins <= e.at < next_begins))


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    # In UTC: two times of one zone are subtracted as its clocks show them.
    return aware(datetime.combine(day, time()), zone).astimezone(UTC)


def _stretches(states: Sequence[Event], begins: datetime, ends: datetime) -> Iterator[Stretch]:
    for number, event in enumerate(states):
        until = states[number + 1].at if number + 1 < len(states) else ends
        first, last = max(event.at, begins), min(until, ends)
        if first < last or begins <= event.at <= last:
            yield Stretch(event, max(last - first, timedelta(0)))
