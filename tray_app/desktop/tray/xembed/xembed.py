"""A pystray icon for Linux trays that know only XEmbed, drawn and served over X11 alone.

For tint2, trayer, i3bar and the like. Such a tray only offers a few pixels, so the menu is a window
of ours (`menu`). It shows no tooltip; the title is only the window's name.

Threads: as in `statusnotifier`. Everything that a program calls may be called from any thread and
returns at once; **callbacks run on the loop thread**, the one inside `run()`.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from PIL import Image
from Xlib import X
from Xlib.display import Display
from Xlib.error import ConnectionClosedError, XError
from Xlib.protocol.rq import Event

from tray_app.desktop.tray.job_queue import ConnectionLoop
from tray_app.desktop.tray.pixmaps import Drawing, resampled
from tray_app.desktop.tray.pystray_base import Menu, MenuItem, _base
from tray_app.desktop.tray.xembed.display import connect
from tray_app.desktop.tray.xembed.dock import Dock
from tray_app.desktop.tray.xembed.menu import XMenu

Setup = Callable[[_base.Icon], None]
LARGE = 64
LEFT, RIGHT = 1, 3


class XLoop(ConnectionLoop):
    """Handles the X server's events in the thread that calls `run`.

    Events that arrived before a job was posted are handled before it, so a click always meets the
    menu that was on the screen.
    """

    LOST = ConnectionClosedError
    REFUSED = (XError,)  # a window that vanished while we asked about it

    def __init__(self, hear: Callable[[Event], object]) -> None:
        """`hear(event)` is called in the loop's thread."""
        super().__init__()
        self._hear = hear
        self._display: Display | None = None

    def open(self) -> None:
        """Connect. Call once, before `run`. Raises NoDisplayError."""
        self._display = connect()

    @property
    def display(self) -> Display:
        """The open display."""
        if self._display is None:
            raise RuntimeError("open() comes first")
        return self._display

    def _fileno(self) -> int:
        return self.display.fileno()

    def _close(self) -> None:
        with suppress(ConnectionClosedError, OSError):
            self.display.close()

    def _work_off(self) -> bool:
        display = self.display
        self._jobs.drain_wakeups()
        while not self._jobs.stopping:
            if display.pending_events():
                self._do(partial(self._hear, display.next_event()))
            elif (job := self._jobs.next()) is not None:
                self._do(job)
            else:
                display.flush()  # may read events while it writes
                if not display.pending_events():
                    return True
        return False


class Icon(_base.Icon):
    """A tray icon with a menu.

    It appears when a tray starts, and again when the tray restarts. `run()` raises NoDisplayError
    if there is no X display, and returns on `stop()` or when the X server goes away at logout: then
    `display_lost` is True. An icon can run only once.

    A left click runs the default item; without one it opens the menu, as a right click does.
    """

    HAS_DEFAULT_ACTION = True
    HAS_MENU = True
    HAS_MENU_RADIO = True
    HAS_NOTIFICATION = False

    def __init__(
        self,
        name: str,
        icon: Image.Image | None = None,
        title: str | None = None,
        menu: Menu | Iterable[MenuItem] | None = None,
        *,
        draw: Drawing | None = None,
    ) -> None:
        """As pystray's; `draw`: draws the icon at any size, instead of one image."""
        super().__init__(name, icon if draw is None else draw(LARGE), title, menu)
        self.display_lost = False
        self._drawing = None if draw is None else (self.icon, draw)
        self._loop = XLoop(self._hear)
        self._thread: threading.Thread | None = None
        # loop thread only, made as it starts:
        self._dock: Dock
        self._popup: XMenu

    def paint(self, draw: Drawing) -> None:
        """Show this drawing, sharp at every size. Any thread."""
        image = draw(LARGE)
        self._drawing = (image, draw)
        self.icon = image

    def run(self, setup: Setup | None = None) -> None:
        """Serve the tray until `stop()`, or until the X server goes away. Any thread."""
        self._open()
        super().run(setup)

    def run_detached(self, setup: Setup | None = None) -> None:
        """As `run()`, in a daemon thread of its own."""
        self._open()
        super().run_detached(setup)

    def stop(self) -> None:
        """Make `run()` return, even if it has not begun yet, which pystray's own would ignore."""
        self._loop.stop()
        super().stop()

    def wait(self, timeout: float) -> None:
        """Wait for the end of `run_detached()`."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _open(self) -> None:
        """Connect before pystray starts its setup thread, which an exception would leave behind."""
        self._loop.open()
        self._dock = Dock(self._loop.display, self.name, self._present)
        self._popup = XMenu(self._loop.display, lambda: self.menu, self._chosen)

    # what pystray's base class calls, on any thread

    def _run(self) -> None:
        self._mark_ready()
        self.display_lost = not self._loop.run()

    def _run_detached(self) -> None:
        self._thread = threading.Thread(target=self._run, name="xembed", daemon=True)
        self._thread.start()

    def _stop(self) -> None:
        self._loop.stop()

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

    def _present(self) -> Drawing | None:
        """Return the present picture, so the last one that was set wins."""
        image = self.icon
        if image is None:
            return None
        if self._drawing is not None and self._drawing[0] is image:
            return self._drawing[1]
        return resampled(image)

    def _chosen(self, item: MenuItem) -> None:
        self._handler(item)()  # pystray's: calls the action, then updates the menu

    def _hear(self, event: Event) -> None:
        self._dock.hear(event)
        if event.type == X.ButtonPress and not self._popup.is_open:
            if self._dock.is_window(event.window):
                self._click(event)
        else:
            self._popup.hear(event)

    def _click(self, event: Event) -> None:
        has_default = any(item.default for item in self.menu or ())
        if event.detail == LEFT and has_default:
            self()  # calling the icon runs the default item
        elif event.detail in {LEFT, RIGHT}:
            room = event.window.get_geometry()
            corner = event.root_x - event.event_x, event.root_y - event.event_y
            pointer = event.root_x, event.root_y
            self._popup.open((*corner, room.width, room.height), pointer, event.time)
