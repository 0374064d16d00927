"""The loopback listener to which Webex sends the browser back (RFC 8252 §7.3)."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tray_app.adapters.callback_pages import RECEIVED, REFUSED, Pages
from tray_app.adapters.callback_port import PortDenied, PortTaken, listen
from tray_app.adapters.callback_requests import read_request
from tray_app.adapters.callback_visits import Visits
from tray_app.core.oauth import Code, Declined, read_callback

if TYPE_CHECKING:
    from types import TracebackType

    from tray_app.core.oauth import SignInRequest

__all__ = ["Listener", "PortDenied", "PortTaken"]

log = logging.getLogger(__name__)


class Listener:
    """Waits on 127.0.0.1 and ::1 for the answer to one question, and takes one answer only.

    What is not that answer is refused and changes nothing: any web page can send it.
    """

    def __init__(self, request: SignInRequest, *, patience: float = 5.0) -> None:
        """`patience`: how many seconds a connection has to say what it wants."""
        self._request = request
        self._patience = patience
        self._pages = Pages()
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
                visits = Visits(doors, self._reply, self._after, self._patience)
            except OSError as error:  # no descriptor left
                raise PortDenied(port, str(error.strerror)) from None
            visits.start()
            undo.pop_all()
        self._visits = visits

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
        asked = read_request(heard, self._request.redirect)
        if asked is None:
            return None
        if isinstance(asked, HTTPStatus):
            return self._refuse(asked, head_only=heard.startswith(b"HEAD "))
        with self._lock:
            if self._ended:
                return self._refuse(HTTPStatus.GONE)
            self._answer = read_callback(asked, self._request.state)
            if self._answer is None:
                return self._refuse(HTTPStatus.BAD_REQUEST)
            self._ended = True
        log.info("the answer has come")
        return self._pages.reply(
            HTTPStatus.OK, RECEIVED if isinstance(self._answer, Code) else REFUSED
        )

    def _refuse(self, status: HTTPStatus, *, head_only: bool = False) -> bytes:
        self._refused += 1
        # No more than this: the address may hold a code, and anybody can write anything into it.
        log.debug("refused a request (%d)", status)
        head, gap, page = self._pages.reply(status).partition(b"\r\n\r\n")
        return head + gap + (b"" if head_only else page)

    def _after(self) -> None:
        """A reply has been sent; if it was that to the answer, `wait` may return."""
        if self._answer is not None:
            self._done.set()
