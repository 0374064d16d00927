"""When a person may be spoken to unasked: not for a blip, not in quiet hours, not while snoozed."""

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
    """`delay`: how long something must last to be worth a word; `short_snooze`: the short snooze;
    `morning`: when "tomorrow" begins, in local time. The demo and the tests are less patient."""

    delay: timedelta = timedelta(minutes=1)
    short_snooze: timedelta = timedelta(hours=1)
    day_start: time = time(8)


class Snooze(StrEnum):
    """What a person may ask for."""

    SHORT = "nap"
    TOMORROW = "tomorrow"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when to when nobody is told anything unasked, in local time; over midnight, too."""

    begin: time
    end: time

    def until(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """Return when they end, where `now` lies within them; else None. `zone`: None is the
        machine's."""
        here = local(now, zone)
        clock, day = here.time(), here.date()
        overnight = self.end < self.begin
        if self.begin <= clock and (overnight or clock < self.end):
            day += timedelta(days=1) if overnight else timedelta()
        elif not (overnight and clock < self.end):
            return None
        # At least a little ahead: where summer time ends, an hour comes twice.
        return max(_on(day, self.end, zone), now + _LEAST)

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def read_quiet_hours(text: str) -> QuietHours:
    """Return what "22:00-07:00" says. Raises ValueError with a sentence."""
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
    """Return until when nothing is told; None for OFF."""
    if choice is Snooze.SHORT:
        return now + notification_timing.short_snooze
    if choice is Snooze.TOMORROW:
        return _on(local(now, zone).date() + timedelta(days=1), notification_timing.day_start, zone)
    return None


def _on(day: date, at: time, zone: tzinfo | None) -> datetime:
    """The time of that day, aware."""
    return aware(datetime.combine(day, at), zone)
