"""The menu of an icon in a tray that has no menus: it is drawn, opened and clicked here.

Loop thread only. The rows come from a `MenuTree`, as for panels on D-Bus: a row keeps its number
while the menu changes, so a click goes to the row that was clicked.
"""

import logging
from collections.abc import Callable

from Xlib import XK, X
from Xlib.display import Display
from Xlib.protocol.rq import Event

from tray_app.desktop.tray.menu_tree import ROOT, MenuTree
from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.desktop.tray.xembed.canvas import Area, around
from tray_app.desktop.tray.xembed.display import monitors, scale
from tray_app.desktop.tray.xembed.menu_layout import (
    LIGHT,
    Line,
    MenuPicture,
    beside,
    inside,
    line_of,
    place,
    room_at,
    theme_for,
)
from tray_app.desktop.tray.xembed.menu_window import MenuWindow, PlacedMenu

log = logging.getLogger(__name__)

CLICKING = {1, 2, 3}
"""Mouse buttons; the others are scroll wheels."""
POINTER = X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask
DRAG_MILLISECONDS = 300
"""A button held for that long after it opened the menu chooses the row where it is released."""


class XMenu:
    """Opens and closes the menu, and reports which item was chosen."""

    def __init__(
        self,
        display: Display,
        menu: Callable[[], Menu | None],
        choose: Callable[[MenuItem], None],
    ) -> None:
        """`menu()` returns the present menu; `choose(item)` is called once the menu is closed."""
        self._display, self._menu, self._choose = display, menu, choose
        self._tree = MenuTree()
        self._open: list[MenuWindow] = []
        self._room: Area = (0, 0, 0, 0)
        self._scale = 1.0
        self._theme = LIGHT
        self._opened_at = (0, 0, 0)
        self._pointer = (0, 0)
        self._pressed: tuple[int, int, int] | None = None
        """The row on which a button was pressed, and where."""

    @property
    def is_open(self) -> bool:
        """Whether the menu is on the screen."""
        return bool(self._open)

    def rebuild(self) -> None:
        """Take the menu as it is now, and update what is open."""
        self._tree.update(self._menu())
        if not self._open:
            return
        pointed = self._highlighted_by_mouse()
        for level, window in enumerate(tuple(self._open)):
            if not self._tree.rows(window.parent_row):
                self._close_from(level)
                break
            self._refresh(window)
        if not self._open:
            self.close()
        elif pointed:
            self._point(*self._pointer)

    def open(self, icon: Area, pointer: tuple[int, int], when: int) -> None:
        """Open it beside the icon that was clicked; `when`: the X server's time in milliseconds."""
        self.close()
        self._tree.update(self._menu())
        if not self._tree.rows():
            return
        self._scale = scale(self._display)
        panel = around(self._display, icon)
        self._theme = LIGHT if panel is None else theme_for(panel)
        root = self._display.screen().root.get_geometry()
        screen = (0, 0, root.width, root.height)
        self._room = room_at(pointer, monitors(self._display), screen)
        self._opened_at, self._pointer, self._pressed = (*pointer, when), pointer, None
        picture = self._picture(ROOT)
        corner = place(picture.width, picture.height, icon, self._room)
        self._grab(self._show(ROOT, PlacedMenu(picture, *corner)))

    def close(self) -> None:
        """Remove it from the screen."""
        if self._open:
            self._display.ungrab_pointer(X.CurrentTime)
            self._display.ungrab_keyboard(X.CurrentTime)
            self._close_from(0)
            self._display.flush()

    def on_event(self, event: Event) -> None:
        """Handle mouse and keyboard while it is open."""
        if not self._open:
            return
        if event.type == X.Expose:
            for window in self._open:
                if window.window == event.window:
                    window.draw()
        elif event.type == X.MotionNotify:
            self._point(event.root_x, event.root_y)
        elif event.type == X.ButtonPress and event.detail in CLICKING:
            self._press(event.root_x, event.root_y)
        elif event.type == X.ButtonRelease and event.detail in CLICKING:
            self._release(event.root_x, event.root_y, event.time)
        elif event.type == X.KeyPress:
            self._key(self._display.keycode_to_keysym(event.detail, 0))

    # Windows.

    def _picture(self, parent_row: int) -> MenuPicture:
        lines = (line_of(row) for row in self._tree.rows(parent_row))
        return MenuPicture(lines, self._scale, self._room[2], self._theme)

    def _show(self, parent_row: int, placed: PlacedMenu) -> MenuWindow:
        window = MenuWindow(self._display, parent_row, placed)
        self._open.append(window)
        window.draw()
        return window

    def _grab(self, window: MenuWindow) -> None:
        """Receive all clicks and keys, so a click elsewhere closes the menu."""
        both = X.GrabModeAsync, X.GrabModeAsync
        nothing = X.NONE, X.NONE, X.CurrentTime
        if window.window.grab_pointer(False, POINTER, *both, *nothing) != X.GrabSuccess:
            log.info("another program holds the mouse: only Escape or a choice closes the menu")
        if window.window.grab_keyboard(False, *both, X.CurrentTime) != X.GrabSuccess:
            log.info("another program holds the keyboard: the menu takes only the mouse")

    def _refresh(self, window: MenuWindow) -> None:
        """Update the window; the row under the pointer stays where it is."""
        old, picture = window.placed, self._picture(window.parent_row)
        before, now = old.picture.top_of(window.highlighted), picture.top_of(window.highlighted)
        y = old.y
        if before is not None and now is not None:
            y += before - now
        elif old.y < self._opened_at[1]:
            y += old.picture.height - picture.height  # it opened upwards from the panel
        x, y = inside(picture.width, picture.height, (old.x, y), self._room)
        window.show(PlacedMenu(picture, x, y))

    def _close_from(self, level: int) -> None:
        while len(self._open) > level:
            self._open.pop().close()

    # Mouse.

    def _under(self, x: int, y: int) -> int | None:
        """Return the topmost open window at this point; None if there is none."""
        for level in reversed(range(len(self._open))):
            if self._open[level].placed.covers(x, y):
                return level
        return None

    def _point(self, x: int, y: int) -> None:
        self._pointer = x, y
        level = self._under(x, y)
        if level is None:
            self._open[-1].highlight(None)
            return
        line = self._open[level].placed.line_at(x, y)
        self._highlight(level, line if line is not None and line.takes_clicks else None)

    def _highlight(self, level: int, line: Line | None) -> None:
        """Highlight the line, and open its submenu in place of another one."""
        window = self._open[level]
        number = None if line is None else line.number
        above = self._open[level + 1 :]
        if above and above[0].parent_row != number:
            self._close_from(level + 1)
            above = []
        window.highlight(number)
        if line is not None and line.has_submenu and not above:
            picture = self._picture(line.number)
            top = window.placed.top_of(line.number) or 0
            corner = beside(picture.width, window.placed.area, top - 4, self._room)
            x, y = inside(picture.width, picture.height, corner, self._room)
            self._show(line.number, PlacedMenu(picture, x, y))

    def _highlighted_by_mouse(self) -> bool:
        """Whether the pointer is on the highlighted line, so the keyboard did not move it."""
        level = self._under(*self._pointer)
        if level is None:
            return False
        line = self._open[level].placed.line_at(*self._pointer)
        highlighted = self._open[level].highlighted
        return highlighted is None or (line is not None and line.number == highlighted)

    def _press(self, x: int, y: int) -> None:
        level = self._under(x, y)
        if level is None:
            self.close()
            return
        number = self._open[level].target(x, y)
        self._pressed = None if number is None else (number, x, y)

    def _release(self, x: int, y: int, when: int) -> None:
        pressed, self._pressed = self._pressed, None
        level = self._under(x, y)
        number = None if level is None else self._open[level].target(x, y)
        if pressed is not None and pressed[1:] == (x, y):
            number = pressed[0]  # even if another row is under the pointer now
        left, top, opened = self._opened_at
        dragged = (x, y) != (left, top) and when - opened >= DRAG_MILLISECONDS
        if number is not None and (pressed is not None or dragged):
            self._take(number)

    def _take(self, number: int) -> None:
        """Run the row that was chosen."""
        item = self._tree.item(number)
        if item is None or item is Menu.SEPARATOR or not item.enabled:
            return
        self.close()
        self._choose(item)

    # Keyboard.

    def _key(self, key: int) -> None:
        window = self._open[-1]
        lines = [line for line in window.placed.picture.lines if line.takes_clicks]
        here = next(
            (at for at, line in enumerate(lines) if line.number == window.highlighted), None
        )
        if key == XK.XK_Escape:
            self.close()
        elif key == XK.XK_Left and len(self._open) > 1:
            self._close_from(len(self._open) - 1)
        elif key == XK.XK_Down and lines:
            window.highlight(lines[0 if here is None else (here + 1) % len(lines)].number)
        elif key == XK.XK_Up and lines:
            window.highlight(lines[-1 if here is None else here - 1].number)
        elif here is None:
            return
        elif key in {XK.XK_Return, XK.XK_KP_Enter, XK.XK_space}:
            self._take(lines[here].number)
        elif key == XK.XK_Right:
            self._highlight(len(self._open) - 1, lines[here])
