"""Notifications over org.freedesktop.Notifications, on a connection of their own.

https://specifications.freedesktop.org/notification-spec/latest/ (1.3)
"""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Sequence
from typing import Any

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    new_method_call,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection
from jeepney.wrappers import unwrap_msg

from tray_app.desktop.notifications.backend import Click
from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.picture import Picture
from tray_app.desktop.tray.bus import connect
from tray_app.system.dirs import APP
from tray_app.text.menu import BUTTONS

log = logging.getLogger(__name__)

PATH = "/org/freedesktop/Notifications"
INTERFACE = "org.freedesktop.Notifications"
DAEMON = DBusAddress(PATH, INTERFACE, INTERFACE)
SIGNALS = MatchRule(type="signal", interface=INTERFACE, path=PATH)
NORMAL, CRITICAL = 1, 2
NEVER, DAEMON_DEFAULT = 0, -1
TIMEOUT = 5.0
"""Seconds for a reply; the bus may have to start the daemon first."""

DEFAULT = "default"
"""The key of a click on the notification itself."""
SNOOZE_LABEL = "Snooze"
_CLICKS = {DEFAULT: Click.STEP, "step": Click.STEP, "snooze": Click.SNOOZE}


class DBusBackend:
    """Shows one notification at a time. Errors are logged, and otherwise ignored.

    The connection stays open: clicks arrive on it, and GNOME closes the notifications of a program
    that has left the bus.
    """

    def __init__(self) -> None:
        self._bus: DBusConnection | None = None
        self._signals: deque[Message] = deque()
        self._number = 0
        self._open_number = 0
        """The last number, kept after a close: some daemons close it before they send the click."""
        self._daemon = ""
        self._actions: list[str] = []

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """The socket of the connection; None without one."""
        return self._bus.sock if self._bus is not None else None

    def clicks(self) -> Sequence[Click]:
        """Return the clicks on the notification that is shown."""
        try:
            while self._bus is not None:
                self._bus.recv_messages(timeout=0)
        except TimeoutError:
            pass  # everything has been read
        except OSError as error:
            self._ignore(error)
        found = [self._click(self._signals.popleft()) for _ in range(len(self._signals))]
        return [click for click in found if click is not None]

    def show(self, notification: Notification) -> None:
        """Show it in place of the last one."""
        try:
            reply = self._call("GetCapabilities")
            (abilities,) = unwrap_msg(reply)
            daemon = reply.header.fields.get(HeaderFields.sender, "")
            if daemon != self._daemon:  # another daemon has its own numbers
                self._daemon, self._number = daemon, 0
            marked_up = "body-markup" in abilities
            from html import escape

            body = escape(notification.body, quote=False) if marked_up else notification.body
            actions = _actions(notification) if "actions" in abilities else []
            if actions != self._actions:  # LXQt would keep the old buttons
                self.close_shown()
            self._actions = actions
            place: tuple[Any, ...] = (NAME, self._number, "", notification.summary, body)
            # MATE's daemon would take an urgent one away after 7 seconds
            expiry = NEVER if notification.urgent else DAEMON_DEFAULT
            place += (actions, _hints(notification), expiry)
            (self._number,) = unwrap_msg(self._call("Notify", "susssasa{sv}i", place))
            self._open_number = self._number
        except (OSError, DBusErrorResponse) as error:
            self._ignore(error)

    def close_shown(self) -> None:
        """Close the last one; the user may have done so already."""
        number, self._number = self._number, 0
        if not number:
            return
        try:
            unwrap_msg(self._call("CloseNotification", "u", (number,)))
        except (OSError, DBusErrorResponse) as error:
            self._ignore(error)

    def close(self) -> None:
        """Close the connection."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _call(
        self, member: str, signature: str | None = None, body: tuple[Any, ...] = ()
    ) -> Message:
        if self._bus is None:
            self._bus = connect()
            self._bus.filter(SIGNALS, queue=self._signals)
            unwrap_msg(self._bus.send_and_get_reply(message_bus.AddMatch(SIGNALS), timeout=TIMEOUT))
        message = new_method_call(DAEMON, member, signature, body)
        return self._bus.send_and_get_reply(message, timeout=TIMEOUT)

    def _click(self, signal: Message) -> Click | None:
        """Return the click on our notification; None for another one or another daemon."""
        fields, body = signal.header.fields, signal.body
        if fields.get(HeaderFields.sender) != self._daemon:
            return None
        match fields.get(HeaderFields.member), body:
            case "ActionInvoked", (self._open_number, str(key)):
                return _CLICKS.get(key)
            case "NotificationClosed", (self._open_number, _) if self._number:
                self._number = 0  # the daemon may reuse it for another program
                return Click.CLOSED
        return None

    def _ignore(self, error: Exception) -> None:
        log.info("no notification: %s", error)
        if isinstance(error, OSError):  # disconnected, or a late reply would be taken for another
            self.close()


def _actions(notification: Notification) -> list[str]:
    """Keys and labels in turn. The label of DEFAULT is empty: with one it would be a button."""
    actions = []
    if notification.step is not None:
        actions += [DEFAULT, "", "step", BUTTONS[notification.step]]
    if notification.can_snooze:
        actions += ["snooze", SNOOZE_LABEL]
    return actions


def _hints(notification: Notification) -> dict[str, tuple[str, Any]]:
    size, picture = 64, Picture(notification.shape, notification.colour)
    # bytes per row, has alpha, bits per sample, samples per pixel
    pixels = (size, size, size * 4, True, 8, 4, picture.rgba(size))
    return {
        "urgency": ("y", CRITICAL if notification.urgent else NORMAL),
        "desktop-entry": ("s", APP),
        "image-data": ("(iiibiiay)", pixels),
    }
