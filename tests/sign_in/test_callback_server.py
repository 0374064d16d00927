"""The browser comes back: one answer, one page, and the port is given back."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from tests.sign_in.callback_client import (
    ADDRESSES,
    CODE,
    FAMILIES,
    STATE,
    a_free_port,
    a_redirect,
    a_request,
    ask,
    connect,
    genuine,
    get,
    is_free,
    needs_ipv6,
    read_to_the_end,
)
from tray_app.loopback import server as loopback_server
from tray_app.loopback.server import PortDenied, PortTaken, listen
from tray_app.model.errors import TrayError
from tray_app.model.redirect import parse_redirect
from tray_app.model.secret import Secret
from tray_app.sign_in.callback_server import CallbackServer
from tray_app.sign_in.pages import RECEIVED, REFUSED, Pages
from tray_app.sign_in.request import Code, Declined

if TYPE_CHECKING:
    from collections.abc import Iterator

REPLIES = Pages()
NO_REPLY_EVER = 3600.0


# The answer


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_the_answer_is_taken_on_both_addresses(name: str, address: str) -> None:
    """Whatever name the redirect URI has: a browser may go to either."""
    request = a_request(a_redirect(name))
    port = request.redirect.port
    query = f"code={CODE}&state={STATE}"
    with CallbackServer(request) as server:
        lines = f"GET /callback?{query} HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n"
        assert ask(address, port, lines.encode()) == REPLIES.reply(HTTPStatus.OK, RECEIVED)
        assert server.wait(60) == Code(Secret(CODE))
        assert server.refused == 0


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("error=access_denied", "access_denied"),
        ("error=server_error&error_description=Later%0d%0a", "server_error"),
        ("error=Nobody+knows", "other"),
    ],
)
def test_a_no_of_webex_is_an_answer_too(query: str, error: str) -> None:
    """With a page that says so; it stands as well as a yes."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        reply = ask("127.0.0.1", port, genuine(port, f"{query}&state={STATE}"))
        assert reply == REPLIES.reply(HTTPStatus.OK, REFUSED)
        gone = ask("127.0.0.1", port, genuine(port))
        assert gone == REPLIES.reply(HTTPStatus.GONE)
        assert server.wait(60) == Declined(error)


@pytest.mark.parametrize("query", [f"code={CODE}", "error=access_denied"])
def test_the_browser_is_led_to_the_page_that_shows_the_outcome(query: str) -> None:
    """It stood at "Webex has answered" for good. Who does not know `state` is led nowhere."""
    request = a_request()
    port = request.redirect.port
    asked: list[str] = []

    def onward() -> str:
        asked.append("")
        return 'http://127.0.0.1:1/signed-in/key"'

    with CallbackServer(request) as server:
        server.onward = onward
        ask("127.0.0.1", port, genuine(port, f"{query}&state=another"))
        assert asked == []
        reply = ask("127.0.0.1", port, genuine(port, f"{query}&state={STATE}")).decode()
        assert server.wait(60) is not None
    lead = '<meta http-equiv="refresh" content="0; url=http://127.0.0.1:1/signed-in/key&quot;">'
    assert reply.count(lead) == 1
    assert STATE not in reply
    assert CODE not in reply
    assert "\r\nLocation: " not in reply
    assert asked == [""]


def test_an_answer_counts_if_its_outcome_cannot_be_shown(caplog: pytest.LogCaptureFixture) -> None:
    request = a_request()
    port = request.redirect.port

    def onward() -> str:
        raise OSError

    with CallbackServer(request) as server:
        server.onward = onward
        reply = ask("127.0.0.1", port, genuine(port))
        assert reply == REPLIES.reply(HTTPStatus.OK, RECEIVED)
        assert server.wait(60) == Code(Secret(CODE))
    assert "the outcome will not be shown" in caplog.text


def test_a_redirect_without_a_path_is_the_root() -> None:
    """As a browser asks for it."""
    port = a_free_port()
    with CallbackServer(a_request(parse_redirect(f"http://localhost:{port}"))) as server:
        ask("127.0.0.1", port, get(f"/?code={CODE}&state={STATE}", port))
        assert server.wait(60) == Code(Secret(CODE))


def test_an_answer_in_small_pieces_is_an_answer() -> None:
    """A network may split requests anywhere."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, connect("127.0.0.1", port) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in genuine(port):
            client.send(bytes([byte]))
        assert read_to_the_end(client) == REPLIES.reply(HTTPStatus.OK, RECEIVED)
        assert server.wait(60) == Code(Secret(CODE))


def test_of_many_answers_at_once_one_counts() -> None:
    """Its browser gets the page, all others are told that it is over."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, ThreadPoolExecutor(16) as browsers:
        codes = [f"code-{number}" for number in range(16)]
        asked = [genuine(port, f"code={code}&state={STATE}") for code in codes]
        replies = list(browsers.map(lambda each: ask("127.0.0.1", port, each), asked))
        taken = [reply.startswith(b"HTTP/1.1 200 ") for reply in replies]
        assert sorted(reply[9:12] for reply in replies) == [b"200"] + [b"410"] * 15
        assert server.wait(60) == Code(Secret(codes[taken.index(True)]))


def test_the_browser_has_its_page_when_the_wait_is_over() -> None:
    """It needs to read only, without waiting."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, connect("127.0.0.1", port) as client:
        client.sendall(genuine(port))
        assert server.wait(60) == Code(Secret(CODE))
        client.setblocking(False)
        assert client.recv(65536) == REPLIES.reply(HTTPStatus.OK, RECEIVED)


def test_nothing_ends_the_wait_between_the_answer_and_its_page() -> None:
    """Not even a cancelling: the page goes first, and then the answer counts."""
    request = a_request()
    server = CallbackServer(request)
    reply = server._reply(genuine(request.redirect.port))
    server.cancel()
    assert reply is not None
    assert not server._done.is_set()
    server._after_reply()
    assert server._done.is_set()
    assert server.wait(0) == Code(Secret(CODE))


def test_closing_at_once_does_not_cut_off_the_page() -> None:
    """Nobody has read it yet when the port is given back."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        client = connect("127.0.0.1", port)
        client.sendall(genuine(port))
        assert server.wait(60) is not None
    with client:
        assert read_to_the_end(client) == REPLIES.reply(HTTPStatus.OK, RECEIVED)


# The end without an answer


def test_when_the_time_is_over_there_is_no_answer_any_more() -> None:
    """A browser that comes later is told so, and not that all is well."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        assert server.wait(0.01) is None
        assert ask("127.0.0.1", port, genuine(port)) == REPLIES.reply(HTTPStatus.GONE)
        assert server.wait(0) is None


@pytest.mark.parametrize("times", [1, 3])
def test_a_wait_can_be_cancelled_from_another_thread(times: int) -> None:
    """It returns at once, and what comes afterwards is refused."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(server.wait, NO_REPLY_EVER)
        for _ in range(times):
            server.cancel()
        assert waiting.result(10) is None
        assert ask("127.0.0.1", port, genuine(port)) == REPLIES.reply(HTTPStatus.GONE)
    assert is_free(port)


def test_what_was_cancelled_before_the_wait_is_not_waited_for() -> None:
    """A click may be faster than the program."""
    with CallbackServer(a_request()) as server:
        server.cancel()
        assert server.wait(NO_REPLY_EVER) is None


def test_cancelling_comes_too_late_after_the_answer() -> None:
    """Webex has given the code: what becomes of it is not decided here."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        ask("127.0.0.1", port, genuine(port))
        server.cancel()
        assert server.wait(NO_REPLY_EVER) == Code(Secret(CODE))


def test_closing_ends_a_wait() -> None:
    """A program that quits does not wait for a browser."""
    with ThreadPoolExecutor(1) as worker:
        server = CallbackServer(a_request())
        server.open()
        waiting = worker.submit(server.wait, NO_REPLY_EVER)
        server.close()
        assert waiting.result(10) is None


def test_closing_is_harmless_twice_and_before_opening() -> None:
    """Whoever cleans up need not know how far it had come."""
    request = a_request()
    server = CallbackServer(request)
    server.close()
    server = CallbackServer(request)
    server.open()
    for _ in range(2):
        server.close()
    assert is_free(request.redirect.port)
    assert "callback" not in {thread.name for thread in threading.enumerate()}


# The port


def test_only_this_machine_is_listened_to() -> None:
    """On the addresses of the loopback interface, and no other (RFC 8252 §8.3)."""
    listeners = listen(a_free_port())
    try:
        assert [each.getsockname()[0] for each in listeners] == list(FAMILIES.values())
    finally:
        for each in listeners:
            each.close()


@pytest.mark.parametrize("address", [*ADDRESSES, "", pytest.param("::", marks=needs_ipv6)])
def test_a_port_that_another_program_has_is_named(address: str) -> None:
    """On either address, for the browser might go there; nothing of ours is left behind."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    request = a_request()
    port = request.redirect.port
    with (
        socket.create_server((address, port), family=family, dualstack_ipv6=address == "::"),
        pytest.raises(PortTaken) as caught,
    ):
        CallbackServer(request).open()
    assert caught.value.port == port
    assert isinstance(caught.value, TrayError)
    assert str(caught.value) == f"port {port} is taken: another program listens there"
    assert is_free(port)


def test_two_sign_ins_do_not_share_a_port() -> None:
    """The second one fails, the first one goes on."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        with pytest.raises(PortTaken):
            CallbackServer(request).open()
        ask("127.0.0.1", port, genuine(port))
        assert server.wait(60) == Code(Secret(CODE))


@pytest.mark.parametrize("number", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
def test_without_ipv6_the_other_address_is_enough(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can be there either, then."""
    real = loopback_server._listener

    def without_ipv6(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(number, "no IPv6 here")
        return real(family, address, port)

    monkeypatch.setattr(loopback_server, "_listener", without_ipv6)
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server:
        ask("127.0.0.1", port, genuine(port))
        assert server.wait(60) == Code(Secret(CODE))


@pytest.mark.skipif(sys.platform == "win32", reason="there, any program may have any port")
def test_a_port_that_the_system_keeps_is_named() -> None:
    """Port 80 is what a redirect URI without a port means."""
    server = CallbackServer(
        a_request(parse_redirect("http://localhost/callback"))
    )  # whose pages are ours
    with as_nobody(), pytest.raises(PortDenied, match="port 80 cannot be listened on: ") as caught:
        server.open()
    assert caught.value.port == 80


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, which may do it."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    try:
        try:
            socket.create_server(("127.0.0.1", 80)).close()
        except PermissionError:
            yield
        else:
            pytest.skip("this system lets every program have port 80")
    finally:
        os.seteuid(mine)


# Connections


@pytest.mark.parametrize("drip", [b"", b"G"], ids=["silent", "dripping"])
def test_a_connection_that_never_says_all_is_closed(drip: bytes) -> None:
    """Its time counts as a whole, so that dripping does not prolong it."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request, timeout=0.2), connect("127.0.0.1", port) as client:
        client.settimeout(0.02)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                client.send(drip)
                assert client.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                pass
            break
        else:
            pytest.fail("it is still connected")


def test_a_connection_that_goes_on_after_its_reply_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has time to read its page, no more."""
    monkeypatch.setattr(loopback_server, "_LINGER", 0.05)
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request), connect("127.0.0.1", port) as client:
        client.sendall(get("/", port))
        assert read_to_the_end(client) == REPLIES.reply(HTTPStatus.NOT_FOUND)
        until = time.monotonic() + 60
        with suppress(ConnectionError):
            while time.monotonic() < until:
                client.send(b"x")
            pytest.fail("it is still connected")


def test_of_too_many_connections_the_oldest_idle_one_is_closed() -> None:
    """Whoever waits for nothing makes room."""
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request, timeout=NO_REPLY_EVER):
        clients = [connect("127.0.0.1", port) for _ in range(loopback_server.MAX_CONNECTIONS + 1)]
        assert read_to_the_end(clients[0]) == b""
        clients[1].sendall(get("/", port))
        assert read_to_the_end(clients[1]) == REPLIES.reply(HTTPStatus.NOT_FOUND)
        for client in clients:
            client.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_without_a_free_descriptor_it_waits_for_one() -> None:
    """Neither the sign-in nor the program ends by it."""

    request = a_request()
    port = request.redirect.port
    with CallbackServer(request) as server, socket.socket() as client:
        client.settimeout(10)
        with descriptors_left(0):
            client.connect(("127.0.0.1", port))
            client.sendall(genuine(port))
            assert not server._done.wait(0.3)
        assert server.wait(60) == Code(Secret(CODE))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize("number", range(5))
def test_without_descriptors_to_listen_with_nothing_is_kept(number: int) -> None:
    """It takes two for the addresses, and more to serve them."""
    request = a_request()
    server = CallbackServer(request)
    with descriptors_left(number), pytest.raises(PortDenied, match="Too many open files"):
        server.open()
    assert is_free(request.redirect.port)


@contextmanager
def descriptors_left(number: int) -> Iterator[None]:
    """So many files or sockets may still be opened, and no more."""
    import resource as limits

    soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
    with ExitStack() as gaps:
        probes = [gaps.enter_context(socket.socket()) for _ in range(number + 1)]
        least = probes[-1].fileno()
    limits.setrlimit(limits.RLIMIT_NOFILE, (least, hard))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_NOFILE, (soft, hard))


# What is told


@pytest.mark.parametrize("query", [f"code={CODE}", "error=access_denied"])
def test_the_log_says_that_and_not_what(query: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither code nor state, nor anything else that is sent."""
    caplog.set_level(logging.DEBUG)
    request = a_request()
    port = request.redirect.port
    with CallbackServer(request):
        ask("127.0.0.1", port, get("/favicon.ico", port))
        ask("127.0.0.1", port, genuine(port, f"{query}&state={STATE}"))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("tray_app")]
    assert ours == [
        "refused a request (404)",
        "the answer has come",
        "requests that were not the answer: 1",
    ]
    for hidden in (CODE, STATE, "access_denied", "favicon"):
        assert hidden not in caplog.text
