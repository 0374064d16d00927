"""The server on loopback to which Webex sends the browser back (RFC 8252 §7.3).

Its start page sends the browser to Webex first, so that no command line contains `state`.

Not on `http.server`: that accepts malformed requests, quotes them in its error pages, and spins if
no descriptor is left. One thread serves all connections here, so a slow one delays no other.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tray_app.model.errors import TrayError
from tray_app.policy.local_peer import may_request
from tray_app.sign_in.callback_request import Request, read_request
from tray_app.sign_in.page_keys import Denied, PageKeys, cookie_field
from tray_app.sign_in.pages import ALREADY_OPENED, RECEIVED, REFUSED, WRONG_REQUEST, Pages
from tray_app.sign_in.request import Code, Declined, read_callback
from tray_app.system.local_peer import page_users, peer_of

if TYPE_CHECKING:
    from types import TracebackType

    from tray_app.model.sign_in import SignInRequest

log = logging.getLogger(__name__)

START_HOST = "127.0.0.1"
"""The only host name of the start page, since a cookie belongs to one host. It is a number because
browsers may be set to use https for "localhost"."""

START_PATH = "/sign-in/"
"""Followed by a key of 256 random bits, which no redirect URI has."""

MAX_CONNECTIONS = 64
_LINGER = 1.0
"""Seconds for which an answered connection stays open: closing it with unread input would reset it,
and that can destroy the page."""

_ACCEPT_RETRY = 0.1
_CHUNK = 64 * 1024
_BACKLOG = 128
_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class PortUnusable(TrayError):
    """Nothing can listen on the port of the redirect URI."""

    def __init__(self, port: int, message: str) -> None:
        self.port = port
        super().__init__(message)


class PortTaken(PortUnusable):
    """Another program listens on the port: it would receive the code."""

    def __init__(self, port: int) -> None:
        super().__init__(port, f"port {port} is taken: another program listens there")


class PortDenied(PortUnusable):
    """The system does not let this program listen on the port."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(port, f"port {port} cannot be listened on: {reason}")


@dataclass(eq=False, slots=True)
class _Connection:
    """`deadline`: monotonic seconds."""

    socket: socket.socket
    deadline: float
    received: bytearray = field(default_factory=bytearray, repr=False)
    is_answered: bool = False


class CallbackServer:
    """Listens on 127.0.0.1 and ::1 for the answer to one sign-in, and accepts one answer only.

    Any web page can send a request here, so one that is not the answer is refused and changes
    nothing. Connections of other users are closed without a reply if the system tells whose they
    are (Linux). A connection has a deadline for its whole request, however slowly it sends, and the
    oldest is closed if there are too many.
    """

    def __init__(
        self, request: SignInRequest, consent_page: str = "", *, timeout: float = 5.0
    ) -> None:
        """`consent_page`: where the start page leads; `timeout`: seconds for a whole request."""
        self._request = request
        self._consent_page = consent_page
        self._timeout = timeout
        self._pages = Pages()
        self._keys = PageKeys()
        self._users = page_users()
        self._rejected_uids: frozenset[int] = frozenset()
        self._refused = 0
        self._lock = threading.Lock()
        self._answer: Code | Declined | None = None
        self._ended = False
        self._done = threading.Event()
        self._connections: dict[socket.socket, _Connection] = {}
        self._closing = threading.Event()
        self._stop: Callable[[], None] | None = None

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
        with ExitStack() as resources:
            listeners = [resources.enter_context(each) for each in listen(port)]
            try:
                self._selector = resources.enter_context(selectors.DefaultSelector())
                woken, waker = map(resources.enter_context, socket.socketpair())
            except OSError as error:  # no descriptor left
                raise PortDenied(port, str(error.strerror)) from None
            self._selector.register(woken, selectors.EVENT_READ, lambda: None)
            for each in listeners:
                each.setblocking(False)
                self._selector.register(each, selectors.EVENT_READ, partial(self._accept, each))
            thread = threading.Thread(target=self._serve, name="callback", daemon=True)
            thread.start()
            held = resources.pop_all()

        def stop() -> None:
            self._closing.set()
            waker.send(b"!")
            thread.join()
            held.close()

        self._stop = stop

    def start_page(self) -> str:
        """Return the address of a page of ours that leads to the consent page.

        Each call returns one with a new key, which works in one browser while the server waits.
        That browser may reload it.
        """
        key = self._keys.new().reveal()
        return f"http://{START_HOST}:{self._request.redirect.port}{START_PATH}{key}"

    def wait(self, seconds: float) -> Code | Declined | None:
        """Return the answer; None if the time is over, or `cancel` or `close` was called.

        The browser has its page by then. No answer is accepted after this has returned.
        """
        self._done.wait(seconds)
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
        return self._rejected_uids

    def close(self) -> None:
        """Free the port, whatever the clients do. Harmless twice, and before `open`."""
        self._end()
        with self._lock:
            stop, self._stop = self._stop, None
        if stop is None:
            return
        stop()
        if self._refused:
            log.info("requests that were not the answer: %d", self._refused)

    def _end(self) -> Code | Declined | None:
        with self._lock:
            self._ended = True
            if self._answer is None:  # otherwise the page is sent first
                self._done.set()
            return self._answer

    # The thread "callback"

    def _serve(self) -> None:
        try:
            while not self._closing.is_set():
                for key, _ in self._selector.select(self._seconds_to_deadline()):
                    key.data()
                now = time.monotonic()
                for each in [each for each in self._connections.values() if each.deadline <= now]:
                    self._close(each)
        finally:
            for connection in self._connections:
                connection.close()

    def _seconds_to_deadline(self) -> float | None:
        if not self._connections:
            return None
        first = min(connection.deadline for connection in self._connections.values())
        return max(0, first - time.monotonic())

    def _accept(self, listener: socket.socket) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            # The oldest that has sent no request: idle connections must not keep the browser out.
            self._close(min(self._connections.values(), key=lambda each: each.is_answered))
        try:
            accepted, _ = listener.accept()
        except OSError as error:  # closed by the client, or no descriptor left
            log.debug("a connection could not be accepted: %s", error.strerror)
            self._closing.wait(_ACCEPT_RETRY)
            return
        accepted.setblocking(False)
        connection = _Connection(accepted, time.monotonic() + self._timeout)
        self._connections[accepted] = connection
        self._selector.register(accepted, selectors.EVENT_READ, partial(self._read, connection))

    def _read(self, connection: _Connection) -> None:
        if connection.socket not in self._connections:  # closed a moment ago
            return
        try:
            chunk = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:  # reset
            chunk = b""
        is_new = not (connection.received or connection.is_answered)
        if not chunk or (is_new and not self._admit(connection.socket)):
            self._close(connection)
        elif not connection.is_answered:
            connection.received += chunk
            reply = self._reply(bytes(connection.received))
            if reply is not None:
                self._send(connection, reply)

    def _send(self, connection: _Connection, reply: bytes) -> None:
        connection.is_answered = True
        connection.received.clear()
        with suppress(OSError):
            # A page of a few kB fits into every send buffer: a client that does not read delays
            # nothing.
            connection.socket.send(reply)
            connection.socket.shutdown(socket.SHUT_WR)
        connection.deadline = time.monotonic() + _LINGER
        if self._answer is not None:
            self._done.set()

    def _close(self, connection: _Connection) -> None:
        del self._connections[connection.socket]
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def _admit(self, connection: socket.socket) -> bool:
        """Whether the user at the other end may send a request."""
        peer = peer_of(connection)
        if may_request(peer, self._users):
            return True
        for uid in peer.uids - self._rejected_uids:
            log.warning("a connection of another user (uid %d) was closed: not answered", uid)
        self._rejected_uids |= peer.uids
        return False

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
        return self._pages.reply(HTTPStatus.OK, page)

    def _reply_to_start(self, request: Request) -> bytes:
        if not request.host.startswith(f"{START_HOST}:"):
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


def listen(port: int) -> list[socket.socket]:
    """Listen on 127.0.0.1 and, if there is IPv6, on ::1. Raises PortTaken or PortDenied.

    A browser goes to either for `localhost`, so one that is taken is as bad as both.
    """
    with ExitStack() as opened:
        listeners = []
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                listeners.append(opened.enter_context(_listener(family, address, port)))
            except OSError as error:
                if family == socket.AF_INET6 and error.errno in _NO_IPV6:
                    continue
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(port) from None
                raise PortDenied(port, str(error.strerror)) from None
        opened.pop_all()
    return listeners


def _listener(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    with ExitStack() as opened:
        listener = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
        if sys.platform == "win32":
            # There, SO_REUSEADDR would let two programs have the same port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Not delayed by connections that have ended (TIME_WAIT); a listener is never shared.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        opened.pop_all()
    return listener
