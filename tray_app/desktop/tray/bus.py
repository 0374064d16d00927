"""The one loop that talks on the session bus.

`BusLoop` owns the connection: only the thread inside `run()` reads or writes it, so no message can
tear another. Other threads hand work over with `post()`; what is marked *loop thread* below may be
called from such work and from the handlers only.
"""

from __future__ import annotations

import logging
import os
import selectors
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tray_app.desktop.tray.job_queue import Job, JobQueue, signals_wake

log = logging.getLogger(__name__)

OnReply = Callable[[bool, tuple[Any, ...]], None]


class _BusLostError(Exception):
    """The connection broke while sending. Its own type: a callback's OSError is not ours."""


class CallError(Exception):
    """Raised by `Served.answer`: becomes a D-Bus error reply of that name."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = f"org.freedesktop.DBus.Error.{name}"


class Answer(NamedTuple):
    """The reply to a method call, and what to do once it is on its way."""

    signature: str = ""
    body: tuple[Any, ...] = ()
    then: Job | None = None


class Served(Protocol):
    """What the loop asks of the object that it serves. Loop thread."""

    def answer(self, interface: str | None, member: str, body: tuple[Any, ...]) -> Answer:
        """The reply to that call; raises CallError."""

    def hear(self, interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """A signal came in."""


class BusLoop:
    """Serves one object on the session bus from whichever thread calls `run()`."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._inbox = JobQueue()
        self._replies: dict[int, OnReply] = {}
        self._connection: DBusConnection | None = None

    # any thread

    def open(self) -> None:
        """Connects; raises NoSessionBusError. Call once, before `run()`."""
        self._connection = connect()

    def post(self, job: Job) -> None:
        """Has the loop do that, in the order posted. Kept until `run()`, dropped after it."""
        self._inbox.post(job)

    def post_once(self, job: Job) -> None:
        """As `post`, unless the same still waits for its turn."""
        self._inbox.post_once(job)

    def stop(self) -> None:
        """Makes `run()` return after the work posted so far, also if it has not begun yet."""
        self._inbox.stop()

    def run(self) -> bool:
        """Serves until `stop()`: True. False if the bus went away before that."""
        bus, (sleeper, waker) = self._bus, self._inbox.open()
        try:
            with signals_wake(waker), selectors.DefaultSelector() as selector:
                selector.register(bus.sock, selectors.EVENT_READ)
                selector.register(sleeper, selectors.EVENT_READ)
                while self._work_off():
                    selector.select()
        except _BusLostError as lost:
            log.info("the D-Bus session bus went away: %s", lost)
            return False
        finally:
            bus.close()  # the panel drops the icon as the connection vanishes
            self._inbox.close()
        return True

    # loop thread

    def call(self, message: Message, on_reply: OnReply | None = None) -> None:
        """Sends a method call; `on_reply(ok, body)` is called when the answer comes."""
        serial = next(self._bus.outgoing_serial)
        if on_reply is not None:
            self._replies[serial] = on_reply
        self._send(message, serial)

    def emit(
        self,
        path: str,
        interface: str,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
    ) -> None:
        """Sends a signal to whoever listens."""
        address = DBusAddress(path, interface=interface)
        self._send(new_signal(address, member, signature, body))

    @property
    def _bus(self) -> DBusConnection:
        if self._connection is None:
            raise RuntimeError("open() comes first")
        return self._connection

    def _work_off(self) -> bool:
        """Handles what has come in and what was posted. False: time to end.

        What was posted before a call came in is done before that call is answered.
        """
        self._inbox.drain_wakeups()
        while (message := self._received()) is not None:
            self._do_posted()
            self._dispatch(message)
        self._do_posted()
        return not self._inbox.stopping

    def _do_posted(self) -> None:
        while (job := self._inbox.next()) is not None:
            self._do(job)

    def _received(self) -> Message | None:
        try:
            return self._bus.receive(timeout=0)
        except TimeoutError:
            return None
        except OSError as error:
            raise _BusLostError(error) from error

    def _send(self, message: Message, serial: int | None = None) -> None:
        try:
            self._bus.send(message, serial)
        except OSError as error:
            raise _BusLostError(error) from error

    def _do(self, job: Job) -> None:
        try:
            job()
        except _BusLostError:
            raise
        except Exception:
            log.exception("work for the tray failed")  # one bad callback must not end the icon

    def _dispatch(self, message: Message) -> None:
        fields, body = message.header.fields, message.body
        interface, member = fields.get(HeaderFields.interface), fields.get(HeaderFields.member, "")
        match message.header.message_type:
            case MessageType.method_call:
                self._answer(message, interface, member)
            case MessageType.signal:
                self._do(lambda: self._served.hear(interface, member, body))
            case kind:
                on_reply = self._replies.pop(fields.get(HeaderFields.reply_serial, 0), None)
                if on_reply is not None:
                    self._do(lambda: on_reply(kind is MessageType.method_return, body))

    def _answer(self, message: Message, interface: str | None, member: str) -> None:
        try:
            answer = self._served.answer(interface, member, message.body)
            self._send(new_method_return(message, answer.signature or None, answer.body))
        except CallError as error:
            self._send(new_error(message, error.name, "s", (str(error),)))
        except _BusLostError:
            raise
        except Exception:  # ours, or a text that D-Bus cannot carry
            log.exception("cannot answer %s.%s", interface, member)
            self._send(new_error(message, "org.freedesktop.DBus.Error.Failed"))
        else:
            if answer.then is not None:
                self._do(answer.then)


class NoSessionBusError(ConnectionError):
    """There is no session bus, or it does not let us in."""


def session_address(environ: Mapping[str, str] = os.environ) -> str | None:
    """The address of the session bus, or None. Looks where systemd puts it if nobody says."""
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    if not hasattr(os, "getuid"):
        return None
    folder = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    path = Path(folder, "bus")
    return f"unix:path={quote(str(path))}" if path.is_socket() else None


def connect(address: str | None = None) -> DBusConnection:
    """A connection to the session bus. Raises NoSessionBusError, and nothing else."""
    address = address or session_address()
    if not address:
        raise NoSessionBusError("no D-Bus session bus: DBUS_SESSION_BUS_ADDRESS is not set")
    try:
        return open_dbus_connection(address)
    except (OSError, ValueError, RuntimeError, DBusErrorResponse) as error:
        # jeepney: ValueError for a malformed address or refused login, RuntimeError for tcp:
        raise NoSessionBusError(
            f"cannot reach the D-Bus session bus at {address}: {error}"
        ) from error
