"""The keys of our pages on loopback: the address of a page is in the browser's command line, which
every user of the machine can read, so that it works once."""

from __future__ import annotations

import re
import secrets
import threading
from enum import StrEnum

from tray_app.model.secret import Secret
from tray_app.system.log import REDACTOR

COOKIE = "webex-token-tray"
LIFE = 15 * 60
"""Seconds for which a browser keeps the cookie after its last request."""

_PAIR = re.compile(r"(?:^|;) *" + re.escape(COOKIE) + r"=([^;]*)")


class Denied(StrEnum):
    """Why a page is not shown."""

    UNKNOWN = "unknown"
    USED = "used"


class PageKeys:
    """Each key opens a page in the first browser that shows it. By a cookie, the same browser may
    reload the page; no other one gets it. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cookies: dict[Secret, Secret | None] = {}

    def __repr__(self) -> str:
        return f"<{len(self._cookies)} page keys>"

    def new(self) -> Secret:
        """Return a new key, which the log will not show."""
        key = _random()
        with self._lock:
            self._cookies[key] = None
        return key

    def admit(self, key: str, cookies: str) -> Secret | Denied:
        """Return the cookie for the browser that comes with this key, or why it is denied.

        `cookies`: the Cookie headers of its request. For who is denied, nothing changes.
        """
        shown = Secret(key)
        with self._lock:
            if shown not in self._cookies:
                return Denied.UNKNOWN
            cookie = self._cookies[shown]
            if cookie is None:
                cookie = self._cookies[shown] = _random()
            elif cookie not in map(Secret, _PAIR.findall(cookies)):
                return Denied.USED
            return cookie


def cookie_field(cookie: Secret, path: str) -> str:
    """Return the value of a Set-Cookie header. A host's cookies go to all its ports, and so to the
    servers of others: `path`, with the key in it, is where this one goes and no further."""
    value = f"{COOKIE}={cookie.reveal()}"
    return f"{value}; Path={path}; Max-Age={LIFE}; HttpOnly; SameSite=Lax"


def _random() -> Secret:
    new = Secret(secrets.token_urlsafe(32))
    REDACTOR.add([new])
    return new
