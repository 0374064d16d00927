"""Quiet hours and snoozing, in the person's own time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import HOUR, MINUTE, NOW, often
from tray_app.model.quiet_hours import (
    NotificationTiming,
    QuietHours,
    Snooze,
    read_quiet_hours,
    snooze_end,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT, NOONISH = read_quiet_hours("22:00-07:00"), read_quiet_hours("11:30-13:00")


def at(clock: str, day: int = 10) -> datetime:
    """That time of a March day in Berlin, as UTC."""
    local = datetime.combine(datetime(2026, 3, day, tzinfo=UTC).date(), time.fromisoformat(clock))
    return local.replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "clock", "end"),
    [
        (NIGHT, "21:59", None),
        (NIGHT, "22:00", at("07:00", 11)),
        (NIGHT, "23:59:59", at("07:00", 11)),
        (NIGHT, "00:00", at("07:00")),
        (NIGHT, "06:59", at("07:00")),
        (NIGHT, "07:00", None),
        (NOONISH, "11:29", None),
        (NOONISH, "11:30", at("13:00")),
        (NOONISH, "12:59", at("13:00")),
        (NOONISH, "13:00", None),
    ],
)
def test_quiet_hours_begin_at_their_first_minute_and_end_at_their_last(
    hours: QuietHours, clock: str, end: datetime | None
) -> None:
    assert hours.until(at(clock), BERLIN) == end


def test_hours_without_length_are_never_quiet() -> None:
    """Not a whole day either."""
    assert QuietHours(time(8), time(8)).until(at("08:00"), BERLIN) is None
    assert QuietHours(time(8), time(8)).until(at("12:00"), BERLIN) is None


@often
@given(
    st.times(),
    st.times(),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([None, UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]),
)
def test_their_end_is_ahead_and_less_than_a_day_and_a_bit_away(
    begin: time, end: time, now: datetime, zone: ZoneInfo | None
) -> None:
    """Whatever the zone does to its clocks meanwhile."""
    until = QuietHours(begin, end).until(now, zone)
    if until is not None:
        assert now < until <= now + timedelta(hours=25, minutes=1)


def test_where_summer_time_ends_they_end_all_the_same() -> None:
    """02:30 comes twice that night."""
    hours = QuietHours(time(1), time(2, 45))
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, for the second time
    assert hours.until(second, BERLIN) == second + MINUTE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("22:00-07:00", "22:00-07:00"),
        (" 9:30 – 10:00 ", "09:30-10:00"),  # noqa: RUF001
        ("0:00-23:59", "00:00-23:59"),
    ],
)
def test_quiet_hours_are_read_as_a_person_writes_them(text: str, shown: str) -> None:
    assert str(read_quiet_hours(text)) == shown


@pytest.mark.parametrize("text", ["", "22-7", "22:00", "24:00-07:00", "22:60-07:00", "10pm-7am"])
def test_what_is_no_quiet_hours_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        read_quiet_hours(text)
    assert str(refused.value) == 'must be two times of day, as in "22:00-07:00"'


def test_hours_that_never_begin_are_a_slip() -> None:
    with pytest.raises(ValueError, match="must begin") as refused:
        read_quiet_hours("22:00-22:00")
    said = 'must begin and end at different times, as in "22:00-07:00"'
    assert str(refused.value) == said


def test_a_snooze_lasts_an_hour_or_until_the_next_morning() -> None:
    """The next day's, also just after midnight."""
    notification_timing = NotificationTiming()
    assert snooze_end(Snooze.SHORT, NOW, notification_timing) == NOW + HOUR
    assert snooze_end(Snooze.TOMORROW, at("17:00"), notification_timing, BERLIN) == at("08:00", 11)
    assert snooze_end(Snooze.TOMORROW, at("00:30"), notification_timing, BERLIN) == at("08:00", 11)
    assert snooze_end(Snooze.OFF, NOW, notification_timing) is None


def test_without_a_zone_it_is_the_machine_s_morning() -> None:
    until = snooze_end(Snooze.TOMORROW, NOW, NotificationTiming())
    assert until is not None
    assert until.tzinfo is not None
    assert until.astimezone().time() == time(8)


def test_the_manners_are_those_of_the_readme() -> None:
    """A minute, an hour, eight o'clock."""
    assert NotificationTiming() == NotificationTiming(
        delay=MINUTE, short_snooze=HOUR, day_start=time(8, 0)
    )
