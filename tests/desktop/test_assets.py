"""What assets/ has of the program itself is what it draws and writes today."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.desktop.render_assets import ASSETS, ENTRY, entry, icons

DRAWN = icons()


def pixels(raw: bytes) -> tuple[tuple[int, int], bytes]:
    """What a picture shows, however it is packed."""
    with Image.open(io.BytesIO(raw)) as picture:
        return picture.size, picture.convert("RGBA").tobytes()


@pytest.mark.parametrize("path", DRAWN, ids=Path.as_posix)
def test_each_rendered_icon_is_the_drawing_of_today(path: Path) -> None:
    """In the README, and in the folders of the icon theme."""
    assert pixels((ASSETS / path).read_bytes()) == pixels(DRAWN[path])


def test_there_is_no_other_icon() -> None:
    """One that is drawn no more would stay for ever."""
    there = {path.relative_to(ASSETS) for part in ("icons", "share") for path in png_below(part)}
    assert there == set(DRAWN)


def png_below(part: str) -> list[Path]:
    return list((ASSETS / part).rglob("*.png"))


def test_the_menu_entry_is_the_one_of_today() -> None:
    """What `launcher on` writes, with the script's bare name in it."""
    assert (ASSETS / ENTRY).read_bytes() == entry()
