"""A pystray icon for Linux panels that speak StatusNotifierItem, with nothing but D-Bus.

No GTK, no X11 connection, no image files. Seen to work on XFCE, LXQt, MATE, KDE Plasma, Cinnamon,
GNOME with the AppIndicator extension, and sway with waybar.

Threads: everything a program calls (`icon`, `title`, `menu`, `visible`, `paint`, `update_menu`,
`stop`) may be called from any thread and returns at once. **Callbacks run on the loop thread**, the
one inside `run()`: menu actions, and the functions that give an item's text, state and visibility.
While one runs, the panel gets no answer, so a callback hands slow work to another thread.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from jeepney.bus_messages import message_bus

from tray_app.desktop.tray import menu_service
from tray_app.desktop.tray.bus import Answer, BusLoop, CallError
from tray_app.desktop.tray.menu_service import MenuService
from tray_app.desktop.tray.menu_tree import Properties, Variant
from tray_app.desktop.tray.pixmaps import Drawing, Pixmap, pixmaps, resampled
from tray_app.desktop.tray.pystray_base import Menu, MenuItem, _base
from tray_app.desktop.tray.watcher import WATCHER, arrivals, registration

if TYPE_CHECKING:
    from PIL import Image

ITEM = "org.kde.StatusNotifierItem"
ITEM_PATH = "/StatusNotifierItem"
PROPERTIES = "org.freedesktop.DBus.Properties"
PING = ("org.freedesktop.DBus.Peer", "Ping")
IGNORED = {"ContextMenu", "SecondaryActivate", "Scroll", "ProvideXdgActivationToken"}

Setup = Callable[[_base.Icon], None]


class Icon(_base.Icon):
    """A tray icon with a menu.

    Shows itself again when the panel restarts, and for the first time when the panel starts late.
    `run()` raises NoSessionBusError if there is no bus to begin with, and returns on `stop()` or
    when the bus goes away (the person logs out): then `bus_lost` is True. One run per icon.

    A menu may be replaced at any time. An item keeps its number, so that an open menu stays right,
    if it is the same MenuItem or has the same function or method as its action; a new lambda makes
    a new item.
    """

    HAS_DEFAULT_ACTION = True
    HAS_MENU = True
    HAS_MENU_RADIO = True
    HAS_NOTIFICATION = False

    def __init__(
        self,
        name: str,
        icon: "Image.Image | None" = None,
        title: str | None = None,
        menu: Menu | Iterable[MenuItem] | None = None,
        *,
        draw: Drawing | None = None,
    ) -> None:
        """Like pystray's, and `draw`: a drawing made for each size, instead of one image."""
        super().__init__(name, icon if draw is None else _stand_in(draw), title, menu)
        self.bus_lost = False
        self.shown = threading.Event()
        """Set once the icon has been offered to the panel, picture and all; never for one that is
        not to be visible. Whoever has heavy work to begin had better wait a moment for this."""
        self._bus = BusLoop(self)
        self._bus.post(lambda: self._bus.call(message_bus.AddMatch(arrivals())))
        # loop thread only:
        self._active = False
        self._pixmaps: list[Pixmap] = []
        self._menu_service = MenuService(self._bus, lambda: self.menu, self._clicked)

    def paint(self, draw: Drawing) -> None:
        """Shows that drawing, sharp at every size. Any thread."""
        self.icon = _stand_in(draw)

    def run(self, setup: Setup | None = None) -> None:
        """Serves the panel until `stop()` or until the bus goes away. Any thread."""
        self._bus.open()  # first: what it raises must not leave pystray's setup thread behind
        super().run(setup)

    def run_detached(self, setup: Setup | None = None) -> None:
        """As `run()`, on a daemon thread of its own."""
        self._bus.open()
        super().run_detached(setup)

    def stop(self) -> None:
        """Makes `run()` return; also if it has yet to begin, which pystray's would ignore."""
        self._bus.stop()
        super().stop()

    # what pystray's base class calls, on any thread

    def _run(self) -> None:
        self._mark_ready()
        self.bus_lost = not self._bus.run()

    def _run_detached(self) -> None:
        threading.Thread(target=self._run, name="statusnotifier", daemon=True).start()

    def _stop(self) -> None:
        self._bus.stop()

    def _show(self) -> None:
        # pystray sets it after this call; a title or icon set meanwhile would go unnoticed
        self._visible = True
        # What the panel asks on hearing of the icon is answered after all of these.
        self._bus.post(lambda: self._set_active(True))
        self._bus.post(self._redraw)
        self._bus.post(self.shown.set)

    def _hide(self) -> None:
        self._bus.post(lambda: self._set_active(False))

    def _update_icon(self) -> None:
        self._icon_valid = True
        if self._visible:  # else `_show` sees to it, and pystray calls this just before that
            self._bus.post_once(self._redraw)

    def _update_title(self) -> None:
        self._bus.post_once(self._title_changed)

    def _update_menu(self) -> None:
        self._bus.post_once(self._menu_service.rebuild)

    # loop thread

    def _set_active(self, active: bool) -> None:
        changed = active is not self._active
        self._active = active
        if changed:
            self._bus.emit(ITEM_PATH, ITEM, "NewStatus", "s", (self._status,))
        if active:
            self._register()

    @property
    def _status(self) -> str:
        return "Active" if self._active else "Passive"

    def _register(self) -> None:
        def registered(ok: bool, body: tuple[Any, ...]) -> None:
            if not ok:
                self._log.info("no panel takes the icon yet: %s", body)

        self._bus.call(registration(ITEM_PATH), registered)

    def _redraw(self) -> None:
        """Shows the picture as it is now, so that the last one set wins whoever set it."""
        image = self.icon
        if image is None:
            return
        made = pixmaps(drawing_of(image) or resampled(image))
        if made != self._pixmaps:
            self._pixmaps = made
            self._bus.emit(ITEM_PATH, ITEM, "NewIcon")

    def _title_changed(self) -> None:
        self._bus.emit(ITEM_PATH, ITEM, "NewTitle")
        self._bus.emit(ITEM_PATH, ITEM, "NewToolTip")

    def _clicked(self, item: MenuItem) -> None:
        self._handler(item)()  # pystray's: calls the action, then updates the menu

    # what the panel says, on the loop thread

    def hear(self, _interface: str | None, member: str, body: tuple[Any, ...]) -> None:
        """A panel has come (back): shows the icon there."""
        if member == "NameOwnerChanged" and body[0] == WATCHER and body[2] and self._active:
            self._register()

    def answer(self, interface: str | None, member: str, body: tuple[Any, ...]) -> Answer:
        """Answers a call of the panel; raises CallError."""
        if interface == PROPERTIES and member == "Get":
            return Answer("v", (self._property(*body),))
        if interface == PROPERTIES and member == "GetAll":
            return Answer("a{sv}", (self._properties(*body),))
        if interface == menu_service.INTERFACE:
            return self._menu_service.answer(member, body)
        if interface in {ITEM, None} and member == "Activate":
            return Answer(then=self)  # calling the icon runs the default item
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
        title = self.title or self.name
        has_default = any(item.default for item in self.menu or ())
        return {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", self.name),
            "Title": ("s", title),
            "Status": ("s", self._status),
            "WindowId": ("i", 0),
            "IconName": ("s", ""),
            "IconThemePath": ("s", ""),
            "IconPixmap": ("a(iiay)", self._pixmaps),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": ("a(iiay)", []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": ("a(iiay)", []),
            "AttentionMovieName": ("s", ""),
            "ToolTip": ("(sa(iiay)ss)", ("", [], title, "")),
            "Menu": ("o", menu_service.PATH),
            "ItemIsMenu": ("b", not has_default),  # then a left click opens the menu, too
        }


class _StandIn:
    """In an icon's place for its image: the drawing, made once it is shown, at each size."""

    def __init__(self, draw: Drawing) -> None:
        self.draw = draw


def drawing_of(image: object) -> Drawing | None:
    """The drawing that stands in for an icon's image; None where that is an image indeed."""
    return image.draw if isinstance(image, _StandIn) else None


def _stand_in(draw: Drawing) -> "Image.Image":
    return cast("Image.Image", _StandIn(draw))  # pystray only hands it on
