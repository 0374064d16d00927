"""Draws the icon: a shape for what is wrong, a colour for how bad it is.

Every shape has its own outline (disc, triangle, octagon, ring) and its own sign, so you can tell
them apart without colour. The disc has a key, which says whose icon it is. A thin dark rim keeps
the outline visible on a light panel, the fill on a dark one. A margin all around gives it the size
of its neighbours on a panel. No fonts are used.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, pi, sin, tau

from PIL import Image, ImageChops, ImageDraw

from tray_app.model.signs import Colour, Shape

RGB = tuple[int, int, int]

FILL: dict[Colour, RGB] = {
    Colour.GREEN: (32, 160, 76),
    Colour.AMBER: (255, 176, 0),
    Colour.RED: (210, 26, 38),
}
"""The exact colour of the body or the ring; tests look for it on a screen."""

RIM: dict[Colour, RGB] = {
    Colour.GREEN: (4, 66, 28),
    Colour.AMBER: (96, 58, 0),
    Colour.RED: (92, 0, 12),
}
DARK: dict[Colour, RGB] = {
    Colour.GREEN: (2, 40, 18),
    Colour.AMBER: (44, 28, 2),
    Colour.RED: (52, 0, 8),
}
SIGN: dict[Colour, RGB] = {
    Colour.GREEN: (255, 255, 255),
    Colour.AMBER: (34, 20, 0),
    Colour.RED: (255, 255, 255),
}
RING = 1.8
"""The width of a hollow figure's edge."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of the sign; a single point is a dot."""

    points: tuple[Point, ...]
    width: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One icon on a grid of 16 by 16, which is the smallest size in pixels."""

    core: tuple[Point, ...]
    """The body is everything within `round` of this polygon."""
    round: float
    sign: tuple[Stroke, ...]
    hollow: bool = False
    """A ring instead of a body, dark inside, with the sign in the ring's colour.

    Dark, not transparent: an amber sign would be unreadable on a light panel.
    """


def _arc(centre: Point, radius: float, start: float, end: float) -> tuple[Point, ...]:
    """Return points on a circle; angles in turns, clockwise from three o'clock."""
    angles = [tau * (start + (end - start) * step / 32) for step in range(33)]
    return tuple((centre[0] + radius * cos(a), centre[1] + radius * sin(a)) for a in angles)


def _octagon(radius: float) -> tuple[Point, ...]:
    angles = [pi / 8 + pi / 4 * corner for corner in range(8)]
    return tuple((8 + radius * cos(a), 8 + radius * sin(a)) for a in angles)


FIGURES: dict[Shape, Figure] = {
    Shape.CHECK: Figure(
        core=((8, 8),),
        round=7.75,
        sign=(
            Stroke(_arc((6.6, 5.8), 1.95, 0, 1), 1.75),
            Stroke(((8, 7.2), (11.9, 11.1)), 1.85),
            Stroke(((10.3, 9.5), (9, 10.9)), 1.45),
            Stroke(((11.9, 11.1), (10.4, 12.6)), 1.45),
        ),
    ),
    Shape.BANG: Figure(
        core=((8, 2.5), (14, 13.5), (2, 13.5)),
        round=1.75,
        sign=(Stroke(((8, 6), (8, 9)), 2), Stroke(((8, 12),), 2)),
    ),
    Shape.CROSS: Figure(
        core=_octagon(7.3),
        round=1,
        sign=(Stroke(((5.5, 5.5), (10.5, 10.5)), 2), Stroke(((5.5, 10.5), (10.5, 5.5)), 2)),
    ),
    Shape.QUERY: Figure(
        core=((8, 8),),
        round=7.75,
        sign=(
            Stroke((*_arc((8, 6.3), 2.1, 0.48, 1.1), (8, 8.9), (8, 9.2)), 1.7),
            Stroke(((8, 11.8),), 1.9),
        ),
        hollow=True,
    ),
}


@cache
def draw(shape: Shape, colour: Colour, size: int) -> Image.Image:
    """Return the icon, `size` pixels square, RGBA. It is shared: do not change it."""
    figure, canvas = FIGURES[shape], Canvas(size)
    rim = 0.35 + 6 / size  # in grid units: at least half a pixel, never heavy
    body = canvas.around(figure.core, figure.round)
    inside = canvas.around(figure.core, figure.round - rim)
    sign = canvas.union(*(canvas.line(s.points, s.width) for s in figure.sign))
    layers = [(body, RIM[colour]), (inside, FILL[colour])]
    if figure.hollow:
        hole = canvas.around(figure.core, figure.round - rim - RING)
        layers += [(hole, DARK[colour]), (sign, FILL[colour])]
    else:
        layers += [(sign, SIGN[colour])]
    return canvas.paint(*layers)


def as_ico(pictures: Sequence[Image.Image]) -> bytes:
    """Return a Windows icon file of these pictures, the largest last."""
    written = io.BytesIO()
    sizes = [picture.size for picture in pictures]
    pictures[-1].save(written, format="ICO", sizes=sizes, append_images=pictures[:-1])
    return written.getvalue()


Point = tuple[float, float]
GRID = 16
OVERSAMPLING = 8


class Canvas:
    """Makes masks of one size, with coordinates on a grid of 16 by 16 that lies within a margin."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._large = size * OVERSAMPLING
        body = 2 * round(size * 0.42)  # 14 of 16, 18 of 22, 20 of 24: what panels' own icons fill
        self._unit = body * OVERSAMPLING / GRID
        self._margin = (size - body) * OVERSAMPLING / 2

    def line(self, points: Sequence[Point], width: float) -> Image.Image:
        """Return a line with round ends and joints; a dot if there is one point."""
        mask = self._empty()
        pencil, radius = ImageDraw.Draw(mask), width * self._unit / 2
        spots = self._spots(points)
        for (x1, y1), (x2, y2) in pairwise(spots):
            pencil.polygon(_bar(x1, y1, x2, y2, radius), fill=255)
        for x, y in spots:
            pencil.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=255)
        return mask

    def around(self, core: Sequence[Point], distance: float) -> Image.Image:
        """Return everything inside this polygon or within that distance of it."""
        mask = self.line([*core, core[0]], 2 * distance)
        if len(core) > 2:
            ImageDraw.Draw(mask).polygon(self._spots(core), fill=255)
        return mask

    def union(self, *masks: Image.Image) -> Image.Image:
        """Return what any of the masks covers."""
        whole = self._empty()
        for mask in masks:
            whole = ImageChops.lighter(whole, mask)
        return whole

    def paint(self, *layers: tuple[Image.Image, tuple[int, int, int]]) -> Image.Image:
        """Return the masks in their colours, the first at the bottom; it must cover all others."""
        lowest, colour = layers[0]
        picture = Image.new("RGB", lowest.size, colour)
        for mask, paint in layers[1:]:
            picture.paste(paint, mask=mask)
        picture = picture.resize((self._size, self._size), Image.Resampling.BOX)
        picture.putalpha(lowest.resize((self._size, self._size), Image.Resampling.BOX))
        return picture

    def _spots(self, points: Sequence[Point]) -> list[Point]:
        """Return the points in pixels of the mask."""
        margin, unit = self._margin, self._unit
        return [(margin + x * unit, margin + y * unit) for x, y in points]

    def _empty(self) -> Image.Image:
        return Image.new("L", (self._large, self._large), 0)


def _bar(x1: float, y1: float, x2: float, y2: float, radius: float) -> list[Point]:
    """Return the rectangle that extends by `radius` to both sides of a line."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    dx, dy = (y2 - y1) / length * radius, (x1 - x2) / length * radius
    return [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
