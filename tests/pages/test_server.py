"""The details page as it is served: for one browser, for a while, and for this user alone."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from tests.other_user import OTHER, ask_as, only_root
from tests.pages import samples
from tests.sign_in.callback_client import ask, is_free
from tests.sign_in.test_start_page import cookie_of, headers_of, open_page
from tray_app.loopback.server import LoopbackServer, PortDenied
from tray_app.model.details import Details
from tray_app.pages.server import DetailsServer
from tray_app.system.log import REDACTOR


def two(_: str = "") -> Details:
    return samples.details(samples.FINE, samples.DEAD)


@contextmanager
def serving(idle: float = 60) -> Iterator[DetailsServer]:
    with closing(DetailsServer(two, idle=idle)) as server:
        yield server


def status(reply: bytes) -> str:
    return headers_of(reply)[""].removeprefix("HTTP/1.1 ")


def test_the_page_comes_with_the_strictest_headers() -> None:
    with serving() as server:
        address = server.address()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/details/[\w-]{43}", address)
        reply = open_page(address)
        headers = headers_of(reply)
        assert headers[""] == "HTTP/1.1 200 OK"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src data:; base-uri 'none';"
            r" form-action 'none'; frame-ancestors 'none'",
            policy,
        )
        name, *rest = headers["Set-Cookie"].split("; ")
        assert re.fullmatch(r"webex-token-tray=[\w-]{43}", name)
        assert rest == [f"Path={urlsplit(address).path}", "Max-Age=900", "HttpOnly", "SameSite=Lax"]
        assert b"1 of 2 needs you" in reply


def test_the_same_browser_may_reload_and_no_other_one_sees_it() -> None:
    with serving() as server:
        address = server.address()
        cookie = cookie_of(open_page(address))
        assert status(open_page(address, cookie)) == "200 OK"
        used = open_page(address)
        assert status(used) == "403 Forbidden"
        assert b"Already opened" in used
        assert b"acme" not in used
        assert status(open_page(address, cookie)) == "200 OK"


def test_each_opening_has_a_key_of_its_own() -> None:
    with serving() as server:
        one, other = server.address(), server.address()
        assert urlsplit(one).port == urlsplit(other).port
        cookie = cookie_of(open_page(one))
        assert status(open_page(other, cookie)) == "200 OK"  # unused, so the first browser's
        assert status(open_page(one, cookie)) == "200 OK"


def test_if_nothing_could_listen_the_next_opening_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It led to port 0 from then on."""

    def fail(*_: object) -> int:
        raise PortDenied(0, "Too many open files")

    with serving() as server:
        with monkeypatch.context() as patched:
            patched.setattr(LoopbackServer, "open", fail)
            with pytest.raises(PortDenied):
                server.address()
        assert status(open_page(server.address())) == "200 OK"


def test_a_profile_has_its_page_at_the_same_address() -> None:
    """A name that there is not shows all of them."""
    with serving() as server:
        address = server.address()
        cookie = cookie_of(open_page(address))

        def shown(query: str) -> bytes:
            port = urlsplit(address).port
            lines = (f"GET {urlsplit(address).path}{query} HTTP/1.1", f"Host: 127.0.0.1:{port}")
            return ask("127.0.0.1", port or 0, "\r\n".join((*lines, cookie, "", "")).encode())

        assert b"All profiles</a>" in shown("?profile=acme")
        assert b"<h1>1 of 2 needs you" in shown("?profile=nobody")
        assert b"<h1>1 of 2 needs you" in shown("?")
        assert b"<h1>1 of 2 needs you" in shown("?%ff&profile")


def test_what_is_no_key_opens_nothing() -> None:
    with serving() as server:
        address = server.address()
        for wrong in (address[:-1], address + "/", address.replace("/details/", "/")):
            assert status(open_page(wrong)) == "404 Not Found"
        assert status(open_page(address)) == "200 OK"


@pytest.mark.parametrize("host", ["localhost:PORT", "evil.example", "127.0.0.1:1"])
def test_by_another_hosts_name_nothing_is_shown(host: str) -> None:
    """DNS rebinding. The key stays unused."""
    with serving() as server:
        address = server.address()
        host = host.replace("PORT", str(urlsplit(address).port))
        assert status(open_page(address, host=host)) == "421 Misdirected Request"
        assert status(open_page(address)) == "200 OK"


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_another_method_does_not_use_the_key(method: str) -> None:
    with serving() as server:
        address = server.address()
        reply = open_page(address, method=method)
        assert status(reply) == "405 Method Not Allowed"
        assert headers_of(reply)["Allow"] == "GET"
        assert reply.endswith(b"\r\n\r\n") is (method == "HEAD")
        assert status(open_page(address)) == "200 OK"


def test_a_request_may_come_in_pieces() -> None:
    with serving() as server:
        assert server._reply(b"GET /details/ HTTP/1.1\r\n") is None


@only_root
@pytest.mark.process
def test_another_user_is_not_answered() -> None:
    """He has the address from the browser's command line. The key stays unused."""
    with serving() as server:
        address = server.address()
        port = urlsplit(address).port or 0
        path = urlsplit(address).path
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        for uid in (OTHER, 61002):
            assert ask_as(uid, "127.0.0.1", port, request) == b""
        assert status(open_page(address)) == "200 OK"


def test_it_ends_when_nobody_looks_any_more_and_opens_again() -> None:
    """With another port and new keys; the first one's open nothing."""
    with serving(idle=0.3) as server:
        first = server.address()
        open_page(first)
        assert server.wait(60)
        assert "details" not in {thread.name for thread in threading.enumerate()}
        assert is_free(urlsplit(first).port or 0)
        second = server.address()
        assert status(open_page(second)) == "200 OK"
        old = f"{second.rpartition('/')[0]}/{first.rpartition('/')[2]}"
        assert status(open_page(old)) == "404 Not Found"


def test_a_look_lets_it_live_longer_and_a_stranger_does_not() -> None:
    with serving(idle=2) as server:
        address = server.address()
        cookie = cookie_of(open_page(address))
        assert not server.wait(1.2)
        open_page(address, cookie)
        assert not server.wait(1.2)
        open_page(address)
        assert server.wait(60)


def test_closing_is_harmless_twice_and_before_opening() -> None:
    server = DetailsServer(two)
    server.close()
    assert server.wait(0)
    server.address()
    server.close()
    server.close()


def test_an_error_of_ours_is_a_page_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server goes on; the same browser may try again."""
    answers = [two(), None, two()]

    def gather(_: str) -> Details:
        found = answers.pop(0)
        if found is None:
            raise ValueError("broken")
        return found

    with closing(DetailsServer(gather)) as server:
        address = server.address()
        cookie = cookie_of(open_page(address))
        reply = open_page(address, cookie)
        assert status(reply) == "500 Internal Server Error"
        assert b"broken" not in reply
        assert "broken" in caplog.text
        assert status(open_page(address, cookie)) == "200 OK"


def test_keys_and_cookies_are_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving() as server:
        address = server.address()
        cookie = cookie_of(open_page(address)).partition("=")[2]
        open_page(address)
        key = address.rpartition("/")[2]
        shown = caplog.text + repr(server) + repr(vars(server)) + repr(vars(server._keys))
        for secret in (key, cookie):
            assert secret not in shown
            assert secret not in REDACTOR.redact(f"GET /details/{secret}")
