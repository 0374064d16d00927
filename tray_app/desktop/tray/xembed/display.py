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

from tray_app.desktop.tray.xembed.menu_layout import Area

DEPTH = 24
"""Bits a pixel that we can draw; every screen of this century has them."""


class NoDisplayError(ConnectionError):
    """There is no X display, or it does not let us in, or we cannot draw on it."""


def connect(name: str | None = None) -> Display:
    """A connection to that display, or to $DISPLAY. Raises NoDisplayError, and nothing else."""
    name = name or os.environ.get("DISPLAY", "")
    if name.startswith(":"):
        name = f"unix/{name}"  # or python-xlib would go on to try TCP
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
    # without one, python-xlib prints errors; windows of others may vanish at any moment
    display.set_error_handler(lambda *_: None)
    return display


def tray_of(display: Display) -> Window | None:
    """The window of the tray on the display's screen, if there is one."""
    owner = display.get_selection_owner(selection_of(display))
    return owner if isinstance(owner, Window) else None  # X.NONE, a number


def selection_of(display: Display) -> int:
    """The atom of the selection that a tray of that screen owns."""
    return display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")


def tray_is_there(name: str) -> bool:
    """True if that display has a tray now. Raises NoDisplayError."""
    display = connect(name)
    try:
        return tray_of(display) is not None
    except (XError, ConnectionClosedError) as error:
        raise NoDisplayError(f"the X display does not answer: {error}") from error
    finally:
        display.close()


def _drop_sockets(error: BaseException | None) -> None:
    """Closes what python-xlib leaves open where it fails: only the frames of its errors hold it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        while error is not None:
            traceback.clear_frames(error.__traceback__)
            error = error.__context__


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
