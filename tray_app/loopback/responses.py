"""HTTP responses of our pages, with the strictest headers."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http import HTTPStatus


NO_REFERRER, SAME_ORIGIN = "no-referrer", "same-origin"
"""Referrer policies. A form needs the second: with the first, the browser sends no Origin."""


def style_only(style: str, *, forms: bool = False) -> str:
    """Return a Content-Security-Policy that allows nothing but this style sheet and images inside
    the page, and with `forms` to send a form back to where it came from."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    target = "'self'" if forms else "'none'"
    allowed = f"style-src 'sha256-{digest}'; img-src data:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action {target}"


def response(
    status: HTTPStatus,
    page: bytes,
    policy: str,
    headers: Iterable[str] = (),
    *,
    referrer: str = NO_REFERRER,
) -> bytes:
    """Return the whole response. `policy`: its Content-Security-Policy; no page may be framed."""
    fields = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(page)}",
        "Cache-Control: no-store",
        # The page's address contains a code or a key.
        f"Referrer-Policy: {referrer}",
        f"Content-Security-Policy: {policy}; frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff",
        "Cross-Origin-Opener-Policy: same-origin",
        "Cross-Origin-Resource-Policy: same-origin",
        *headers,
    ]
    return "\r\n".join([*fields, "", ""]).encode() + page
