"""Notices over org.freedesktop.Notifications, on a connection of their own.

https://specifications.freedesktop.org/notification-spec/latest/ (1.3)
"""

from __future__ import annotations

import html
import logging
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, HeaderFields, Message, new_method_call
from jeepney.io.blocking import DBusConnection
from jeepney.wrappers import unwrap_msg

from tray_app.core.notices import Notice
from tray_app.desktop.notices import NAME
from tray_app.desktop.session_bus import connect

log = logging.getLogger(__name__)

DAEMON = DBusAddress(
    "/org/freedesktop/Notifications",
    "org.freedesktop.Notifications",
    "org.freedesktop.Notifications",
)
NORMAL, CRITICAL = 1, 2
AS_THE_DAEMON_LIKES = -1
PATIENCE = 5.0
"""Seconds for an answer; the bus may have to start the daemon first."""


class BusBoard:
    """One notice of ours at a time. Whatever goes wrong is ignored, with a line in the log.

    The connection stays open: GNOME takes down what a program that has left the bus had put up.
    """

    def __init__(self) -> None:
        self._bus: DBusConnection | None = None
        self._number = 0
        self._daemon = ""

    def put_up(self, notice: Notice) -> None:
        """Show it, in the place of the last one."""
        try:
            reply = self._call("GetCapabilities")
            (abilities,) = unwrap_msg(reply)
            daemon = reply.header.fields.get(HeaderFields.sender, "")
            if daemon != self._daemon:  # another one has numbers of its own
                self._daemon, self._number = daemon, 0
            marked_up = "body-markup" in abilities
            body = html.escape(notice.body, quote=False) if marked_up else notice.body
            place: tuple[Any, ...] = (NAME, self._number, "", notice.summary, body)
            place += ([], _hints(notice), AS_THE_DAEMON_LIKES)
            (self._number,) = unwrap_msg(self._call("Notify", "susssasa{sv}i", place))
        except (OSError, DBusErrorResponse) as error:
            self._ignore(error)

    def take_down(self) -> None:
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
        message = new_method_call(DAEMON, member, signature, body)
        return self._bus.send_and_get_reply(message, timeout=PATIENCE)

    def _ignore(self, error: Exception) -> None:
        log.info("no notice: %s", error)
        if isinstance(error, OSError):  # hung up, or its answer would come at a bad time
            self.close()


def _hints(notice: Notice) -> dict[str, tuple[str, Any]]:
    from tray_app.desktop import icons  # Pillow is heavy, and most runs have nothing to tell

    image = icons.draw(notice.shape, notice.colour, 64)
    width, height = image.size
    # bytes a row, whether there is alpha, bits a sample, samples a pixel
    pixels = (width, height, width * 4, True, 8, 4, image.tobytes())
    return {
        "urgency": ("y", CRITICAL if notice.urgent else NORMAL),
        "image-data": ("(iiibiiay)", pixels),
    }
