"""If Webex fails, its status feed is asked: rarely, by the way, and with nothing secret."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.profile import Profile
from tests.raw_server import RawServer, reply
from tests.service.conftest import NOON, Start
from tests.webex.certificates import Authority, TlsServer
from tray_app.model.events import EventType
from tray_app.model.incident import Incident
from tray_app.model.permissions import LOOK, RENEW
from tray_app.model.signs import Colour
from tray_app.policy.incidents import ASK_AGAIN
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.service.webex_status import WebexStatus
from tray_app.storage.incidents import IncidentRecord
from tray_app.storage.token_facts import TokenFacts

BODY = b'{"incidents": [{"name": "APIs fail", "start_at": "2026-03-02T09:12:00Z"}]}'
NAME = "Webex APIs: some requests fail"


@pytest.fixture(autouse=True)
def asks(profile: Profile) -> None:
    profile.asks_status = True


@pytest.fixture
def record(tmp_path: Path) -> Iterator[IncidentRecord]:
    facts = TokenFacts(tmp_path / "own" / "facts.db")
    yield facts.incidents("feed")
    facts.close()


def settle() -> None:
    """Wait until nothing is being asked."""
    for thread in threading.enumerate():
        if thread.name == "webex status":
            thread.join(30)


def failing(webex: Sandbox) -> None:
    webex.status_page.report(NAME)
    webex.go_down()


def test_an_incident_is_in_health_history_and_the_last_report(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    failing(webex)
    engine.poll()
    settle()
    found = engine.judge_and_record()
    assert found.incident == Incident(NAME, NOON)
    kinds = [event.event_type for event in engine.recent_events(9)]
    assert kinds.count(EventType.INCIDENT) == 1
    engine.judge_and_record()
    assert [event.event_type for event in engine.recent_events(9)] == kinds
    facts = TokenFacts(profile.folders.token_facts)
    (body,) = facts.database.row("SELECT body FROM report") or ("",)
    facts.close()
    assert NAME in body


def test_all_is_well_again(engine: Engine, webex: Sandbox) -> None:
    failing(webex)
    engine.poll()
    settle()
    assert engine.judge().incident is not None
    webex.come_back()
    assert engine.poll().incident is None


def test_while_webex_answers_it_is_not_asked(engine: Engine, webex: Sandbox) -> None:
    engine.poll()
    webex.revoke_all()
    engine.poll()
    webex.go_down(Fault.rate_limited(5))
    engine.poll()
    settle()
    assert webex.status_page.visits == []


def test_it_is_asked_once_in_five_minutes_by_all_profiles_and_restarts(
    start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    failing(webex)
    engine = start()
    for restarted in (engine, start(), start()):
        restarted.poll()
        restarted.refresh()
        settle()
    assert len(webex.status_page.visits) == 1
    clock.advance(ASK_AGAIN - timedelta(seconds=1))
    engine.poll()
    settle()
    assert len(webex.status_page.visits) == 1
    clock.advance(timedelta(seconds=1))
    engine.poll()
    settle()
    assert len(webex.status_page.visits) == 2


def test_a_failed_renewal_asks_as_well(engine: Engine, webex: Sandbox) -> None:
    engine.poll()
    webex.faults.next("/v1/access_token", Fault.unavailable(), None)
    webex.faults.next("/v1/applications/*", Fault.unavailable(), None)
    webex.status_page.report(NAME)
    engine.refresh()
    settle()
    assert engine.judge().incident == Incident(NAME, NOON)


def test_the_config_turns_it_off(profile: Profile, start: Start, webex: Sandbox) -> None:
    profile.write_config(lambda config: config["tray"].update(statusFeed=False))
    failing(webex)
    start().poll()
    settle()
    assert webex.status_page.visits == []


def test_who_only_looks_waits_for_the_answer(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    """`status` ends at once otherwise, and would not see what it has asked for."""
    profile.permissions = LOOK
    failing(webex)
    assert start().poll().incident == Incident(NAME, NOON)


def test_nothing_secret_and_no_tracking_id_is_sent(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    failing(webex)
    engine.poll()
    settle()
    (headers,) = webex.status_page.visits
    assert headers.keys() <= {"host", "user-agent", "accept", "accept-encoding", "connection"}
    token = profile.env_access()
    assert token
    assert not any(token in value for value in headers.values())


def test_a_feed_that_hangs_delays_no_renewal(
    engine: Engine,
    webex: Sandbox,
    raw_server: RawServer,
    record: IncidentRecord,
    clock: ManualClock,
) -> None:
    over = threading.Event()
    raw_server.answer = lambda _: reply(200, BODY) if over.wait(30) else None
    object.__setattr__(engine._tools, "webex_status", WebexStatus(raw_server.base, record, clock))
    webex.go_down()
    engine.poll()
    assert engine._tools.webex_status is not None
    webex.come_back()
    webex.revoke_service_access()
    engine.poll()
    begun = time.monotonic()
    assert engine.refresh().colour is Colour.GREEN
    assert time.monotonic() - begun < 20
    over.set()
    settle()


def test_ctrl_c_does_not_wait_for_a_feed_that_hangs(
    profile: Profile,
    start: Start,
    raw_server: RawServer,
    record: IncidentRecord,
) -> None:
    """It took three seconds more."""
    over = threading.Event()
    raw_server.answer = lambda _: reply(200, BODY) if over.wait(30) else None
    profile.permissions = RENEW
    engine = start()
    object.__setattr__(
        engine._tools, "webex_status", WebexStatus(raw_server.base, record, lambda: NOON)
    )
    profile.webex.go_down()
    engine.poll()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), closing(engine):
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 2
    over.set()
    settle()


def answered(server: str, record: IncidentRecord) -> Incident | None:
    status = WebexStatus(server, record, lambda: NOON)
    status.ask(wait=30)
    return status.incident()


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, b"<html>Sign in to the hotel</html>"),
        reply(200, b"[1]"),
        reply(200, b'{"page": "no feed"}'),
        reply(503, BODY),
        reply(307, BODY, Location="http://127.0.0.1:1/"),
        reply(200, b'{"incidents": [{"name": "' + b"x" * (1 << 20) + b'"}]}'),
        None,
    ],
)
def test_what_is_no_feed_is_no_incident(
    raw_server: RawServer, record: IncidentRecord, answer: bytes | None
) -> None:
    raw_server.answer = answer
    assert answered(raw_server.base, record) is None
    assert raw_server.requests


def test_an_answer_is_taken(raw_server: RawServer, record: IncidentRecord) -> None:
    raw_server.answer = reply(200, BODY)
    since = NOON - timedelta(hours=2, minutes=48)
    assert answered(raw_server.base, record) == Incident("APIs fail", since)


def test_a_certificate_that_is_not_trusted_is_no_feed(
    tmp_path: Path, record: IncidentRecord
) -> None:
    with TlsServer(Authority(tmp_path).certificate()) as server:
        server.answer = reply(200, BODY)
        assert answered(server.base, record) is None
        assert server.requests == []


def test_after_the_end_nothing_is_recorded(raw_server: RawServer, record: IncidentRecord) -> None:
    status: list[WebexStatus] = []

    def answer(_: bytes) -> bytes:
        status[0].close()
        return reply(200, BODY)

    raw_server.answer = answer
    status.append(WebexStatus(raw_server.base, record, lambda: NOON))
    status[0].ask(wait=30)
    assert status[0].incident() is None


def test_a_command_waits_at_its_end_so_that_the_next_one_knows(
    raw_server: RawServer, record: IncidentRecord
) -> None:
    raw_server.answer = reply(200, BODY)
    status = WebexStatus(raw_server.base, record, lambda: NOON)
    status.ask()
    status.close(wait=30)
    assert status.incident() is not None
