"""HTTP sessions: authorization, proxies, and limits of a response."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests
import urllib3
from requests.auth import AuthBase
from requests.utils import get_environ_proxies, select_proxy

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.secret import Secret
from tray_app.system.log import REDACTOR
from tray_app.webex.interim import FinalResponseAdapter
from tray_app.webex.tls import TrustAdapter


class Bearer(AuthBase):
    """Sets the header (RFC 6750 §2.1). As `auth` of requests, it comes before `~/.netrc`."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class NoAuth(AuthBase):
    """Sets no header. Without it, an entry of `~/.netrc` would add one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


_MIN_PASSWORD = 8


def new_session(base: str) -> requests.Session:
    """Return a session for this API base. On https it uses the proxies of the environment or the
    system."""
    session = requests.Session()
    # Not compressed: a small body could unpack to a large one.
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    if urlsplit(base).scheme == "http":
        session.trust_env = False  # loopback needs no proxy
        session.mount("http://", FinalResponseAdapter())
        return session
    session.mount("https://", TrustAdapter())
    REDACTOR.add(proxy_credentials())
    return session


def proxy_for(base: str) -> str | None:
    """Return the proxy for this API base, without user name and password; None if there is none."""
    if urlsplit(base).scheme == "http":
        return None
    found = select_proxy(base, get_environ_proxies(base))
    if not found:
        return None
    scheme, mark, rest = found.rpartition("//")
    return scheme + mark + rest.rpartition("@")[2]


def proxy_credentials() -> Iterator[Secret]:
    """Yield the user info of all proxy URLs, in the forms that a log may show."""
    for address in getproxies().values():
        user_info = address.rpartition("@")[0].rpartition("//")[2]
        password = user_info.partition(":")[2]
        if not password:
            continue
        shown = [user_info]
        if len(password) >= _MIN_PASSWORD:  # a short one could be any word in the log
            shown.append(password)
        for text in shown:
            yield Secret(text)
            yield Secret(unquote(text))


def read_body(
    response: requests.Response,
    max_bytes: int,
    is_given_up: Callable[[], bool],
    is_enough: Callable[[bytes], bool],
) -> bytes:
    """Return the body. `is_enough`: whether these bytes count if the connection then breaks off.

    Raises Unreachable if it is longer than `max_bytes`, or incomplete when the caller has given up;
    OSError, and whatever urllib3 raises.
    """
    raw = b""
    try:
        # Not `iter_content`: if the connection breaks off, that loses what it has read.
        while piece := response.raw.read1(4096, decode_content=True):
            raw += piece
            if len(raw) > max_bytes:
                raise Unreachable(
                    TransportFailure.ODD_REPLY, f"the answer is larger than {max_bytes} bytes"
                )
            if is_given_up():
                raise Unreachable(TransportFailure.TIMEOUT, "the answer did not end in time")
    except (urllib3.exceptions.HTTPError, OSError):
        if not is_enough(raw):
            raise
    return raw
