"""Which tray is there, and what to say if none is.

Cheap to import and to ask: pystray and Pillow are loaded by `Tray.icon_class()` only.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PIL.Image import Image
    from pystray import Icon


class Kind(StrEnum):
    """What takes our icon."""

    NATIVE = "native"
    """Windows and macOS: pystray's own."""
    PANEL = "panel"
    """A Linux panel that shows StatusNotifier items now."""
    XEMBED = "xembed"
    """A Linux tray that takes XEmbed icons now, such as that of tint2, trayer or i3bar."""
    AWAITED = "awaited"
    """Neither, but a bus or a screen: an icon made now appears as soon as a panel starts."""
    NONE = "none"
    """Nothing that an icon could wait on."""


class Tray(NamedTuple):
    """The tray found. `reason` and `remedy` are sentences for a person, "" where all is well."""

    kind: Kind
    reason: str = ""
    """Why no icon can be seen."""
    remedy: str = ""
    """What the person can do about it."""
    awaits: tuple[Kind, ...] = ()
    """What an AWAITED icon can appear in."""

    @property
    def is_visible(self) -> bool:
        """Whether an icon made now is seen now."""
        return self.kind in {Kind.NATIVE, Kind.PANEL, Kind.XEMBED}

    def icon_class(self) -> type[Icon] | None:
        """The pystray icon to use; for AWAITED, too. None: there is no point in making one."""
        match self.awaits or (self.kind,):
            case (Kind.NATIVE,):
                from tray_app.desktop.tray import pystray_base

                return pystray_base.Icon
            case (Kind.PANEL,):
                from tray_app.desktop.tray import statusnotifier

                return statusnotifier.Icon
            case (Kind.XEMBED,):
                from tray_app.desktop.tray.xembed import xembed

                return xembed.Icon
            case (Kind.PANEL, Kind.XEMBED):
                from tray_app.desktop.tray.xembed import either

                return either.Icon
        return None


REMEDIES: dict[str, str] = {
    "GNOME": (
        "Install and enable the AppIndicator extension (Debian and Ubuntu: "
        "apt install gnome-shell-extension-appindicator), then log out and in again."
    ),
    "KDE": "Add the “System Tray” widget to a panel.",
    "XFCE": "Add “Status Tray Plugin” to a panel: right-click it, Panel, Add New Items.",
    "MATE": "Add “Notification Area” to a panel: right-click it, Add to Panel.",
    "LXQT": "Add “Status Notifier” to a panel: right-click it, Manage Widgets.",
    "X-CINNAMON": "Add the “XApp Status Applet” to a panel.",
    "SWAY": "Use waybar with its “tray” module; swaybar shows the icon, but no menu.",
    "HYPRLAND": "Use waybar with its “tray” module.",
}
OTHER_REMEDY = "Start a panel with a tray, such as xfce4-panel, waybar, tint2 or trayer."
NO_SESSION = "Start it from within a desktop session; the commands work without one."
NO_SCREEN = "There is no graphical session."

BACKENDS = ("auto", "statusnotifier", "xembed", "native", "none")
"""What a person may force. `native` is what Windows and macOS have."""


class _Asked(NamedTuple):
    """What became of asking for one kind of tray."""

    reason: str = ""
    """Why there is none now; "" if there is one."""
    waits: bool = False
    """Whether one that comes later would be heard of."""


def find_tray(
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    forced: str | None = None,
) -> Tray:
    """The tray of this session, or the one of `BACKENDS` that is forced, if it is there.

    Asks the session bus, and the X server if there is no Wayland; takes a second at most.
    """
    if forced == "none":
        return Tray(Kind.NONE, "No icon was asked for: --backend none.")
    here = ("native",) if platform in {"win32", "darwin"} else ("statusnotifier", "xembed")
    if forced in BACKENDS[1:] and forced not in here:
        reason = f"--backend {forced} does not exist on this system."
        return Tray(Kind.NONE, reason, f"Leave it out, or take one of: {', '.join(here)}, none.")
    if here == ("native",):
        return Tray(Kind.NATIVE)
    if forced == "statusnotifier":
        return _only(Kind.PANEL, _ask_bus(environ), environ)
    if forced == "xembed":
        return _only(Kind.XEMBED, _ask_screen(environ), environ)
    return _first(environ)


def _first(environ: Mapping[str, str]) -> Tray:
    """StatusNotifier before XEmbed, as some panels know both and show more of the former."""
    bus = _ask_bus(environ)
    if not bus.reason:
        return Tray(Kind.PANEL)
    wayland = environ.get("WAYLAND_DISPLAY")  # asking would start an X server for nothing
    screen = _Asked("This is a Wayland session.") if wayland else _ask_screen(environ)
    if not screen.reason:
        return Tray(Kind.XEMBED)
    if bus.waits and screen.waits:
        reason = "No panel here shows tray icons."
        remedy = _remedy(environ)
        return Tray(Kind.AWAITED, reason, remedy, (Kind.PANEL, Kind.XEMBED))
    if screen.waits:
        return _only(Kind.XEMBED, screen, environ)
    return _only(Kind.PANEL, bus, environ)


def _only(kind: Kind, asked: _Asked, environ: Mapping[str, str]) -> Tray:
    """The tray of that kind, or why there is none."""
    if not asked.reason:
        return Tray(kind)
    if not asked.waits:
        return Tray(Kind.NONE, asked.reason, NO_SESSION)
    remedy = NO_SESSION if asked.reason == NO_SCREEN else _remedy(environ)
    return Tray(Kind.AWAITED, asked.reason, remedy, (kind,))


def _ask_bus(environ: Mapping[str, str]) -> _Asked:
    """Is there a panel on the session bus?"""
    from tray_app.desktop.tray.bus import NoSessionBusError, session_address
    from tray_app.desktop.tray.watcher import host_is_there

    address = session_address(environ)
    if address is None:
        return _Asked("There is no D-Bus session bus.")
    try:
        if host_is_there(address):
            return _Asked()
    except NoSessionBusError as error:
        return _Asked(f"The D-Bus session bus does not answer: {error}.")
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return _Asked(NO_SCREEN, waits=True)
    return _Asked("No panel here shows StatusNotifier icons.", waits=True)


def _ask_screen(environ: Mapping[str, str]) -> _Asked:
    """Is there a tray on the X screen?"""
    name = environ.get("DISPLAY")
    if not name:
        return _Asked("There is no X display.")
    from tray_app.desktop.tray.xembed.display import NoDisplayError, tray_is_there

    try:
        if tray_is_there(name):
            return _Asked()
    except NoDisplayError as error:
        return _Asked(f"The X display cannot be used: {error}.")
    return _Asked("No tray here takes XEmbed icons.", waits=True)


def _remedy(environ: Mapping[str, str]) -> str:
    """The advice for the desktop in use; its name is a list, such as `ubuntu:GNOME`."""
    for name in environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        if name in REMEDIES:
            return REMEDIES[name]
    return OTHER_REMEDY


def paint(icon: Icon, draw: Callable[[int], Image]) -> None:
    """Shows that drawing: at each size by itself where the tray takes that, else at 64 pixels."""
    painter = getattr(icon, "paint", None)
    if painter is not None:
        painter(draw)
    else:
        icon.icon = draw(64)
