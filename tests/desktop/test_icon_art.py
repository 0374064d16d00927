"""The icons differ at the smallest size, without colour, and on any panel."""

from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageStat

from tray_app.desktop.icon_art import FILL, draw
from tray_app.desktop.tray.pixmaps import SIZES
from tray_app.model.signs import Colour, Shape

USED = {
    Shape.CHECK: Colour.GREEN,
    Shape.BANG: Colour.AMBER,
    Shape.CROSS: Colour.RED,
    Shape.QUERY: Colour.AMBER,
}
PAIRS = list(combinations(Shape, 2))
LIGHT, DARK = (245, 245, 245), (36, 36, 40)

# RGB as people without green or red cones see it, near enough: Machado, Oliveira, Fernandes 2009
DEUTERANOPIA = (0.367, 0.861, -0.228, 0.280, 0.673, 0.047, -0.012, 0.043, 0.969)
PROTANOPIA = (0.152, 1.053, -0.205, 0.115, 0.786, 0.099, -0.004, -0.048, 1.052)


def on_panel(shape: Shape, size: int, panel: tuple[int, int, int]) -> Image.Image:
    """The icon as it is used, on a panel of that colour."""
    icon = draw(shape, USED[shape], size)
    picture = Image.new("RGB", icon.size, panel)
    picture.paste(icon, mask=icon)
    return picture


def distance(first: Image.Image, second: Image.Image) -> float:
    """How different two pictures are on average, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", Shape)
def test_size_and_mode(shape: Shape, size: int) -> None:
    """Square, RGBA, clear in the corners, something in the middle, and made once."""
    icon = draw(shape, USED[shape], size)
    assert (icon.size, icon.mode) == ((size, size), "RGBA")
    assert draw(shape, USED[shape], size) is icon
    alpha = icon.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((size // 2, size // 2)) == 255


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("colour", Colour)
def test_fill_is_there_exactly(shape: Shape, colour: Colour, size: int) -> None:
    """Enough pixels of exactly the documented colour to be found on a screen."""
    icon = draw(shape, colour, size)
    counts = {seen: count for count, seen in icon.getcolors(size * size) or []}
    assert counts[(*FILL[colour], 255)] >= size * size * 0.08


@pytest.mark.parametrize("panel", [LIGHT, DARK])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_shapes_differ_in_greyscale_at_16(
    first: Shape, second: Shape, panel: tuple[int, int, int]
) -> None:
    """Without any colour, at the smallest size, every pair differs by a lot."""
    pictures = (on_panel(shape, 16, panel).convert("L") for shape in (first, second))
    assert distance(*pictures) > 20


@pytest.mark.parametrize("panel", [LIGHT, DARK])
@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA], ids=["deuteranopia", "protanopia"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_shapes_differ_for_colour_blind_eyes_at_16(
    first: Shape,
    second: Shape,
    matrix: tuple[float, ...],
    panel: tuple[int, int, int],
) -> None:
    """Eyes that do not see red and green apart still see every pair differ."""
    rows = tuple(value for n in range(0, 9, 3) for value in (*matrix[n : n + 3], 0))
    pictures = (on_panel(shape, 16, panel).convert("RGB", rows) for shape in (first, second))
    assert distance(*pictures) > 40


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_outlines_differ_at_16(first: Shape, second: Shape) -> None:
    """The bodies differ, except disc and ring, whose insides differ instead."""
    one, two = (draw(shape, Colour.AMBER, 16) for shape in (first, second))
    if {first, second} == {Shape.CHECK, Shape.QUERY}:
        assert distance(one.convert("L"), two.convert("L")) > 20
    else:
        assert distance(one.getchannel("A"), two.getchannel("A")) > 2


@pytest.mark.parametrize("panel", [LIGHT, DARK])
@pytest.mark.parametrize("shape", Shape)
def test_readable_on_light_and_dark(shape: Shape, panel: tuple[int, int, int]) -> None:
    """Part of the icon stands out from the panel with a contrast of at least 3 to 1 (WCAG)."""
    picture = on_panel(shape, 22, panel)
    colours = picture.getcolors(22 * 22) or []
    readable = sum(count for count, colour in colours if contrast(colour, panel) >= 3)
    assert readable > 22 * 22 * 0.1


def contrast(first: object, second: tuple[int, int, int]) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    assert isinstance(first, tuple)
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [
        v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in colour[:3]
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
