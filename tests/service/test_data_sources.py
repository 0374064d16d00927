"""Data sources known from the check, and extended or ticked by a person."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.service.conftest import NOON, Start
from tests.service.keeping import HOUR, MINUTE, ends, keep
from tests.sources import register
from tray_app.model.errors import ConfigError
from tray_app.model.events import EventType
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Fixer, LinkName, LinkState, Reason
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches

if TYPE_CHECKING:
    from tests.profile import Profile
    from tray_app.sandbox.datasources import DataSource
    from tray_app.service.engine import Engine


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
    assert health.problem is not None
    assert health.problem.watched.source.id == orders.id
    done = engine.extend(orders.id)
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
    assert (health.reason, health.who) == (Reason.SOURCES_UNSEEN, Fixer.ADMIN)
    assert not engine.extension_due()


def test_what_was_listed_stays_known_while_webex_is_down(
    engine: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    engine.poll()
    webex.go_down(Fault.dropped())
    clock.advance(MINUTE)
    health = engine.poll()
    assert health.unanswered is TransportFailure.CONNECTION
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


@pytest.mark.parametrize("minutes", [None, 30])
def test_a_person_may_name_another_life(
    engine: Engine, clock: ManualClock, orders: DataSource, minutes: int | None
) -> None:
    engine.poll()
    done = engine.extend(orders.id, minutes)
    assert done.until == clock() + (30 * MINUTE if minutes else 24 * HOUR)
    assert done.name == "byods.example.com/orders"


def test_what_is_not_there_cannot_be_extended(engine: Engine) -> None:
    engine.poll()
    done = engine.extend("0a1b2c3d-9")
    assert (done.refusal, done.name) == (Refusal.BAD_REQUEST, "0a1b2c3d")
    assert "not found" in done.detail


def test_without_a_token_in_env_nothing_is_asked(
    start: Start, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    profile.env_path.unlink()
    done = start().extend(orders.id)
    assert done.detail == "there is no token in .env to ask with"
    assert webex.requests == ()


def test_what_a_person_extends_though_it_was_not_listed_is_watched_from_then_on(
    engine: Engine, webex: Sandbox
) -> None:
    """Registered since the last check."""
    engine.poll()
    late = register(webex)
    assert engine.extend(late.id).succeeded
    sources = engine.judge().sources
    assert sources is not None
    assert [watched.source.id for watched in sources] == [late.id]


def test_a_tick_is_kept_in_the_config_and_works_at_once(
    start: Start, clock: ManualClock, profile: Profile, orders: DataSource
) -> None:
    """Also for another program, and after a restart; nothing else is read anew for it."""
    engine = start()
    engine.poll()
    engine.drain_notices()
    clock.advance(23 * HOUR + 30 * MINUTE)
    assert engine.poll().row == 10
    engine.set_kept(orders.id, on=True)
    assert engine.judge().colour is Colour.GREEN
    assert engine.extension_due()
    assert not engine.files_edited()
    assert engine.drain_notices() == ()
    assert not any(event.event_type is EventType.CONFIG_READ for event in engine.recent_events(50))
    assert json.loads(profile.config_path.read_text())["tray"]["keepAlive"] == [orders.id]
    assert start().config.kept == {orders.id}
    engine.set_kept(orders.id, on=False)
    assert engine.judge().row == 10
    assert not engine.extension_due()


def test_the_next_check_is_planned_anew_for_what_is_ticked(
    start: Start, clock: ManualClock, profile: Profile, webex: Sandbox
) -> None:
    short = register(webex, lifetime=HOUR)
    profile.write_config(lambda config: config["tray"].update(pollSeconds=86_400))
    engine = start()
    engine.poll()
    engine.set_kept(short.id, on=True)
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
    engine.extend_due()
    assert not engine.extension_due()
    engine.set_kept(orders.id, on=False)
    engine.set_kept(orders.id, on=True)
    assert engine.extension_due()


def test_a_tick_that_cannot_be_kept_is_an_error(
    start: Start, profile: Profile, orders: DataSource
) -> None:
    engine = start()
    engine.poll()
    profile.config_path.write_text("not json")
    with pytest.raises(ConfigError):
        engine.set_kept(orders.id, on=True)
    assert profile.config_path.read_text() == "not json"
