"""A private screen, looked at and clicked on like a person does: by colour and by reading.

X tells nobody when a picture is finished, so this is the one place where tests look again and
again; each look is a whole screenshot, and a short pause follows it.
"""

import io
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageChops, ImageGrab

from tests.e2e.programs import require

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]
Seen = TypeVar("Seen")
PAUSE = 0.05
SETTLED = 0.12
"""Two pictures that far apart and equal: nothing moves any more."""
ONE_BLOCK, SCATTERED = 6, 11
"""How words lie in a box, in tesseract's numbers: in lines from side to side, or anywhere."""
READING_SCALE = 3
"""Panel fonts are too small for tesseract as they are."""


class Screen:
    """The screen whose `DISPLAY` is in that environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        require("xdotool", "tesseract")
        self._environ = dict(environ)
        self._display = environ["DISPLAY"]
        # What was read last: tesseract takes a fifth of a second of a core.
        self._last: tuple[Box, Image.Image] | None = None
        self._words: list[tuple[str, Box]] = []

    def picture(self) -> Image.Image:
        """What is on the screen now."""
        return ImageGrab.grab(xdisplay=self._display).convert("RGB")

    def save(self, path: Path) -> None:
        """Writes what is on the screen now, for a person to look at."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.picture().save(path)

    def still_picture(self, timeout: float = 60) -> Image.Image:
        """What is on the screen once nothing moves any more."""
        before = self.picture()

        def still() -> Image.Image | None:
            nonlocal before
            time.sleep(SETTLED)
            now = self.picture()
            moved = ImageChops.difference(before, now).getbbox()
            before = now
            return None if moved else now

        return self.until(still, "the screen to hold still", timeout)

    def find_colour(self, colour: Colour, tolerance: int = 6, pixels: int = 20) -> Box | None:
        """The box around all that is of that colour, if there are so many pixels of it."""
        return box_of_colour(self.picture(), colour, tolerance, pixels)

    def wait_colour(self, colour: Colour, timeout: float = 60) -> Box:
        """The box around that colour, once it is there and nothing moves any more."""
        self.until(lambda: self.find_colour(colour), f"colour {colour}", timeout)
        self.still_picture()
        return self.until(lambda: self.find_colour(colour), f"colour {colour}", timeout)

    def wait_colour_gone(self, colour: Colour, timeout: float = 60, tolerance: int = 6) -> None:
        """Returns when nothing is of that colour."""
        self.until(lambda: self.find_colour(colour, tolerance) is None, f"{colour} to go", timeout)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Moves the mouse there and clicks; 3 is the right button."""
        self._xdotool("mousemove", x, y, "click", button)

    def move(self, x: int, y: int) -> None:
        """Moves the mouse there."""
        self._xdotool("mousemove", x, y)

    def wait_dark(self, box: Box, timeout: float = 60) -> None:
        """Returns when there is nothing in that box but the bare screen."""
        self.until(lambda: self.picture().crop(box).getbbox() is None, "nothing there", timeout)

    def key(self, name: str) -> None:
        """Presses and releases that key, under the name that X has for it."""
        self._xdotool("key", name)

    def open_menu(self, on: Box, timeout: float = 60, button: int = 3) -> Box:
        """Clicks the middle of that box; the box of the menu that came up."""
        x, y = (on[0] + on[2]) // 2, (on[1] + on[3]) // 2
        self.move(x, y)
        before = self.still_picture()
        self.click(x, y, button)

        def menu() -> Box | None:
            box = ImageChops.difference(before, self.picture()).getbbox()
            return box if box and box[2] - box[0] > 40 and box[3] - box[1] > 40 else None

        self.until(menu, "a menu after the click", timeout)
        self.still_picture()
        return self.until(menu, "the menu to stay", timeout)

    def read(self, box: Box, layout: int = ONE_BLOCK) -> list[tuple[str, Box]]:
        """The words in that box, and where they stand on the screen."""
        part = self.picture().crop(box).convert("L")
        if (box, part) == self._last:
            return self._words
        size = (part.width * READING_SCALE, part.height * READING_SCALE)
        encoded = io.BytesIO()
        part.resize(size, Image.Resampling.LANCZOS).save(encoded, "png")
        done = subprocess.run(
            ["tesseract", "-", "-", "--psm", str(layout), "tsv"],
            input=encoded.getvalue(),
            env={**self._environ, "OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()[1:]]
        self._last = box, part
        self._words = [
            (row[11].strip(), _placed(row, box))
            for row in rows
            if len(row) == 12 and row[11].strip()
        ]
        return self._words

    def wait_word(self, word: str, box: Box, timeout: float = 60) -> None:
        """Returns when that word can be read in that box."""

        def seen() -> bool:
            return word in [text for text, _ in self.read(box)]

        self.until(seen, f"the word {word!r}", timeout)

    def click_word(self, word: str, box: Box) -> None:
        """Clicks that word of the menu in that box. LookupError if it cannot be read there."""
        words = self.read(box)
        place = next((place for text, place in words if text == word), None)
        if place is None:
            raise LookupError(f"no {word!r} among {[text for text, _ in words]}")
        x, y = (place[0] + place[2]) // 2, (place[1] + place[3]) // 2
        self.move(x, y)
        self.still_picture()  # the row lights up; a click before that is lost
        self.click(x, y)

    def until(self, look: Callable[[], Seen | None], what: str, timeout: float) -> Seen:
        """What `look` returns, once that is true."""
        end = time.monotonic() + timeout
        while not (seen := look()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {timeout} s for {what}")
            time.sleep(PAUSE)
        return seen

    def _xdotool(self, *words: str | int) -> None:
        command = ["xdotool", *map(str, words)]
        subprocess.run(command, env=self._environ, check=True, timeout=60)


def box_of_colour(
    picture: Image.Image, colour: Colour, tolerance: int = 6, pixels: int = 20
) -> Box | None:
    """The box around all that is of that colour, if there are so many pixels of it."""
    mask = _of_colour(picture, colour, tolerance)
    return mask.getbbox() if mask.histogram()[255] >= pixels else None


def _of_colour(picture: Image.Image, colour: Colour, tolerance: int) -> Image.Image:
    """White where the picture is of that colour, black elsewhere."""
    mask = Image.new("L", picture.size, 255)
    for band, value in zip(picture.split(), colour, strict=True):
        near = [255 if abs(level - value) <= tolerance else 0 for level in range(256)]
        mask = ImageChops.multiply(mask, band.point(near))
    return mask


def _placed(row: list[str], box: Box) -> Box:
    left, top, width, height = (int(number) // READING_SCALE for number in row[6:10])
    x, y = box[0] + left, box[1] + top
    return x, y, x + width, y + height
