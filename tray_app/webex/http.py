"""What a request says of who sends it; set as auth, so that `~/.netrc` cannot say otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
from requests.auth import AuthBase
from requests.utils import get_environ_proxies, select_proxy

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.secret import Secret
from tray_app.system.log import REDACTOR
from tray_app.webex.tls import TrustAdapter


class Bearer(AuthBase):
    """Puts the token into the header (RFC 6750 §2.1)."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class NoAuth(AuthBase):
    """No header at all: without this, a netrc entry would add one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_SHORTEST_PASSWORD = 8


def new_session(base: str) -> requests.Session:
    """Return a session for that API base. On https it uses the proxies of the environment, or of
    the system."""
    session = requests.Session()
    # Not compressed: a small body may unpack to a large one.
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    if urlsplit(base).scheme == "http":
        session.trust_env = False  # loopback needs no proxy
        return session
    session.mount("https://", TrustAdapter())
    REDACTOR.add(proxy_credentials())
    return session


def proxy_for(base: str) -> str | None:
    """Return the proxy that requests to this API base go through, without name and password; None
    where they go directly."""
    if urlsplit(base).scheme == "http":
        return None
    found = select_proxy(base, get_environ_proxies(base))
    if not found:
        return None
    scheme, mark, rest = found.rpartition("//")
    return scheme + mark + rest.rpartition("@")[2]


def proxy_credentials() -> Iterator[Secret]:
    """What stands before the "@" in the addresses of proxies, in the forms that a log may show."""
    for address in getproxies().values():
        user_info = address.rpartition("@")[0].rpartition("//")[2]
        password = user_info.partition(":")[2]
        if not password:
            continue
        shown = [user_info]
        if len(password) >= _SHORTEST_PASSWORD:  # alone, a short one may be any word of any line
            shown.append(password)
        for known in shown:
            yield Secret(known)
            yield Secret(unquote(known))


def read_body(response: requests.Response, largest: int, deadline: float) -> bytes:
    """Return the body, no more than `largest` bytes and no longer than the deadline (monotonic).

    Raises Unreachable.
    """
    raw = b""
    for piece in response.iter_content(4096):
        raw += piece
        if len(raw) > largest:
            raise Unreachable(
                TransportFailure.ODD_REPLY, f"the answer is larger than {largest} bytes"
            )
        if time.monotonic() > deadline:
            raise Unreachable(TransportFailure.TIMEOUT, "the answer did not end in time")
    return raw
