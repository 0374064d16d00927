"""A pystray icon for Linux trays that know only XEmbed, drawn and served over X11 alone.

For tint2, trayer, i3bar and their like. The tray gives a few pixels and no more, so the menu is a
window of ours (`xmenu`). Such trays show no tooltip; the title names the window only.

Threads: as in `statusnotifier`. Everything a program calls may be called from any thread and
returns at once; **callbacks run on the loop thread**, the one inside `run()`.
"""

import threading
from collections.abc import Callable, Iterable

from PIL import Image
from Xlib import X
from Xlib.protocol.rq import Event

from tray_app.desktop.tray.pixmaps import Drawing, resampled
from tray_app.desktop.tray.pystray_base import Menu, MenuItem, _base
from tray_app.desktop.tray.xembed.dock import Dock
from tray_app.desktop.tray.xembed.loop import XLoop
from tray_app.desktop.tray.xembed.menu import XMenu

Setup = Callable[[_base.Icon], None]
LARGE = 64
LEFT, RIGHT = 1, 3


class Icon(_base.Icon):
    """A tray icon with a menu.

    Shows itself again when the tray restarts, and for the first time when the tray starts late.
    `run()` raises NoDisplayError if there is no X display to begin with, and returns on `stop()`
    or when the X server goes away (the person logs out): then `display_lost` is True. One run per
    icon.

    A left click does the default item; without one it opens the menu, as a right click does.
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
        """Like pystray's, and `draw`: a drawing made for each size, instead of one image."""
        super().__init__(name, icon if draw is None else draw(LARGE), title, menu)
        self.display_lost = False
        self._drawing = None if draw is None else (self.icon, draw)
        self._loop = XLoop(self._hear)
        self._thread: threading.Thread | None = None
        # loop thread only, made as it starts:
        self._dock: Dock
        self._popup: XMenu

    def paint(self, draw: Drawing) -> None:
        """Shows that drawing, sharp at every size. Any thread."""
        image = draw(LARGE)
        self._drawing = (image, draw)
        self.icon = image

    def run(self, setup: Setup | None = None) -> None:
        """Serves the tray until `stop()` or until the X server goes away. Any thread."""
        self._open()
        super().run(setup)

    def run_detached(self, setup: Setup | None = None) -> None:
        """As `run()`, on a daemon thread of its own."""
        self._open()
        super().run_detached(setup)

    def stop(self) -> None:
        """Makes `run()` return; also if it has yet to begin, which pystray's would ignore."""
        self._loop.stop()
        super().stop()

    def wait(self, timeout: float) -> None:
        """Waits for the end of `run_detached()`."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _open(self) -> None:
        """Connects; first, because what it raises must not leave pystray's setup thread behind."""
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
        # pystray sets it after this call; a title or icon set meanwhile would go unnoticed
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

    # loop thread. Dock and popup are not there before run(), when work is posted already.

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
        """The picture as it is now, so that the last one set wins whoever set it."""
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
