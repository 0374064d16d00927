"""B7: sleep, clocks that are set or wrong, and lives that nobody has told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.faults.conftest import Measure
from tests.faults.table import Bar, rounds
from tests.faults.world import Life, World
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.text import health as health_text
from tray_app.text.times import clock

BAR = Bar("B7", "clocks", least=rounds(14, 24))

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
WAKES_WITHIN = 30.0
"""Seconds from waking, or from a clock that was set, to the next check."""


@contextmanager
def a_life(
    folder: Path, figure: Measure, *, start: datetime = NOON, runs_on: bool = False
) -> Iterator[Life]:
    """A life whose token's end is known: it is renewed at the start. No storm in it."""
    world = World(start, runs_on=runs_on)
    with Sandbox(clock=lambda: world.true) as webex:
        life = Life(folder, world, webex)
        webex.revoke_service_access()
        yield life
        storm = life.busiest(10.0)
        figure("most checks in 10 s", storm)
        assert storm == 1


def renewals(life: Life) -> int:
    return sum(seen.kind is Kind.SERVICE_REFRESH for seen in life.webex.requests)


# --- sleep --------------------------------------------------------------------------------------


@pytest.mark.parametrize("runs_on", [False, True], ids=["Linux", "elsewhere"])
@pytest.mark.parametrize("span", [MINUTE, 8 * HOUR, 30 * DAY], ids=["1 min", "8 h", "30 d"])
def test_after_sleep_there_is_a_check_and_the_right_row(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, span: timedelta, runs_on: bool
) -> None:
    """After 30 days the token is dead, and is renewed."""
    with a_life(tmp_path, figure, runs_on=runs_on) as life:
        life.world.after(1000 * SECOND, lambda: life.world.sleep(span))
        assert life.lived(HOUR, monkeypatch).health.row == 11
        woken = NOON + 1000 * SECOND + span
        waited = life.first_asked_after(woken)
        figure("longest from waking to a check", waited, f"s of {WAKES_WITHIN:.0f}")
        assert waited <= WAKES_WITHIN
        assert renewals(life) == (2 if span > 14 * DAY else 1)


@pytest.mark.parametrize(("span", "rows"), [(8 * HOUR, [6]), (30 * DAY, [2])], ids=["8 h", "30 d"])
def test_after_sleep_without_a_network_nothing_is_vouched_for(
    tmp_path: Path,
    figure: Measure,
    monkeypatch: pytest.MonkeyPatch,
    span: timedelta,
    rows: list[int],
) -> None:
    """The network comes ten minutes after waking: until then not green, then green.

    A token that has died meanwhile has failed to renew twice within the first half minute.
    """
    with a_life(tmp_path, figure) as life:

        def sleep() -> None:
            life.webex.go_down(Fault.dropped())
            life.world.sleep(span)

        life.world.after(1000 * SECOND, sleep)
        life.world.after(1600 * SECOND, life.webex.come_back)
        assert life.lived(2 * HOUR, monkeypatch).health.row == 11
        woken = NOON + 1000 * SECOND + span
        assert life.rows_between(woken + 30 * SECOND, woken + 10 * MINUTE) == rows
        assert life.first_asked_after(woken) <= WAKES_WITHIN


# --- a clock that is set ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "offset", [-DAY, 3650 * DAY, 2 * DAY], ids=["back 1 day", "forward 10 years", "forward 2 days"]
)
def test_a_clock_that_is_set_wrong_and_right_again(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, offset: timedelta
) -> None:
    """Each time there is a check; wrong is said while it is, and nothing of it stays."""
    with a_life(tmp_path, figure) as life:
        life.world.after(1000 * SECOND, lambda: life.world.set_clock(offset))
        life.world.after(3000 * SECOND, lambda: life.world.set_clock(timedelta()))
        last = life.lived(2 * HOUR, monkeypatch)
        for moment in (1000 * SECOND, 3000 * SECOND):
            waited = life.first_asked_after(NOON + moment)
            figure("longest from waking to a check", waited, f"s of {WAKES_WITHIN:.0f}")
            assert waited <= WAKES_WITHIN
        wrong = [s.health for at, s in life.shown if 1030 <= (at - NOON).total_seconds() < 3000]
        assert {(health.row, health.reason) for health in wrong} == {(9, Reason.CLOCK_OFF)}
        assert last.health.row == 11
        assert life.rows_between(NOON + 3030 * SECOND) == [11]


@pytest.mark.parametrize(
    "machine",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 20, tzinfo=UTC)],
    ids=["1970", "2038"],
)
def test_a_machine_that_starts_in_another_age(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, machine: datetime
) -> None:
    """Without a battery, or after 32-bit time: renewed all the same, and right once it is set."""
    with a_life(tmp_path, figure) as life:
        life.world.set_clock(machine - NOON)
        life.world.after(HOUR, lambda: life.world.set_clock(timedelta()))
        last = life.lived(2 * HOUR, monkeypatch)
        early = [s.health for at, s in life.shown if 30 <= (at - NOON).total_seconds() < 3600]
        assert {(health.row, health.reason) for health in early} <= {(9, Reason.CLOCK_OFF)}
        assert life.first_asked_after(NOON + HOUR) <= WAKES_WITHIN
        assert last.health.row == 11
        assert renewals(life) <= 2  # a life that was told in 1970 seems to be over


@pytest.mark.parametrize("offset", [2 * DAY, 4000 * DAY], ids=["2 days ahead", "11 years ahead"])
def test_a_life_told_while_the_clock_was_wrong_is_not_believed(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, offset: timedelta
) -> None:
    """The token of 14 days is not said to last longer, and is renewed before its end."""
    with a_life(tmp_path, figure) as life:
        life.world.set_clock(offset)
        life.world.after(HOUR, lambda: life.world.set_clock(timedelta()))
        last = life.lived(2 * HOUR, monkeypatch)
        assert last.health.until is None or last.health.until <= NOON + 14 * DAY + MINUTE


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)],
    ids=["forward", "back"],
)
def test_summer_time_changes_what_is_said_and_not_when_is_checked(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, start: datetime
) -> None:
    """Times are kept in UTC; the hour that is skipped or comes twice is only shown."""
    zone = ZoneInfo("Europe/Berlin")
    changes = start + 30 * MINUTE
    spring = start.month == 3
    said = [clock(changes + off, start, zone) for off in (-MINUTE, timedelta())]
    assert said == (["01:59", "03:00"] if spring else ["02:59", "02:00"])
    with a_life(tmp_path, figure, start=start) as life:
        last = life.lived(2 * HOUR, monkeypatch)
        assert life.rows_between(start + MINUTE) == [11]
        moments = sorted(set(life.asked))
        gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        assert max(gaps) <= 315
        ends = last.health.until
        assert ends == start + 14 * DAY
        hour = f"{ends.astimezone(zone):%H:%M}"
        assert health_text.headline(last.health, life.world.now(), zone).endswith(hour)


def test_a_time_server_that_moves_the_clock_a_little_brings_no_checks(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second now and then is no waking."""
    with a_life(tmp_path, figure) as life:
        for step in range(1, 20):
            set_clock = partial(life.world.set_clock, (step % 2) * SECOND)
            life.world.after(step * 100 * SECOND, set_clock)
        assert life.lived(2000 * SECOND, monkeypatch).health.row == 11
        assert len(set(life.asked)) <= 1 + 2000 // 285


# --- a clock that is wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("off", [-10, 10], ids=["10 min slow", "10 min fast"])
def test_a_clock_that_is_off_is_said_and_the_end_judged_by_webexs_time(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    """Nothing can renew: the token is shown dead when it is, not when this machine thinks so."""
    with a_life(tmp_path, figure) as life:
        life.world.after(HOUR, lambda: life.world.set_clock(off * MINUTE))
        life.world.after(2 * HOUR, lambda: life.world.sleep(14 * DAY - 2 * HOUR - 20 * MINUTE))
        life.world.after(2 * HOUR - SECOND, life.webex.revoke_service_refresh)
        life.world.after(2 * HOUR - SECOND, life.webex.revoke_personal)
        life.world.after(2 * HOUR - SECOND, life.webex.revoke_integration)
        life.lived(3 * HOUR, monkeypatch)
        hour = [s.health for at, s in life.shown if 3630 <= (at - NOON).total_seconds() < 7000]
        assert {(health.row, health.reason) for health in hour} == {(9, Reason.CLOCK_OFF)}
        end = NOON + 14 * DAY
        alive = [s.health for at, s in life.shown if end - 20 * MINUTE < at < end]
        assert alive
        assert Colour.RED not in {health.colour for health in alive}
        dead = [at for at, s in life.shown if at >= end and s.health.colour is Colour.RED]
        late = (dead[0] - end).total_seconds()
        figure("latest word of a death", late, "s of 315")  # one poll
        assert late <= 315


# --- lives that nobody has told -----------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: {k: v for k, v in body.items() if k != "expires_in"},
        lambda body: body | {"expires_in": 10**15},
        lambda body: body | {"expires_in": 0},
        lambda body: body | {"expires_in": -1209600},
    ],
    ids=["missing", "absurd", "zero", "negative"],
)
def test_a_life_that_is_no_help_neither_storms_nor_lies(
    tmp_path: Path,
    figure: Measure,
    monkeypatch: pytest.MonkeyPatch,
    edit: Callable[[dict[str, object]], dict[str, object]],
) -> None:
    """Green while Webex takes the token, whatever was told; renewed when it has died."""
    with a_life(tmp_path, figure) as life:
        life.webex.faults.next(Kind.SERVICE_REFRESH, Fault.edited(edit))
        life.world.after(6 * HOUR, lambda: life.world.sleep(15 * DAY))
        assert life.lived(7 * HOUR, monkeypatch).health.row == 11
        shown = life.rows_between(NOON + MINUTE)
        assert shown in ([11], [11, 4, 11])
        assert renewals(life) == 2
