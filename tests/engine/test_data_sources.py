"""Data sources extended by a person, and kept alive by itself: the clock moves, Webex is real."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.engine.conftest import NOON, Start
from tests.sources import register
from tray_app.core.answers import Refusal, Trouble
from tray_app.core.errors import ConfigError
from tray_app.core.events import What
from tray_app.core.keeping import due_at
from tray_app.core.model import Colour, LinkName, LinkState, Reason, Who
from tray_app.sandbox import Fault, Kind, ManualClock, Sandbox, Switches

if TYPE_CHECKING:
    from tests.profile import Profile
    from tray_app.engine import Engine
    from tray_app.sandbox.datasources import DataSource

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def orders(webex: Sandbox) -> DataSource:
    """A data source whose token is good for a day from now."""
    return register(webex)


def ends(webex: Sandbox, source: DataSource) -> datetime:
    found = webex.data_sources.find(source.id)
    assert found is not None
    return found.jws_expires_at


def keep(profile: Profile, *sources: DataSource, poll_seconds: int = 300) -> None:
    ids = [source.id for source in sources]
    profile.write_config(
        lambda config: config["tray"].update(keepAlive=ids, pollSeconds=poll_seconds)
    )


def turn(engine: Engine) -> None:
    """What the tray does when a check is due."""
    engine.poll()
    if engine.renewal_due():
        engine.refresh()
    if engine.data_sources.due():
        engine.data_sources.keep_alive()


def live(engine: Engine, clock: ManualClock, until: datetime) -> int:
    """Let time pass, with a turn whenever the engine wants one; returns how many there were."""
    turns = 0
    while clock() < until:
        turn(engine)
        turns += 1
        assert engine.next_check is not None
        clock.advance(max(engine.next_check - clock(), SECOND))
    return turns


def updates(webex: Sandbox) -> int:
    return sum(request.kind is Kind.DATA_SOURCE_UPDATE for request in webex.requests)


# --- known from the probe -------------------------------------------------------------------------


def test_the_data_sources_are_links_of_the_chain_at_no_further_request(
    engine: Engine, webex: Sandbox, orders: DataSource
) -> None:
    health = engine.poll()
    assert health.colour is Colour.GREEN
    link = health.links[-1]
    assert (link.name, link.state, link.expires_at) == (
        LinkName.DATA_SOURCE,
        LinkState.PRESENT,
        NOON + 24 * HOUR,
    )
    assert (link.source_id, link.label) == (orders.id, "byods.example.com/orders")
    assert {request.kind for request in webex.requests} == {Kind.DATA_SOURCES}


def test_near_its_end_it_is_named_and_extending_makes_it_green(
    engine: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    engine.poll()
    clock.advance(23 * HOUR + 30 * MINUTE)
    health = engine.poll()
    assert (health.row, health.reason, health.colour) == (10, Reason.SOURCE_ENDING, Colour.AMBER)
    assert health.worry is not None
    assert health.worry.watched.source.id == orders.id
    done = engine.data_sources.extend(orders.id)
    assert done.succeeded
    assert done.until == ends(webex, orders) == clock() + 24 * HOUR
    assert engine.judge().colour is Colour.GREEN


def test_what_another_program_extends_is_seen_at_the_next_check(
    engine: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    clock.advance(23 * HOUR + 30 * MINUTE)
    assert engine.poll().row == 10
    webex.data_sources.update(orders.id, replace(orders.registration, nonce="another"))
    assert engine.poll().colour is Colour.GREEN


def test_without_scopes_nothing_is_wrong(start: Start, webex: Sandbox, profile: Profile) -> None:
    """A service app that has no data sources at all."""
    register(webex)
    webex.switches = Switches(service_scopes=frozenset())
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    health = start().poll()
    assert (health.colour, health.sources) == (Colour.GREEN, None)
    assert health.links[0].state is LinkState.UNDER_SCOPED


def test_a_right_that_is_lost_takes_the_list_along(
    start: Start, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    """What was listed once is not taken for what is there now."""
    keep(profile, orders)
    engine = start()
    assert engine.poll().sources
    webex.switches = Switches(service_scopes=frozenset())
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    health = engine.poll()
    assert health.sources is None
    assert (health.reason, health.who) == (Reason.SOURCES_UNSEEN, Who.ADMIN)
    assert not engine.data_sources.due()


def test_what_was_listed_stays_known_while_webex_is_down(
    engine: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    engine.poll()
    webex.go_down(Fault.dropped())
    clock.advance(MINUTE)
    health = engine.poll()
    assert health.unanswered is Trouble.CONNECTION
    assert health.sources is not None
    assert [watched.source.id for watched in health.sources] == [orders.id]


def test_an_odd_list_does_not_take_the_known_one_away(
    engine: Engine, webex: Sandbox, orders: DataSource
) -> None:
    engine.poll()
    webex.faults.next(Kind.DATA_SOURCES, Fault.edited(lambda _: {"items": None}))
    health = engine.poll()
    assert (health.colour, health.unanswered) == (Colour.GREEN, None)
    assert health.sources is not None
    assert len(health.sources) == 1


# --- kept alive -----------------------------------------------------------------------------------


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
    start: Start, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(25 * HOUR)
    health = engine.poll()
    assert (health.row, health.colour, health.reason) == (3, Colour.RED, Reason.SOURCE_STOPPED)
    turn(engine)
    assert engine.judge().colour is Colour.GREEN


def test_a_disabled_one_is_neither_extended_nor_spoken_of(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile
) -> None:
    off = register(webex, status="disabled", error_message="moving")
    keep(profile, off, poll_seconds=1800)
    engine = start()
    live(engine, clock, NOON + 30 * HOUR)
    assert engine.judge().colour is Colour.GREEN
    assert webex.data_sources.find(off.id) == off
    done = engine.data_sources.extend(off.id)
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
        assert engine.data_sources.due()
    for engine in (one, other):
        engine.data_sources.keep_alive()
        assert not engine.data_sources.due()
        assert engine.judge().colour is Colour.GREEN
    assert updates(webex) == 1


def test_while_another_program_extends_it_it_is_left_alone(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """And tried again later."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(23 * HOUR)
    tools = profile.tools(clock, patience=0.1)
    impatient = type(engine)(tools)
    impatient.poll()
    with profile.tools(clock).locks.hold("source", tools.webex.host, orders.id):
        impatient.data_sources.keep_alive()
    impatient.close()
    assert updates(webex) == 0
    assert not impatient.data_sources.due()


# --- failures -------------------------------------------------------------------------------------


def test_failures_back_off_and_are_told_near_the_end(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """An outage of updates alone; afterwards all is well again by itself."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(18 * HOUR)
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.unavailable(), times=None)
    live(engine, clock, NOON + 23 * HOUR)
    assert engine.judge().colour is Colour.GREEN
    assert updates(webex) < 35
    live(engine, clock, NOON + 24 * HOUR - 30 * MINUTE)
    health = engine.judge()
    assert (health.reason, health.who) == (Reason.SOURCE_FAILING, Who.WEBEX)
    live(engine, clock, NOON + 24 * HOUR + 2 * MINUTE)
    assert engine.judge().reason is Reason.SOURCE_STOPPED
    webex.faults.clear()
    live(engine, clock, NOON + 25 * HOUR)
    assert engine.judge().colour is Colour.GREEN
    assert ends(webex, orders) > clock()


def test_a_missing_right_to_write_is_told_at_once_and_by_whom_it_is_granted(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """Hours ahead of the end: no program can help."""
    keep(profile, orders)
    webex.switches = Switches(service_scopes=frozenset({"spark-admin:datasource_read"}))
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    engine = start()
    engine.poll()
    clock.advance(18 * HOUR)
    turn(engine)
    health = engine.judge()
    assert (health.row, health.reason, health.who) == (10, Reason.SOURCE_FAILING, Who.ADMIN)
    live(engine, clock, NOON + 23 * HOUR)
    assert updates(webex) < 35


def test_retry_after_is_honoured_for_all_of_them(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """By the next ones in the same turn, by the checks, and by a person's click."""
    keep(profile, orders, register(webex, "calls"))
    engine = start()
    engine.poll()
    clock.advance(23 * HOUR)
    engine.poll()
    webex.faults.next(Kind.DATA_SOURCE, Fault.rate_limited("900"))
    before = len(webex.requests)
    engine.data_sources.keep_alive()
    assert len(webex.requests) == before + 1
    assert not engine.data_sources.due()
    watched = engine.judge().sources or ()
    assert len([each for each in watched if each.failing]) == 1  # the other was not tried
    assert engine.data_sources.extend(orders.id).trouble is Trouble.THROTTLED
    assert len(webex.requests) == before + 1
    assert engine.next_check is not None
    assert engine.next_check >= clock() + 900 * SECOND
    clock.advance(901 * SECOND)
    turn(engine)
    turn(engine)
    assert updates(webex) == 2


def test_a_webex_that_signs_nothing_longer_is_not_asked_in_a_loop(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """It answers 200, and the end does not move."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(20 * HOUR)
    end = f"{NOON + 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    same = Fault.edited(lambda body: {**body, "tokenExpiryTime": end, "jwsToken": ""})
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, same, times=None)
    turn(engine)
    health = engine.judge()
    assert health.reason is Reason.SOURCE_FAILING
    assert health.worry is not None
    assert health.worry.watched.failing is not None
    assert health.worry.watched.failing.detail == "Webex gave it no longer life"
    assert not engine.data_sources.due()


def test_while_the_token_is_dead_no_data_source_is_tried(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """Webex would refuse it; the token comes first."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(23 * HOUR)
    webex.revoke_all()
    engine.poll()
    assert not engine.data_sources.due()
    live(engine, clock, NOON + 23 * HOUR + 30 * MINUTE)
    assert updates(webex) == 0


def test_a_rejected_token_is_not_taken_for_the_data_sources_fault(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """It has died between check and extension."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(20 * HOUR)
    engine.poll()
    webex.revoke_service_access()
    engine.data_sources.keep_alive()
    assert engine.judge().colour is Colour.GREEN  # as far as the last check knows
    live(engine, clock, NOON + 22 * HOUR)
    assert engine.judge().colour is Colour.GREEN
    assert ends(webex, orders) > NOON + 40 * HOUR


def test_one_that_is_gone_is_told(
    start: Start, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    keep(profile, orders)
    webex.data_sources.delete(orders.id)
    health = start().poll()
    assert (health.row, health.reason, health.who) == (10, Reason.SOURCE_GONE, Who.YOU)


# --- by a person ----------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [None, 30])
def test_a_person_may_name_another_life(
    engine: Engine, clock: ManualClock, orders: DataSource, minutes: int | None
) -> None:
    engine.poll()
    done = engine.data_sources.extend(orders.id, minutes)
    assert done.until == clock() + (30 * MINUTE if minutes else 24 * HOUR)
    assert done.name == "byods.example.com/orders"


def test_what_is_not_there_cannot_be_extended(engine: Engine) -> None:
    engine.poll()
    done = engine.data_sources.extend("0a1b2c3d-9")
    assert (done.refusal, done.name) == (Refusal.BAD_REQUEST, "0a1b2c3d")
    assert "not found" in done.detail


def test_without_a_token_in_env_nothing_is_asked(
    start: Start, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    profile.env_path.unlink()
    done = start().data_sources.extend(orders.id)
    assert done.detail == "there is no token in .env to ask with"
    assert webex.requests == ()


def test_what_a_person_extends_though_it_was_not_listed_is_watched_from_then_on(
    engine: Engine, webex: Sandbox
) -> None:
    """Registered since the last check."""
    engine.poll()
    late = register(webex)
    assert engine.data_sources.extend(late.id).succeeded
    sources = engine.judge().sources
    assert sources is not None
    assert [watched.source.id for watched in sources] == [late.id]


# --- the tick -------------------------------------------------------------------------------------


def test_a_tick_is_kept_in_the_config_and_works_at_once(
    start: Start, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """Also for another program, and after a restart; nothing else is read anew for it."""
    engine = start()
    engine.poll()
    engine.take_news()
    clock.advance(23 * HOUR + 30 * MINUTE)
    assert engine.poll().row == 10
    engine.data_sources.set_kept(orders.id, on=True)
    assert engine.judge().colour is Colour.GREEN
    assert engine.data_sources.due()
    assert not engine.files_edited()
    assert engine.take_news() == ()
    assert not any(event.what is What.CONFIG_READ for event in engine.recent_events(50))
    assert json.loads(profile.config_path.read_text())["tray"]["keepAlive"] == [orders.id]
    assert start().config.kept == {orders.id}
    engine.data_sources.set_kept(orders.id, on=False)
    assert engine.judge().row == 10
    assert not engine.data_sources.due()


def test_the_next_check_is_planned_anew_for_what_is_ticked(
    start: Start, clock: ManualClock, profile: Profile, webex: Sandbox
) -> None:
    short = register(webex, lifetime=HOUR)
    profile.write_config(lambda config: config["tray"].update(pollSeconds=86_400))
    engine = start()
    engine.poll()
    engine.data_sources.set_kept(short.id, on=True)
    assert engine.next_check is not None
    assert engine.next_check < clock() + 50 * MINUTE


def test_a_new_tick_forgets_what_failed(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """It is tried at once."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(23 * HOUR)
    engine.poll()
    webex.faults.next(Kind.DATA_SOURCE, Fault.unavailable())
    engine.data_sources.keep_alive()
    assert not engine.data_sources.due()
    engine.data_sources.set_kept(orders.id, on=False)
    engine.data_sources.set_kept(orders.id, on=True)
    assert engine.data_sources.due()


def test_a_tick_that_cannot_be_kept_is_an_error(
    start: Start, profile: Profile, orders: DataSource
) -> None:
    engine = start()
    engine.poll()
    profile.config_path.write_text("not json")
    with pytest.raises(ConfigError):
        engine.data_sources.set_kept(orders.id, on=True)
    assert profile.config_path.read_text() == "not json"


# --- told -----------------------------------------------------------------------------------------


def test_the_history_tells_of_extensions_and_of_each_trouble_once(
    start: Start, webex: Sandbox, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    keep(profile, orders)
    engine = start()
    engine.poll()
    clock.advance(18 * HOUR)
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.unavailable(), times=3)
    live(engine, clock, NOON + 21 * HOUR)
    told = [event for event in engine.recent_events(50) if event.what is What.EXTENDED]
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
