"""B1: any web page and any program may call on the callback's port: none of them ends a sign-in."""

from __future__ import annotations

import logging
import socket
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.table import Bar, rounds, sampled
from tests.sign_in.callback_client import (
    ADDRESSES,
    CODE,
    HAS_IPV6,
    STATE,
    a_request,
    ask,
    connect,
    genuine,
    is_free,
    needs_ipv6,
    read_to_the_end,
)
from tray_app.model.secret import Secret
from tray_app.sign_in.callback_server import CallbackServer
from tray_app.sign_in.pages import RECEIVED, Pages
from tray_app.sign_in.request import Code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BAR = Bar("B1", "loopback listener", least=rounds(40, 249))

CANARY = "c4n4ry-of-the-visitor"
REPLIES = Pages()

OTHER = "x" + STATE[1:]
TWISTED = STATE.swapcase()
SPARE = f"code={CANARY}"


def get(target: str, *fields: str, host: str = "localhost:PORT", method: str = "GET") -> str:
    """A request; PORT becomes the server's."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {host}", *fields, "", ""])


def callback(query: str) -> str:
    return get(f"/callback?{query}", f"X-Canary: {CANARY}")


def bare(line: str, *fields: str) -> str:
    """A request of exactly these lines."""
    return "\r\n".join([line, *fields, "", ""])


def client_hello() -> str:
    """The first bytes of TLS, for a browser that makes https out of everything."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read().decode("latin-1")


TRUE = f"code={CANARY}&state={STATE}"
"""Right in every respect: where it stands below, what is around it is wrong."""

ASKED: dict[str, tuple[str, int]] = {
    # The answer to another question
    "no query": (callback(""), 400),
    "state missing": (callback(SPARE), 400),
    "state empty": (callback(f"{SPARE}&state="), 400),
    "state of another sign-in": (callback(f"{SPARE}&state={OTHER}"), 400),
    "state cut short": (callback(f"{SPARE}&state={STATE[:-1]}"), 400),
    "state and more": (callback(f"{SPARE}&state={STATE}0"), 400),
    "state in another case": (callback(f"{SPARE}&state={TWISTED}"), 400),
    "state encoded twice": (callback(f"{SPARE}&state=%25{ord(STATE[0]):02x}{STATE[1:]}"), 400),
    "state with a space": (callback(f"{SPARE}&state={STATE}+"), 400),
    "state with NUL": (callback(f"{SPARE}&state={STATE}%00"), 400),
    "state in capitals by name": (callback(f"{SPARE}&STATE={STATE}"), 400),
    "state as an array": (callback(f"{SPARE}&state[]={STATE}"), 400),
    "state twice, right first": (callback(f"{TRUE}&state={OTHER}"), 400),
    "state twice, right last": (callback(f"{SPARE}&state={OTHER}&state={STATE}"), 400),
    "state twice, both right": (callback(f"{TRUE}&state={STATE}"), 400),
    "state behind a semicolon": (callback(f"{SPARE};state={STATE}"), 400),
    "state of the old scripts": (callback(f"{SPARE}&state=token_manager_setup"), 400),
    # Forged errors
    "error without state": (callback(f"error=access_denied&error_description={CANARY}"), 400),
    "error with a wrong state": (callback(f"error=access_denied&state={OTHER}"), 400),
    "error with an empty state": (callback("error=server_error&state="), 400),
    "error of 6 kB": (callback(f"error={'e' * 6000}&state={OTHER}"), 400),
    # Neither yes nor no
    "code and error": (callback(f"{TRUE}&error=access_denied"), 400),
    "code twice": (callback(f"{TRUE}&code=another"), 400),
    "code empty": (callback(f"code=&state={STATE}"), 400),
    "code with a line break": (callback(f"code=a%0d%0ab&state={STATE}"), 400),
    "code of 5 kB": (callback(f"code={'c' * 5000}&state={STATE}"), 400),
    "state alone": (callback(f"state={STATE}"), 400),
    "30 fields": (callback("&".join(f"f{n}={CANARY}" for n in range(30)) + f"&{TRUE}"), 400),
    "invalid percent encoding": (callback(f"{SPARE}&state=%zz%"), 400),
    "invalid UTF-8": (callback(f"code=%ff%fe&state={STATE}"), 400),
    "script in the query": (callback(f"error=<script>{CANARY}</script>&state=<b>"), 400),
    "line break to split the reply": (
        callback(f"error=%0d%0aSet-Cookie:%20{CANARY}=1%0d%0a%0d%0a<script>&state={OTHER}"),
        400,
    ),
    # Elsewhere
    "favicon": (get(f"/favicon.ico?{CANARY}"), 404),
    "root": (get(f"/?{TRUE}"), 404),
    "trailing slash": (get(f"/callback/?{TRUE}"), 404),
    "double slash": (get(f"//callback?{TRUE}"), 404),
    "longer path": (get(f"/callbacks?{TRUE}"), 404),
    "path in capitals": (get(f"/CALLBACK?{TRUE}"), 404),
    "dot segment": (get(f"/./callback?{TRUE}"), 404),
    "two dots": (get(f"/x/../callback?{TRUE}"), 404),
    "encoded slash": (get(f"/%2fcallback?{TRUE}"), 404),
    "encoded letter": (get(f"/%63allback?{TRUE}"), 404),
    "path parameter": (get(f"/callback;a?{TRUE}"), 404),
    "backslash": (get(f"\\callback?{TRUE}"), 404),
    "fragment instead of query": (get(f"/callback#{TRUE}"), 404),
    "absolute form": (get(f"http://localhost:PORT/callback?{TRUE}"), 404),
    "absolute form elsewhere": (get(f"http://evil.example/callback?{TRUE}"), 404),
    "asterisk": (get("*", f"X-Canary: {CANARY}"), 404),
    # Other methods
    "POST": (get(f"/callback?{TRUE}", "Content-Length: 0", method="POST"), 405),
    "POST with the answer as its body": (
        get("/callback", f"Content-Length: {len(TRUE)}", method="POST") + TRUE,
        405,
    ),
    "PUT": (get(f"/callback?{TRUE}", "Content-Length: 0", method="PUT"), 405),
    "PATCH": (get(f"/callback?{TRUE}", "Content-Length: 0", method="PATCH"), 405),
    "DELETE": (get(f"/callback?{TRUE}", method="DELETE"), 405),
    "HEAD": (get(f"/callback?{TRUE}", method="HEAD"), 405),
    "TRACE": (get(f"/callback?{TRUE}", f"X-Canary: {CANARY}", method="TRACE"), 405),
    "CONNECT": (get("localhost:PORT", f"X-Canary: {CANARY}", method="CONNECT"), 405),
    "OPTIONS from the public network": (
        get(
            f"/callback?{TRUE}",
            f"Origin: https://{CANARY}.example",
            "Access-Control-Request-Method: GET",
            "Access-Control-Request-Private-Network: true",
            method="OPTIONS",
        ),
        405,
    ),
    "a method nobody knows": (get(f"/callback?{TRUE}", method=CANARY.upper()), 405),
    "get in small letters": (get(f"/callback?{TRUE}", method="get"), 405),
    # Another host's name
    "rebound host": (get(f"/callback?{TRUE}", host="evil.example:PORT"), 421),
    "host that begins like ours": (get(f"/callback?{TRUE}", host="localhost.evil.ex:PORT"), 421),
    "host without port": (get(f"/callback?{TRUE}", host="localhost"), 421),
    "host with another port": (get(f"/callback?{TRUE}", host="localhost:1"), 421),
    "host with user info": (get(f"/callback?{TRUE}", host="localhost:PORT@evil.example"), 421),
    "user info with host": (get(f"/callback?{TRUE}", host="evil@localhost:PORT"), 421),
    "host with a trailing dot": (get(f"/callback?{TRUE}", host="localhost.:PORT"), 421),
    "host by another number": (get(f"/callback?{TRUE}", host="0.0.0.0:PORT"), 421),
    "host by a short number": (get(f"/callback?{TRUE}", host="127.1:PORT"), 421),
    "IPv6 without brackets": (get(f"/callback?{TRUE}", host="::1:PORT"), 421),
    "host empty": (get(f"/callback?{TRUE}", host=""), 421),
    "two hosts in one": (get(f"/callback?{TRUE}", host="localhost:PORT, evil.example"), 421),
    "host missing": (bare(f"GET /callback?{TRUE} HTTP/1.1"), 400),
    "host missing, others there": (bare(f"GET /callback?{TRUE} HTTP/1.1", "A: b"), 400),
    "host twice": (get(f"/callback?{TRUE}", "Host: localhost:PORT"), 400),
    "host twice, one foreign": (get(f"/callback?{TRUE}", "hOsT: evil.example"), 400),
    "host with a space before the colon": (
        bare(f"GET /callback?{TRUE} HTTP/1.1", "Host : localhost:PORT"),
        400,
    ),
    "host on a folded line": (
        bare(f"GET /callback?{TRUE} HTTP/1.1", "Host:", " localhost:PORT"),
        400,
    ),
    # Not HTTP as we know it
    "HTTP/0.9": (f"GET /callback?{TRUE}\r\n", 400),
    "HTTP/0.9 with a bare line feed": (f"GET /callback?{TRUE}\n", 400),
    "bare line feeds": (get(f"/callback?{TRUE}").replace("\r\n", "\n"), 400),
    "bare carriage returns": (get(f"/callback?{TRUE}").replace("\r\n", "\r"), 400),
    "HTTP/2 preface": (f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{CANARY}", 505),
    "HTTP/3.0": (bare(f"GET /callback?{TRUE} HTTP/3.0", "Host: localhost:PORT"), 505),
    "HTTP/1.10": (bare(f"GET /callback?{TRUE} HTTP/1.10", "Host: localhost:PORT"), 400),
    "no version": (bare(f"GET /callback?{TRUE}", "Host: localhost:PORT"), 400),
    "two spaces": (bare(f"GET  /callback?{TRUE} HTTP/1.1", "Host: localhost:PORT"), 400),
    "a space in the address": (get(f"/callback?{TRUE}&a= b"), 400),
    "bytes beyond ASCII in the address": (get(f"/callback?{TRUE}&a=\xe9"), 400),
    "an empty line first": ("\r\n" + get(f"/callback?{TRUE}"), 400),
    "only empty lines": ("\r\n\r\n", 400),
    "TLS hello": (client_hello(), 400),
    "NULs": ("\0" * 500, 400),
    "NUL in a field": (get(f"/callback?{TRUE}", "A: \0"), 400),
    "a line without colon": (get(f"/callback?{TRUE}", CANARY), 400),
    "a whole second request in a field": (get(f"/callback?{SPARE}\r\n\r\nGET /?{TRUE}"), 400),
    "SSH": ("SSH-2.0-OpenSSH_9.9\r\n", 400),
    # Too much
    "address of 70 kB": (callback(f"{TRUE}&a={'a' * 70_000}"), 414),
    "address of 70 kB without end": (f"GET /callback?{TRUE}&a={'a' * 70_000}", 414),
    "10,000 headers": (get(f"/callback?{TRUE}", *["A: b"] * 10_000), 431),
    "a header of 1 MB": (get(f"/callback?{TRUE}", f"A: {CANARY * 50_000}"), 431),
    # More than one, or more behind
    "two requests at once": (callback(SPARE) + get(f"/callback?{TRUE}"), 400),
    "a huge body that never comes": (
        get(f"/callback?{SPARE}", "Content-Length: 99999999999999999999"),
        400,
    ),
    "a negative body": (get(f"/callback?{SPARE}", "Content-Length: -1"), 400),
    "a body in chunks": (
        get(f"/callback?{SPARE}", "Transfer-Encoding: chunked") + f"5\r\n{CANARY}\r\n0\r\n\r\n",
        400,
    ),
    "an upgrade": (
        get(f"/callback?{SPARE}", "Connection: Upgrade", "Upgrade: websocket"),
        400,
    ),
}


def _send(client: socket.socket, text: str) -> None:
    with suppress(ConnectionError):
        client.sendall(text.encode("latin-1"))


def idle(number: int) -> Callable[[Callable[[], socket.socket]], None]:
    """A browser connects in advance; others just keep a place."""

    def stay(new: Callable[[], socket.socket]) -> None:
        for _ in range(number):
            new()

    return stay


def slow(new: Callable[[], socket.socket]) -> None:
    client = new()
    for byte in "GET /callback?code=":
        _send(client, byte)


def many_slow(new: Callable[[], socket.socket]) -> None:
    for _ in range(100):
        _send(new(), f"GET /callback?{TRUE} HTTP/1.1\r\nHost: lo")


def never_ending_head(new: Callable[[], socket.socket]) -> None:
    client = new()
    for number in range(40):
        _send(client, f"GET /callback?{TRUE} HTTP/1.1\r\n" if not number else f"A{number}: b\r\n")


def half_closed(new: Callable[[], socket.socket]) -> None:
    new().shutdown(socket.SHUT_WR)


def half_closed_midway(new: Callable[[], socket.socket]) -> None:
    client = new()
    _send(client, f"GET /callback?{TRUE} HTTP/1.1\r\nHost: localhost")
    client.shutdown(socket.SHUT_WR)


def half_closed_after_a_request(new: Callable[[], socket.socket]) -> None:
    client = new()
    _send(client, bare(f"GET /?{SPARE} HTTP/1.1"))
    client.shutdown(socket.SHUT_WR)
    assert read_to_the_end(client) == REPLIES.reply(HTTPStatus.BAD_REQUEST)


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def reset_at_once(new: Callable[[], socket.socket]) -> None:
    for _ in range(50):
        _reset(new())


def reset_midway(new: Callable[[], socket.socket]) -> None:
    client = new()
    _send(client, f"GET /callback?{TRUE}")
    _reset(client)


def reset_before_the_reply(new: Callable[[], socket.socket]) -> None:
    client = new()
    _send(client, bare(f"GET /?{SPARE} HTTP/1.1"))
    _reset(client)


def never_reads(new: Callable[[], socket.socket]) -> None:
    for _ in range(80):
        client = new()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        _send(client, bare(f"GET /?{SPARE} HTTP/1.1") * 50)


def goes_on_after_the_reply(new: Callable[[], socket.socket]) -> None:
    client = new()
    _send(client, bare(f"GET /?{SPARE} HTTP/1.1"))
    assert read_to_the_end(client) == REPLIES.reply(HTTPStatus.BAD_REQUEST)
    for _ in range(20):
        _send(client, CANARY * 1000)


STAYING: dict[str, Callable[[Callable[[], socket.socket]], None]] = {
    "8 idle": idle(8),
    "200 idle": idle(200),
    "slow bytes": slow,
    "100 in the middle of a header": many_slow,
    "headers without end": never_ending_head,
    "half closed": half_closed,
    "half closed midway": half_closed_midway,
    "half closed after a request": half_closed_after_a_request,
    "50 resets": reset_at_once,
    "reset midway": reset_midway,
    "reset before the reply": reset_before_the_reply,
    "80 that never read": never_reads,
    "goes on after the reply": goes_on_after_the_reply,
}
"""What is still connected while the genuine answer arrives."""


def bytes_of(text: str, port: int) -> bytes:
    return text.replace("PORT", str(port)).encode("latin-1")


def expected(status: int, *, head_only: bool) -> bytes:
    """Every reply is one of a few, known beforehand: nothing of the request is in it."""
    reply = REPLIES.reply(HTTPStatus(status))
    return reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head_only else reply


@contextmanager
def a_sign_in(address: str) -> Iterator[tuple[CallbackServer, int]]:
    """One that is waited for; at its end the genuine answer comes, and must be taken."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(server.wait, 60)
        yield server, port
        assert not waiting.done()
        assert ask(address, port, genuine(port)) == REPLIES.reply(HTTPStatus.OK, RECEIVED)
        assert waiting.result(10) == Code(Secret(CODE))
    with CallbackServer(request):  # the port is free, though some have not hung up yet
        pass
    assert is_free(port)


def assert_nothing_is_told(caplog: pytest.LogCaptureFixture) -> None:
    for hidden in (CANARY, CANARY.upper(), CODE, STATE, "callback?"):
        assert hidden not in caplog.text


def over_ipv4_and_ipv6(names: Iterable[str]) -> list[Any]:
    """Each by both; in the short form by one of them in turn, if there are both."""
    addresses = ["127.0.0.1", "::1"][: 2 if HAS_IPV6 else rounds(1, 2)]
    both = sampled([*names], addresses)
    return [pytest.param(*one, marks=needs_ipv6 if "::1" in one else ()) for one in both]


@pytest.mark.parametrize(("name", "address"), over_ipv4_and_ipv6(ASKED))
def test_a_hostile_request_is_refused_and_the_sign_in_goes_on(
    name: str, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It gets a page that holds nothing of it, and the genuine answer is taken after it."""
    caplog.set_level(logging.DEBUG)
    text, status = ASKED[name]
    with a_sign_in(address) as (server, port):
        reply = ask(address, port, bytes_of(text, port))
        assert reply == expected(status, head_only=name == "HEAD")
        assert CANARY.encode() not in reply
        assert server.refused == 1
    assert_nothing_is_told(caplog)


@pytest.mark.parametrize(("name", "address"), over_ipv4_and_ipv6(STAYING))
def test_a_hostile_connection_does_not_hold_up_the_genuine_one(
    name: str, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The genuine answer is taken while it is still there, and it does not keep the port."""
    caplog.set_level(logging.DEBUG)
    with ExitStack() as connected, a_sign_in(address) as (_, port):
        STAYING[name](lambda: connected.enter_context(connect(address, port)))
    assert_nothing_is_told(caplog)


@pytest.mark.parametrize("address", ADDRESSES[: rounds(1, 2)])
def test_all_of_them_together_do_not_end_one_sign_in(address: str) -> None:
    """The whole table against one server, with the connections still open."""
    with ExitStack() as connected, a_sign_in(address) as (server, port):
        for stay in STAYING.values():
            stay(lambda: connected.enter_context(connect(address, port)))
        for name, (text, status) in ASKED.items():
            reply = ask(address, port, bytes_of(text, port))
            assert reply == expected(status, head_only=name == "HEAD"), name
        assert server.refused >= len(ASKED)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "query",
    [
        f"code={CODE}&state={STATE}",
        f"code={CANARY}&state={STATE}",
        f"error=access_denied&state={STATE}",
        f"code={CANARY}&state={OTHER}",
        "",
    ],
    ids=["replay", "another code", "an error", "another state", "nothing"],
)
def test_after_the_answer_nothing_is_taken(query: str, address: str) -> None:
    """The first one settles it; state is good for one use."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        ask(address, port, genuine(port))
        assert ask(address, port, genuine(port, query)) == expected(410, head_only=False)
        assert server.wait(60) == Code(Secret(CODE))


def test_the_table_is_as_long_as_promised() -> None:
    """And what it asks can be looked for in the replies."""
    assert len(ASKED) + len(STAYING) >= 44
    assert sum(CANARY in text for text, _ in ASKED.values()) >= 80
