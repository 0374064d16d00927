"""The two years in a short form: a season for each policy, and what is counted is what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.simulation.__main__ import aims_missed, everybody, seeds
from tests.simulation.calendar import DAY, HOUR, MINUTE, Awake, Calendar, Happening, What, calendar
from tests.simulation.ledger import Because, Ledger
from tests.simulation.life import Life, Who
from tests.simulation.table import table, table_of_calendars
from tray_app.sandbox.switches import RefreshPolicy

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
A, B = RefreshPolicy.SAME_EXTENDED_DAILY, RefreshPolicy.SAME_NEVER_EXTENDED
D = RefreshPolicy.OMITTED
POLL = timedelta(hours=2)


def plan(days: int, *happenings: Happening, hours: int = 8) -> Calendar:
    """So many hours awake on each of these days."""
    spans = (MONDAY + number * DAY for number in range(days))
    awake = (Awake(at, at + hours * HOUR, fresh=False) for at in spans)
    return Calendar(tuple(awake), happenings)


def lived(folder: Path, who: Who, calendar: Calendar, poll: timedelta = POLL) -> Ledger:
    return Life(who, calendar, folder, poll).lived()


@pytest.mark.parametrize("policy", RefreshPolicy)
def test_the_tray_avoids_what_can_be_avoided(tmp_path: Path, policy: RefreshPolicy) -> None:
    """Two months with everything that happens in them."""
    ledger = lived(tmp_path, Who(policy), calendar(60))
    assert aims_missed({Who(policy): ledger}) == []
    assert ledger.checks / ledger.intervals < 1.2


@pytest.mark.parametrize("scripts", [False, True])
def test_a_finding_that_is_repeated_changes_nothing(tmp_path: Path, scripts: bool) -> None:
    """Most checks of a day find what the one before did: all that is counted is as if each were
    made."""
    noon = MONDAY + DAY + 3 * HOUR
    happenings = (
        Happening(noon, What.ACCESS_REVOKED),
        Happening(noon + DAY, What.DOWN),
        Happening(noon + DAY + HOUR, What.BACK),
        Happening(noon + 2 * DAY, What.PAIR_REVOKED),
    )
    found = []
    for every in (False, True):
        folder = tmp_path / str(every)
        folder.mkdir()
        life = Life(Who(D, scripts), plan(5, *happenings), folder, 20 * MINUTE, every=every)
        found.append(life.lived())
        assert bool(life._repeated) is not every
    assert found[0] == found[1]


def test_a_token_that_ends_is_foreseen_by_the_tray_and_not_by_the_scripts(tmp_path: Path) -> None:
    """Each of its ends costs up to an interval, again and again."""
    tray, scripts = tmp_path / "tray", tmp_path / "scripts"
    for folder in (tray, scripts):
        folder.mkdir()
    quiet = Calendar(calendar(45).awake, ())
    assert lived(tray, Who(A), quiet).dead_hours == 0
    found = lived(scripts, Who(A, scripts=True), quiet)
    assert found.minutes(Because.AVOIDABLE) > 0
    assert found.curve[-1][1] == pytest.approx(found.dead_hours)


def test_what_was_not_kept_alive_is_missed_when_it_is_needed(tmp_path: Path) -> None:
    """After a hundred days everything of the service app is revoked."""
    revoked = Happening(MONDAY + 100 * DAY + HOUR, What.PAIR_REVOKED)
    tray, scripts = tmp_path / "tray", tmp_path / "scripts"
    for folder in (tray, scripts):
        folder.mkdir()
    days = plan(103, revoked, hours=3)
    assert lived(tray, Who(A), days).sign_ins == []
    found = lived(scripts, Who(A, scripts=True), days)
    assert (len(found.sign_ins), found.avoidable_sign_ins) == (1, 1)
    assert found.minutes(Because.PERSON) == 30


def test_a_revoked_token_is_noticed_within_an_interval(tmp_path: Path) -> None:
    """That is counted, and is nobody's fault."""
    revoked = Happening(MONDAY + DAY + HOUR, What.ACCESS_REVOKED)
    found = lived(tmp_path, Who(A), plan(3, revoked), 10 * MINUTE)
    assert 0 < found.minutes(Because.NOTICED) <= 10.5
    assert found.minutes(Because.AVOIDABLE) == 0


def test_a_minute_of_answers_before_a_long_absence_is_no_chance_missed(tmp_path: Path) -> None:
    """On the last day Webex is away from before the renewal is due until a minute before the
    machine is switched off; when it comes back, Webex is away once more."""
    friday, back = MONDAY + 11 * DAY, MONDAY + 28 * DAY
    happenings = (
        Happening(friday + 30 * MINUTE, What.DOWN),
        Happening(friday + 8 * HOUR - MINUTE, What.BACK),
        Happening(back - HOUR, What.DOWN),
        Happening(back + 2 * HOUR, What.BACK),
    )
    days = Calendar((*plan(12).awake, Awake(back, back + 8 * HOUR, fresh=True)), happenings)
    found = lived(tmp_path, Who(A), days, 10 * MINUTE)
    assert found.minutes(Because.AVOIDABLE) == 0
    assert 0 < found.minutes(Because.NOTICED) <= 5


def test_while_webex_is_away_or_the_app_not_authorized_nobody_is_blamed(tmp_path: Path) -> None:
    """A dead token in an outage counts for nothing, one without authorization for itself."""
    noon = MONDAY + DAY + 3 * HOUR
    happenings = (
        Happening(noon, What.DOWN),
        Happening(noon, What.ACCESS_REVOKED),
        Happening(noon + 2 * HOUR, What.BACK),
        Happening(noon + 3 * HOUR, What.DEAUTHORIZED),
        Happening(noon + 4 * HOUR, What.REAUTHORIZED),
        Happening(noon + 4 * HOUR, What.CLICKED),
    )
    found = lived(tmp_path, Who(A), plan(3, *happenings), 10 * MINUTE)
    assert found.minutes(Because.ADMIN) == pytest.approx(60, abs=0.1)
    assert found.minutes(Because.AVOIDABLE) == 0
    assert found.dead_hours <= 10.5 / 60


def test_whoever_puts_signing_in_off_signs_in_less_often(tmp_path: Path) -> None:
    """Where no renewal extends anything, fresh pairs are minted in time: that lasts for months."""
    asked, late = tmp_path / "asked", tmp_path / "late"
    for folder in (asked, late):
        folder.mkdir()
    days = plan(190, hours=1)
    soon = lived(asked, Who(B), days)
    later = lived(late, Who(B, puts_off=True), days)
    assert [ledger.minutes(Because.AVOIDABLE) for ledger in (soon, later)] == [0, 0]
    assert len(soon.sign_ins) == 2
    assert later.sign_ins == []


def test_the_table_has_a_row_for_everybody() -> None:
    """Four policies; the second one also with somebody who puts things off."""
    lives = {who: Ledger(intervals=1) for who in everybody()}
    assert len(table(lives).splitlines()) == 2 + 9
    assert aims_missed(lives) == []


def test_of_several_calendars_each_has_a_row() -> None:
    """The tray's lives only; and a missed aim says when."""
    lives = {who: Ledger() for who in everybody(scripts=False)}
    assert seeds("1-3,7") == [1, 2, 3, 7]
    assert len(table_of_calendars(dict.fromkeys(seeds("1-3,7"), lives)).splitlines()) == 2 + 4
    lives[Who(D)].note_dead(MONDAY, MONDAY + MINUTE, Because.AVOIDABLE)
    assert "1 avoidable dead minutes" in aims_missed(lives)[0]
    assert f"dead from {MONDAY}" in aims_missed(lives)[1]


def test_the_years_are_always_the_same() -> None:
    """By chance, but by the same chance: office hours, holidays, and all that happens."""
    days = calendar(728)
    assert days == calendar(728)
    assert {happening.what for happening in days.happenings} == set(What)
    longest = max(b.begin - a.end for a, b in zip(days.awake, days.awake[1:], strict=False))
    assert 21 * DAY <= longest <= 25 * DAY
