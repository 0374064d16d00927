"""Fonts and pictures for windows that we draw ourselves."""

from __future__ import annotations

import logging
import shutil
import subprocess
from functools import cache

from PIL import Image, ImageFont
from Xlib import X
from Xlib.display import Display
from Xlib.error import XError
from Xlib.xobject.drawable import Window
from Xlib.xobject.fontable import GC

from tray_app.system.hardening import child_environment

log = logging.getLogger(__name__)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Area = tuple[int, int, int, int]
"""Left, top, width, height."""


@cache
def menu_font(size: int) -> Font:
    """Return the user's sans-serif font of that height in pixels; without one, Pillow's, which has
    only ASCII."""
    path, index = _sans_file()
    if path:
        try:
            return ImageFont.truetype(path, size, index)
        except OSError as error:
            log.info("%s cannot be used: %s", path, error)
    return ImageFont.load_default(size)


@cache
def _sans_file() -> tuple[str, int]:
    """Return the file and index of fontconfig's sans font, which such trays use, too."""
    program = shutil.which("fc-match")
    if program is None:
        return "", 0
    command = [program, "--format=%{file}\n%{index}", "sans"]
    try:
        done = subprocess.run(  # noqa: S603 - no part of it comes from outside
            command, env=child_environment(), capture_output=True, text=True, check=True, timeout=5
        )
        path, index = done.stdout.split("\n")
        return path, int(index)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.info("no font from fontconfig: %s", error)
        return "", 0


STRIPE_BYTES = 200_000
"""The X server takes requests up to 256 kB."""


def put(window: Window, gc: GC, picture: Image.Image) -> None:
    """Show an RGB picture in a window of 24 bits, or an RGBA picture in one of 32."""
    width, height = picture.size
    if picture.mode == "RGBA":
        depth, data = 32, picture.convert("RGBa").tobytes("raw", "BGRa")
    else:
        depth, data = 24, picture.tobytes("raw", "BGRX")
    rows = max(STRIPE_BYTES // (4 * width), 1)
    for top in range(0, height, rows):
        stripe = data[4 * width * top : 4 * width * (top + rows)]
        count = min(rows, height - top)
        window.put_image(gc.id, 0, top, width, count, X.ZPixmap, depth, 0, stripe)


BESIDE = 12
"""Pixels of the panel beside an icon."""


def around(display: Display, icon: Area) -> Image.Image | None:
    """Return what is seen of the panel at the upper edge of an icon and beside it; None if that
    cannot be read."""
    screen = display.screen()
    left, right = max(icon[0] - BESIDE, 0), min(icon[0] + icon[2] + BESIDE, screen.width_in_pixels)
    if screen.root_depth != 24 or left >= right:
        return None
    try:
        seen = screen.root.get_image(left, max(icon[1], 0), right - left, 1, X.ZPixmap, 0xFFFFFFFF)
    except XError:
        return None
    return Image.frombytes("RGB", (right - left, 1), seen.data, "raw", "BGRX")


def backdrop(window: Window, width: int, height: int) -> Image.Image | None:
    """Return the background of a window of 24 bits; None while it is not visible."""
    window.clear_area()
    try:
        seen = window.get_image(0, 0, width, height, X.ZPixmap, 0xFFFFFFFF)
    except XError:
        return None
    return Image.frombytes("RGB", (width, height), seen.data, "raw", "BGRX")
