"""The connections to the callback's port. One thread serves them all, so none holds up another."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

MOST_VISITS = 64
_LINGER = 1.0
_PAUSE = 0.1
_PIECE = 64 * 1024


class Visit:
    """One connection: what it has said, and until when it may stay (monotonic seconds)."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self.connection = connection
        self.until = until
        self.heard = bytearray()
        self.answered = False


class Visits:
    """Accepts on `doors`, which are then its own, and gives each connection one reply.

    `admit` is asked once for each connection that says something: one that is not admitted is
    closed without a byte. `reply` is asked with all that a connection has said, and returns None
    while that is not all; `after` is called when a reply is on its way. A connection that has not
    said all within `timeout` seconds, however busily it drips, is hung up; so is the oldest of
    too many.
    """

    def __init__(
        self,
        doors: list[socket.socket],
        admit: Callable[[socket.socket], bool],
        reply: Callable[[bytes], bytes | None],
        after: Callable[[], None],
        timeout: float,
    ) -> None:
        self._doors = doors
        self._admit = admit
        self._reply = reply
        self._after = after
        self._patience = timeout
        self._visits: dict[socket.socket, Visit] = {}
        self._ending = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._alarm, self._wake = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="callback", daemon=True)

    def start(self) -> None:
        """Begin. Nothing is accepted before."""
        self._selector.register(self._alarm, selectors.EVENT_READ)
        for door in self._doors:
            door.setblocking(False)
            self._selector.register(door, selectors.EVENT_READ, door)
        self._thread.start()

    def stop(self) -> None:
        """Hang up on everybody and free the port; all of it is done on return."""
        self._ending.set()
        with suppress(OSError):  # stopped before
            self._wake.send(b"!")
        self._thread.join()

    def _serve(self) -> None:
        try:
            while not self._ending.is_set():
                for key, _ in self._selector.select(self._until_the_next()):
                    self._attend(key.data)
                self._hang_up_the_late()
        finally:
            for open_socket in (*self._doors, *self._visits, self._alarm, self._wake):
                open_socket.close()
            self._selector.close()

    def _attend(self, ready: object) -> None:
        if isinstance(ready, socket.socket):
            self._accept(ready)
        elif isinstance(ready, Visit) and ready.connection in self._visits:
            self._hear(ready)  # not hung up a moment ago

    def _accept(self, door: socket.socket) -> None:
        if len(self._visits) >= MOST_VISITS:
            # The oldest that only keeps a place, or idle sockets would shut the browser out.
            self._hang_up(min(self._visits.values(), key=lambda visit: visit.answered))
        try:
            connection, _ = door.accept()
        except OSError as error:  # gone again, or this process has no descriptor left
            log.debug("a connection could not be accepted: %s", error.strerror)
            self._ending.wait(_PAUSE)
            return
        connection.setblocking(False)
        visit = Visit(connection, time.monotonic() + self._patience)
        self._visits[connection] = visit
        self._selector.register(connection, selectors.EVENT_READ, visit)

    def _hear(self, visit: Visit) -> None:
        try:
            piece = visit.connection.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:  # reset
            piece = b""
        if not piece or not (visit.heard or visit.answered or self._admit(visit.connection)):
            self._hang_up(visit)
        elif not visit.answered:
            visit.heard += piece
            self._answer(visit)

    def _answer(self, visit: Visit) -> None:
        reply = self._reply(bytes(visit.heard))
        if reply is None:
            return
        visit.answered = True
        visit.heard.clear()
        with suppress(OSError):
            # A page of a few kB fits into every send buffer: nobody can delay it by not reading.
            visit.connection.send(reply)
            visit.connection.shutdown(socket.SHUT_WR)
        # To close now, with something unread, would be a reset that can destroy the page.
        visit.until = time.monotonic() + _LINGER
        self._after()

    def _until_the_next(self) -> float | None:
        if not self._visits:
            return None
        return max(0, min(visit.until for visit in self._visits.values()) - time.monotonic())

    def _hang_up_the_late(self) -> None:
        now = time.monotonic()
        for visit in [visit for visit in self._visits.values() if visit.until <= now]:
            self._hang_up(visit)

    def _hang_up(self, visit: Visit) -> None:
        del self._visits[visit.connection]
        self._selector.unregister(visit.connection)
        visit.connection.close()
