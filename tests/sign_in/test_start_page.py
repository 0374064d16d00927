"""Our page that leads to Webex's: its address is in a command line, and works in one browser."""

from __future__ import annotations

import logging
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.sign_in.callback_client import CODE, STATE, a_redirect, a_request, ask, genuine, get
from tray_app.loopback.page_keys import Denied, PageKeys
from tray_app.model.secret import Secret
from tray_app.sign_in.callback_server import CallbackServer
from tray_app.sign_in.pages import ALREADY_OPENED, Pages
from tray_app.sign_in.request import Code
from tray_app.system.log import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSENT = f"https://webex.example/v1/authorize?client_id=c&state={STATE}"
REPLIES = Pages()
USED = REPLIES.reply(HTTPStatus.FORBIDDEN, ALREADY_OPENED)
GONE, UNKNOWN, MISDIRECTED = map(
    REPLIES.reply, (HTTPStatus.GONE, HTTPStatus.NOT_FOUND, HTTPStatus.MISDIRECTED_REQUEST)
)


@contextmanager
def listening() -> Iterator[tuple[CallbackServer, int]]:
    request = a_request()
    with CallbackServer(request, CONSENT) as server:
        yield server, request.redirect.port


def open_page(page: str, *fields: str, host: str = "", method: str = "GET") -> bytes:
    """What a browser gets that opens this address; `host`: the name by which it goes there."""
    place = urlsplit(page)
    asked = get(place.path, place.port or 0, *fields)
    name = host or f"127.0.0.1:{place.port}"
    asked = asked.replace(f"localhost:{place.port}".encode(), name.encode(), 1)
    return ask("127.0.0.1", place.port or 0, asked.replace(b"GET", method.encode(), 1))


def headers_of(reply: bytes) -> dict[str, str]:
    status, *lines = reply.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {"": status} | dict(line.split(": ", 1) for line in lines)


def cookie_of(reply: bytes) -> str:
    """As a browser shows it again."""
    return f"Cookie: {headers_of(reply)['Set-Cookie'].partition(';')[0]}"


def test_the_first_browser_is_sent_to_the_consent_page() -> None:
    """Nothing of the way there is kept, and the key is not passed on."""
    with listening() as (server, port):
        page = server.start_page()
        reply = open_page(page)
        headers = headers_of(reply)
        assert re.fullmatch(rf"http://127\.0\.0\.1:{port}/sign-in/[\w-]{{43}}", page)
        assert headers[""] == "HTTP/1.1 303 See Other"
        assert headers["Location"] == CONSENT
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        name, *rest = headers["Set-Cookie"].split("; ")
        assert re.fullmatch(r"webex-token-tray=[\w-]{43}", name)
        assert rest == [f"Path={urlsplit(page).path}", "Max-Age=900", "HttpOnly", "SameSite=Lax"]
        assert page.rpartition("/")[2] not in name
        assert reply.endswith(b"\r\n\r\n")
        assert server.refused == 0


def test_a_used_key_shows_that_and_never_state() -> None:
    """Whoever has read it in a command line comes too late."""
    with listening() as (server, _):
        page = server.start_page()
        open_page(page)
        for fields in ([], ["Cookie: webex-token-tray="], ["Cookie: webex-token-tray=x; a=b"]):
            assert open_page(page, *fields) == USED
        assert STATE.encode() not in USED
        assert server.refused == 3


def test_the_same_browser_may_reload() -> None:
    """Any number of times, whatever other programs on this host have it keep."""
    with listening() as (server, _):
        page = server.start_page()
        first = open_page(page)
        cookie = cookie_of(first)
        others = "Cookie: session=1; webex-token-tray=of-another-time; "
        assert open_page(page, cookie) == first
        assert open_page(page, others + cookie.removeprefix("Cookie: ")) == first
        assert open_page(page, "Cookie: a=b", cookie) == first
        assert open_page(page) == USED


def test_each_opening_has_a_key_and_a_cookie_of_its_own() -> None:
    """The one cookie does not open the other page."""
    with listening() as (server, _):
        one, other = server.start_page(), server.start_page()
        assert one != other
        first, second = open_page(one), open_page(other)
        assert cookie_of(first) != cookie_of(second)
        assert open_page(other, cookie_of(first)) == USED
        assert headers_of(second)["Location"] == CONSENT


@pytest.mark.parametrize("host", ["localhost", "[::1]"])
def test_the_start_page_has_one_host_name(host: str) -> None:
    """The callback has three, but a cookie is good for one. The key stays unused."""
    with listening() as (server, port):
        page = server.start_page()
        assert open_page(page, host=f"{host}:{port}") == MISDIRECTED
        assert headers_of(open_page(page))[""].startswith("HTTP/1.1 303 ")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.ex:PORT"])
def test_by_another_hosts_name_nothing_is_shown(host: str) -> None:
    """DNS rebinding: the page would be another site's."""
    with listening() as (server, port):
        page = server.start_page()
        assert open_page(page, host=host.replace("PORT", str(port))) == MISDIRECTED
        assert headers_of(open_page(page))[""].startswith("HTTP/1.1 303 ")


def test_what_is_no_key_opens_nothing() -> None:
    """Guessed, cut, or with more: and no cookie helps."""
    with listening() as (server, port):
        page = server.start_page()
        cookie = cookie_of(open_page(page))
        for wrong in ("", "x", page[:-1], page + "/", page + "0", page.swapcase(), page + "%20"):
            key = wrong.rpartition("/sign-in/")[2] or wrong
            assert open_page(f"http://127.0.0.1:{port}/sign-in/{key}", cookie) == UNKNOWN
        assert open_page(f"http://127.0.0.1:{port}/sign-in", cookie) == UNKNOWN


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_another_method_does_not_use_the_key(method: str) -> None:
    """A program that looks ahead at addresses must not lock the browser out."""
    with listening() as (server, _):
        page = server.start_page()
        assert headers_of(open_page(page, method=method))[""].startswith("HTTP/1.1 405 ")
        assert headers_of(open_page(page))[""].startswith("HTTP/1.1 303 ")


def test_start_pages_end_no_sign_in_and_end_with_it() -> None:
    """The answer is taken after all of them; then no key leads anywhere, used or not."""
    with listening() as (server, port):
        used, unused = server.start_page(), server.start_page()
        cookie = cookie_of(open_page(used))
        open_page(used)
        ask("127.0.0.1", port, genuine(port))
        assert open_page(used, cookie) == open_page(unused) == GONE
        assert server.wait(60) == Code(Secret(CODE))


def test_a_redirect_uri_may_have_the_start_pages_path() -> None:
    """Webex's answer comes there; the keys are below it."""
    request = a_request(a_redirect(path="/sign-in/"))
    port = request.redirect.port
    with CallbackServer(request, CONSENT) as server:
        assert headers_of(open_page(server.start_page()))["Location"] == CONSENT
        ask("127.0.0.1", port, genuine(port).replace(b"/callback", b"/sign-in/"))
        assert server.wait(60) == Code(Secret(CODE))


def test_keys_and_cookies_are_in_no_log_and_no_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does the log show them if another library writes them there."""
    caplog.set_level(logging.DEBUG)
    with listening() as (server, _):
        page = server.start_page()
        cookie = cookie_of(open_page(page)).partition("=")[2]
        open_page(page)
        key = page.rpartition("/")[2]
        shown = caplog.text + repr(server) + repr(vars(server)) + repr(vars(server._keys))
        for secret in (key, cookie):
            assert secret not in shown
            assert secret not in REDACTOR.redact(f"GET /sign-in/{secret}")


def test_of_many_browsers_at_once_one_is_sent_on() -> None:
    """A key is used once, though two come at the same time."""
    keys = PageKeys()
    key = keys.new().reveal()
    with ThreadPoolExecutor(8) as browsers:
        given = list(browsers.map(keys.admit, [key] * 64, [""] * 64))
    assert given.count(Denied.USED) == 63
    assert [each for each in given if isinstance(each, Secret)]
    assert keys.admit("", "") is Denied.UNKNOWN
