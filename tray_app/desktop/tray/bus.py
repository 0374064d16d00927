"""The loop that talks on the session bus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

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

from tray_app.desktop.tray.job_queue import ConnectionLoop, Job
from tray_app.system import session_bus

log = logging.getLogger(__name__)

OnReply = Callable[[bool, tuple[Any, ...]], None]


class _BusLostError(Exception):
    """The connection broke. A type of its own, because a callback may raise OSError, too."""


class CallError(Exception):
    """Raised by `Served.answer`; becomes a D-Bus error reply of that name."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = f"org.freedesktop.DBus.Error.{name}"


class Answer(NamedTuple):
    """The reply to a method call, and what to do once it has been sent."""

    signature: str = ""
    body: tuple[Any, ...] = ()
    then: Job | None = None


class Served(Protocol):
    """The object that the loop serves. Called in the loop's thread."""

    def answer(self, interface: str | None, member: str, body: tuple[Any, ...]) -> Answer:
        """Return the reply to a call. Raises CallError."""

    def on_signal(self, interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """Handle a signal."""


class BusLoop(ConnectionLoop):
    """Serves one object on the session bus from the thread that calls `run`."""

    LOST = _BusLostError

    def __init__(self, served: Served) -> None:
        super().__init__()
        self._served = served
        self._replies: dict[int, OnReply] = {}

    def open(self) -> None:
        """Connect. Call once, before `run`. Raises NoSessionBusError."""
        self._bus = connect()

    def call(self, message: Message, on_reply: OnReply | None = None) -> None:
        """Send a method call; `on_reply(ok, body)` is called with the reply."""
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
        """Send a signal."""
        address = DBusAddress(path, interface=interface)
        self._send(new_signal(address, member, signature, body))

    def _fileno(self) -> int:
        return self._bus.sock.fileno()

    def _close(self) -> None:
        self._bus.close()

    def _process(self) -> bool:
        """Jobs posted before a call came in are done before it is answered."""
        self._jobs.drain_wakeups()
        while (message := self._received()) is not None:
            self._do_posted()
            self._dispatch(message)
        self._do_posted()
        return not self._jobs.stopping

    def _do_posted(self) -> None:
        while (job := self._jobs.next()) is not None:
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

    def _dispatch(self, message: Message) -> None:
        fields, body = message.header.fields, message.body
        interface, member = fields.get(HeaderFields.interface), fields.get(HeaderFields.member, "")
        match message.header.message_type:
            case MessageType.method_call:
                self._answer(message, interface, member)
            case MessageType.signal:
                self._do(lambda: self._served.on_signal(interface, member, body))
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
        except Exception:  # a boundary: an error of ours, or a text that D-Bus cannot carry
            log.exception("cannot answer %s.%s", interface, member)
            self._send(new_error(message, "org.freedesktop.DBus.Error.Failed"))
        else:
            if answer.then is not None:
                self._do(answer.then)


class NoSessionBusError(ConnectionError):
    """There is no session bus, or it refuses the connection."""


def connect(address: str | None = None) -> DBusConnection:
    """Connect to the session bus. Raises NoSessionBusError, and nothing else."""
    address = address or session_bus.session_address()
    if not address:
        raise NoSessionBusError("no D-Bus session bus: DBUS_SESSION_BUS_ADDRESS is not set")
    try:
        connection = open_dbus_connection(address)
    except (OSError, ValueError, RuntimeError, DBusErrorResponse) as error:
        # jeepney: ValueError for a malformed address or a refused login, RuntimeError for tcp:
        raise NoSessionBusError(
            f"cannot reach the D-Bus session bus at {address}: {error}"
        ) from error
    try:
        session_bus.verify(connection.sock)
    except session_bus.ForeignBus as error:
        connection.close()
        raise NoSessionBusError(str(error)) from error
    return connection
