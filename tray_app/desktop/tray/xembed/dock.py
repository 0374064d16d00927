"""The icon's window, and the tray that it is in. Loop thread only.

A tray may start late, restart, or end and destroy our window. Each time a new window is made, so
the state of an old one never matters.
"""

import logging
from collections.abc import Callable

from PIL import Image
from Xlib import X, Xatom, Xutil
from Xlib.display import Display
from Xlib.protocol import event as events
from Xlib.protocol.rq import Event
from Xlib.xobject.colormap import Colormap
from Xlib.xobject.drawable import Window

from tray_app.desktop.tray.pixmaps import Drawing
from tray_app.desktop.tray.xembed.canvas import backdrop, put
from tray_app.desktop.tray.xembed.display import selection_of, tray_of

log = logging.getLogger(__name__)

REQUEST_DOCK = 0
XEMBED_VERSION, XEMBED_MAPPED = 0, 1
MIN_SIZE = 24
MAX_REJECTIONS = 5
"""How often a tray may reject our window before we give up on it."""


class Dock:
    """Keeps the icon in the display's tray."""

    def __init__(self, display: Display, name: str, drawing: Callable[[], Drawing | None]) -> None:
        """`drawing()` returns the icon's present picture."""
        self._display, self._name, self._drawing = display, name, drawing
        self._root = display.screen().root
        self._selection = selection_of(display)
        self._manager = display.intern_atom("MANAGER")
        self._root.change_attributes(event_mask=X.StructureNotifyMask)  # reports new trays
        self._tray: Window | None = None
        self._window: Window | None = None
        self._colormap: Colormap | None = None
        self._depth = 0
        self._rejections = 0
        self._shown = False
        self._title = name

    def show(self) -> None:
        """Put the icon into the tray, now or when there is one."""
        self._shown = True
        if self._window is None:
            self._enter()

    def hide(self) -> None:
        """Remove the icon from the tray."""
        self._shown = False
        self._leave()

    def retitle(self, title: str) -> None:
        """Name the window; trays do not show that, but lists of windows may."""
        self._title = title or self._name
        if self._window is not None:
            text = self._title.encode(errors="replace")
            utf8 = self._display.intern_atom("UTF8_STRING")
            self._window.change_property(self._atom("_NET_WM_NAME"), utf8, 8, text)

    def redraw(self) -> None:
        """Draw the present picture at the size that the tray gives it."""
        drawing, window = self._drawing(), self._window
        if window is None or drawing is None:
            return
        room = window.get_geometry()
        picture = drawing(min(room.width, room.height)).convert("RGBA")
        corner = (room.width - picture.width) // 2, (room.height - picture.height) // 2
        if self._depth == 32:
            whole = Image.new("RGBA", (room.width, room.height))
            whole.paste(picture, corner)
        else:
            below = backdrop(window, room.width, room.height)
            if below is None:
                return  # an Expose event follows once it is visible
            whole = below
            whole.paste(picture, corner, picture)
        gc = window.create_gc()
        put(window, gc, whole)
        gc.free()

    def on_event(self, event: Event) -> None:
        """Handle an event about trays or our window."""
        window = getattr(event, "window", None)
        if event.type == X.ClientMessage and event.client_type == self._manager:
            if event.data[1][1] == self._selection and self._shown:
                self._rejections = 0
                self._enter()
        elif event.type == X.DestroyNotify and self._tray is not None and window == self._tray:
            self._tray = None
            self._again()
        elif window is None or not self.is_window(window):
            return
        elif event.type == X.DestroyNotify:
            self._again()  # it ended with the tray
        elif event.type == X.ReparentNotify and event.parent == self._root:
            self._again()  # rejected: on the root it would be a stray window
        elif event.type == X.ReparentNotify and self._depth != 32:
            # only now: a parent of another depth would refuse such a window
            window.change_attributes(background_pixmap=X.ParentRelative)
            self.redraw()
        elif event.type in {X.ConfigureNotify, X.Expose}:
            self.redraw()

    def is_window(self, window: object) -> bool:
        """Whether that is the window of the icon."""
        return self._window is not None and window == self._window

    def _again(self) -> None:
        """Look for a tray again."""
        self._leave()
        self._rejections += 1
        if self._shown and self._rejections <= MAX_REJECTIONS:
            self._enter()

    def _enter(self) -> None:
        self._leave()
        tray = tray_of(self._display)
        if tray is None:
            log.info("no tray takes the icon yet")
            return
        if self._tray is None or tray != self._tray:
            self._rejections = 0
        self._tray = tray
        tray.change_attributes(event_mask=X.StructureNotifyMask)  # reports its end
        self._window = self._make_window(*self._visual(tray))
        self.retitle(self._title)
        request = (X.CurrentTime, REQUEST_DOCK, self._window.id, 0, 0)
        opcode = self._atom("_NET_SYSTEM_TRAY_OPCODE")
        tray.send_event(events.ClientMessage(window=tray, client_type=opcode, data=(32, request)))

    def _leave(self) -> None:
        if self._window is not None:
            self._window.destroy()
            self._window = None
        if self._colormap is not None:
            self._colormap.free()
            self._colormap = None

    def _visual(self, tray: Window) -> tuple[int, int]:
        """Return the visual that the tray wants for icons, and its depth."""
        screen = self._display.screen()
        asked = tray.get_full_property(self._atom("_NET_SYSTEM_TRAY_VISUAL"), Xatom.VISUALID)
        for depth in screen.allowed_depths:
            for visual in depth.visuals:
                if depth.depth == 32 and asked and visual.visual_id == asked.value[0]:
                    return visual.visual_id, 32
        return screen.root_visual, screen.root_depth

    def _make_window(self, visual: int, depth: int) -> Window:
        self._depth = depth
        self._colormap = self._root.create_colormap(visual, X.AllocNone)
        window: Window = self._root.create_window(
            0,
            0,
            MIN_SIZE,
            MIN_SIZE,
            0,
            depth,
            X.InputOutput,
            visual,
            background_pixel=0,
            border_pixel=0,
            colormap=self._colormap,
            event_mask=X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask,
        )
        window.set_wm_class(self._name, self._name)
        window.set_wm_normal_hints(flags=Xutil.PMinSize, min_width=MIN_SIZE, min_height=MIN_SIZE)
        info = self._atom("_XEMBED_INFO")
        window.change_property(info, info, 32, [XEMBED_VERSION, XEMBED_MAPPED])
        return window

    def _atom(self, name: str) -> int:
        return self._display.intern_atom(name)
