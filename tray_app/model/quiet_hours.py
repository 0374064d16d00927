"""When not to send notifications: quiet hours and snoozing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from tray_app.model.local_time import aware, local

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")  # noqa: RUF001
_LEAST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NotificationTiming:
    """`delay`: how long a problem must last before you are notified; `day_start`: when a snooze
    until tomorrow ends, local time. The demo and the tests use shorter times."""

    delay: timedelta = timedelta(minutes=1)
    short_snooze: timedelta = timedelta(hours=1)
    day_start: time = time(8)


class Snooze(StrEnum):
    """The choices of the snooze menu."""

    SHORT = "nap"
    TOMORROW = "tomorrow"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No unrequested notification between these local times; may span midnight."""

    begin: time
    end: time

    def until(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """Return when they end if `now` is within them, else None. `zone`: None: this machine's."""
        here = local(now, zone)
        clock, day = here.time(), here.date()
        overnight = self.end < self.begin
        if self.begin <= clock and (overnight or clock < self.end):
            day += timedelta(days=1) if overnight else timedelta()
        elif not (overnight and clock < self.end):
            return None
        # Always in the future: when summer time ends, an hour occurs twice.
        return max(_on(day, self.end, zone), now + _LEAST)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def read_quiet_hours(text: str) -> QuietHours:
    """Parse "22:00-07:00". Raises ValueError with a predicate."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError('must be two times of day, as in "22:00-07:00"')
    hours = QuietHours(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))
    if hours.begin == hours.end:
        raise ValueError('must begin and end at different times, as in "22:00-07:00"')
    return hours


def snooze_end(
    choice: Snooze,
    now: datetime,
    notification_timing: NotificationTiming,
    zone: tzinfo | None = None,
) -> datetime | None:
    """Return when the snooze ends; None for OFF."""
    if choice is Snooze.SHORT:
        return now + notification_timing.short_snooze
    if choice is Snooze.TOMORROW:
        return _on(local(now, zone).date() + timedelta(days=1), notification_timing.day_start, zone)
    return None


def _on(day: date, at: time, zone: tzinfo | None) -> datetime:
    return aware(datetime.combine(day, at), zone)
