"""Images in the form a StatusNotifier panel takes: ARGB bytes, one per size."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Pillow is loaded once there is something to draw
    from PIL import Image

Drawing = Callable[[int], "Image.Image"]
"""Gives the square picture that many pixels wide."""

Pixmap = tuple[int, int, bytes]

SIZES = (16, 22, 24, 32, 48, 64)
"""What panels ask for; each takes the nearest, so that none has to scale."""


def resampled(image: "Image.Image") -> Drawing:
    """A drawing for when there is only one image. A real drawing is sharper at small sizes."""
    from PIL import Image

    return lambda size: image.resize((size, size), Image.Resampling.LANCZOS)


def pixmaps(draw: Drawing) -> list[Pixmap]:
    """That drawing at every size, as `a(iiay)`: 32 bits a pixel, ARGB, in network byte order."""
    return [(size, size, _argb(draw(size))) for size in SIZES]


def _argb(image: "Image.Image") -> bytes:
    from PIL import Image

    red, green, blue, alpha = image.convert("RGBA").split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
