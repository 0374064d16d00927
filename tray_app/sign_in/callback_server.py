"""The loopback listener to which Webex sends the browser back (RFC 8252 §7.3). A page of its own
sends the browser to Webex first, so that `state` is in no command line."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tray_app.policy.local_peer import may_request
from tray_app.sign_in.callback_connections import Visits
from tray_app.sign_in.callback_port import PortDenied, PortTaken, listen
from tray_app.sign_in.callback_requests import Request, read_request
from tray_app.sign_in.page_keys import Denied, PageKeys, cookie_field
from tray_app.sign_in.pages import ALREADY_OPENED, RECEIVED, REFUSED, WRONG_REQUEST, Pages
from tray_app.sign_in.request import Code, Declined, read_callback
from tray_app.system.local_peer import page_users, peer_of

if TYPE_CHECKING:
    import socket
    from types import TracebackType

    from tray_app.model.sign_in import SignInRequest

__all__ = ["Listener", "PortDenied", "PortTaken"]

log = logging.getLogger(__name__)

START_HOST = "127.0.0.1"
"""The one host name of the start page, for a cookie is good for one. A number, since browsers may
have been told to use https for "localhost"."""

START_PATH = "/sign-in/"
"""What follows is a key. 256 random bits are not the end of a redirect URI's path."""


class Listener:
    """Waits on 127.0.0.1 and ::1 for the answer to one question, and takes one answer only.

    What is not that answer is refused and changes nothing: any web page can send it. Connections of
    other users are closed without a byte, if the system tells whose they are (Linux).
    """

    def __init__(
        self, request: SignInRequest, consent_page: str = "", *, timeout: float = 5.0
    ) -> None:
        """`consent_page`: the address to which start pages lead; `timeout`: how many seconds a
        connection has to say what it wants."""
        self._request = request
        self._consent_page = consent_page
        self._patience = timeout
        self._pages = Pages()
        self._keys = PageKeys()
        self._users = page_users()
        self._turned_away: frozenset[int] = frozenset()
        self._visits: Visits | None = None
        self._lock = threading.Lock()
        self._answer: Code | Declined | None = None
        self._ended = False
        self._done = threading.Event()
        self._refused = 0

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Listen on both addresses, or on none. Raises PortTaken or PortDenied."""
        port = self._request.redirect.port
        with ExitStack() as undo:
            doors = [undo.enter_context(door) for door in listen(port)]
            try:
                visits = Visits(doors, self._admit, self._reply, self._after, self._patience)
            except OSError as error:  # no descriptor left
                raise PortDenied(port, str(error.strerror)) from None
            visits.start()
            undo.pop_all()
        self._visits = visits

    def start_page(self) -> str:
        """Return the address of a page of ours that leads to the consent page.

        Each call gives one with a new key. It works in one browser, while the answer is waited
        for; that browser may reload it.
        """
        key = self._keys.new().reveal()
        return f"http://{START_HOST}:{self._request.redirect.port}{START_PATH}{key}"

    def wait(self, seconds: float) -> Code | Declined | None:
        """Return the one answer; None where the time is over, or it was cancelled or closed.

        The browser has its page by then. Once this has returned, no answer is taken any more.
        """
        self._done.wait(seconds)
        return self._end()

    def cancel(self) -> None:
        """Make `wait` return at once. From any thread, any number of times."""
        self._end()

    @property
    def refused(self) -> int:
        """How many requests were not the answer."""
        return self._refused

    @property
    def turned_away(self) -> frozenset[int]:
        """The other users (uid) whose connections were closed."""
        return self._turned_away

    def close(self) -> None:
        """Free the port, whatever the clients do. Harmless twice, and before `open`."""
        self._end()
        with self._lock:
            visits, self._visits = self._visits, None
        if visits is None:
            return
        visits.stop()
        if self._refused:
            log.info("requests that were not the answer: %d", self._refused)

    def _end(self) -> Code | Declined | None:
        with self._lock:
            self._ended = True
            if self._answer is None:  # else the page goes first
                self._done.set()
            return self._answer

    def _reply(self, heard: bytes) -> bytes | None:
        """The reply to what one connection has said so far; None while it is not all."""
        asked = read_request(heard, self._request.redirect.hosts)
        if asked is None:
            return None
        if isinstance(asked, HTTPStatus):
            return self._refuse(asked, head_only=heard.startswith(b"HEAD "))
        if asked.path == self._request.redirect.path:
            return self._take(asked.query)
        if asked.path.startswith(START_PATH):
            return self._start(asked)
        return self._refuse(HTTPStatus.NOT_FOUND)

    def _take(self, query: str) -> bytes:
        """Take the answer, if it is that."""
        with self._lock:
            if self._ended:
                return self._refuse(HTTPStatus.GONE)
            self._answer = read_callback(query, self._request.state)
            if self._answer is None:
                return self._refuse(HTTPStatus.BAD_REQUEST)
            self._ended = True
        log.info("the answer has come")
        return self._pages.reply(
            HTTPStatus.OK, RECEIVED if isinstance(self._answer, Code) else REFUSED
        )

    def _start(self, asked: Request) -> bytes:
        """Send the browser that comes with a key on to the consent page."""
        if not asked.host.startswith(f"{START_HOST}:"):
            return self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        if self._ended:
            return self._refuse(HTTPStatus.GONE)
        cookie = self._keys.admit(asked.path.removeprefix(START_PATH), asked.cookies)
        if cookie is Denied.USED:
            return self._refuse(HTTPStatus.FORBIDDEN, ALREADY_OPENED)
        if isinstance(cookie, Denied):
            return self._refuse(HTTPStatus.NOT_FOUND)
        log.info("the start page has been opened")
        return self._pages.redirect(self._consent_page, cookie_field(cookie, asked.path))

    def _admit(self, connection: socket.socket) -> bool:
        """Whether to listen to a connection that has begun to speak."""
        peer = peer_of(connection)
        if may_request(peer, self._users):
            return True
        for uid in peer.uids - self._turned_away:
            log.warning("a connection of another user (uid %d) was closed: not answered", uid)
        self._turned_away |= peer.uids
        return False

    def _refuse(
        self, status: HTTPStatus, name: str = WRONG_REQUEST, *, head_only: bool = False
    ) -> bytes:
        self._refused += 1
        # No more than this: the address may hold a code, and anybody can write anything into it.
        log.debug("refused a request (%d)", status)
        head, gap, page = self._pages.reply(status, name).partition(b"\r\n\r\n")
        return head + gap + (b"" if head_only else page)

    def _after(self) -> None:
        """A reply has been sent; if it was that to the answer, `wait` may return."""
        if self._answer is not None:
            self._done.set()
