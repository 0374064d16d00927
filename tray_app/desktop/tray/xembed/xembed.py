"""A pystray icon for Linux trays that know only XEmbed, drawn and served over X11 alone.

For tint2, trayer, i3bar and the like. Such a tray only offers a few pixels, so the menu is a window
of ours (`menu`). It shows no tooltip; the title is only the window's name.

Threads: as in `statusnotifier`. Everything that a program calls may be called from any thread and
returns at once; **callbacks run on the loop thread**, the one inside `run()`.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from Xlib import X
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol.rq import Event

from tray_app.desktop.tray.job_queue import ConnectionLoop
from tray_app.desktop.tray.pystray_base import LoopIcon, drawing_of
from tray_app.desktop.tray.xembed.display import connect
from tray_app.desktop.tray.xembed.dock import Dock
from tray_app.desktop.tray.xembed.menu import XMenu

LEFT, RIGHT = 1, 3


class XLoop(ConnectionLoop):
    """Handles the X server's events in the thread that calls `run`.

    Events that arrived before a job was posted are handled before it, so a click always meets the
    menu that was on the screen.
    """

    LOST = ConnectionClosedError
    REFUSED = (XError,)  # a window that vanished while we asked about it

    def __init__(self, on_event: Callable[[Event], object]) -> None:
        """`on_event(event)` is called in the loop's thread."""
        super().__init__()
        self._on_event = on_event

    def open(self) -> None:
        """Connect. Call once, before `run`. Raises NoDisplayError."""
        self.display = connect()

    def _fileno(self) -> int:
        return self.display.fileno()

    def _close(self) -> None:
        with suppress(ConnectionClosedError, OSError):
            self.display.close()

    def _process(self) -> bool:
        display = self.display
        self._jobs.drain_wakeups()
        while not self._jobs.stopping:
            if display.pending_events():
                self._do(partial(self._on_event, display.next_event()))
            elif (job := self._jobs.next()) is not None:
                self._do(job)
            else:
                display.flush()  # may read events while it writes
                if not display.pending_events():
                    return True
        return False


class Icon(LoopIcon):
    """A tray icon with a menu.

    `run()` raises NoDisplayError if there is no X display.

    A left click opens the menu, as a right click does.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As `LoopIcon`, without the loop."""
        self._x_loop = XLoop(self._on_event)
        super().__init__(self._x_loop, *arguments, **named)
        # Loop thread only, made by `_open`:
        self._dock: Dock
        self._popup: XMenu

    def _open(self) -> None:
        self._x_loop.open()
        display = self._x_loop.display
        self._dock = Dock(display, self.name, lambda: drawing_of(self.icon))
        self._popup = XMenu(display, lambda: self.menu, self._click)

    # Called by pystray's base class, on any thread.

    def _show(self) -> None:
        # pystray sets it after this call, and would miss a title or icon set meanwhile
        self._visible = True
        self._loop.post(self._retitle)
        self._loop.post(self._appear)

    def _hide(self) -> None:
        self._loop.post(self._vanish)

    def _update_icon(self) -> None:
        self._icon_valid = True
        self._loop.post_once(self._redraw)

    def _update_title(self) -> None:
        self._loop.post_once(self._retitle)

    def _update_menu(self) -> None:
        self._loop.post_once(self._rebuild)

    # Loop thread. As methods, because jobs are posted before run() has made dock and popup.

    def _appear(self) -> None:
        self._dock.show()

    def _vanish(self) -> None:
        self._popup.close()
        self._dock.hide()

    def _redraw(self) -> None:
        self._dock.redraw()

    def _retitle(self) -> None:
        self._dock.retitle(self.title)

    def _rebuild(self) -> None:
        self._popup.rebuild()

    def _on_event(self, event: Event) -> None:
        self._dock.on_event(event)
        if event.type == X.ButtonPress and not self._popup.is_open:
            if self._dock.is_window(event.window):
                self._click_icon(event)
        else:
            self._popup.on_event(event)

    def _click_icon(self, event: Event) -> None:
        if event.detail in {LEFT, RIGHT}:
            room = event.window.get_geometry()
            corner = event.root_x - event.event_x, event.root_y - event.event_y
            pointer = event.root_x, event.root_y
            self._popup.open((*corner, room.width, room.height), pointer, event.time)
