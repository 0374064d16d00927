"""A real panel on a real X server, with a real mouse: the icon is seen, its menu is clicked."""

import signal
import sys

import pytest

from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Screen
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour

pytestmark = pytest.mark.desktop

EXAMPLE = [sys.executable, "-m", "tests.e2e.example_icon"]


def test_xfce_shows_the_icon_and_its_menu(xfce_session: Session, xfce: Screen) -> None:
    """Green by colour, right click, a row by reading, red by colour, Quit: gone."""
    with Program(EXAMPLE, xfce_session.environ) as example:
        green = xfce.wait_colour(FILL[Colour.GREEN])
        menu = xfce.open_menu(green)
        assert "Friday" in [word for word, _ in xfce.read(menu)]
        xfce.click_word("Redden", menu)
        example.expect("clicked Redden")
        red = xfce.wait_colour(FILL[Colour.RED])
        xfce.click_word("Quit", xfce.open_menu(red))
        example.expect("clicked Quit")
        example.expect("ended")
        assert example.wait() == 0
        xfce.wait_colour_gone(FILL[Colour.RED])


def test_xfce_click_arrives_though_the_menu_changes(xfce_session: Session, xfce: Screen) -> None:
    """A label changes while the menu is open: it is seen to change, and the click still counts."""
    with Program(EXAMPLE, xfce_session.environ) as example:
        menu = xfce.open_menu(xfce.wait_colour(FILL[Colour.GREEN]))
        example.signal(signal.SIGUSR1)
        xfce.wait_word("Monday", menu)
        xfce.click_word("Redden", menu)
        example.expect("clicked Redden")


def test_xfce_left_click_opens_the_menu(xfce_session: Session, xfce: Screen) -> None:
    """As a right click does; what is clicked in it is done."""
    with Program(EXAMPLE, xfce_session.environ) as example:
        menu = xfce.open_menu(xfce.wait_colour(FILL[Colour.GREEN]), button=1)
        xfce.click_word("Redden", menu)
        example.expect("clicked Redden")
        xfce.wait_colour(FILL[Colour.RED])
