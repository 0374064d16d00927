"""Serves the details page on loopback, from the first opening until nobody looks at it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from tray_app.loopback.page_keys import COOKIE_LIFETIME, Denied, PageKeys, cookie_field
from tray_app.loopback.request import Request, read_request
from tray_app.loopback.responses import response, style_only
from tray_app.loopback.server import PAGE_HOST, LoopbackServer
from tray_app.pages.document import Document, note
from tray_app.pages.facts import style

if TYPE_CHECKING:
    from tray_app.model.details import Details

log = logging.getLogger(__name__)

PATH = "/details/"
"""Followed by a key of 256 random bits."""

_AGAIN = (
    "To see the details, choose Details… in the menu of the tray icon, or run"
    " webex-token-tray report --open."
)
_NOTES = {
    HTTPStatus.FORBIDDEN: (
        "Already opened",
        "This address works once, in one browser, and has been opened already.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "The details cannot be shown",
        "This program failed while it made the page. The log says where.",
    ),
}
_OTHER_NOTE = ("Nothing to see here", "There is no page at this address.")


class DetailsServer:
    """Any thread may call its methods. The thread "details" answers."""

    def __init__(self, gather: Callable[[str], Details], *, idle: float = COOKIE_LIFETIME) -> None:
        """`gather` is called for each look at the page, with the name of the profile that is looked
        at or "", in the thread "details"; `idle`: seconds after the last look until the server
        ends."""
        self._gather = gather
        self._idle = idle
        self._lock = threading.Lock()
        self._style = style()
        self._policy = style_only(self._style)
        self._keys = PageKeys()
        self._server: LoopbackServer | None = None
        self._port = 0

    def address(self) -> str:
        """Return the address of the page with a new key, which works in one browser. That browser
        may reload it.

        Raises PortDenied if nothing can listen.
        """
        with self._lock:
            if self._server is None or not self._server.extend():
                self._keys = PageKeys()
                self._server = LoopbackServer(self._reply, name="details", idle=self._idle)
                self._port = self._server.open(0, (PAGE_HOST,))
            return f"http://{PAGE_HOST}:{self._port}{PATH}{self._keys.new().reveal()}"

    def wait(self, seconds: float | None = None) -> bool:
        """Block until nobody has looked for the idle time, for so many seconds at most; returns
        whether that is so."""
        server = self._server
        return server is None or server.wait(seconds)

    def close(self) -> None:
        """End it now. Harmless twice."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    # The thread "details"

    def _reply(self, received: bytes) -> bytes | None:
        request = read_request(received, {f"{PAGE_HOST}:{self._port}"})
        if request is None:
            return None
        if isinstance(request, HTTPStatus):
            whole = self._refuse(request)
            head, gap, body = whole.partition(b"\r\n\r\n")
            return head + gap + (b"" if received.startswith(b"HEAD ") else body)
        if not request.path.startswith(PATH):
            return self._refuse(HTTPStatus.NOT_FOUND)
        cookie = self._keys.admit(request.path.removeprefix(PATH), request.cookies)
        if isinstance(cookie, Denied):
            is_used = cookie is Denied.USED
            return self._refuse(HTTPStatus.FORBIDDEN if is_used else HTTPStatus.NOT_FOUND)
        if self._server is not None:
            self._server.extend()
        try:
            page = self._page(request)
        except Exception:  # a boundary: the server goes on
            log.exception("the details page could not be made")
            return self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        set_cookie = f"Set-Cookie: {cookie_field(cookie, request.path)}"
        return response(HTTPStatus.OK, page.encode(), self._policy, [set_cookie])

    def _page(self, request: Request) -> str:
        (name,) = parse_qs(request.query).get("profile", [""])[:1]
        details = self._gather(name)
        document = Document(details, style=self._style, policy=self._policy, reload=True)
        page = document.of_profile(name, "?") if name else None
        return page or document.overview(lambda name: f"?profile={quote(name, safe='')}")

    def _refuse(self, status: HTTPStatus) -> bytes:
        log.debug("refused a request (%d)", status)
        title, sentence = _NOTES.get(status, _OTHER_NOTE)
        page = note(title, [sentence, _AGAIN], style=self._style, policy=self._policy)
        headers = ["Allow: GET"] if status is HTTPStatus.METHOD_NOT_ALLOWED else []
        return response(status, page.encode(), self._policy, headers)
