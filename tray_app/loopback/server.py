"""Serves our pages on loopback to this user's browser.

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
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial

from tray_app.model.errors import TrayError
from tray_app.policy.local_peer import may_request
from tray_app.system.local_peer import page_users, peer_of

log = logging.getLogger(__name__)

PAGE_HOST = "127.0.0.1"
"""The only host of pages with a key, since a cookie belongs to one host. It is an address because
browsers may be set to use https for "localhost"."""

BOTH = ("127.0.0.1", "::1")
"""For `localhost`, a browser may use either."""

MAX_CONNECTIONS = 64
_LINGER = 1.0
"""Seconds for which an answered connection stays open: closing it with unread input would reset it,
and that can destroy the page."""

_ACCEPT_RETRY = 0.1
_CHUNK = 64 * 1024
_BACKLOG = 128
_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class PortUnusable(TrayError):
    """Nothing can listen on the port."""

    def __init__(self, port: int, message: str) -> None:
        self.port = port
        super().__init__(message)


class PortTaken(PortUnusable):
    """Another program listens on the port: it would receive what is meant for us."""

    def __init__(self, port: int) -> None:
        super().__init__(port, f"port {port} is taken: another program listens there")


class PortDenied(PortUnusable):
    """The system does not let this program listen on the port."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(port, f"port {port} cannot be listened on: {reason}")


@dataclass(eq=False, slots=True)
class _Connection:
    """`deadline`: monotonic seconds; `unsent`: what is left of the reply."""

    socket: socket.socket
    deadline: float
    received: bytearray = field(default_factory=bytearray, repr=False)
    unsent: memoryview = field(default=memoryview(b""), repr=False)
    is_answered: bool = False


class LoopbackServer:
    """Answers one request per connection.

    Connections of other users are closed without a reply if the system tells whose they are
    (Linux). A connection has a deadline for its whole request, however slowly it sends, and the
    oldest is closed if there are too many.
    """

    def __init__(
        self,
        reply: Callable[[bytes], bytes | None],
        *,
        name: str,
        sent: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
        timeout: float = 5.0,
        idle: float | None = None,
    ) -> None:
        """`reply`: gets what was received, and returns the response, or None while the request is
        incomplete; `name`: of the thread that calls it; `sent`: called after each response;
        `ended`: called once the port is free; `timeout`: seconds for a whole request; `idle`:
        seconds after which the server ends by itself unless `extend` is called."""
        self._reply = reply
        self._name = name
        self._sent = sent
        self._ended = ended
        self._timeout = timeout
        self._idle = idle
        self._users = page_users()
        self._rejected_uids: frozenset[int] = frozenset()
        self._lock = threading.Lock()
        self._ends_at = 0.0
        self._has_ended = False
        self._connections: dict[socket.socket, _Connection] = {}
        self._closing = threading.Event()
        self._stop: Callable[[], None] | None = None
        self._over = threading.Event()

    def open(self, port: int = 0, addresses: Collection[str] = BOTH) -> int:
        """Listen on all addresses, or on none, and return the port; 0 takes a free one.

        Raises PortTaken or PortDenied.
        """
        with ExitStack() as resources:
            listeners = [resources.enter_context(each) for each in listen(port, addresses)]
            try:
                self._selector = resources.enter_context(selectors.DefaultSelector())
                woken, waker = map(resources.enter_context, socket.socketpair())
            except OSError as error:  # no descriptor left
                raise PortDenied(port, str(error.strerror)) from None
            self._selector.register(woken, selectors.EVENT_READ, lambda: None)
            for each in listeners:
                each.setblocking(False)
                self._selector.register(each, selectors.EVENT_READ, partial(self._accept, each))
            taken: int = listeners[0].getsockname()[1]
            self.extend()
            held = resources.pop_all()
        thread = threading.Thread(target=self._serve, args=(held,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread left
            held.close()
            raise

        def stop() -> None:
            self._closing.set()
            with suppress(OSError):  # it has ended by itself
                waker.send(b"!")
            thread.join()

        self._stop = stop
        return taken

    def close(self) -> bool:
        """Free the port, whatever the clients do. False if it was closed, or never opened."""
        with self._lock:
            stop, self._stop = self._stop, None
        if stop is None:
            return False
        stop()
        return True

    def extend(self) -> bool:
        """Restart the idle time; False if the server has ended by itself. Any thread."""
        with self._lock:
            self._ends_at = time.monotonic() + (self._idle or 0.0)
            return not self._has_ended

    def wait(self, seconds: float | None = None) -> bool:
        """Block until the server has ended, for at most so many seconds; returns whether it has."""
        return self._over.wait(seconds)

    @property
    def rejected_uids(self) -> frozenset[int]:
        """The other users whose connections were closed."""
        return self._rejected_uids

    # The server's thread

    def _serve(self, held: ExitStack) -> None:
        try:
            while not (self._closing.is_set() or self._is_idle()):
                for key, _ in self._selector.select(self._seconds_to_deadline()):
                    key.data()
                now = time.monotonic()
                for each in [each for each in self._connections.values() if each.deadline <= now]:
                    self._close(each)
        finally:
            for connection in self._connections:
                connection.close()
            held.close()
            self._over.set()
            self._ended()

    def _is_idle(self) -> bool:
        with self._lock:
            idle = self._idle is not None and time.monotonic() >= self._ends_at
            self._has_ended = idle and not self._connections
            return self._has_ended

    def _seconds_to_deadline(self) -> float | None:
        deadlines = [connection.deadline for connection in self._connections.values()]
        if self._idle is not None and not deadlines:
            deadlines = [self._ends_at]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

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
                connection.is_answered, connection.unsent = True, memoryview(reply)
                connection.received.clear()
                self._send(connection)

    def _send(self, connection: _Connection) -> None:
        """Send as much as the client takes; what is left is sent once it has read."""
        if connection.socket not in self._connections:  # closed a moment ago
            return
        try:
            while connection.unsent:
                connection.unsent = connection.unsent[connection.socket.send(connection.unsent) :]
            connection.socket.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            connection.deadline = time.monotonic() + self._timeout
            again = partial(self._send, connection)
            self._selector.modify(connection.socket, selectors.EVENT_WRITE, again)
            return
        except OSError:  # reset
            pass
        connection.unsent = memoryview(b"")
        again = partial(self._read, connection)
        self._selector.modify(connection.socket, selectors.EVENT_READ, again)
        connection.deadline = time.monotonic() + _LINGER
        self._sent()

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


def listen(port: int, addresses: Collection[str] = BOTH) -> list[socket.socket]:
    """Listen on these addresses; on ::1 only if there is IPv6. Raises PortTaken or PortDenied.

    One that is taken is as bad as all: the browser may go there.
    """
    with ExitStack() as opened:
        listeners = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
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
