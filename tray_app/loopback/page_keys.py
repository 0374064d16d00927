"""One-time keys of our pages on loopback.

A page's address is in the browser's command line, which every user of the machine can read.
"""

from __future__ import annotations

import re
import secrets
import threading
from enum import StrEnum

from tray_app.model.secret import Secret
from tray_app.system.log import REDACTOR

COOKIE = "webex-token-tray"
COOKIE_LIFETIME = 15 * 60
"""Seconds after the browser's last request."""

_PAIR = re.compile(r"(?:^|;) *" + re.escape(COOKIE) + r"=([^;]*)")


class Denied(StrEnum):
    """Why a page is not shown."""

    UNKNOWN = "unknown"
    USED = "used"


class PageKeys:
    """Each key opens a page in the first browser that presents it; with a cookie, that browser may
    reload the page. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cookies: dict[Secret, Secret | None] = {}

    def __repr__(self) -> str:
        return f"<{len(self._cookies)} page keys>"

    def new(self) -> Secret:
        """Return a new key; the log redacts it."""
        key = _random()
        with self._lock:
            self._cookies[key] = None
        return key

    def admit(self, key: str, cookies: str, *, opens: bool = True) -> Secret | Denied:
        """Return the cookie for the browser that presents this key, or why it is denied.

        `cookies`: the Cookie headers of its request; `opens`: whether this may be its first one. A
        denial changes nothing.
        """
        presented = Secret(key)
        with self._lock:
            if presented not in self._cookies:
                return Denied.UNKNOWN
            cookie = self._cookies[presented]
            if cookie is None and not opens:
                return Denied.UNKNOWN
            if cookie is None:
                cookie = self._cookies[presented] = _random()
            elif cookie not in map(Secret, _PAIR.findall(cookies)):
                return Denied.USED
            return cookie


def cookie_field(cookie: Secret, path: str) -> str:
    """Return the value of a Set-Cookie header for this path only.

    A host's cookies go to all its ports, and so to other people's servers; `path` contains the key.
    """
    value = f"{COOKIE}={cookie.reveal()}"
    return f"{value}; Path={path}; Max-Age={COOKIE_LIFETIME}; HttpOnly; SameSite=Lax"


def _random() -> Secret:
    new = Secret(secrets.token_urlsafe(32))
    REDACTOR.add([new])
    return new
