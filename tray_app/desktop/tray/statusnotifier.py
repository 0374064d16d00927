"""A pystray icon for Linux panels that show StatusNotifier items, using only D-Bus.

No GTK, no X11 connection, no image files. Seen to work on XFCE, LXQt, MATE, KDE Plasma, Cinnamon,
GNOME with the AppIndicator extension, and sway with waybar.

Threads: everything that a program calls (`icon`, `title`, `menu`, `visible`, `paint`, `stop`,
`update_menu`) may be called from any thread and returns at once. **Callbacks run on the loop
thread**, the one inside `run()`: menu actions, and the functions that return an item's text, state
and visibility. While one runs, the panel gets no reply, so a callback must hand slow work to
another thread.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from jeepney.bus_messages import message_bus

from tray_app.desktop.tray import menu_service
from tray_app.desktop.tray.bus import Answer, BusLoop, CallError
from tray_app.desktop.tray.menu_service import MenuService
from tray_app.desktop.tray.menu_tree import Properties, Variant
from tray_app.desktop.tray.pixmaps import Pixmap, pixmaps
from tray_app.desktop.tray.pystray_base import LoopIcon, drawing_of
from tray_app.desktop.tray.watcher import WATCHER, arrivals, registration

ITEM = "org.kde.StatusNotifierItem"
ITEM_PATH = "/StatusNotifierItem"
PROPERTIES = "org.freedesktop.DBus.Properties"
PING = ("org.freedesktop.DBus.Peer", "Ping")
IGNORED = {"ContextMenu", "SecondaryActivate", "Scroll", "ProvideXdgActivationToken"}
LEFT_CLICK_SECONDS = 0.3
"""Time that a panel gets to open the menu after a left click."""
AGAIN_SECONDS = (2.0, 8.0, 50.0)
"""Times after which GNOME is told of a new picture again, each after the last one. Its extension
drops a picture that comes while it is still loading the last one; if the shell was busy, at login
for example, it would go on showing a state that has passed. Cinnamon may lose a click meanwhile."""


class Icon(LoopIcon):
    """A tray icon with a menu.

    `run()` raises NoSessionBusError if there is no bus.

    A menu may be replaced at any time. An open menu stays correct because an item keeps its number
    if it is the same MenuItem, or has the same function or method as its action; a new lambda
    makes a new item.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As `LoopIcon`, without the loop."""
        self._bus = BusLoop(self)
        super().__init__(self._bus, *arguments, **named)
        self.shown = threading.Event()
        """Set once a visible icon has been offered to the panel, with its picture. Heavy work
        should wait a moment for it."""
        self._bus.post(lambda: self._bus.call(message_bus.AddMatch(arrivals())))
        # Loop thread only:
        self._active = False
        self._status = "Passive"
        self._menu_calls = 0
        self._pixmaps: list[Pixmap] = []
        self._again: threading.Timer | None = None
        self._menu_service = MenuService(self._bus, lambda: self.menu, self._click)

    def _open(self) -> None:
        self._bus.open()

    # Called by pystray's base class, on any thread.

    def _show(self) -> None:
        # pystray sets it after this call, and would miss a title or icon set meanwhile
        self._visible = True
        self._bus.post(self._appear)

    def _hide(self) -> None:
        self._bus.post(lambda: self._set_active(False))

    def _update_icon(self) -> None:
        self._icon_valid = True
        if self._visible:  # else `_show` redraws it, right after this call
            self._bus.post_once(self._redraw)

    def _update_title(self) -> None:
        self._bus.post_once(self._title_changed)

    def _update_menu(self) -> None:
        if self._visible:  # else `_appear` does it
            self._bus.post_once(self._menu_service.rebuild)

    # Loop thread.

    def _appear(self) -> None:
        """All in one job, so that the panel's first call is answered after it."""
        try:
            self._set_active(True)
            self._redraw()
            self._menu_service.rebuild()
        finally:
            self.shown.set()

    def _set_active(self, active: bool) -> None:
        self._active = active
        self._update_status()
        if active:
            self._register()

    def _update_status(self) -> None:
        urgent = "NeedsAttention" if self.needs_attention else "Active"
        status = urgent if self._active else "Passive"
        if status != self._status:
            self._status = status
            self._bus.emit(ITEM_PATH, ITEM, "NewStatus", "s", (status,))

    def _register(self) -> None:
        def registered(ok: bool, body: tuple[Any, ...]) -> None:
            if not ok:
                self._log.info("no panel takes the icon yet: %s", body)

        self._bus.call(registration(ITEM_PATH), registered)

    def _redraw(self) -> None:
        """Show the present picture, so the last one that was set wins."""
        drawing = drawing_of(self.icon)
        if drawing is None:
            return
        made = pixmaps(drawing)
        if made != self._pixmaps:
            self._pixmaps = made
            self._bus.emit(ITEM_PATH, ITEM, "NewIcon")
            if self._again is not None:
                self._again.cancel()
            desktops = os.environ.get("XDG_CURRENT_DESKTOP", "").split(":")
            self._announce(AGAIN_SECONDS if "GNOME" in desktops else ())
        self._update_status()

    def _announce(self, again: tuple[float, ...]) -> None:
        """Have the panel show the picture, now and after these times. Since `NewIcon` the panel has
        the bytes; GNOME's extension loads the picture that is due after either signal."""
        self._bus.emit(ITEM_PATH, ITEM, "NewAttentionIcon")
        if again:
            self._again = self._later(again[0], partial(self._announce, again[1:]))

    def _later(self, seconds: float, job: Callable[[], None]) -> threading.Timer:
        """Call it in the loop thread after that time."""
        timer = threading.Timer(seconds, self._bus.post, (job,))
        timer.daemon = True
        timer.start()
        return timer

    def _title_changed(self) -> None:
        self._bus.emit(ITEM_PATH, ITEM, "NewToolTip")

    def _left_click(self) -> None:
        """Run the default item, unless the panel opens the menu now.

        Plasma does so once `Activate` has failed; MATE, LXQt and Cinnamon do nothing more.
        """
        before = self._menu_calls

        def unless_opened() -> None:
            if self._menu_calls == before:
                self()

        self._later(LEFT_CLICK_SECONDS, unless_opened)

    # Called by the bus loop, for the panel.

    def on_signal(self, _interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """Show the icon in a panel that has started."""
        if member == "NameOwnerChanged" and body[0] == WATCHER and body[2] and self._active:
            self._register()

    def answer(self, interface: str | None, member: str, body: tuple[Any, ...]) -> Answer:
        """Answer a call of the panel. Raises CallError."""
        if interface == PROPERTIES and member == "Get":
            return Answer("v", (self._property(*body),))
        if interface == PROPERTIES and member == "GetAll":
            return Answer("a{sv}", (self._properties(*body),))
        if interface == menu_service.INTERFACE:
            self._menu_calls += 1
            return self._menu_service.answer(member, body)
        if interface in {ITEM, None} and member == "Activate":
            self._left_click()
            raise CallError("UnknownMethod", "a left click opens the menu")
        if (interface in {ITEM, None} and member in IGNORED) or (interface, member) == PING:
            return Answer()
        raise CallError("UnknownMethod", f"no method {interface}.{member}")

    def _property(self, interface: str, name: str) -> Variant:
        properties = self._properties(interface)
        if name not in properties:
            raise CallError("UnknownProperty", f"no property {interface}.{name}")
        return properties[name]

    def _properties(self, interface: str) -> Properties:
        if interface == menu_service.INTERFACE:
            return self._menu_service.properties()
        return self._item_properties() if interface == ITEM else {}

    def _item_properties(self) -> Properties:
        return {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", self.name),
            "Title": ("s", self.program_name),
            "Status": ("s", self._status),
            "WindowId": ("i", 0),
            "IconName": ("s", ""),
            "IconThemePath": ("s", ""),
            "IconPixmap": ("a(iiay)", self._pixmaps),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", self._pixmaps),
            "AttentionMovieName": ("s", ""),
            "ToolTip": ("(sa(iiay)ss)", ("", [], self.title or self.name, "")),
            "Menu": ("o", menu_service.PATH),
            "ItemIsMenu": ("b", True),  # a left click opens the menu, too
        }
