"""Times and durations, as people read and write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, HOUR, MINUTE, NOW
from tray_app.model.local_time import aware, local
from tray_app.text.times import (
    LONGEST,
    clock,
    date_and_time,
    day,
    format_duration,
    parse_duration,
    parse_moment,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("at", "now", "zone", "text"),
    [
        # the same day, a day of this year, and of another
        (utc(2026, 3, 10, 14, 3), NOW, UTC, "14:03"),
        (utc(2026, 3, 10, 0, 0), NOW, UTC, "00:00"),
        (utc(2026, 3, 11, 0, 0), NOW, UTC, "Wed 11 Mar 00:00"),
        (utc(2026, 3, 9, 23, 59), NOW, UTC, "Mon 9 Mar 23:59"),
        (utc(2027, 1, 4, 12, 0), NOW, UTC, "Mon 4 Jan 12:00"),
        (utc(2027, 1, 5, 12, 0), NOW, UTC, "Tue 5 Jan 2027 12:00"),
        (utc(2025, 5, 14, 12, 0), NOW, UTC, "Wed 14 May 12:00"),
        (utc(2025, 5, 13, 12, 0), NOW, UTC, "Tue 13 May 2025 12:00"),
        # the turn of the year needs no year: it is the next day
        (utc(2027, 1, 1, 0, 30), utc(2026, 12, 31, 23, 30), UTC, "Fri 1 Jan 00:30"),
        (utc(2026, 12, 31, 23, 30), utc(2027, 1, 1, 0, 30), UTC, "Thu 31 Dec 23:30"),
        # the zone decides what today is
        (utc(2026, 3, 10, 23, 30), NOW, BERLIN, "Wed 11 Mar 00:30"),
        (utc(2026, 3, 10, 23, 30), utc(2026, 3, 10, 23, 0), BERLIN, "00:30"),
        (utc(2026, 12, 31, 23, 30), utc(2026, 12, 31, 12), BERLIN, "Fri 1 Jan 00:30"),
        (utc(2026, 3, 11, 3, 0), NOW, NEW_YORK, "23:00"),
        (utc(2026, 3, 10, 12, 0), NOW, KIRITIMATI, "02:00"),
        # Berlin, 29 March: two o'clock becomes three
        (utc(2026, 3, 29, 0, 59), utc(2026, 3, 29, 0), BERLIN, "01:59"),
        (utc(2026, 3, 29, 1, 0), utc(2026, 3, 29, 0), BERLIN, "03:00"),
        (utc(2026, 3, 29, 22, 0), utc(2026, 3, 29, 0), BERLIN, "Mon 30 Mar 00:00"),
        # Berlin, 25 October: the hour from two to three comes twice
        (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0), BERLIN, "02:30"),
        (utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 0), BERLIN, "02:30"),
        (utc(2026, 10, 25, 22, 59), utc(2026, 10, 24, 22, 0), BERLIN, "23:59"),
        # New York, 8 March and 1 November
        (utc(2026, 3, 8, 7, 0), utc(2026, 3, 8, 6), NEW_YORK, "03:00"),
        (utc(2026, 11, 1, 6, 30), utc(2026, 11, 1, 5), NEW_YORK, "01:30"),
        # the end of 32-bit time
        (utc(2038, 1, 19, 3, 14), NOW, UTC, "Tue 19 Jan 2038 03:14"),
    ],
)
def test_a_time_is_shown_as_a_person_reads_it(
    at: datetime, now: datetime, zone: tzinfo, text: str
) -> None:
    """In the zone of the person, with the day where it is not today, with the year where far."""
    assert clock(at, now, zone) == text


def test_without_a_zone_the_machines_own_is_meant() -> None:
    """Which the caller need not know."""
    here = NOW.astimezone().tzinfo
    assert clock(NOW + MINUTE, NOW) == clock(NOW + MINUTE, NOW, here)


def test_a_day_is_named_where_the_hour_alone_could_be_any_days() -> None:
    """A sentence says "today" too."""
    assert date_and_time(NOW + HOUR, NOW, UTC) == "today 13:00"
    assert date_and_time(NOW + 24 * HOUR, NOW, UTC) == "Wed 11 Mar 12:00"
    assert day(NOW + HOUR, NOW, UTC) == "today 13:00"
    assert day(NOW + 24 * HOUR, NOW, UTC) == "Wed 11 Mar"
    assert day(NOW + 400 * DAY, NOW, UTC) == "Wed 14 Apr 2027"
    assert day(NOW + 11 * HOUR, NOW, KIRITIMATI) == "today 13:00"
    assert day(NOW + 23 * HOUR, NOW, KIRITIMATI) == "Thu 12 Mar"


@pytest.fixture
def no_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose offset from UTC is more than a day."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone is not the environment's here")
    monkeypatch.setenv("TZ", "UTC+99")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("no_zone")
def test_a_machine_whose_zone_is_none_has_utc() -> None:
    """Python raises ValueError for such an offset."""
    with pytest.raises(ValueError, match="offset must be"):
        NOW.astimezone()
    assert local(NOW).isoformat() == NOW.isoformat()
    assert aware(datetime(2026, 3, 10, 14, 3)) == utc(2026, 3, 10, 14, 3)  # noqa: DTZ001
    assert local(NOW, BERLIN).tzinfo is BERLIN


# --- durations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86_400),
        ("1h30m", 5400),
        ("1d2h3m4s", 93_784),
        ("0s", 0),
        ("3650d", 315_360_000),
    ],
)
def test_every_unit_and_their_sums_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "m", "10 m", "-5m", "1.5h", "10M", "10m,", "ten", "1000000000s", "٣m"]
)
def test_what_is_no_length_is_named_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration") as caught:
        parse_duration(text)
    assert str(caught.value).endswith("; write it as 90s, 10m, 2h or 1d")


@pytest.mark.parametrize("text", ["3651d", "3650d1s", "999999999d"])
def test_more_than_ten_years_is_a_slip(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than 3650d"):
        parse_duration(text)


@given(st.integers(0, int(LONGEST.total_seconds())))
def test_what_is_spelled_is_read_as_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (600, "10m"), (5400, "1h30m"), (86_400, "1d"), (61, "1m1s")]
)
def test_it_is_spelled_without_what_is_nothing(seconds: int, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


# --- points in time -------------------------------------------------------------------------------


TIMES = [
    ("45m", NOW - timedelta(minutes=45)),
    (" 3h ", NOW - 3 * HOUR),
    ("2d", NOW - 2 * DAY),
    ("1w", NOW - 7 * DAY),
    ("0d", NOW),
    ("2026-03-09", datetime(2026, 3, 8, 23, tzinfo=UTC)),
    ("2026-03-09T03:10", datetime(2026, 3, 9, 2, 10, tzinfo=UTC)),
    ("2026-03-09 03:10:05", datetime(2026, 3, 9, 2, 10, 5, tzinfo=UTC)),
    ("2026-03-09T03:10Z", datetime(2026, 3, 9, 3, 10, tzinfo=UTC)),
    ("2026-03-09T03:10-05:00", datetime(2026, 3, 9, 8, 10, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_a_point_in_time_is_named_as_a_person_would(text: str, at: datetime) -> None:
    """What names no offset is in the person's own zone."""
    assert parse_moment(text, NOW, BERLIN) == at


def test_without_a_zone_it_is_the_machine_s() -> None:
    """An aware time all the same."""
    local = datetime(2026, 3, 9, 3, 10).astimezone()
    assert parse_moment("2026-03-09T03:10", NOW) == local


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2", "2y", "-2d", "2.5h", "999999w", "2026-13-01", "03:10", "²d"]
)
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    """With the forms that are understood."""
    with pytest.raises(ValueError, match="is not a time") as refused:
        parse_moment(text, NOW)
    assert str(refused.value) == (
        f"{text!r} is not a time: write it as 45m, 3h, 2d or 1w ago, as a date (2026-11-24), or"
        " as 2026-11-24T03:10"
    )
