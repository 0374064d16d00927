"""One open menu, or submenu, on the screen. Loop thread only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from Xlib import X, Xatom

from tray_app.desktop.tray.xembed.canvas import put
from tray_app.desktop.tray.xembed.menu_layout import Area, Line, Sheet

if TYPE_CHECKING:
    from Xlib.display import Display

REACTION_SECONDS = 0.3
"""A click that soon after rows have moved was aimed at where they were."""
MASK = (
    X.ExposureMask | X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask | X.KeyPressMask
)


@dataclass(frozen=True, slots=True)
class Spread:
    """A sheet, and where on the screen its corner lies."""

    sheet: Sheet
    x: int
    y: int

    @property
    def area(self) -> Area:
        """What it covers."""
        return self.x, self.y, self.sheet.width, self.sheet.height

    def covers(self, x: int, y: int) -> bool:
        """Whether that point of the screen is on it."""
        return self.x <= x < self.x + self.sheet.width and self.y <= y < self.y + self.sheet.height

    def line_at(self, x: int, y: int) -> Line | None:
        """The line at that point of the screen."""
        return self.sheet.line_at(y - self.y) if self.covers(x, y) else None

    def top_of(self, number: int | None) -> int | None:
        """The height on the screen at which that line begins."""
        top = self.sheet.top_of(number)
        return None if top is None else top + self.y


class MenuWindow:
    """Shows a sheet, and says which line is meant by a point of the screen."""

    def __init__(self, display: Display, parent_row: int, spread: Spread) -> None:
        """`parent_row` is the number of the row on which the menu hangs."""
        screen = display.screen()
        self.parent_row = parent_row
        self.spread = spread
        self.hot: int | None = None
        self._before: tuple[Spread, float] | None = None
        x, y, width, height = spread.area
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
        """Draws it as it is now."""
        put(self.window, self._gc, self.spread.sheet.picture(self.hot))

    def light(self, number: int | None) -> None:
        """Makes that line the one that is lit up."""
        if number != self.hot:
            self.hot = number
            self.draw()

    def spread_anew(self, spread: Spread) -> None:
        """Takes the menu as it has become."""
        old, self.spread = self.spread, spread
        if any(spread.top_of(line.number) != old.top_of(line.number) for line in old.sheet.lines):
            self._before = old, time.monotonic() + REACTION_SECONDS
        if old.area != spread.area:
            x, y, width, height = spread.area
            self.window.configure(x=x, y=y, width=width, height=height)
        self.draw()

    def meant(self, x: int, y: int) -> int | None:
        """The number of the line that a click there was aimed at."""
        spread = self.spread
        if self._before is not None and time.monotonic() < self._before[1]:
            spread = self._before[0]
        line = spread.line_at(x, y)
        return None if line is None else line.number

    def close(self) -> None:
        """Takes it off the screen."""
        self._gc.free()
        self.window.destroy()
