"""A menu as a picture: where its rows are, and what they look like. Pure, no X.

Light or dark, as the panel is. Text has a contrast of 4.5 to 1 at least, also in disabled rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageDraw

from tray_app.desktop.tray.xembed.canvas import Area, menu_font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tray_app.desktop.tray.menu_tree import Row
    from tray_app.desktop.tray.xembed.canvas import Font

RGB = tuple[int, int, int]


class Theme(NamedTuple):
    """The colours of a menu."""

    background: RGB
    border: RGB
    separator: RGB
    text: RGB
    greyed: RGB
    highlight: RGB = (28, 94, 190)
    highlight_text: RGB = (255, 255, 255)


LIGHT = Theme(
    background=(252, 252, 252),
    border=(150, 150, 150),
    separator=(208, 208, 208),
    text=(20, 20, 20),
    greyed=(94, 94, 94),
)
DARK = Theme(
    background=(43, 43, 43),
    border=(96, 96, 96),
    separator=(80, 80, 80),
    text=(238, 238, 238),
    greyed=(168, 168, 168),
)

_DARKEST_LIGHT = 128
"""Grey value, of 255: a panel that is darker has a dark menu."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is drawn."""

    number: int
    label: str = ""
    enabled: bool = True
    mark: str = ""
    """`checkmark` or `radio`; "" if it has none."""
    marked: bool = False
    has_submenu: bool = False
    is_separator: bool = False

    @property
    def takes_clicks(self) -> bool:
        """Whether the pointer highlights it."""
        return self.enabled and not self.is_separator


def line_of(row: Row) -> Line:
    """Return the line that shows this row of the menu tree."""
    values = {name: value for name, (_, value) in row.properties.items()}
    return Line(
        number=row.id,
        label=values.get("label", "").replace("__", "_"),  # doubled for panels
        enabled=values.get("enabled", True),
        mark=values.get("toggle-type", ""),
        marked=bool(values.get("toggle-state", 0)),
        has_submenu="children-display" in values,
        is_separator=values.get("type") == "separator",
    )


class MenuPicture:
    """Lines one below the other, `scale` times as large as on an ordinary screen."""

    def __init__(
        self, lines: Iterable[Line], scale: float = 1, widest: int = 4000, theme: Theme = LIGHT
    ) -> None:
        self.lines = tuple(lines)
        self._theme = theme
        self._unit = scale
        self._font: Font = menu_font(self._px(13))
        self._edge = self._px(4)
        text = max((self._font.getlength(line.label) for line in self.lines), default=0)
        self._margin = self._px(26 if any(line.mark for line in self.lines) else 12)
        right = self._px(24 if any(line.has_submenu for line in self.lines) else 14)
        self.width = min(max(self._margin + round(text) + right, self._px(60)), widest)
        self._tops = [self._edge]
        for line in self.lines:
            self._tops.append(self._tops[-1] + self._px(9 if line.is_separator else 24))
        self.height = self._tops[-1] + self._edge

    def line_at(self, y: int) -> Line | None:
        """Return the line at that height; None if there is none."""
        for line, top, bottom in zip(self.lines, self._tops, self._tops[1:], strict=False):
            if top <= y < bottom:
                return line
        return None

    def top_of(self, number: int | None) -> int | None:
        """Return the top of that line; None if there is no such line."""
        for line, top in zip(self.lines, self._tops, strict=False):
            if line.number == number:
                return top
        return None

    def draw(self, highlighted: int | None = None) -> Image.Image:
        """Return the picture with line `highlighted` highlighted."""
        picture = Image.new("RGB", (self.width, self.height), self._theme.background)
        pencil = ImageDraw.Draw(picture)
        pencil.rectangle((0, 0, self.width - 1, self.height - 1), outline=self._theme.border)
        for line, top, bottom in zip(self.lines, self._tops, self._tops[1:], strict=False):
            if line.is_separator:
                middle, side = (top + bottom) // 2, self._px(8)
                ends = (side, middle, self.width - 1 - side, middle)
                pencil.line(ends, fill=self._theme.separator)
            else:
                self._draw_line(pencil, line, (top, bottom), line.number == highlighted)
        return picture

    def _draw_line(
        self, pencil: ImageDraw.ImageDraw, line: Line, place: tuple[int, int], highlighted: bool
    ) -> None:
        top, bottom = place
        middle = (top + bottom) // 2
        ink = self._theme.text if line.enabled else self._theme.greyed
        if highlighted and line.enabled:
            ink = self._theme.highlight_text
            bar = (self._edge, top, self.width - 1 - self._edge, bottom - 1)
            pencil.rectangle(bar, fill=self._theme.highlight)
        # by the font, not the letters, so all rows have the same baseline
        pencil.text((self._margin, middle), line.label, fill=ink, font=self._font, anchor="lm")
        if line.mark:
            self._draw_mark(pencil, line, middle, ink)
        if line.has_submenu:
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


def theme_for(panel: Image.Image) -> Theme:
    """Return the theme that suits a panel. `panel`: a part of it, without too much of icons."""
    lights = sorted(panel.convert("L").tobytes())
    return DARK if lights[len(lights) // 2] < _DARKEST_LIGHT else LIGHT


def place(width: int, height: int, icon: Area, room: Area) -> tuple[int, int]:
    """Return the corner of a menu of that size: below the icon, or above it if there is no room."""
    x, y = icon[0], icon[1] + icon[3]
    if y + height > room[1] + room[3]:
        y = icon[1] - height
    return inside(width, height, (x, y), room)


def inside(width: int, height: int, corner: tuple[int, int], room: Area) -> tuple[int, int]:
    """Return the nearest corner at which all of it is within `room`."""
    left, top, wide, high = room
    return _within(corner[0], width, left, wide), _within(corner[1], height, top, high)


def beside(width: int, parent: Area, y: int, room: Area) -> tuple[int, int]:
    """Return the corner of a submenu: to the right if there is room, else to the left."""
    left, _, wide, _ = room
    x = parent[0] + parent[2] - 2
    if x + width > left + wide:
        x = parent[0] - width + 2
    return x, y


def room_at(at: tuple[int, int], monitors: Iterable[Area], screen: Area) -> Area:
    """Return the monitor with that point; the whole screen if none has it."""
    x, y = at
    for area in monitors:
        left, top, wide, high = area
        if left <= x < left + wide and top <= y < top + high:
            return area
    return screen


def _within(start: int, length: int, low: int, room: int) -> int:
    """Return the nearest start at which it fits; what is too long is cut at the end."""
    return max(min(start, low + room - length), low)
