"""A panel without a panel: watcher and host of StatusNotifier items, driven by the test.

Works on any item, ours or another program's, over a private bus. No X server. Nothing here sleeps:
waiting means waiting for the next message from the bus.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.e2e.panel_item import ITEM, MENU, PROPERTIES, PanelItem

WATCHER = "org.kde.StatusNotifierWatcher"
DBUS = "org.freedesktop.DBus"
LOOK = 1.0
"""Seconds between two looks at the most."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that an item has sent."""

    member: str
    body: tuple[Any, ...]


class PanelHost:
    """The panel. Use as a context manager; `attach=False` for a panel that starts later."""

    def __init__(self, address: str, *, attach: bool = True) -> None:
        self._attach_at_once = attach
        self._client = open_dbus_connection(address)
        self._client_lock = threading.Lock()
        self._server = open_dbus_connection(address)
        self._notices = threading.Condition()
        self._attached = False
        self._heard = 0  # grows with every message, so that a waiter misses none
        self._items: dict[tuple[str, str], PanelItem] = {}
        self._registrations: list[PanelItem] = []
        self._signals: list[Signal] = []
        self._thread = threading.Thread(target=self._serve, name="panel host", daemon=True)

    def __enter__(self) -> Self:
        for rule in (
            MatchRule(type="signal", interface=DBUS, member="NameOwnerChanged"),
            MatchRule(type="signal", interface=ITEM),
            MatchRule(type="signal", interface=MENU),
        ):
            unwrap_msg(self._server.send_and_get_reply(message_bus.AddMatch(rule), timeout=60))
        self._thread.start()
        if self._attach_at_once:
            self.attach()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # the bus may be dead already
            self._server.sock.shutdown(2)  # wakes the thread out of its read
        self._thread.join(60)
        self._server.close()
        self._client.close()

    # the panel's life

    def attach(self) -> None:
        """The panel starts (again): it owns the watcher's name."""
        self._server.send(message_bus.RequestName(WATCHER))
        self.until(lambda: self._attached, "the watcher's name")

    def detach(self) -> None:
        """The panel ends: it forgets its items and gives up the name."""
        with self._notices:
            self._items.clear()
        self._server.send(message_bus.ReleaseName(WATCHER))
        self.until(lambda: not self._attached, "the watcher's name to be free")

    def settle(self, item: PanelItem) -> None:
        """Returns when all that the item has been told to do by now is done, and heard here.

        The bus keeps the order: the item answers after its work, our own answer comes after what
        the item sent. So a test may claim that something did NOT happen.
        """
        _ = item.properties
        self.call(DBusAddress("/", WATCHER, PROPERTIES), "GetAll", "s", (WATCHER,))

    # waiting

    @property
    def items(self) -> list[PanelItem]:
        """The items shown now."""
        with self._notices:
            return list(self._items.values())

    @property
    def signals(self) -> list[Signal]:
        """All signals of items heard so far and not yet taken by `wait_signal`."""
        with self._notices:
            return list(self._signals)

    def wait_item(self, timeout: float = 60) -> PanelItem:
        """The next item that registers; the first not yet given out."""
        self.until(lambda: bool(self._registrations), "an item to register", timeout)
        with self._notices:
            return self._registrations.pop(0)

    def forget_registrations(self) -> None:
        """The next item that `wait_item` gives registers after this: some register twice."""
        with self._notices:
            self._registrations.clear()

    def wait_gone(self, timeout: float = 60) -> None:
        """Returns when no item is left."""
        self.until(lambda: not self.items, "the items to go", timeout)

    def wait_signal(self, member: str, timeout: float = 60) -> Signal:
        """The next signal of that name; the first not yet taken."""

        def named() -> Signal | None:
            return next((s for s in self.signals if s.member == member), None)

        self.until(lambda: named() is not None, f"the signal {member}", timeout)
        with self._notices:
            found = next(s for s in self._signals if s.member == member)
            self._signals.remove(found)
            return found

    def until(self, holds: Callable[[], bool], what: str, timeout: float = 60) -> None:
        """Returns once `holds()` is true; asks again after every message from the bus, and
        every second: what is waited for may not come over it, a file for instance."""
        end = time.monotonic() + timeout
        while True:
            with self._notices:
                heard = self._heard
            if holds():
                return
            if not self._hears_more(heard, LOOK) and time.monotonic() > end:
                recent = [signal.member for signal in self.signals[-5:]]
                raise AssertionError(f"waited {timeout} s for {what}; last signals: {recent}")

    def _hears_more(self, heard: int, seconds: float) -> bool:
        with self._notices:
            return self._notices.wait_for(lambda: self._heard > heard, seconds)

    # the wire

    def call(
        self,
        address: DBusAddress,
        member: str,
        signature: str | None = None,
        body: tuple[Any, ...] = (),
    ) -> tuple[Any, ...]:
        """The answer to a method call; raises DBusErrorResponse."""
        message = new_method_call(address, member, signature, body)
        with self._client_lock:
            return unwrap_msg(self._client.send_and_get_reply(message, timeout=60))

    def _serve(self) -> None:
        with suppress(OSError):  # the bus has died, or `__exit__` hung up
            while True:
                self._take(self._server.receive())

    def _take(self, message: Message) -> None:
        kind, fields = message.header.message_type, message.header.fields
        with self._notices:
            if kind is MessageType.signal:
                self._hear(fields[HeaderFields.member], message)
            elif kind is MessageType.method_call:
                self._answer(fields[HeaderFields.member], message)
            self._heard += 1
            self._notices.notify_all()

    def _hear(self, member: str, message: Message) -> None:
        if message.header.fields.get(HeaderFields.interface) in {ITEM, MENU}:
            self._signals.append(Signal(member, message.body))
        elif member == "NameOwnerChanged":
            name, _, owner = message.body
            if name == WATCHER:
                self._attached = owner == self._server.unique_name
            if not owner:
                self._items = {k: v for k, v in self._items.items() if k[0] != name}

    def _answer(self, member: str, message: Message) -> None:
        match member:
            case "RegisterStatusNotifierItem":
                self._register(message)
            case "Get":
                reply = new_method_return(message, "v", (self._properties()[message.body[1]],))
                self._server.send(reply)
            case "GetAll":
                self._server.send(new_method_return(message, "a{sv}", (self._properties(),)))
            case _:
                self._server.send(new_error(message, f"{DBUS}.Error.UnknownMethod"))

    def _register(self, message: Message) -> None:
        name = message.body[0]
        sender = message.header.fields[HeaderFields.sender]
        owner, path = (sender, name) if name.startswith("/") else (name, "/StatusNotifierItem")
        item = PanelItem(self, owner, path)
        self._items[owner, path] = item
        self._registrations.append(item)
        self._server.send(new_method_return(message))
        me = DBusAddress("/StatusNotifierWatcher", interface=WATCHER)
        told = new_signal(me, "StatusNotifierItemRegistered", "s", (owner + path,))
        self._server.send(told)

    def _properties(self) -> dict[str, tuple[str, object]]:
        return {
            "IsStatusNotifierHostRegistered": ("b", True),
            "ProtocolVersion": ("i", 0),
            "RegisteredStatusNotifierItems": ("as", [a + b for a, b in self._items]),
        }
