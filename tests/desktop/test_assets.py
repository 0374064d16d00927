"""The pictures of the README are the icons that the program draws."""

from pathlib import Path

import pytest
from PIL import Image

from tray_app.core.model import Colour, Shape
from tray_app.desktop.icons import draw

ICONS = Path(__file__).parents[2] / "assets" / "icons"


@pytest.mark.parametrize(
    ("colour", "shape"),
    [
        (Colour.GREEN, Shape.CHECK),
        (Colour.AMBER, Shape.BANG),
        (Colour.AMBER, Shape.QUERY),
        (Colour.RED, Shape.CROSS),
    ],
)
def test_each_rendered_icon_is_the_drawing_of_today(colour: Colour, shape: Shape) -> None:
    with Image.open(ICONS / f"{colour}-{shape}.png") as picture:
        assert picture.convert("RGBA").tobytes() == draw(shape, colour, 32).tobytes()
