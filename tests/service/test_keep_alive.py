"""Data sources kept alive by themselves: the clock moves, Webex is real."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.service.conftest import NOON, Start
from tests.service.keeping import HOUR, MINUTE, ends, keep, live, turn, updates
from tests.sources import register
from tray_app.model.events import EventType
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.policy.data_sources import due_at
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from tests.profile import Profile
    from tray_app.sandbox.datasources import DataSource
    from tray_app.service.engine import Engine


def test_a_kept_one_never_ends_while_the_program_runs(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """Three days of it: always more than six hours left, one extension for each life."""
    keep(profile, orders, poll_seconds=1800)
    engine = start()
    while clock() < NOON + 72 * HOUR:
        turn(engine)
        assert engine.judge().colour is Colour.GREEN
        assert ends(webex, orders) - clock() > 5 * HOUR + 50 * MINUTE
        assert engine.next_check is not None
        clock.advance(engine.next_check - clock())
    assert 3 <= updates(webex) <= 5


def test_what_nobody_has_ticked_is_left_alone(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    keep(profile, register(webex, "calls"), poll_seconds=1800)
    engine = start()
    live(engine, clock, NOON + 23 * HOUR)
    assert ends(webex, orders) == NOON + 24 * HOUR


def test_it_is_woken_for_one_that_falls_due_between_two_checks(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """Where a person wants checks to be rare."""
    short = register(webex, lifetime=HOUR)
    keep(profile, short, poll_seconds=86_400)
    engine = start()
    turns = live(engine, clock, NOON + 10 * HOUR)
    assert ends(webex, short) > clock()
    assert updates(webex) in range(10, 20)
    assert turns < 3 * updates(webex) + 50


def test_many_that_are_due_at_once_are_extended_a_few_at_a_time(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """As after a long sleep: no storm, and yet all of them within a minute."""
    many = [register(webex, f"place-{number}") for number in range(10)]
    keep(profile, *many)
    engine = start()
    engine.poll()
    clock.advance(30 * HOUR)
    for total in (4, 8, 10):
        turn(engine)
        assert updates(webex) == total
        assert engine.next_check is not None
        assert engine.next_check - clock() <= timedelta(seconds=16 if total < 10 else 400)
        clock.advance(engine.next_check - clock())
    assert engine.judge().colour is Colour.GREEN
    assert clock() - NOON < 30 * HOUR + 7 * MINUTE


def test_what_has_ended_in_sleep_is_red_and_extended_at_the_next_turn(
    keeper: Engine, clock: ManualClock
) -> None:
    clock.advance(25 * HOUR)
    health = keeper.poll()
    assert (health.row, health.colour, health.reason) == (3, Colour.RED, Reason.SOURCE_STOPPED)
    turn(keeper)
    assert keeper.judge().colour is Colour.GREEN


def test_a_disabled_one_is_neither_extended_nor_spoken_of(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    off = register(webex, status="disabled", error_message="moving")
    keep(profile, off, poll_seconds=1800)
    engine = start()
    live(engine, clock, NOON + 30 * HOUR)
    assert engine.judge().colour is Colour.GREEN
    assert webex.data_sources.find(off.id) == off
    done = engine.extend(off.id)
    assert done.detail == "it is disabled (moving), and stays so; enable it at Webex first"
    assert webex.data_sources.find(off.id) == off


def test_two_programs_that_keep_the_same_one_extend_it_once(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """The second looks at the record first."""
    keep(profile, orders)
    one, other = start(), start()
    clock.advance(23 * HOUR)
    for engine in (one, other):
        engine.poll()
        assert engine.extension_due()
    for engine in (one, other):
        engine.extend_due()
        assert not engine.extension_due()
        assert engine.judge().colour is Colour.GREEN
    assert updates(webex) == 1


def test_while_another_program_extends_it_it_is_left_alone(
    keeper: Engine, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """And tried again later."""
    clock.advance(23 * HOUR)
    tools = profile.tools(clock, timeout=0.1)
    impatient = type(keeper)(tools)
    impatient.poll()
    with profile.tools(clock).locks.acquire("source", tools.webex.host, orders.id):
        impatient.extend_due()
    impatient.close()
    assert updates(webex) == 0
    assert not impatient.extension_due()


def test_the_history_tells_of_extensions_and_of_each_failure_once(
    keeper: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    clock.advance(18 * HOUR)
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.unavailable(), times=3)
    live(keeper, clock, NOON + 21 * HOUR)
    told = [event for event in keeper.recent_events(50) if event.event_type is EventType.EXTENDED]
    assert [(event.outcome, event.detail) for event in told] == [
        ("granted", "byods.example.com/orders"),
        ("server-error", "byods.example.com/orders"),
    ]


def test_ends_are_reckoned_by_our_clock_where_it_is_wrong(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    """An hour behind Webex's, a data source of an hour would else be found dead too late."""
    source = register(webex, lifetime=2 * HOUR)
    keep(profile, source)
    webex.date_skew = HOUR
    engine = start()
    engine.poll()
    sources = engine.judge().sources
    assert sources is not None
    assert sources[0].source.ends == NOON + HOUR
    due = due_at(sources[0].source, profile.tools(clock).limits)
    assert due is not None
    assert engine.next_check is not None
    assert NOON < due < NOON + 30 * MINUTE
