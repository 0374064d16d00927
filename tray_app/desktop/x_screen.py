"""The person's screen: its monitors, and how large things are to be."""

import re
from collections.abc import Iterable

from Xlib import Xatom
from Xlib.display import Display
from Xlib.ext import xinerama

from tray_app.desktop.menu_sheet import Area

ORDINARY_DPI = 96


def monitors(display: Display) -> Iterable[Area]:
    """What each monitor shows of the screen; nothing if there is but one."""
    if not display.has_extension("XINERAMA"):
        return []
    found = xinerama.query_screens(display).screens
    return [(area.x, area.y, area.width, area.height) for area in found]


def scale(display: Display) -> float:
    """How many times as large as ordinary, as the desktop has set it for all programs."""
    root = display.screen(0).root
    told = root.get_full_property(Xatom.RESOURCE_MANAGER, Xatom.STRING)
    value = "" if told is None else told.value
    return scale_in(value.decode("latin-1") if isinstance(value, bytes) else str(value))


def scale_in(resources: str) -> float:
    """The same, from the X resources."""
    found = re.search(r"^Xft\.dpi:\s*(\d+(?:\.\d+)?)\s*$", resources, re.MULTILINE)
    return min(max(float(found[1]) / ORDINARY_DPI, 0.75), 4) if found else 1.0
