"""One open menu, or submenu, on the screen. Loop thread only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from Xlib import X, Xatom

from tray_app.desktop.tray.xembed.canvas import Area, put
from tray_app.desktop.tray.xembed.menu_layout import Line, MenuPicture

if TYPE_CHECKING:
    from Xlib.display import Display

REACTION_SECONDS = 0.3
"""A click within that time after rows have moved counts where they were before."""
MASK = (
    X.ExposureMask | X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask | X.KeyPressMask
)


@dataclass(frozen=True, slots=True)
class PlacedMenu:
    """A menu, and the place of its corner on the screen."""

    picture: MenuPicture
    x: int
    y: int

    @property
    def area(self) -> Area:
        """The area that it covers."""
        return self.x, self.y, self.picture.width, self.picture.height

    def covers(self, x: int, y: int) -> bool:
        """Whether it covers that point of the screen."""
        left, top, width, height = self.area
        return left <= x < left + width and top <= y < top + height

    def line_at(self, x: int, y: int) -> Line | None:
        """Return the line at that point of the screen; None if there is none."""
        return self.picture.line_at(y - self.y) if self.covers(x, y) else None

    def top_of(self, number: int | None) -> int | None:
        """Return where on the screen that line begins; None if there is no such line."""
        top = self.picture.top_of(number)
        return None if top is None else top + self.y


class MenuWindow:
    """Shows a menu, and knows which line a click is for."""

    def __init__(self, display: Display, parent_row: int, placed: PlacedMenu) -> None:
        """`parent_row`: the number of the row whose submenu this is."""
        screen = display.screen()
        self.parent_row = parent_row
        self.placed = placed
        self.highlighted: int | None = None
        self._before: tuple[PlacedMenu, float] | None = None
        x, y, width, height = placed.area
        self.window = screen.root.create_window(
            x,
            y,
            width,
            height,
            0,
            screen.root_depth,
            X.InputOutput,
            X.CopyFromParent,
            override_redirect=True,
            event_mask=MASK,
        )
        kind = display.intern_atom("_NET_WM_WINDOW_TYPE")
        popup = display.intern_atom("_NET_WM_WINDOW_TYPE_POPUP_MENU")
        self.window.change_property(kind, Xatom.ATOM, 32, [popup])
        self._gc = self.window.create_gc()
        self.window.map()

    def draw(self) -> None:
        """Draw the menu."""
        put(self.window, self._gc, self.placed.picture.draw(self.highlighted))

    def highlight(self, number: int | None) -> None:
        """Highlight that line only."""
        if number != self.highlighted:
            self.highlighted = number
            self.draw()

    def show(self, placed: PlacedMenu) -> None:
        """Show another menu, perhaps elsewhere."""
        old, self.placed = self.placed, placed
        if any(placed.top_of(line.number) != old.top_of(line.number) for line in old.picture.lines):
            self._before = old, time.monotonic() + REACTION_SECONDS
        if old.area != placed.area:
            x, y, width, height = placed.area
            self.window.configure(x=x, y=y, width=width, height=height)
        self.draw()

    def target(self, x: int, y: int) -> int | None:
        """Return the number of the line that a click there is for; None if there is none."""
        placed = self.placed
        if self._before is not None and time.monotonic() < self._before[1]:
            placed = self._before[0]
        line = placed.line_at(x, y)
        return None if line is None else line.number

    def close(self) -> None:
        """Remove it from the screen."""
        self._gc.free()
        self.window.destroy()
