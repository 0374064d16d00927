"""Images as a StatusNotifier panel takes them: ARGB bytes, one per size."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Pillow is loaded once there is something to draw
    from PIL import Image

Drawing = Callable[[int], "Image.Image"]
"""Returns the square picture of that width in pixels."""

Pixmap = tuple[int, int, bytes]

SIZES = (16, 22, 24, 32, 44, 48, 64, 96)
"""The sizes that panels use; a panel takes the nearest, so it need not scale."""


def resampled(image: "Image.Image") -> Drawing:
    """Return a drawing that scales one image. A real drawing is sharper at small sizes."""
    from PIL import Image

    return lambda size: image.resize((size, size), Image.Resampling.LANCZOS)


def pixmaps(draw: Drawing) -> list[Pixmap]:
    """Return the drawing at every size as `a(iiay)`: 32-bit ARGB in network byte order."""
    return [(size, size, _argb(draw(size))) for size in SIZES]


def _argb(image: "Image.Image") -> bytes:
    from PIL import Image

    red, green, blue, alpha = image.convert("RGBA").split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
