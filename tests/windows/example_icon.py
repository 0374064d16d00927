"""An icon with one row and a notice, run in the Windows session; prints what is clicked.

`late`: the taskbar refuses the icon at first, as at login. `sizes`: no notice; prints whether the
process is aware of each screen's scale, and each size at which the icon is loaded. `grows`: the
same, with an icon that is twice as large each time.
"""

from __future__ import annotations

import ctypes
import importlib
import select
import sys
import threading
from functools import partial
from typing import Any

from tray_app.desktop import icon_art
from tray_app.desktop.app import backend_for
from tray_app.desktop.notifications.content import Notification
from tray_app.desktop.tray.detect import find_tray
from tray_app.desktop.tray.pystray_base import Icon, Menu, MenuItem, paint
from tray_app.model.signs import Colour, Shape

say = partial(print, flush=True)


def refuse(times: int) -> None:
    """Have the taskbar refuse so many calls."""
    from pystray._util import win32

    call, left = win32.Shell_NotifyIcon, [times]

    def shell_notify_icon(code: int, data: win32.NOTIFYICONDATAW) -> int:
        if left[0] > 0:
            left[0] -= 1
            say("refused")
            return 0
        return call(code, data)

    win32.Shell_NotifyIcon = shell_notify_icon


def report_sizes(*, grows: bool) -> None:
    """Print what Windows says of this process, and the sizes of the icon from now on."""
    windows: Any = importlib.import_module("tray_app.desktop.tray.windows")
    user32: Any = ctypes.CDLL("user32")
    user32.GetThreadDpiAwarenessContext.restype = ctypes.c_void_p
    context = ctypes.c_void_p(user32.GetThreadDpiAwarenessContext())
    say("aware", user32.GetAwarenessFromDpiAwarenessContext(context))
    size_of_windows, times = windows.small_icon_size, [1]

    def small_icon_size() -> int:
        size = int(size_of_windows()) * times[0]
        times[0] *= 2 if grows else 1
        say("size", size)
        return size

    windows.small_icon_size = small_icon_size


def main(*words: str) -> None:
    """Runs until the row is clicked."""
    if "late" in words:
        refuse(2)  # once to add it, once to change it
    icon_class = find_tray().icon_class()
    assert icon_class is not None

    def click(clicked: Icon) -> None:
        say("row clicked")
        clicked.stop()

    others = (MenuItem(text, click) for text in ("Vinegar", "Oil"))
    icon = icon_class("webex-token-tray", menu=Menu(MenuItem("Salt & Pepper", click), *others))
    paint(icon, partial(icon_art.draw, Shape.CHECK, Colour.GREEN))
    board = backend_for(icon)
    is_quiet = bool(words)
    if "sizes" in words or "grows" in words:
        report_sizes(grows="grows" in words)

    def report_clicks() -> None:
        while board.wakeup_socket is not None:
            select.select([board.wakeup_socket], [], [])
            say(*(each.name for each in board.clicks()))

    def ready(up: Icon) -> None:
        up.visible = True
        if not is_quiet:
            board.show(Notification("Read this", "Pushme", Shape.CHECK, Colour.GREEN))
        threading.Thread(target=report_clicks, daemon=True).start()

    icon.run(ready)
    say("ended")


if __name__ == "__main__":
    main(*sys.argv[1:])
