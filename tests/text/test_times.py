"""Times as a person reads them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from tests.policy.samples import DAY, HOUR, MINUTE, NOW
from tray_app.model.local_time import aware, local
from tray_app.text.times import clock, day, on_the_day

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
    assert on_the_day(NOW + HOUR, NOW, UTC) == "today 13:00"
    assert on_the_day(NOW + 24 * HOUR, NOW, UTC) == "Wed 11 Mar 12:00"
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
