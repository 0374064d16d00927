"""What can happen on the way: names, sockets, TLS, proxies, redirects, bytes that drip."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.raw_server import RawServer, reply
from tests.samples import everything_shown
from tests.sign_in.callback_client import a_free_port
from tests.webex.sessions import session_of
from tray_app.model.credentials import ServiceApp
from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.responses import Grant, Verdict
from tray_app.model.secret import Secret
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox
from tray_app.webex.client import RequestLimits, Webex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET, TOKEN = Secret("CANARYsecret0123456789"), Secret("CANARYtoken0123456789")
APP = ServiceApp("app-id", "client-id", SECRET, "org-id")
SWIFT = RequestLimits(connect=0.5, read=0.2, total=0.5, max_bytes=4096)
PATIENT = RequestLimits(connect=10, read=10, total=20, max_bytes=4096)


@pytest.fixture
def swift(raw_server: RawServer) -> Iterator[Webex]:
    """A client with short timeouts."""
    with closing(Webex(raw_server.base, limits=SWIFT)) as adapter:
        yield adapter


@pytest.fixture
def patient(raw_server: RawServer) -> Iterator[Webex]:
    """A client that waits as long as a busy machine needs."""
    with closing(Webex(raw_server.base, limits=PATIENT)) as adapter:
        yield adapter


def refresh(webex: Webex) -> Grant:
    return webex.refresh("client-id", SECRET, TOKEN)


def failure(webex: Webex) -> TransportFailure:
    """What a refresh, the call with the most to lose, runs into."""
    with pytest.raises(Unreachable) as caught:
        refresh(webex)
    shown = everything_shown(caught.value)
    assert "CANARY" not in shown
    assert caught.value.__context__ is None
    return caught.value.failure


# --- the transport ----------------------------------------------------------------------------


def test_no_server_listens() -> None:
    """Refused at once."""
    assert failure(Webex(f"http://127.0.0.1:{a_free_port()}/v1")) is TransportFailure.CONNECTION


def test_what_was_sent_and_not_answered_is_told_from_what_was_not_sent(
    raw_server: RawServer, patient: Webex
) -> None:
    """Nobody minds another attempt to connect; a server in trouble minds another request."""
    raw_server.answer = None
    for webex, unsent in ((patient, False), (Webex(f"http://127.0.0.1:{a_free_port()}/v1"), True)):
        with pytest.raises(Unreachable) as caught:
            refresh(webex)
        assert caught.value.unsent is unsent


def test_the_name_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, most often."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    assert failure(Webex("http://localhost:9/v1")) is TransportFailure.DNS


def test_a_name_lookup_that_hangs_ends_with_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no timeout of its own; the next call does not wait for it."""
    gate = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: gate.wait(60) and [])
    webex = Webex("http://localhost:9/v1", limits=SWIFT)
    for _ in range(2):
        began = time.monotonic()
        assert failure(webex) is TransportFailure.TIMEOUT
        assert time.monotonic() - began < 30
    gate.set()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=range(10),
)
def test_what_is_not_http_or_breaks_off_is_a_failed_connection(
    raw_server: RawServer, patient: Webex, answer: bytes | None
) -> None:
    """Nothing is made of half an answer."""

    def send_and_close(connection: socket.socket) -> None:
        connection.sendall(answer or b"")

    raw_server.act = send_and_close
    assert failure(patient) is TransportFailure.CONNECTION
    assert len(raw_server.requests) == 1, "a refresh is never sent twice by itself"


def test_a_reset_is_a_failed_connection(raw_server: RawServer, patient: Webex) -> None:
    """RST instead of FIN."""

    def reset(connection: socket.socket) -> None:
        option = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        connection.close()

    raw_server.act = reset
    assert failure(patient) is TransportFailure.CONNECTION


def test_no_answer_at_all_is_a_timeout(raw_server: RawServer, swift: Webex) -> None:
    """The request has arrived; whether it was processed is unknown."""

    def keep_silent(_: socket.socket) -> None:
        raw_server.over.wait(10)

    raw_server.act = keep_silent
    assert failure(swift) is TransportFailure.TIMEOUT


def test_a_body_that_stops_coming_is_a_timeout(raw_server: RawServer, swift: Webex) -> None:
    """Not "the connection failed": requests wraps it so."""

    def half(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        raw_server.over.wait(10)

    raw_server.act = half
    assert failure(swift) is TransportFailure.TIMEOUT


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
    ],
    ids=["status", "headers", "body", "chunk"],
)
def test_a_slow_body_ends_with_the_timeout(
    raw_server: RawServer, swift: Webex, head: bytes
) -> None:
    """Each byte is in time, and all of them would take for ever."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(head)
        while not raw_server.over.wait(0.05):
            connection.sendall(b"x")

    raw_server.act = drip
    began = time.monotonic()
    assert failure(swift) is TransportFailure.TIMEOUT
    assert time.monotonic() - began < 30


def test_after_a_call_that_hangs_the_next_one_works(raw_server: RawServer) -> None:
    """On a connection of its own."""

    def drip(connection: socket.socket) -> None:
        while not raw_server.over.wait(0.05):
            connection.sendall(b"H")

    raw_server.act = drip
    with closing(Webex(raw_server.base, limits=RequestLimits(total=2))) as webex:
        hung = session_of(webex)
        assert failure(webex) is TransportFailure.TIMEOUT
        raw_server.act = None
        assert session_of(webex) is not hung, "a session is not for two threads"
        assert webex.check(TOKEN).verdict is Verdict.WORKS


def test_an_answer_in_small_pieces_is_read(raw_server: RawServer, patient: Webex) -> None:
    """Slowly, but within the timeout."""

    def pieces(connection: socket.socket) -> None:
        for byte in reply(200, b'{"access_token": "a"}'):
            connection.sendall(bytes([byte]))

    raw_server.act = pieces
    assert refresh(patient).access == Secret("a")


@pytest.mark.parametrize("length", [b"", b"Content-Length: 10000000\r\n"])
def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    raw_server: RawServer, patient: Webex, length: bytes
) -> None:
    """10 MB into nothing."""
    sent = []

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 100_000)
            sent.append(100_000)

    raw_server.act = flood
    assert failure(patient) is TransportFailure.ODD_REPLY
    assert sum(sent) < 10_000_000 or not sent


def test_the_usual_bounds_are_those_of_the_security_page() -> None:
    """(5, 20) seconds, and 1 MiB."""
    limits = RequestLimits()
    assert (limits.connect, limits.read, limits.max_bytes) == (5.0, 20.0, 1 << 20)
    assert limits.total < 60


def test_an_answer_of_another_encoding_is_odd(raw_server: RawServer, patient: Webex) -> None:
    """We asked for none."""
    raw_server.answer = reply(200, b"not gzip", Content_Encoding="gzip")
    assert failure(patient) is TransportFailure.ODD_REPLY


def test_slow_is_not_lost(sandbox: Sandbox) -> None:
    """An answer within the timeout counts."""
    sandbox.faults.next("*", Fault.slow(timedelta(milliseconds=150)))
    with closing(Webex(sandbox.api_base, limits=RequestLimits(read=5))) as webex:
        access = Secret(sandbox.issue_service_pair().access)
        assert webex.check(access).verdict is Verdict.WORKS


def test_a_lost_reply_is_a_failed_connection(sandbox: Sandbox) -> None:
    """Webex has acted, we do not know; the refresh token that we hold still works."""
    app, pair = sandbox.service_app, sandbox.issue_service_pair()
    sandbox.faults.next("*", Fault.lost_reply())
    given = (app.client_id, Secret(app.client_secret), Secret(pair.refresh))
    with closing(Webex(sandbox.api_base)) as webex:
        with pytest.raises(Unreachable) as caught:
            webex.refresh(*given)
        assert caught.value.failure is TransportFailure.CONNECTION
        assert webex.refresh(*given).access != Secret(pair.access)


# --- where secrets must not go ----------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_carries_nothing_to_another_host(
    raw_server: RawServer, patient: Webex, status: int
) -> None:
    """A 307 would send client secret and refresh token on; no connection is made there."""
    with RawServer() as other:
        raw_server.answer = reply(status, b"", Location=f"{other.base}/access_token")
        for call in (
            lambda: refresh(patient),
            lambda: patient.mint(APP, SECRET, TOKEN),
            lambda: patient.check(TOKEN),
        ):
            with pytest.raises(Unreachable) as caught:
                call()
            assert caught.value.failure is TransportFailure.ODD_REPLY
        assert other.connections == []
    assert len(raw_server.requests) == 3


@pytest.mark.parametrize("trusting", [False, True])
def test_a_netrc_neither_replaces_nor_adds_a_header(
    raw_server: RawServer,
    patient: Webex,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trusting: bool,
) -> None:
    """requests would take a host's entry over a header set by hand. Even if it looks there."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login evil password EVIL\ndefault login e password EVIL\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    session_of(patient).trust_env = trusting
    raw_server.answer = reply(200, b'{"access_token": "a"}')
    patient.check(TOKEN)
    refresh(patient)
    patient.mint(APP, SECRET, TOKEN)
    assert b"\r\nAuthorization: Bearer CANARYtoken0123456789\r\n" in raw_server.requests[0]
    assert b"authorization" not in raw_server.requests[1].lower()
    assert b"\r\nAuthorization: Bearer CANARYtoken0123456789\r\n" in raw_server.requests[2]
    assert not any(b"Basic" in request for request in raw_server.requests)


def test_on_loopback_no_proxy_is_asked(
    raw_server: RawServer, patient: Webex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox's secrets stay on this machine."""
    with RawServer() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert patient.check(TOKEN).verdict is Verdict.WORKS
        assert proxy.connections == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reply(407, b"", Proxy_Authenticate="Basic"), TransportFailure.PROXY),
        (reply(502, b"no way"), TransportFailure.PROXY),
        (None, TransportFailure.CONNECTION),
    ],
)
def test_a_proxy_that_refuses_is_named(
    raw_server: RawServer,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes | None,
    expected: TransportFailure,
) -> None:
    """https goes through the proxy of the environment; it sees the host, and no secret."""
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{raw_server.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    raw_server.answer = answer
    with closing(Webex("https://webex.invalid/v1", limits=PATIENT)) as webex:
        assert failure(webex) is expected
    assert raw_server.requests
    assert all(request.startswith(b"CONNECT webex.invalid:443") for request in raw_server.requests)
    assert not any(b"CANARY" in request for request in raw_server.requests)


def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in the environment."""
    monkeypatch.setenv("https_proxy", "http:///nowhere")
    with closing(Webex("https://webex.invalid/v1", limits=PATIENT)) as webex:
        assert failure(webex) is TransportFailure.PROXY


def test_a_server_without_tls_is_named(raw_server: RawServer) -> None:
    """It sees a handshake, and not a byte of ours."""
    raw_server.act = lambda connection: connection.sendall(reply(200))
    with closing(Webex(f"https://127.0.0.1:{raw_server.port}/v1", limits=SWIFT)) as webex:
        assert failure(webex) in {
            TransportFailure.TLS,
            TransportFailure.CONNECTION,
            TransportFailure.TIMEOUT,
        }
    assert raw_server.requests == []


# --- connections ------------------------------------------------------------------------------


def test_calls_in_a_row_share_a_connection(raw_server: RawServer, patient: Webex) -> None:
    """Check, refresh, check."""
    raw_server.answer = reply(200, b'{"access_token": "a"}')
    patient.check(TOKEN)
    refresh(patient)
    patient.check(TOKEN)
    assert len(raw_server.connections) == 1
    assert len(raw_server.requests) == 3


def test_an_idle_connection_is_not_used_again(raw_server: RawServer) -> None:
    """After minutes, or a night's sleep, a router has forgotten it: the call would time out."""
    with closing(Webex(raw_server.base, limits=RequestLimits(idle=-1))) as webex:
        webex.check(TOKEN)
        webex.check(TOKEN)
    assert len(raw_server.connections) == 2


def test_a_connection_that_the_server_has_closed_is_replaced(
    raw_server: RawServer, patient: Webex
) -> None:
    """Without a word to anybody."""
    closed = threading.Event()

    def once(connection: socket.socket) -> None:
        connection.sendall(reply(200))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    raw_server.act = once
    patient.check(TOKEN)
    assert closed.wait(60)
    raw_server.act = None
    assert patient.check(TOKEN).verdict is Verdict.WORKS
    assert len(raw_server.connections) == 2
