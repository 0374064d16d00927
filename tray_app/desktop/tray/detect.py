"""Which kind of tray there is, and what to do if there is none.

Cheap: only `Tray.icon_class` loads pystray and Pillow.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pystray import Icon


class Kind(StrEnum):
    """A kind of tray."""

    NATIVE = "native"
    """Windows and macOS: pystray's, with what it leaves out."""
    PANEL = "panel"
    """A Linux panel that shows StatusNotifier items."""
    XEMBED = "xembed"
    """A Linux tray that takes XEmbed icons, such as that of tint2, trayer or i3bar."""
    PENDING = "pending"
    """None yet, but a bus or a screen: an icon made now appears when a panel starts."""
    NONE = "none"
    """None, and nothing that an icon could wait for."""


class Tray(NamedTuple):
    """The tray found. `reason` and `remedy` are sentences for the user, "" if all is well."""

    kind: Kind
    reason: str = ""
    """Why no icon is visible."""
    remedy: str = ""
    """What the user can do about it."""
    awaits: tuple[Kind, ...] = ()
    """The kinds in which a PENDING icon can appear."""

    @property
    def is_visible(self) -> bool:
        """Whether an icon made now is visible now."""
        return self.kind in {Kind.NATIVE, Kind.PANEL, Kind.XEMBED}

    def icon_class(self) -> type[Icon] | None:
        """Return the pystray icon to use, also if PENDING; None if an icon could never appear."""
        match self.awaits or (self.kind,):
            case (Kind.NATIVE,):
                if sys.platform == "win32":
                    from tray_app.desktop.tray import windows

                    return windows.Icon
                if sys.platform == "darwin":
                    from tray_app.desktop.tray import macos

                    return macos.Icon
                from tray_app.desktop.tray import pystray_base  # a test on Linux

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
"""The values of --backend. `native` is that of Windows and macOS."""


class _Probe(NamedTuple):
    """The result of looking for one kind of tray."""

    reason: str = ""
    """Why there is none; "" if there is one."""
    can_wait: bool = False
    """Whether an icon made now would appear in a tray that starts later."""


def find_tray(
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    forced: str | None = None,
) -> Tray:
    """Return the tray of this session, or the one of `BACKENDS` that is forced.

    Asks the session bus, and the X server if there is no Wayland. Blocks for a second at most.
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
        return _only(Kind.PANEL, _probe_bus(environ), environ)
    if forced == "xembed":
        return _only(Kind.XEMBED, _probe_screen(environ), environ)
    return _first(environ)


def _first(environ: Mapping[str, str]) -> Tray:
    """StatusNotifier before XEmbed: some panels know both, and the former shows more."""
    bus = _probe_bus(environ)
    if not bus.reason:
        return Tray(Kind.PANEL)
    wayland = environ.get("WAYLAND_DISPLAY")  # a connection would start an X server for nothing
    screen = _Probe("This is a Wayland session.") if wayland else _probe_screen(environ)
    if not screen.reason:
        return Tray(Kind.XEMBED)
    if bus.can_wait and screen.can_wait:
        reason = "No panel here shows tray icons."
        remedy = _remedy(environ)
        return Tray(Kind.PENDING, reason, remedy, (Kind.PANEL, Kind.XEMBED))
    if screen.can_wait:
        return _only(Kind.XEMBED, screen, environ)
    return _only(Kind.PANEL, bus, environ)


def _only(kind: Kind, probe: _Probe, environ: Mapping[str, str]) -> Tray:
    """Return the tray of that kind, or why there is none."""
    if not probe.reason:
        return Tray(kind)
    if not probe.can_wait:
        return Tray(Kind.NONE, probe.reason, NO_SESSION)
    remedy = NO_SESSION if probe.reason == NO_SCREEN else _remedy(environ)
    return Tray(Kind.PENDING, probe.reason, remedy, (kind,))


def _probe_bus(environ: Mapping[str, str]) -> _Probe:
    """Look for a panel on the session bus."""
    from tray_app.desktop.tray.bus import NoSessionBusError
    from tray_app.desktop.tray.watcher import host_is_there
    from tray_app.system.session_bus import session_address

    address = session_address(environ)
    if address is None:
        return _Probe("There is no D-Bus session bus.")
    try:
        if host_is_there(address):
            return _Probe()
    except NoSessionBusError as error:
        return _Probe(f"The D-Bus session bus does not answer: {error}.")
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return _Probe(NO_SCREEN, can_wait=True)
    return _Probe("No panel here shows StatusNotifier icons.", can_wait=True)


def _probe_screen(environ: Mapping[str, str]) -> _Probe:
    """Look for a tray on the X screen."""
    name = environ.get("DISPLAY")
    if not name:
        return _Probe("There is no X display.")
    from tray_app.desktop.tray.xembed.display import NoDisplayError, tray_is_there

    try:
        if tray_is_there(name):
            return _Probe()
    except NoDisplayError as error:
        return _Probe(f"The X display cannot be used: {error}.")
    return _Probe("No tray here takes XEmbed icons.", can_wait=True)


def _remedy(environ: Mapping[str, str]) -> str:
    """Return the advice for this desktop, whose name is a list such as `ubuntu:GNOME`."""
    for name in environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":"):
        if name in REMEDIES:
            return REMEDIES[name]
    return OTHER_REMEDY
