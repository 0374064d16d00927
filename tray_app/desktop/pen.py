"""Draws smooth shapes with Pillow, whose own edges are jagged.

A shape is a mask, drawn many times too large and averaged down at the end, so that each pixel is
as opaque as the shape covers it.
"""

from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

Point = tuple[float, float]
GRID = 16
FINER = 8


class Pen:
    """Makes masks of one size. Coordinates are on a grid of 16 by 16, whatever the size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._large = size * FINER
        self._unit = self._large / GRID

    def line(self, points: Sequence[Point], width: float) -> Image.Image:
        """A line with round ends and joints; a dot, if there is one point."""
        mask = self._empty()
        pencil, radius = ImageDraw.Draw(mask), width * self._unit / 2
        spots = [(x * self._unit, y * self._unit) for x, y in points]
        for (x1, y1), (x2, y2) in pairwise(spots):
            pencil.polygon(_bar(x1, y1, x2, y2, radius), fill=255)
        for x, y in spots:
            pencil.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=255)
        return mask

    def around(self, core: Sequence[Point], distance: float) -> Image.Image:
        """All that lies inside that polygon or within that distance of it."""
        mask = self.line([*core, core[0]], 2 * distance)
        if len(core) > 2:
            corners = [(x * self._unit, y * self._unit) for x, y in core]
            ImageDraw.Draw(mask).polygon(corners, fill=255)
        return mask

    def union(self, *masks: Image.Image) -> Image.Image:
        """What any of them covers."""
        whole = self._empty()
        for mask in masks:
            whole = ImageChops.lighter(whole, mask)
        return whole

    def paint(self, *layers: tuple[Image.Image, tuple[int, int, int]]) -> Image.Image:
        """The masks in their colours, the first lowest, on nothing; it must cover the others."""
        lowest, colour = layers[0]
        picture = Image.new("RGB", lowest.size, colour)
        for mask, paint in layers[1:]:
            picture.paste(paint, mask=mask)
        picture = picture.resize((self._size, self._size), Image.Resampling.BOX)
        picture.putalpha(lowest.resize((self._size, self._size), Image.Resampling.BOX))
        return picture

    def _empty(self) -> Image.Image:
        return Image.new("L", (self._large, self._large), 0)


def _bar(x1: float, y1: float, x2: float, y2: float, radius: float) -> list[Point]:
    """The rectangle that far to both sides of a line."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
    dx, dy = (y2 - y1) / length * radius, (x1 - x2) / length * radius
    return [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
