"""The X display: a connection to it, and the tray that its screen may have (XEmbed).

https://specifications.freedesktop.org/systemtray-spec/latest/
"""

from __future__ import annotations

import os
import re
import traceback
import warnings
from collections.abc import Iterable

from Xlib import Xatom
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XauthError, XError, XNoAuthError
from Xlib.ext import xinerama
from Xlib.xobject.drawable import Window

from tray_app.desktop.tray.xembed.canvas import Area

DEPTH = 24
"""Bits per pixel that we can draw; every modern screen has them."""


class NoDisplayError(ConnectionError):
    """There is no X display, it refuses the connection, or we cannot draw on it."""


def connect(name: str | None = None) -> Display:
    """Connect to that display, or to $DISPLAY. Raises NoDisplayError, and nothing else."""
    name = name or os.environ.get("DISPLAY", "")
    if name.startswith(":"):
        name = f"unix/{name}"  # else python-xlib would try TCP, too
    try:
        display = Display(name)
    except (DisplayError, ConnectionClosedError, XauthError, XNoAuthError, OSError) as error:
        sentence = f"cannot reach the X display: {error}"
        _drop_sockets(error)
        raise NoDisplayError(sentence) from None
    if display.screen().root_depth != DEPTH:
        depth = display.screen().root_depth
        display.close()
        raise NoDisplayError(f"the X display has {depth} bits a pixel, not {DEPTH}")
    # the default handler prints errors, and windows of others may vanish at any moment
    display.set_error_handler(lambda *_: None)
    return display


def tray_of(display: Display) -> Window | None:
    """Return the window of the screen's tray; None if there is none."""
    owner = display.get_selection_owner(selection_of(display))
    return owner if isinstance(owner, Window) else None  # X.NONE, a number


def selection_of(display: Display) -> int:
    """Return the atom of the selection that the screen's tray owns."""
    return display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")


def tray_is_there(name: str) -> bool:
    """Return whether the display has a tray. Raises NoDisplayError."""
    display = connect(name)
    try:
        return tray_of(display) is not None
    except (XError, ConnectionClosedError) as error:
        raise NoDisplayError(f"the X display does not answer: {error}") from error
    finally:
        display.close()


def _drop_sockets(error: BaseException | None) -> None:
    """Close the sockets that python-xlib leaves open when it fails: the frames of its errors hold
    them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__


ORDINARY_DPI = 96


def monitors(display: Display) -> Iterable[Area]:
    """Return the area of each monitor; nothing if there is only one."""
    if not display.has_extension("XINERAMA"):
        return []
    found = xinerama.query_screens(display).screens
    return [(area.x, area.y, area.width, area.height) for area in found]


def scale(display: Display) -> float:
    """Return the scale that the desktop has set for all programs; 1 is ordinary."""
    root = display.screen(0).root
    found = root.get_full_property(Xatom.RESOURCE_MANAGER, Xatom.STRING)
    value = "" if found is None else found.value
    return scale_in(value.decode("latin-1") if isinstance(value, bytes) else str(value))


def scale_in(resources: str) -> float:
    """Return the scale that these X resources set."""
    found = re.search(r"^Xft\.dpi:\s*(\d+(?:\.\d+)?)\s*$", resources, re.MULTILINE)
    return min(max(float(found[1]) / ORDINARY_DPI, 0.75), 4) if found else 1.0
