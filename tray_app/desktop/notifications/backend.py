"""What shows a notification: the protocol, and pystray's own icons as one implementation."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.text.health import shorten

if TYPE_CHECKING:
    from pystray import Icon


class Click(Enum):
    """What a user did with the notification that is shown."""

    STEP = auto()
    SNOOZE = auto()
    CLOSED = auto()


class NotificationBackend(Protocol):
    """Shows one notification of ours at a time. Used by one thread only."""

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """Becomes readable when there may be clicks; None if there never are."""

    def clicks(self) -> Sequence[Click]:
        """Return the clicks since the last call."""

    def show(self, notification: Notification) -> None:
        """Show it in place of the last one."""

    def close_shown(self) -> None:
        """Close the last one, if it is still shown."""

    def close(self) -> None:
        """Free what it uses; it is not called again."""


class PystrayBackend:
    """The notifications of pystray's icon on Windows and macOS. They take no clicks."""

    wakeup_socket = None

    def __init__(self, icon: Icon) -> None:
        self._icon = icon

    def clicks(self) -> Sequence[Click]:
        """Return none."""
        return ()

    def show(self, notification: Notification) -> None:
        """Show it. Windows takes 63 and 255 characters, and shows nothing without a text."""
        title, text = notification.summary, notification.body
        if not text:
            title, text = NAME, title
        self._icon.notify(shorten(text, 255), shorten(title, 63))

    def close_shown(self) -> None:
        """Close it if the system allows that; on macOS it closes by itself."""
        self._icon.remove_notification()

    def close(self) -> None:
        """Nothing to free: the icon is not ours."""
