"""The four pages that the callback server sends. They contain nothing from the request.

Each is sent with the style sheet inside, since the server answers only one request per connection.
"""

from __future__ import annotations

from http import HTTPStatus

from tray_app.loopback.responses import response, style_only
from tray_app.system.dirs import resource

RECEIVED, REFUSED, WRONG_REQUEST = "received.html", "refused.html", "wrong-request.html"
ALREADY_OPENED = "already-opened.html"
_STYLE = "style.css"
_TITLE = b"<title>"
_LINK = b'<link rel="stylesheet" href="style.css">'


class Pages:
    """The shipped pages, read once. Raises OSError if one is missing."""

    def __init__(self) -> None:
        folder = resource("assets/pages")
        style = (folder / _STYLE).read_bytes()
        self._policy = style_only(style.decode())
        self._pages = {
            name: (folder / name).read_bytes().replace(_LINK, b"<style>" + style + b"</style>")
            for name in (RECEIVED, REFUSED, WRONG_REQUEST, ALREADY_OPENED)
        }

    def reply(self, status: HTTPStatus, name: str = WRONG_REQUEST, onward: str = "") -> bytes:
        """Return the whole response. Pure: nothing from the request is echoed.

        `onward`: an address of ours that the page leads to at once. Not by a redirect: a consent
        page may limit where its form leads (form-action), which counts for redirects, too.
        """
        # RFC 9110 §15.5.6
        headers = ["Allow: GET"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []
        page = self._pages[name]
        if onward:
            from html import escape  # a big table, which the tray seldom needs

            lead = f'<meta http-equiv="refresh" content="0; url={escape(onward)}">\n'
            page = page.replace(_TITLE, lead.encode() + _TITLE)
        return response(status, page, self._policy, headers)

    def redirect(self, address: str, cookie: str) -> bytes:
        """Return the whole response of a redirect that sets a cookie.

        The window's history keeps only the redirect's target, not this page.
        """
        headers = [f"Location: {address}", f"Set-Cookie: {cookie}"]
        return response(HTTPStatus.SEE_OTHER, b"", self._policy, headers)
