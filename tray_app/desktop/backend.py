"""Which tray is there, and what to say if none is.

Cheap to import and to ask: pystray and Pillow are loaded by `Tray.icon_class()` only.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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
    AWAITED = "awaited"
    """A session bus without such a panel: an icon made now appears as soon as one starts."""
    NONE = "none"
    """Nothing that an icon could wait on."""


@dataclass(frozen=True, slots=True)
class Tray:
    """The tray found. `reason` and `remedy` are sentences for a person, "" where all is well."""

    kind: Kind
    reason: str = ""
    """Why no icon can be seen."""
    remedy: str = ""
    """What the person can do about it."""

    @property
    def shows(self) -> bool:
        """Whether an icon made now is seen now."""
        return self.kind in {Kind.NATIVE, Kind.PANEL}

    def icon_class(self) -> type[Icon] | None:
        """The pystray icon to use; for AWAITED, too. None: there is no point in making one."""
        match self.kind:
            case Kind.NONE:
                return None
            case Kind.NATIVE:
                import pystray

                return pystray.Icon
        from tray_app.desktop import statusnotifier

        return statusnotifier.Icon


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
OTHER_REMEDY = (
    "Start a panel that shows StatusNotifier icons, such as xfce4-panel or waybar. "
    "Trays that know only XEmbed, such as those of tint2, trayer and i3bar, are not supported yet."
)
NO_SESSION = "Start it from within a desktop session; the commands work without one."


def find_tray(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Tray:
    """The tray of this session. Asks the session bus; takes a second at most."""
    if platform in {"win32", "darwin"}:
        return Tray(Kind.NATIVE)
    from tray_app.desktop.session_bus import NoSessionBusError, connect, session_address
    from tray_app.desktop.watcher import host_is_there

    address = session_address(environ)
    if address is None:
        return Tray(Kind.NONE, "There is no D-Bus session bus.", NO_SESSION)
    try:
        connect(address).close()
    except NoSessionBusError as error:
        return Tray(Kind.NONE, f"The D-Bus session bus does not answer: {error}.", NO_SESSION)
    if host_is_there(address):
        return Tray(Kind.PANEL)
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return Tray(Kind.AWAITED, "There is no graphical session.", NO_SESSION)
    return Tray(Kind.AWAITED, "No panel here shows StatusNotifier icons.", _remedy(environ))


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
