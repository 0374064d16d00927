"""What a browser gets to see at the callback's port: four pages, not a byte of them its own.

In the folder they share a style sheet; each is sent with it inside, since nothing is asked for
twice at that port.
"""

from __future__ import annotations

import base64
import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from tray_app.system.dirs import resource

if TYPE_CHECKING:
    from pathlib import Path

RECEIVED, REFUSED, WRONG_REQUEST = "received.html", "refused.html", "wrong-request.html"
ALREADY_OPENED = "already-opened.html"
_STYLE = "style.css"
_LINK = b'<link rel="stylesheet" href="style.css">'


class Pages:
    """The shipped pages, read once. Raises OSError where one is missing."""

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or resource("assets/pages")
        style = (folder / _STYLE).read_bytes()
        self._policy = _policy(style)
        self._pages = {
            name: (folder / name).read_bytes().replace(_LINK, b"<style>" + style + b"</style>")
            for name in (RECEIVED, REFUSED, WRONG_REQUEST, ALREADY_OPENED)
        }

    def reply(self, status: HTTPStatus, name: str = WRONG_REQUEST) -> bytes:
        """Return the whole reply. It hangs on nothing but its arguments."""
        # RFC 9110 §15.5.6
        more = ["Allow: GET"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []
        return self._whole(status, self._pages[name], more)

    def redirect(self, address: str, cookie: str) -> bytes:
        """Return the whole reply that sends the browser on, and has it keep a cookie.

        The page that is left stays in no history of the window: only where it led to does.
        """
        more = [f"Location: {address}", f"Set-Cookie: {cookie}"]
        return self._whole(HTTPStatus.SEE_OTHER, b"", more)

    def _whole(self, status: HTTPStatus, page: bytes, more: list[str]) -> bytes:
        fields = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Connection: close",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(page)}",
            "Cache-Control: no-store",
            # The page's own address holds the code, or its key.
            "Referrer-Policy: no-referrer",
            f"Content-Security-Policy: {self._policy}",
            "X-Content-Type-Options: nosniff",
            "Cross-Origin-Opener-Policy: same-origin",
            "Cross-Origin-Resource-Policy: same-origin",
            *more,
        ]
        return "\r\n".join([*fields, "", ""]).encode() + page


def _policy(style: bytes) -> str:
    """A policy that allows the pages their own style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
