"""The icon's picture: stored at the sizes of panels, drawn at any other.

A strip in assets/pixmaps has the sizes one below the other, as PNG without filters, so that Pillow
need not be loaded to read it: drawn once, it would stay in memory for nothing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tray_app.desktop.tray.pixmaps import SIZES
from tray_app.model.signs import Colour, Shape
from tray_app.system.dirs import resource

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP_WIDTH = max(SIZES)
PIXELS_AT = 41
"""Where the packed pixels begin in the file: after its signature, IHDR and the head of IDAT."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The icon of one shape and colour."""

    shape: Shape
    colour: Colour

    def __call__(self, size: int) -> Image:
        """Draw it, `size` pixels square. Loads Pillow."""
        from tray_app.desktop import icon_art

        return icon_art.draw(self.shape, self.colour, size)

    def stored(self) -> dict[int, bytes]:
        """Return it as RGBA bytes, by size; {} if this one is not stored."""
        try:
            raw = resource(f"assets/pixmaps/{self.colour}-{self.shape}.png").read_bytes()
            pixels = zlib.decompressobj().decompress(raw[PIXELS_AT:])
        except (OSError, zlib.error):
            return {}
        found, at, stride = {}, 1, 1 + 4 * STRIP_WIDTH  # each row begins with its filter: none
        for size in SIZES:
            rows = range(at, at + size * stride, stride)
            found[size] = b"".join(pixels[row : row + 4 * size] for row in rows)
            at += size * stride
        return found

    def rgba(self, size: int) -> bytes:
        """Return it as RGBA bytes, drawn if it is not stored."""
        return self.stored().get(size) or self(size).tobytes()
