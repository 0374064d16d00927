"""What assets/ has of the program itself is what it draws and writes today."""

import io
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from tests.desktop.render_assets import (
    ASSETS,
    ENTRY,
    PICTURES,
    SCALABLE,
    entry,
    icons,
    scalable,
)
from tray_app.desktop import icon_art
from tray_app.desktop.icon_art import draw
from tray_app.desktop.picture import Picture
from tray_app.desktop.tray.pixmaps import SIZES, pixmaps
from tray_app.model.signs import Colour, Shape
from tray_app.policy.health import _COLOURS, _SHAPES

DRAWN = icons()
PARTS = ("icons", "pixmaps", "share")


def pixels(raw: bytes) -> tuple[tuple[int, int], bytes]:
    """What a picture shows, however it is packed."""
    with Image.open(io.BytesIO(raw)) as picture:
        return picture.size, picture.convert("RGBA").tobytes()


@pytest.mark.parametrize("path", DRAWN, ids=Path.as_posix)
def test_each_rendered_icon_is_the_drawing_of_today(path: Path) -> None:
    """In the README, in the folders of the icon theme, and for panels."""
    assert pixels((ASSETS / path).read_bytes()) == pixels(DRAWN[path])


def test_there_is_no_other_icon() -> None:
    """One that is drawn no more would stay for ever."""
    there = {path.relative_to(ASSETS) for part in PARTS for path in png_below(part)}
    assert there == set(DRAWN)


def png_below(part: str) -> list[Path]:
    return list((ASSETS / part).rglob("*.png"))


def test_the_menu_entry_is_the_one_of_today() -> None:
    """What `launcher on` writes, with the script's bare name in it."""
    assert (ASSETS / ENTRY).read_bytes() == entry()


def test_the_scalable_icon_is_the_drawing_of_today() -> None:
    """Which desktops take where they need another size."""
    assert (ASSETS / SCALABLE).read_bytes() == scalable()


@pytest.mark.parametrize(("colour", "shape"), PICTURES)
def test_what_is_read_from_a_strip_is_what_would_be_drawn(colour: Colour, shape: Shape) -> None:
    """Without Pillow, at every size that a panel uses."""
    stored = Picture(shape, colour).stored()
    assert stored == {size: draw(shape, colour, size).tobytes() for size in SIZES}


def test_whatever_health_shows_is_stored_and_needs_no_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pillow would stay in memory until the program ends."""
    shown = {
        (_COLOURS.get(row, Colour.AMBER), _SHAPES.get(row, Shape.BANG)) for row in range(1, 12)
    }
    drawn = {(colour, shape): pixmaps(partial(draw, shape, colour)) for colour, shape in shown}
    monkeypatch.setattr(icon_art, "draw", None)
    for (colour, shape), expected in drawn.items():
        assert pixmaps(Picture(shape, colour)) == expected
        assert len(Picture(shape, colour).rgba(64)) == 64 * 64 * 4


def test_what_is_not_stored_is_drawn() -> None:
    assert Picture(Shape.QUERY, Colour.RED).stored() == {}
    drawn = draw(Shape.QUERY, Colour.RED, 64).tobytes()
    assert Picture(Shape.QUERY, Colour.RED).rgba(64) == drawn
    assert (
        Picture(Shape.CHECK, Colour.GREEN).rgba(17) == draw(Shape.CHECK, Colour.GREEN, 17).tobytes()
    )
