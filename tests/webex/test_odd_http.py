"""Responses that a gateway has touched: a renewed token in a readable response is not lost."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.raw_server import RawServer, reply
from tests.samples import everything_shown
from tests.webex.certificates import Authority, TlsServer
from tests.webex.connect_proxy import ConnectProxy
from tray_app.model.credentials import ServiceApp
from tray_app.model.errors import Unreachable, WebexError
from tray_app.model.failures import TransportFailure
from tray_app.model.redirect import parse_redirect
from tray_app.model.responses import Grant, Verdict
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest
from tray_app.webex.client import RequestLimits, Webex
from tray_app.webex.tls import BUNDLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET, TOKEN = Secret("CANARYsecret0123456789"), Secret("CANARYtoken0123456789")
APP = ServiceApp("app-id", "client-id", SECRET, "org-id")
SWIFT = RequestLimits(connect=2, read=2, total=10, max_bytes=4096)

PAIR = json.dumps({"access_token": "CANARYaccess", "expires_in": 60, "refresh_token": "CANARYnew"})
BODY = PAIR.encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
INTERIM = {
    "100": b"HTTP/1.1 100 Continue\r\n\r\n",
    "102": b"HTTP/1.1 102 Processing\r\n\r\n",
    "103": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 7\r\n\r\n",
}


@pytest.fixture
def swift(raw_server: RawServer) -> Iterator[Webex]:
    """A client with short timeouts."""
    with closing(Webex(raw_server.base, limits=SWIFT)) as client:
        yield client


def refresh(webex: Webex) -> Grant:
    return webex.refresh("client-id", SECRET, TOKEN)


def mint(webex: Webex) -> Grant:
    return webex.mint(APP, SECRET, TOKEN)


def exchange_code(webex: Webex) -> Grant:
    redirect = parse_redirect("http://localhost:3000/callback")
    request = SignInRequest("client-id", redirect, Secret("s" * 43), Secret("v" * 43))
    return webex.exchange_code(request, SECRET, TOKEN)


def failure(webex: Webex, call: Callable[[Webex], object] = refresh) -> TransportFailure:
    with pytest.raises(Unreachable) as caught:
        call(webex)
    assert "CANARY" not in everything_shown(caught.value)
    assert caught.value.__context__ is None
    return caught.value.failure


# --- interim responses (RFC 9110 §15.2) -------------------------------------------------------


@pytest.mark.parametrize("kinds", ["100", "102", "103", "100 103", "102 102 103"])
def test_an_interim_response_is_not_the_response(
    raw_server: RawServer, swift: Webex, kinds: str
) -> None:
    """http.client takes all but 100 for the response; the token behind it was lost."""
    interim = b"".join(INTERIM[kind] for kind in kinds.split())
    raw_server.answer = interim + reply(200, BODY)
    assert refresh(swift).refresh == Secret("CANARYnew")
    assert swift.check(TOKEN).verdict is Verdict.WORKS
    assert len(raw_server.connections) == 1, "nothing is left over on the connection"


@pytest.mark.parametrize("way", ["directly", "through a proxy"])
def test_so_it_is_with_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A content delivery network sends 103 on https most of all."""
    for name in (*BUNDLES, "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    company = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with ConnectProxy() as proxy, TlsServer(company.certificate()) as server:
        if way == "through a proxy":
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        server.answer = INTERIM["103"] + reply(200, BODY)
        with closing(Webex(server.base)) as webex:
            assert refresh(webex).refresh == Secret("CANARYnew")
        assert len(proxy.tunnels) == (way == "through a proxy")


def test_a_change_of_protocol_is_no_interim_response(raw_server: RawServer, swift: Webex) -> None:
    """After 101 comes no HTTP; we never ask for it."""
    raw_server.answer = reply(101, b"") + reply(200, BODY)
    assert failure(swift) is TransportFailure.ODD_REPLY


def test_interim_responses_without_end_are_given_up(raw_server: RawServer, swift: Webex) -> None:
    """Else the thread that reads them would never end."""
    raw_server.answer = INTERIM["102"] * 100 + reply(200, BODY)
    assert failure(swift) is TransportFailure.ODD_REPLY


# --- the connection breaks off after the body -------------------------------------------------


def length_too_large(body: bytes) -> bytes:
    return HEAD + b"Content-Length: 2000\r\n\r\n" + body


def last_chunk_missing(body: bytes) -> bytes:
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body)


def chunk_cut(body: bytes) -> bytes:
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (len(body) + 100, body)


def no_length(body: bytes) -> bytes:
    return HEAD + b"\r\n" + body


def close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    option = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    connection.close()


FRAMES = (length_too_large, last_chunk_missing, chunk_cut)
frames = pytest.mark.parametrize("frame", FRAMES)


def broken_off(raw_server: RawServer, framed: bytes) -> None:
    """Send these bytes, then close the connection."""

    def act(connection: socket.socket) -> None:
        connection.sendall(framed)
        close(connection)

    raw_server.act = act


@frames
@pytest.mark.parametrize("call", [refresh, mint, exchange_code])
def test_a_whole_grant_counts_though_the_connection_breaks_off(
    raw_server: RawServer,
    swift: Webex,
    call: Callable[[Webex], Grant],
    frame: Callable[[bytes], bytes],
) -> None:
    """The old refresh token is spent; what came instead was read, and is complete."""
    broken_off(raw_server, frame(BODY))
    assert call(swift).refresh == Secret("CANARYnew")
    raw_server.act = None
    assert swift.check(TOKEN).verdict is Verdict.WORKS
    assert len(raw_server.connections) == 2, "a broken connection is not used again"


@pytest.mark.parametrize("frame", [*FRAMES, no_length])
def test_a_whole_grant_counts_though_the_connection_is_reset(
    raw_server: RawServer, swift: Webex, frame: Callable[[bytes], bytes]
) -> None:
    """RST instead of FIN, as some gateways close."""

    def act(connection: socket.socket) -> None:
        connection.sendall(frame(BODY))
        raw_server.over.wait(0.2)  # until it is read: RST drops what the other side has not
        reset(connection)

    raw_server.act = act
    assert refresh(swift).refresh == Secret("CANARYnew")


@frames
def test_a_whole_grant_counts_though_the_end_never_comes(
    raw_server: RawServer, swift: Webex, frame: Callable[[bytes], bytes]
) -> None:
    """The connection stays open, and silent."""

    def act(connection: socket.socket) -> None:
        connection.sendall(frame(BODY))
        raw_server.over.wait(10)

    raw_server.act = act
    assert refresh(swift).refresh == Secret("CANARYnew")


@frames
def test_no_part_of_a_grant_counts(
    raw_server: RawServer, swift: Webex, frame: Callable[[bytes], bytes]
) -> None:
    """Whether the JSON is complete decides: half a token would take the place of a whole one."""
    for end in range(1, len(BODY)):
        broken_off(raw_server, frame(BODY[:end]))
        assert failure(swift) is TransportFailure.CONNECTION


@frames
@pytest.mark.parametrize(
    "body",
    [b"{}", b'"a"', b"[1]", b'{"refresh_token": "new"}', b'{"access_token": "a b"}', BODY * 2],
)
def test_what_grants_nothing_stays_a_broken_connection(
    raw_server: RawServer, swift: Webex, body: bytes, frame: Callable[[bytes], bytes]
) -> None:
    """Complete JSON alone is no grant."""
    broken_off(raw_server, frame(body))
    assert failure(swift) is TransportFailure.CONNECTION


@frames
def test_a_no_that_breaks_off_is_no_refusal(
    raw_server: RawServer, swift: Webex, frame: Callable[[bytes], bytes]
) -> None:
    """A token is never given up for half a response; asking again costs nothing."""
    said = frame(b'{"error": "invalid_grant"}').replace(b"200 OK", b"400 Bad Request", 1)
    broken_off(raw_server, said)
    assert failure(swift) is TransportFailure.CONNECTION


@frames
def test_a_check_that_breaks_off_is_repeated(
    raw_server: RawServer, swift: Webex, frame: Callable[[bytes], bytes]
) -> None:
    """It renews nothing, so nothing is lost."""
    broken_off(raw_server, frame(BODY))
    assert failure(swift, lambda webex: webex.check(TOKEN)) is TransportFailure.CONNECTION


# --- statuses and numbers ---------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 226, 299])
def test_a_grant_with_any_status_of_success_counts(
    raw_server: RawServer, swift: Webex, status: int
) -> None:
    """RFC 9110 §15: a client treats an unknown 2xx as 200."""
    raw_server.answer = reply(status, BODY)
    assert refresh(swift).refresh == Secret("CANARYnew")


@pytest.mark.parametrize("status", [302, 400, 401, 500, 999])
def test_a_grant_with_another_status_does_not(
    raw_server: RawServer, swift: Webex, status: int
) -> None:
    """Nobody may give tokens and say no at once."""
    raw_server.answer = reply(status, BODY)
    with pytest.raises(WebexError) as caught:
        refresh(swift)
    assert "CANARY" not in everything_shown(caught.value)


@pytest.mark.parametrize("digits", [20, 400, 5000, 100_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_lifetime_of_any_length_is_an_unknown_one(
    raw_server: RawServer, digits: int, sign: str
) -> None:
    """Python refuses an int of more than 4300 digits: the whole response was dropped."""
    raw_server.answer = reply(200, PAIR.replace("60", sign + "9" * digits).encode())
    with closing(Webex(raw_server.base)) as webex:
        grant = refresh(webex)
    assert grant.refresh == Secret("CANARYnew")
    assert grant.access_life is None
