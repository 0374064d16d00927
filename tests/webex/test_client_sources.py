"""Data sources over a real socket: listed with the check, extended with everything else kept."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.raw_server import RawServer, reply
from tray_app.model.data_sources import DataSource
from tray_app.model.errors import CannotExtend, Refused, Unreachable
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.datasources import Registration
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches
from tray_app.webex.client import RequestLimits, Webex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tray_app.sandbox.datasources import DataSource as Registered

TOKEN = Secret("CANARYtoken0123456789")
ORDERS = Registration(
    "https://byods.example.com:443/orders/",
    audience="An Audience",
    subject="a subject",
    nonce="the first",
    lifetime=timedelta(minutes=90),
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(clock=ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC))) as running:
        yield running


@pytest.fixture
def token(sandbox: Sandbox) -> Secret:
    return Secret(sandbox.issue_service_pair().access)


@pytest.fixture
def orders(sandbox: Sandbox) -> Registered:
    app = sandbox.service_app
    return sandbox.data_sources.register(app.client_id, ORDERS, app.machine_account)


@pytest.fixture
def raw(raw_server: RawServer) -> Iterator[Webex]:
    """The adapter, speaking to a server of raw bytes."""
    with closing(Webex(raw_server.base, limits=RequestLimits(read=2))) as adapter:
        yield adapter


def now(sandbox: Sandbox, source: Registered) -> Registered:
    found = sandbox.data_sources.find(source.id)
    assert found is not None
    return found


# --- with the check -------------------------------------------------------------------------------


@pytest.mark.parametrize(("lean", "naive"), list(product([False, True], repeat=2)))
def test_a_probe_lists_the_data_sources_at_no_further_request(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered, *, lean: bool, naive: bool
) -> None:
    """However much of it Webex tells in the record itself."""
    sandbox.switches = Switches(lean_data_sources=lean, naive_timestamps=naive)
    answer = webex.check(token)
    assert [request.kind for request in sandbox.requests] == [Kind.DATA_SOURCES]
    assert answer.sources is not None
    (found,) = answer.sources
    assert (found.id, found.url, found.audience) == (orders.id, ORDERS.url, "An Audience")
    assert (found.subject, found.schema_id) == ("a subject", ORDERS.schema_id)
    assert (found.status, found.lifetime) == ("active", timedelta(minutes=90))
    assert found.ends == orders.jws_expires_at
    assert found.claims.org_uuid == sandbox.service_app.machine_account.org_uuid
    assert "jws" not in repr(found)


def test_without_the_right_there_are_none_to_tell(sandbox: Sandbox, webex: Webex) -> None:
    """Which is not an empty list."""
    assert webex.check(Secret(sandbox.issue_service_pair().access)).sources == ()
    sandbox.switches = Switches(service_scopes=frozenset())
    assert webex.check(Secret(sandbox.issue_service_pair().access)).sources is None


@pytest.mark.parametrize(
    ("body", "sources"),
    [
        (b"{}", None),
        (b'{"items": null}', None),
        (b'{"items": {"id": "a"}}', None),
        (b'{"items": [5, null, {}, {"id": 7}, "x", [[]]]}', ()),
        (
            b'{"items": [{"id": "a", "url": 5, "jwsToken": "a.b.c", "tokenExpiryTime": "x"}]}',
            (DataSource("a"),),
        ),
    ],
)
def test_odd_items_never_make_a_probe_fail(
    raw_server: RawServer, raw: Webex, body: bytes, sources: object
) -> None:
    """The token works; that is what was asked."""
    raw_server.answer = reply(200, body)
    answer = raw.check(TOKEN)
    assert (answer.verdict, answer.sources) == (Verdict.WORKS, sources)


# --- extending ------------------------------------------------------------------------------------


@pytest.mark.parametrize("lean", [False, True])
def test_extending_brings_a_new_token_and_keeps_all_else(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered, lean: bool
) -> None:
    """To the letter, port and slash included; also if the record contains little."""
    sandbox.switches = Switches(lean_data_sources=lean)
    sandbox.clock.advance(timedelta(minutes=30))
    found = webex.extend(token, orders.id)
    after = now(sandbox, orders)
    assert after.registration.nonce not in ("", "the first")
    assert replace(after.registration, nonce="the first") == ORDERS
    assert found.ends == after.jws_expires_at == sandbox.clock() + timedelta(minutes=90)
    assert [r.kind for r in sandbox.requests] == [Kind.DATA_SOURCE, Kind.DATA_SOURCE_UPDATE]


def test_every_extension_has_a_nonce_of_its_own(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered
) -> None:
    """Without, Webex signs nothing new."""
    seen = {orders.jws}
    for _ in range(3):
        sandbox.clock.advance(timedelta(minutes=1))
        webex.extend(token, orders.id)
        seen.add(now(sandbox, orders).jws)
    assert len(seen) == 4


@pytest.mark.parametrize("minutes", [1, 1440])
def test_another_lifetime_may_be_named(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered, minutes: int
) -> None:
    """And stays for the next time."""
    found = webex.extend(token, orders.id, minutes)
    assert found.lifetime == timedelta(minutes=minutes)
    assert webex.extend(token, orders.id).lifetime == timedelta(minutes=minutes)


def test_a_disabled_one_is_never_enabled(sandbox: Sandbox, webex: Webex, token: Secret) -> None:
    """Refused before anything is sent, in a sentence."""
    app = sandbox.service_app
    off = replace(ORDERS, status="disabled", error_message="moving house")
    source = sandbox.data_sources.register(app.client_id, off, app.machine_account)
    with pytest.raises(CannotExtend, match=r"it is disabled \(moving house\), and stays so"):
        webex.extend(token, source.id)
    assert now(sandbox, source) == source
    assert [request.kind for request in sandbox.requests] == [Kind.DATA_SOURCE]


def test_one_that_another_program_has_extended_is_left_alone(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered
) -> None:
    """The record as it is now says so."""
    found = webex.extend(token, orders.id, unless=lambda source: source.id == orders.id)
    assert found.ends == orders.jws_expires_at
    assert now(sandbox, orders) == orders


def test_where_the_answer_does_not_tell_the_new_end_the_record_is_read_again(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered
) -> None:
    """A document is silent on what a PUT answers."""

    def shorter(body: dict[str, Any]) -> dict[str, Any]:
        return {"id": body["id"], "status": body["status"]}

    sandbox.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.edited(shorter))
    assert webex.extend(token, orders.id).ends == now(sandbox, orders).jws_expires_at
    assert [r.kind for r in sandbox.requests][-1] is Kind.DATA_SOURCE


# --- refusals and silence -------------------------------------------------------------------------


def test_one_that_is_not_there_is_a_definite_no(webex: Webex, token: Secret) -> None:
    """With what Webex says."""
    with pytest.raises(Refused, match="Data source not found") as raised:
        webex.extend(token, "0a1b2c3d")
    assert raised.value.refusal is Refusal.BAD_REQUEST
    assert raised.value.tracking_id.startswith("ROUTER_")


@pytest.mark.parametrize(
    ("scopes", "kinds"),
    [
        (frozenset(), [Kind.DATA_SOURCE]),
        (
            frozenset({"spark-admin:datasource_read"}),
            [Kind.DATA_SOURCE, Kind.DATA_SOURCE_UPDATE],
        ),
    ],
)
def test_without_the_right_it_is_forbidden(
    sandbox: Sandbox,
    webex: Webex,
    orders: Registered,
    scopes: frozenset[str],
    kinds: list[Kind],
) -> None:
    """To read, or to write."""
    sandbox.switches = Switches(service_scopes=scopes)
    token = Secret(sandbox.issue_service_pair().access)
    with pytest.raises(Refused) as raised:
        webex.extend(token, orders.id)
    assert raised.value.refusal is Refusal.FORBIDDEN
    assert [request.kind for request in sandbox.requests] == kinds


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, Refusal.BAD_REQUEST),
        (401, Refusal.REJECTED),
        (403, Refusal.FORBIDDEN),
        (404, Refusal.BAD_REQUEST),
        (409, Refusal.BAD_REQUEST),
    ],
)
def test_a_definite_no_is_refused_and_quotes_no_token(
    raw_server: RawServer, raw: Webex, status: int, refusal: Refusal
) -> None:
    """A server may quote what it was sent."""
    body = json.dumps({"message": f"no {TOKEN.reveal()}", "trackingId": "ROUTER_1"}).encode()
    raw_server.answer = reply(status, body)
    with pytest.raises(Refused) as raised:
        raw.extend(TOKEN, "an-id")
    assert raised.value.refusal is refusal
    assert TOKEN.reveal() not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "failure", "retry_after"),
    [
        (reply(429, b"{}", Retry_After="7"), TransportFailure.THROTTLED, 7.0),
        (reply(423, b"{}"), TransportFailure.THROTTLED, None),
        (reply(503, b"<html>", Trackingid="ROUTER_1"), TransportFailure.SERVER_ERROR, None),
        (reply(200, b"<html>sign in</html>"), TransportFailure.ODD_REPLY, None),
        (reply(200, b"{}"), TransportFailure.ODD_REPLY, None),
        (reply(200, b'{"id": "another"}'), TransportFailure.ODD_REPLY, None),
        (reply(204, b""), TransportFailure.ODD_REPLY, None),
        (reply(403, b"<html>portal</html>"), TransportFailure.ODD_REPLY, None),
        (None, TransportFailure.CONNECTION, None),
    ],
)
def test_what_is_no_answer_changes_nothing(
    raw_server: RawServer,
    raw: Webex,
    answer: bytes | None,
    failure: TransportFailure,
    retry_after: float | None,
) -> None:
    """And Retry-After goes along."""
    raw_server.answer = answer
    with pytest.raises(Unreachable) as raised:
        raw.extend(TOKEN, "an-id")
    assert (raised.value.failure, raised.value.retry_after) == (failure, retry_after)


def test_a_lost_answer_is_no_answer(
    sandbox: Sandbox, webex: Webex, token: Secret, orders: Registered
) -> None:
    """The data source may be extended all the same; the next check will tell."""
    sandbox.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.lost_reply())
    with pytest.raises(Unreachable):
        webex.extend(token, orders.id)
    assert now(sandbox, orders).jws != orders.jws


def test_an_id_stays_one_piece_of_the_path(raw_server: RawServer, raw: Webex) -> None:
    """Whatever is in it."""
    raw_server.answer = reply(404, b'{"message": "x"}')
    with pytest.raises(Refused):
        raw.extend(TOKEN, "a=b~c")
    assert raw_server.requests[0].startswith(b"GET /v1/dataSources/a%3Db~c HTTP/1.1\r\n")
