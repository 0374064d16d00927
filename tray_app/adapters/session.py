"""The session that every request goes through: what it sends by itself, whom it trusts."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import requests

from tray_app.adapters.logs import REDACTOR
from tray_app.adapters.trust import TrustAdapter
from tray_app.core.secret import Secret

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
    REDACTOR.hide(proxy_credentials())
    return session


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
