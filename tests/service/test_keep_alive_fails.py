"""Data sources that cannot be kept alive: what is tried again, when, and what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.service.conftest import NOON, Start
from tests.service.keeping import HOUR, MINUTE, SECOND, ends, keep, live, turn, updates
from tests.sources import register
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Reason
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


def test_failures_back_off_and_are_told_near_the_end(
    keeper: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    """An outage of updates alone; afterwards all is well again by itself."""
    clock.advance(18 * HOUR)
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.unavailable(), times=None)
    live(keeper, clock, NOON + 23 * HOUR)
    assert keeper.judge().colour is Colour.GREEN
    assert updates(webex) < 35
    live(keeper, clock, NOON + 24 * HOUR - 30 * MINUTE)
    health = keeper.judge()
    assert (health.reason, health.who) == (Reason.SOURCE_FAILING, Fixer.WEBEX)
    live(keeper, clock, NOON + 24 * HOUR + 2 * MINUTE)
    assert keeper.judge().reason is Reason.SOURCE_STOPPED
    webex.faults.clear()
    live(keeper, clock, NOON + 25 * HOUR)
    assert keeper.judge().colour is Colour.GREEN
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
    assert (health.row, health.reason, health.who) == (10, Reason.SOURCE_FAILING, Fixer.ADMIN)
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
    engine.extend_due()
    assert len(webex.requests) == before + 1
    assert not engine.extension_due()
    watched = engine.judge().sources or ()
    assert len([each for each in watched if each.failing]) == 1  # the other was not tried
    assert engine.extend(orders.id).failure is TransportFailure.THROTTLED
    assert len(webex.requests) == before + 1
    assert engine.next_check is not None
    assert engine.next_check >= clock() + 900 * SECOND
    clock.advance(901 * SECOND)
    turn(engine)
    turn(engine)
    assert updates(webex) == 2


def test_a_webex_that_signs_nothing_longer_is_not_asked_in_a_loop(
    keeper: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """It answers 200, and the end does not move."""
    clock.advance(20 * HOUR)
    end = f"{NOON + 24 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    same = Fault.edited(lambda body: {**body, "tokenExpiryTime": end, "jwsToken": ""})
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, same, times=None)
    turn(keeper)
    health = keeper.judge()
    assert health.reason is Reason.SOURCE_FAILING
    assert health.problem is not None
    assert health.problem.watched.failing is not None
    assert health.problem.watched.failing.detail == "Webex did not give it a longer life"
    assert not keeper.extension_due()


def test_while_the_token_is_dead_no_data_source_is_tried(
    keeper: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """Webex would refuse it; the token comes first."""
    clock.advance(23 * HOUR)
    webex.revoke_all()
    keeper.poll()
    assert not keeper.extension_due()
    live(keeper, clock, NOON + 23 * HOUR + 30 * MINUTE)
    assert updates(webex) == 0


def test_a_rejected_token_is_not_taken_for_the_data_sources_fault(
    keeper: Engine, webex: Sandbox, clock: ManualClock, orders: DataSource
) -> None:
    """It has died between check and extension."""
    clock.advance(20 * HOUR)
    keeper.poll()
    webex.revoke_service_access()
    keeper.extend_due()
    assert keeper.judge().colour is Colour.GREEN  # as far as the last check knows
    live(keeper, clock, NOON + 22 * HOUR)
    assert keeper.judge().colour is Colour.GREEN
    assert ends(webex, orders) > NOON + 40 * HOUR


def test_one_that_is_gone_is_told(
    start: Start, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    keep(profile, orders)
    webex.data_sources.delete(orders.id)
    health = start().poll()
    assert (health.row, health.reason, health.who) == (10, Reason.SOURCE_GONE, Fixer.YOU)
