"""A notification daemon without a screen: what a person would see of notices, for a test to read.

Nothing here sleeps: waiting means waiting for the next message from the bus.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME = "org.freedesktop.Notifications"

PATH = "/org/freedesktop/Notifications"
DISMISSED = 2

NEWS = "Webex Token Tray"
"""The summary of a notice that only says what has happened to files."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A notice as it came in."""

    number: int
    replaces: int
    app: str
    summary: str
    body: str
    hints: dict[str, Any] = field(repr=False)  # an icon's pixels are in it
    actions: tuple[str, ...] = ()
    expiry: int = -1
    """Milliseconds; 0: never, -1: as the daemon likes."""


class NotificationDaemon:
    """Owns the name while the `with` lasts. `mute`: takes every call and answers none."""

    def __init__(
        self, address: str, *, abilities: tuple[str, ...] = ("body",), mute: bool = False
    ) -> None:
        self._bus = open_dbus_connection(address)
        self._abilities = list(abilities)
        self._mute = mute
        self._notices = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="notifications", daemon=True)
        self.calls: list[str] = []
        self.notices: list[Seen] = []
        self.news: list[Seen] = []
        """All that ever came, in order."""
        self.shown: dict[int, Seen] = {}
        """What is on the screen now."""

    def __enter__(self) -> Self:
        reply = self._bus.send_and_get_reply(message_bus.RequestName(NAME), timeout=60)
        assert unwrap_msg(reply) == (1,)
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._bus.sock.shutdown(2)  # wakes the thread out of its read
        self._thread.join(60)
        self._bus.close()

    def until(self, holds: Callable[[], bool], what: str, timeout: float = 60) -> None:
        """Returns once `holds()` is true; asks again after every call."""
        with self._notices:
            if not self._notices.wait_for(holds, timeout):
                raise AssertionError(f"waited {timeout} s for {what}; came: {self.notices}")

    def wait_notice(self, number: int = 1, timeout: float = 60) -> Seen:
        """The notice that came as that one, counted from 1."""
        self.until(lambda: len(self.notices) >= number, f"notice {number}", timeout)
        return self.notices[number - 1]

    def wait_empty(self, timeout: float = 60) -> None:
        """Returns when nothing is on the screen."""
        self.until(lambda: not self.shown, "an empty screen", timeout)

    def click(self, number: int, key: str, *, closes: bool = True) -> None:
        """A person clicks a button of that notice, which closes it as most daemons do."""
        self._tell("ActionInvoked", "us", (number, key))
        if closes:
            self.dismiss(number)

    def dismiss(self, number: int) -> None:
        """A person closes that notice."""
        with self._notices:
            self.shown.pop(number, None)
        self._tell("NotificationClosed", "uu", (number, DISMISSED))

    def _tell(self, member: str, signature: str, body: tuple[Any, ...]) -> None:
        address = DBusAddress(PATH, interface=NAME)
        self._bus.send(new_signal(address, member, signature, body))

    def _serve(self) -> None:
        with suppress(OSError):  # the bus has died, or `__exit__` hung up
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    with self._notices:
                        self._take(message)
                        self._notices.notify_all()

    def _take(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.calls.append(member)
        if self._mute:
            return
        match member:
            case "GetCapabilities":
                self._bus.send(new_method_return(message, "as", (self._abilities,)))
            case "Notify":
                app, replaces, _, summary, body, actions, hints, expiry = message.body
                number = replaces or len(self.notices) + len(self.news) + 1
                values = {name: value for name, (_, value) in hints.items()}
                seen = Seen(number, replaces, app, summary, body, values, tuple(actions), expiry)
                if seen.summary == NEWS:
                    self.news.append(seen)
                    self.shown.pop(number, None)  # it would go by itself
                else:
                    self.notices.append(seen)
                    self.shown[number] = seen
                self._bus.send(new_method_return(message, "u", (number,)))
            case "CloseNotification" if message.body[0] in self.shown:
                del self.shown[message.body[0]]
                self._bus.send(new_method_return(message))
            case _:
                self._bus.send(new_error(message, "org.freedesktop.DBus.Error.Failed"))
