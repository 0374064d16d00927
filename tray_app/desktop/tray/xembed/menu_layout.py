"""A menu as a picture: where its rows are, and what they look like. Pure, no X.

Light, with dark text. Rows to read are disabled rows, so their grey still has a contrast of six
to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tray_app.desktop.tray.xembed.canvas import menu_font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tray_app.desktop.tray.menu_tree import Row
    from tray_app.desktop.tray.xembed.canvas import Font

RGB = tuple[int, int, int]
Area = tuple[int, int, int, int]
"""Left, top, width, height."""

PAPER: RGB = (252, 252, 252)
EDGE: RGB = (150, 150, 150)
RULE: RGB = (208, 208, 208)
TEXT: RGB = (20, 20, 20)
GREYED: RGB = (94, 94, 94)
HOT: RGB = (28, 94, 190)
HOT_TEXT: RGB = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is drawn."""

    number: int
    label: str = ""
    enabled: bool = True
    mark: str = ""
    """`checkmark` or `radio`, if it can be set."""
    marked: bool = False
    leads_on: bool = False
    """A submenu hangs on it."""
    rule: bool = False
    """A separator."""

    @property
    def takes_clicks(self) -> bool:
        """Whether pointing at it lights it up."""
        return self.enabled and not self.rule


def line_of(row: Row) -> Line:
    """The line that shows that row of the menu tree."""
    told = {name: value for name, (_, value) in row.properties.items()}
    return Line(
        number=row.id,
        label=told.get("label", "").replace("__", "_"),  # doubled for panels
        enabled=told.get("enabled", True),
        mark=told.get("toggle-type", ""),
        marked=bool(told.get("toggle-state", 0)),
        leads_on="children-display" in told,
        rule=told.get("type") == "separator",
    )


class Sheet:
    """Lines laid out one below the other, `scale` times as large as on an ordinary screen."""

    def __init__(self, lines: Iterable[Line], scale: float = 1, widest: int = 4000) -> None:
        self.lines = tuple(lines)
        self._unit = scale
        self._font: Font = menu_font(self._px(13))
        self._edge = self._px(4)
        text = max((self._font.getlength(line.label) for line in self.lines), default=0)
        self._margin = self._px(26 if any(line.mark for line in self.lines) else 12)
        right = self._px(24 if any(line.leads_on for line in self.lines) else 14)
        self.width = min(max(self._margin + round(text) + right, self._px(60)), widest)
        self._tops = [self._edge]
        for line in self.lines:
            self._tops.append(self._tops[-1] + self._px(9 if line.rule else 24))
        self.height = self._tops[-1] + self._edge

    def line_at(self, y: int) -> Line | None:
        """The line at that height, if there is one."""
        for line, top, bottom in zip(self.lines, self._tops, self._tops[1:], strict=False):
            if top <= y < bottom:
                return line
        return None

    def top_of(self, number: int | None) -> int | None:
        """Where that line begins."""
        for line, top in zip(self.lines, self._tops, strict=False):
            if line.number == number:
                return top
        return None

    def picture(self, hot: int | None = None) -> Image.Image:
        """What it looks like while the pointer is on line `hot`."""
        picture = Image.new("RGB", (self.width, self.height), PAPER)
        pencil = ImageDraw.Draw(picture)
        pencil.rectangle((0, 0, self.width - 1, self.height - 1), outline=EDGE)
        for line, top, bottom in zip(self.lines, self._tops, self._tops[1:], strict=False):
            if line.rule:
                middle, side = (top + bottom) // 2, self._px(8)
                pencil.line((side, middle, self.width - 1 - side, middle), fill=RULE)
            else:
                self._draw_line(pencil, line, (top, bottom), line.number == hot)
        return picture

    def _draw_line(
        self, pencil: ImageDraw.ImageDraw, line: Line, place: tuple[int, int], hot: bool
    ) -> None:
        top, bottom = place
        middle = (top + bottom) // 2
        ink = TEXT if line.enabled else GREYED
        if hot and line.enabled:
            ink = HOT_TEXT
            pencil.rectangle((self._edge, top, self.width - 1 - self._edge, bottom - 1), fill=HOT)
        # by the font, not by the letters: all rows stand on the same line
        pencil.text((self._margin, middle), line.label, fill=ink, font=self._font, anchor="lm")
        if line.mark:
            self._draw_mark(pencil, line, middle, ink)
        if line.leads_on:
            tip, half = self.width - self._px(10), self._px(4)
            corners = [(tip - half, middle - half), (tip - half, middle + half), (tip, middle)]
            pencil.polygon(corners, fill=ink)

    def _draw_mark(self, pencil: ImageDraw.ImageDraw, line: Line, middle: int, ink: RGB) -> None:
        x, half, thick = self._px(14), self._px(5), max(self._px(1.4), 1)
        if line.mark == "radio":
            pencil.ellipse((x - half, middle - half, x + half, middle + half), outline=ink)
            if line.marked:
                dot = max(half - self._px(3), 1)
                pencil.ellipse((x - dot, middle - dot, x + dot, middle + dot), fill=ink)
            return
        pencil.rectangle((x - half, middle - half, x + half, middle + half), outline=ink)
        if line.marked:
            tick = [(x - half * 0.6, middle), (x - half * 0.1, middle + half * 0.5)]
            tick.append((x + half * 0.7, middle - half * 0.6))
            pencil.line(tick, fill=ink, width=thick + 1)

    def _px(self, length: float) -> int:
        return round(length * self._unit)


def place(width: int, height: int, icon: Area, room: Area) -> tuple[int, int]:
    """Where a menu of that size goes: below the icon, or above it if there is no room."""
    x, y = icon[0], icon[1] + icon[3]
    if y + height > room[1] + room[3]:
        y = icon[1] - height
    return inside(width, height, (x, y), room)


def inside(width: int, height: int, corner: tuple[int, int], room: Area) -> tuple[int, int]:
    """The corner nearest to that one at which all of it is within `room`."""
    left, top, wide, high = room
    return _within(corner[0], width, left, wide), _within(corner[1], height, top, high)


def beside(width: int, parent: Area, y: int, room: Area) -> tuple[int, int]:
    """Where the left edge of a submenu goes, and whence down: to the right if there is room."""
    left, _, wide, _ = room
    x = parent[0] + parent[2] - 2
    if x + width > left + wide:
        x = parent[0] - width + 2
    return x, y


def room_at(at: tuple[int, int], monitors: Iterable[Area], screen: Area) -> Area:
    """The monitor with that point; the whole screen if none has it."""
    x, y = at
    for area in monitors:
        left, top, wide, high = area
        if left <= x < left + wide and top <= y < top + high:
            return area
    return screen


def _within(start: int, length: int, low: int, room: int) -> int:
    """The nearest place at which it does not stick out; what is too long sticks out at the end."""
    return max(min(start, low + room - length), low)
