"""The server on loopback to which Webex sends the browser back (RFC 8252 §7.3).

Its start page sends the browser to Webex first, so that no command line contains `state`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tray_app.loopback.page_keys import Denied, PageKeys, cookie_field
from tray_app.loopback.request import Request, read_request
from tray_app.loopback.server import PAGE_HOST, LoopbackServer
from tray_app.sign_in.pages import ALREADY_OPENED, RECEIVED, REFUSED, WRONG_REQUEST, Pages
from tray_app.sign_in.request import Code, Declined, read_callback
from tray_app.system.signals import SLICE

if TYPE_CHECKING:
    from tray_app.model.sign_in import SignInRequest

log = logging.getLogger(__name__)

START_PATH = "/sign-in/"
"""Followed by a key of 256 random bits, which no redirect URI has."""


class CallbackServer:
    """Listens on 127.0.0.1 and ::1 for the answer to one sign-in, and accepts one answer only.

    `onward`: called once, for the answer; returns the address of the page that shows the outcome,
    "" if there is none.

    Any web page can send a request here, so one that is not the answer is refused and changes
    nothing. The reply comes in the thread "callback".
    """

    def __init__(
        self, request: SignInRequest, consent_page: str = "", *, timeout: float = 5.0
    ) -> None:
        """`consent_page`: where the start page leads; `timeout`: seconds for a whole request."""
        self._request = request
        self._consent_page = consent_page
        self._server = LoopbackServer(
            self._reply, name="callback", sent=self._after_reply, timeout=timeout
        )
        self.onward: Callable[[], str] = lambda: ""
        self._pages = Pages()
        self._keys = PageKeys()
        self._refused = 0
        self._lock = threading.Lock()
        self._answer: Code | Declined | None = None
        self._ended = False
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Listen on both addresses, or on none. Raises PortTaken or PortDenied."""
        self._server.open(self._request.redirect.port)

    def start_page(self) -> str:
        """Return the address of a page of ours that leads to the consent page.

        Each call returns one with a new key, which works in one browser while the server waits.
        That browser may reload it.
        """
        key = self._keys.new().reveal()
        return f"http://{PAGE_HOST}:{self._request.redirect.port}{START_PATH}{key}"

    def wait(self, seconds: float) -> Code | Declined | None:
        """Return the answer; None if the time is over, or `cancel` or `close` was called.

        The browser has its page by then. No answer is accepted after this has returned.
        """
        end = time.monotonic() + seconds
        while not self._done.is_set() and (left := end - time.monotonic()) > 0:
            self._done.wait(min(left, SLICE))
        return self._end()

    def cancel(self) -> None:
        """Make `wait` return at once. Any thread, any number of times."""
        self._end()

    @property
    def refused(self) -> int:
        """How many requests were not the answer."""
        return self._refused

    @property
    def rejected_uids(self) -> frozenset[int]:
        """The other users whose connections were closed."""
        return self._server.rejected_uids

    def close(self) -> None:
        """Free the port, whatever the clients do. Harmless twice, and before `open`."""
        self._end()
        if self._server.close() and self._refused:
            log.info("requests that were not the answer: %d", self._refused)

    def _end(self) -> Code | Declined | None:
        with self._lock:
            self._ended = True
            if self._answer is None:  # otherwise the page is sent first
                self._done.set()
            return self._answer

    # The thread "callback"

    def _after_reply(self) -> None:
        if self._answer is not None:
            self._done.set()

    def _reply(self, received: bytes) -> bytes | None:
        """Return the reply; None while the request is incomplete."""
        request = read_request(received, self._request.redirect.hosts)
        if request is None:
            return None
        if isinstance(request, HTTPStatus):
            return self._refuse(request, head_only=received.startswith(b"HEAD "))
        if request.path == self._request.redirect.path:
            return self._reply_to_callback(request.query)
        if request.path.startswith(START_PATH):
            return self._reply_to_start(request)
        return self._refuse(HTTPStatus.NOT_FOUND)

    def _reply_to_callback(self, query: str) -> bytes:
        with self._lock:
            if self._ended:
                return self._refuse(HTTPStatus.GONE)
            self._answer = read_callback(query, self._request.state)
            if self._answer is None:
                return self._refuse(HTTPStatus.BAD_REQUEST)
            self._ended = True
        log.info("the answer has come")
        page = RECEIVED if isinstance(self._answer, Code) else REFUSED
        return self._pages.reply(HTTPStatus.OK, page, self._next_page())

    def _next_page(self) -> str:
        try:
            return self.onward()
        except Exception:  # a boundary: the answer counts all the same
            log.exception("the outcome will not be shown in the browser")
            return ""

    def _reply_to_start(self, request: Request) -> bytes:
        if not request.host.startswith(f"{PAGE_HOST}:"):
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        if self._ended:
            return self._refuse(HTTPStatus.GONE)
        cookie = self._keys.admit(request.path.removeprefix(START_PATH), request.cookies)
        if cookie is Denied.USED:
            return self._refuse(HTTPStatus.FORBIDDEN, ALREADY_OPENED)
        if isinstance(cookie, Denied):
            return self._refuse(HTTPStatus.NOT_FOUND)
        log.info("the start page has been opened")
        return self._pages.redirect(self._consent_page, cookie_field(cookie, request.path))

    def _refuse(
        self, status: HTTPStatus, page: str = WRONG_REQUEST, *, head_only: bool = False
    ) -> bytes:
        self._refused += 1
        # Not the address: it may contain a code, and anybody can write anything into it.
        log.debug("refused a request (%d)", status)
        head, gap, body = self._pages.reply(status, page).partition(b"\r\n\r\n")
        return head + gap + (b"" if head_only else body)
