"""Images as a StatusNotifier panel takes them: ARGB bytes, one per size."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Pillow is loaded once there is something to draw
    from PIL import Image

Drawing = Callable[[int], "Image.Image"]
"""Returns the square picture of that width in pixels. If it has a method `stored`, that returns
those that need not be drawn, as RGBA bytes by size."""

Pixmap = tuple[int, int, bytes]

SIZES = (16, 22, 24, 32, 44, 48, 64, 96)
"""The sizes that panels use; a panel takes the nearest, so it need not scale."""


def resampled(image: "Image.Image") -> Drawing:
    """Return a drawing that scales one image. A real drawing is sharper at small sizes."""
    from PIL import Image

    return lambda size: image.resize((size, size), Image.Resampling.LANCZOS)


def pixmaps(draw: Drawing) -> list[Pixmap]:
    """Return the drawing at every size as `a(iiay)`: 32-bit ARGB in network byte order."""
    stored: Mapping[int, bytes] = getattr(draw, "stored", dict)()
    return [
        (size, size, _argb(stored.get(size) or draw(size).convert("RGBA").tobytes()))
        for size in SIZES
    ]


def _argb(rgba: bytes) -> bytes:
    pixels = bytearray(len(rgba))
    for place, source in enumerate((3, 0, 1, 2)):
        pixels[place::4] = rgba[source::4]
    return bytes(pixels)
