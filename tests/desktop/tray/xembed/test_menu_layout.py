"""The drawn menu: where its rows are, where it goes, and which row a click is for."""

from unittest.mock import MagicMock

import pytest
from PIL import Image
from pystray import Menu, MenuItem

from tests.desktop.example_menu import Example
from tray_app.desktop.tray.menu_tree import MenuTree
from tray_app.desktop.tray.xembed import menu_window
from tray_app.desktop.tray.xembed.canvas import Area
from tray_app.desktop.tray.xembed.display import scale_in
from tray_app.desktop.tray.xembed.menu_layout import (
    DARK,
    LIGHT,
    RGB,
    Line,
    MenuPicture,
    Theme,
    beside,
    inside,
    line_of,
    place,
    room_at,
    theme_for,
)
from tray_app.desktop.tray.xembed.menu_window import MenuWindow, PlacedMenu

pytestmark = pytest.mark.process  # the first one asks fontconfig for the font

ROOM = (0, 0, 1000, 600)


def test_lines_show_what_the_menu_says() -> None:
    """Labels with their underscores, marks, states, separators and submenus."""
    tree, example = MenuTree(), Example(label="a_b__c", paused=True)
    tree.update(example.menu())
    refresh, paused, is_separator, mode, never = map(line_of, tree.rows())
    assert refresh.label == "a_b__c"
    assert (paused.mark, paused.marked) == ("checkmark", True)
    assert is_separator.is_separator
    assert not is_separator.takes_clicks
    assert mode.has_submenu
    assert not never.takes_clicks
    first, second, _ = map(line_of, tree.rows(mode.number))
    assert (first.mark, first.marked, second.marked) == ("radio", True, False)


def test_every_height_belongs_to_one_line() -> None:
    """No gap between rows that would swallow a click; nothing beyond the edges."""
    menu = MenuPicture([Line(1, "one"), Line(2, is_separator=True), Line(3, "three")])
    found = [line.number if (line := menu.line_at(y)) else 0 for y in range(menu.height)]
    assert [number for number in found if number] == sorted(number for number in found if number)
    assert set(found) == {0, 1, 2, 3}
    inner = found[found.index(1) : len(found) - found[::-1].index(3)]
    assert 0 not in inner
    assert menu.top_of(3) == found.index(3)
    assert menu.top_of(4) is None


def test_a_menu_is_as_wide_as_its_text_and_as_large_as_the_desktop_wants() -> None:
    """A long label widens it, a large desktop enlarges it, a small screen limits it."""
    short, long = MenuPicture([Line(1, "word")]), MenuPicture([Line(1, "many words " * 9)])
    assert short.width < long.width
    double = MenuPicture([Line(1, "many words " * 9)], scale=2)
    assert double.height == 2 * long.height
    assert 1.8 * long.width < double.width < 2.2 * long.width
    assert MenuPicture([Line(1, "many words " * 90)], widest=800).width == 800


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        pair
        for theme in (LIGHT, DARK)
        for pair in (
            (theme.text, theme.background),
            (theme.greyed, theme.background),
            (theme.highlight_text, theme.highlight),
        )
    ],
    ids=str,
)
def test_text_can_be_read(ink: RGB, paper: RGB) -> None:
    """A contrast of 4.5 to 1 is what WCAG asks of text; so may greyed rows have."""

    def light(colour: RGB) -> float:
        parts = [value / 255 for value in colour]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((light(ink), light(paper)))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_line_under_the_pointer_is_highlighted_unless_disabled(theme: Theme) -> None:
    """By looking at the picture."""
    menu = MenuPicture([Line(1, "one"), Line(2, "two", enabled=False)], theme=theme)
    lit = menu.draw(1)
    assert lit.getpixel((6, (menu.top_of(1) or 0) + 2)) == theme.highlight
    assert lit.getpixel((6, (menu.top_of(2) or 0) + 2)) == theme.background
    unlit = menu.draw(2)
    assert unlit.getpixel((6, (menu.top_of(2) or 0) + 2)) == theme.background


@pytest.mark.parametrize(
    ("panel", "icon", "theme"),
    [
        ((32, 40, 48), (32, 160, 76), DARK),
        ((0, 0, 0), (255, 255, 255), DARK),
        ((240, 240, 240), (200, 0, 0), LIGHT),
        ((255, 255, 255), (0, 0, 0), LIGHT),
    ],
)
def test_the_menu_is_dark_on_a_dark_panel(panel: RGB, icon: RGB, theme: Theme) -> None:
    """Whatever icons are beside ours."""
    seen = Image.new("RGB", (48, 1), panel)
    seen.paste(icon, (0, 0, 20, 1))
    assert theme_for(seen) is theme


@pytest.mark.parametrize(
    ("icon", "corner"),
    [
        ((100, 0, 24, 24), (100, 24)),  # a panel at the top: below
        ((100, 576, 24, 24), (100, 376)),  # at the bottom: above
        ((970, 576, 24, 24), (700, 376)),  # in the corner: not beyond the right edge
    ],
)
def test_menu_goes_beside_the_icon(icon: Area, corner: tuple[int, int]) -> None:
    """It covers neither the icon nor what is off the screen."""
    assert place(300, 200, icon, ROOM) == corner


def test_menu_that_is_too_large_begins_on_the_screen() -> None:
    """Its end sticks out, not its beginning."""
    assert inside(2000, 900, (50, 50), ROOM) == (0, 0)


def test_submenu_goes_left_if_there_is_no_room() -> None:
    """Else it would cover its own parent."""
    assert beside(100, (200, 0, 300, 90), 40, ROOM) == (498, 40)
    assert beside(100, (700, 0, 300, 90), 40, ROOM) == (602, 40)


def test_menu_stays_on_the_monitor_of_the_icon() -> None:
    """Two side by side; a point on none of them gets the whole screen."""
    left, right = (0, 0, 500, 600), (500, 0, 500, 600)
    assert room_at((499, 10), [left, right], ROOM) == left
    assert room_at((500, 10), [left, right], ROOM) == right
    assert room_at((500, 10), [], ROOM) == ROOM


@pytest.mark.parametrize(
    ("resources", "wanted"),
    [
        ("", 1),
        ("Xft.dpi:\t192\n", 2),
        ("Xcursor.size:\t24\nXft.dpi:\t144.0\n", 1.5),
        ("Xft.dpi:\t0\n", 0.75),
        ("Xft.dpi:\tmany\n", 1),
    ],
)
def test_scale_is_what_the_desktop_says(resources: str, wanted: float) -> None:
    """And never so small or large that nothing can be read."""
    assert scale_in(resources) == wanted


def test_click_right_after_rows_moved_means_what_was_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The user aimed at the old place; a moment later the new one counts."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    before, after = (
        MenuPicture([Line(1, "one"), Line(2, "two")]),
        MenuPicture([Line(3), Line(1), Line(2)]),
    )
    window = MenuWindow(MagicMock(), 0, PlacedMenu(before, 10, 20))
    y = 20 + (before.top_of(1) or 0) + 3
    assert window.target(15, y) == 1
    window.show(PlacedMenu(after, 10, 20))
    assert window.target(15, y) == 1
    now[0] += menu_window.REACTION_SECONDS
    assert window.target(15, y) == 3
    assert window.target(5, y) is None


def test_new_label_moves_nothing() -> None:
    """Then a click counts where it is made, at once."""
    window = MenuWindow(MagicMock(), 0, PlacedMenu(MenuPicture([Line(1, "one")]), 0, 0))
    window.show(PlacedMenu(MenuPicture([Line(1, "a longer one"), Line(2, "two")]), 0, 0))
    assert window.target(5, (window.placed.picture.top_of(2) or 0) + 3) == 2


def test_rows_of_a_stale_number_are_none() -> None:
    """A submenu that has gone is closed, not an error."""
    tree = MenuTree()
    tree.update(Menu(MenuItem("More", Menu(MenuItem("Row", None)))))
    (more,) = tree.rows()
    assert len(tree.rows(more.id)) == 1
    tree.update(Menu(MenuItem("Other", None)))
    assert tree.rows(more.id) == ()
