"""Notices over org.freedesktop.Notifications, on a connection of their own.

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

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.notifications.notifier import Click
from tray_app.desktop.tray.bus import connect
from tray_app.model.steps import BUTTONS

log = logging.getLogger(__name__)

PATH = "/org/freedesktop/Notifications"
INTERFACE = "org.freedesktop.Notifications"
DAEMON = DBusAddress(PATH, INTERFACE, INTERFACE)
SIGNALS = MatchRule(type="signal", interface=INTERFACE, path=PATH)
NORMAL, CRITICAL = 1, 2
AS_THE_DAEMON_LIKES = -1
TIMEOUT = 5.0
"""Seconds for an answer; the bus may have to start the daemon first."""

DEFAULT = "default"
"""A click on the notice itself."""
SNOOZE_LABEL = "Snooze 1 hour"
_CLICKS = {DEFAULT: Click.STEP, str(Click.STEP): Click.STEP, str(Click.SNOOZE): Click.SNOOZE}


class DBusBackend:
    """One notice of ours at a time. Whatever goes wrong is ignored, with a line in the log.

    The connection stays open: GNOME takes down what a program that has left the bus had put up, and
    clicks come in on it.
    """

    def __init__(self) -> None:
        self._bus: DBusConnection | None = None
        self._signals: deque[Message] = deque()
        self._number = 0
        self._hung = 0
        """The last number, whether it hangs still: some daemons close it before they tell why."""
        self._daemon = ""

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """The socket of the connection, as long as there is one."""
        return self._bus.sock if self._bus is not None else None

    def clicks(self) -> Sequence[Click]:
        """Return what was done with the notice that hangs."""
        try:
            while self._bus is not None:
                self._bus.recv_messages(timeout=0)
        except TimeoutError:
            pass  # all is read
        except OSError as error:
            self._ignore(error)
        found = [self._click(self._signals.popleft()) for _ in range(len(self._signals))]
        return [click for click in found if click is not None]

    def show(self, notice: Notification) -> None:
        """Show it, in the place of the last one."""
        try:
            reply = self._call("GetCapabilities")
            (abilities,) = unwrap_msg(reply)
            daemon = reply.header.fields.get(HeaderFields.sender, "")
            if daemon != self._daemon:  # another one has numbers of its own
                self._daemon, self._number = daemon, 0
            marked_up = "body-markup" in abilities
            from html import escape

            body = escape(notice.body, quote=False) if marked_up else notice.body
            actions = _actions(notice) if "actions" in abilities else []
            place: tuple[Any, ...] = (NAME, self._number, "", notice.summary, body)
            place += (actions, _hints(notice), AS_THE_DAEMON_LIKES)
            (self._number,) = unwrap_msg(self._call("Notify", "susssasa{sv}i", place))
            self._hung = self._number
        except (OSError, DBusErrorResponse) as error:
            self._ignore(error)

    def close_shown(self) -> None:
        """Take the last one away; a person may have done so already."""
        number, self._number = self._number, 0
        if not number:
            return
        try:
            unwrap_msg(self._call("CloseNotification", "u", (number,)))
        except (OSError, DBusErrorResponse) as error:
            self._ignore(error)

    def close(self) -> None:
        """Hang up."""
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
        """What the signal says of our notice; None where it is of another, or not the daemon's."""
        fields, body = signal.header.fields, signal.body
        if fields.get(HeaderFields.sender) != self._daemon:
            return None
        match fields.get(HeaderFields.member), body:
            case "ActionInvoked", (self._hung, str(key)):
                return _CLICKS.get(key)
            case "NotificationClosed", (self._hung, _) if self._number:
                self._number = 0  # the daemon may give it to another
                return Click.CLOSED
        return None

    def _ignore(self, error: Exception) -> None:
        log.info("no notice: %s", error)
        if isinstance(error, OSError):  # hung up, or its answer would come at a bad time
            self.close()


def _actions(notice: Notification) -> list[str]:
    """Keys and labels in turn. A label for a click on the notice itself would be another button."""
    actions = []
    if notice.step is not None:
        actions += [DEFAULT, "", str(Click.STEP), BUTTONS[notice.step]]
    if notice.can_snooze:
        actions += [str(Click.SNOOZE), SNOOZE_LABEL]
    return actions


def _hints(notice: Notification) -> dict[str, tuple[str, Any]]:
    from tray_app.desktop import icon_art  # Pillow is heavy, and most runs have nothing to tell

    image = icon_art.draw(notice.shape, notice.colour, 64)
    width, height = image.size
    # bytes a row, whether there is alpha, bits a sample, samples a pixel
    pixels = (width, height, width * 4, True, 8, 4, image.tobytes())
    return {
        "urgency": ("y", CRITICAL if notice.urgent else NORMAL),
        "image-data": ("(iiibiiay)", pixels),
    }
