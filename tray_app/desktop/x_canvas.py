"""Pictures of Pillow onto X windows."""

from PIL import Image
from Xlib import X
from Xlib.error import XError
from Xlib.xobject.drawable import Window
from Xlib.xobject.fontable import GC

STRIPE_BYTES = 200_000
"""The X server takes requests of up to 256 kB."""


def put(window: Window, gc: GC, picture: Image.Image) -> None:
    """Shows an RGB picture in a window of 24 bits, or an RGBA one in a window of 32."""
    width, height = picture.size
    if picture.mode == "RGBA":
        depth, data = 32, picture.convert("RGBa").tobytes("raw", "BGRa")
    else:
        depth, data = 24, picture.tobytes("raw", "BGRX")
    rows = max(STRIPE_BYTES // (4 * width), 1)
    for top in range(0, height, rows):
        stripe = data[4 * width * top : 4 * width * (top + rows)]
        count = min(rows, height - top)
        window.put_image(gc, 0, top, width, count, X.ZPixmap, depth, 0, stripe)


def backdrop(window: Window, width: int, height: int) -> Image.Image | None:
    """What a window of 24 bits shows where nothing is drawn; None if it cannot be seen now."""
    window.clear_area()
    try:
        seen = window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
    except XError:
        return None
    return Image.frombytes("RGB", (width, height), seen.data, "raw", "BGRX")
