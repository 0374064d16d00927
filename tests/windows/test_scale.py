"""The icon at the scales that Windows offers: each pixel as it was drawn."""

from __future__ import annotations

import pytest
from PIL import ImageChops

from tests.e2e.screen import Screen, box_of_colour
from tests.windows.machine import Windows
from tests.windows.tray import GREEN, PICTURES, Tray
from tray_app.desktop.icon_art import draw
from tray_app.model.signs import Colour, Shape


@pytest.mark.parametrize(("percent", "size"), [(100, 16), (125, 20), (150, 24), (200, 32)])
def test_the_icon_is_as_sharp_as_it_was_drawn(
    windows: Windows, screen: Screen, percent: int, size: int
) -> None:
    with windows.scaled(percent):
        program = windows.with_program("-m", "tests.windows.example_icon")
        with Tray(program, screen, "sizes") as example:
            seen = example.icon()
            screen.save(PICTURES / f"windows-scale-{percent}.png")
            drawn = draw(Shape.CHECK, Colour.GREEN, size)
            within = box_of_colour(drawn.convert("RGB"), GREEN)
            assert within is not None
            left, top = seen[0] - within[0], seen[1] - within[1]
            shown = screen.picture().crop((left, top, left + size, top + size))
            opaque = drawn.getchannel("A").point(lambda alpha: 255 if alpha == 255 else 0)
            differing = ImageChops.difference(shown, drawn.convert("RGB")).convert("L")
            worst = ImageChops.multiply(differing, opaque).histogram()
            assert sum(worst[3:]) == 0
            example.click_row(screen.open_menu(seen), "Pepper")
            assert example.ended(15) == 0
    assert example.output.split()[:4] == ["aware", "2", "size", str(size)]


def test_another_scale_or_resolution_has_the_icon_drawn_anew(
    windows: Windows, screen: Screen
) -> None:
    program = windows.with_program("-m", "tests.windows.example_icon")
    with Tray(program, screen, "grows") as example:
        example.icon()
        example.ask("change-scale")
        example.click_row(screen.open_menu(example.icon()), "Pepper")
        assert example.ended(15) == 0
    sizes = [int(word) for word in example.output.split() if word.isdigit()][1:]
    assert sizes == [16, 32, 64]
