"""Images at several sizes, as a StatusNotifier panel takes them (ARGB bytes), and as Windows."""

import io
from collections.abc import Callable, Sequence
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


def as_ico(draw: Drawing, sizes: Sequence[int]) -> bytes:
    """Return a Windows icon file with the drawing at each of these sizes, the largest last."""
    pictures, written = [draw(size) for size in sizes], io.BytesIO()
    pictures[-1].save(
        written,
        format="ICO",
        sizes=[(size, size) for size in sizes],
        append_images=pictures[:-1],
    )
    return written.getvalue()


def _argb(image: "Image.Image") -> bytes:
    from PIL import Image

    red, green, blue, alpha = image.convert("RGBA").split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()
