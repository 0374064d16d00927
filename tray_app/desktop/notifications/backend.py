"""What shows a notification: the protocol, and all implementations but that for the session bus."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.text.lengths import shorten

if TYPE_CHECKING:
    from pystray import Icon

    from tray_app.desktop.tray.pystray_base import IconEvents


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


class NoBackend:
    """Shows nothing: on Windows and macOS a notification needs an icon."""

    wakeup_socket = None

    def clicks(self) -> Sequence[Click]:
        """Return none."""
        return ()

    def show(self, notification: Notification) -> None:
        """Show nothing."""

    def close_shown(self) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """Nothing to free."""


class PystrayBackend:
    """The notifications of pystray's icon on macOS. They take no clicks."""

    wakeup_socket: socket.socket | None = None

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


class WindowsBackend(PystrayBackend):
    """The notifications of our icon on Windows: a click on one takes its step."""

    def __init__(self, icon: Icon, events: IconEvents) -> None:
        super().__init__(icon)
        self._clicks: deque[Click] = deque()
        self._sleeper, self._waker = socket.socketpair()
        for end in (self._sleeper, self._waker):
            end.setblocking(False)
        self.wakeup_socket = self._sleeper
        events.notice_clicked = lambda: self._add(Click.STEP, Click.CLOSED)
        events.notice_dismissed = lambda: self._add(Click.CLOSED)

    def clicks(self) -> Sequence[Click]:
        """Return the clicks since the last call."""
        with suppress(BlockingIOError):
            while self._sleeper.recv(4096):
                pass
        return [self._clicks.popleft() for _ in range(len(self._clicks))]

    def close(self) -> None:
        """Close the sockets."""
        self._sleeper.close()
        self._waker.close()

    def _add(self, *clicks: Click) -> None:
        """Called in the icon's thread. Windows closes a notification that was clicked."""
        self._clicks.extend(clicks)
        with suppress(OSError):  # full: it wakes anyway; closed: the program ends
            self._waker.send(b"\0")
