"""The font of the menu that we draw ourselves."""

import logging
import shutil
import subprocess
from functools import cache

from PIL import ImageFont

from tray_app.adapters.process import child_environment

log = logging.getLogger(__name__)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def menu_font(size: int) -> Font:
    """The person's own sans-serif, that many pixels high; Pillow's, which knows ASCII, without."""
    path, index = _chosen()
    if path:
        try:
            return ImageFont.truetype(path, size, index)
        except OSError as error:
            log.info("%s cannot be used: %s", path, error)
    return ImageFont.load_default(size)


@cache
def _chosen() -> tuple[str, int]:
    """File and index of what fontconfig, which every such tray draws with, takes for sans."""
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
