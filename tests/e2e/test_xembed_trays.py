"""Real trays that know only XEmbed, with a real mouse: the icon is seen, its menu is clicked."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session, private_bus, strays, unlocked_keyring
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.xembed_tray import XembedTray
from tray_app.desktop.icon_art import FILL
from tray_app.desktop.tray.xembed.menu_layout import DARK, LIGHT
from tray_app.model.signs import Colour

pytestmark = pytest.mark.desktop

GREEN, RED = FILL[Colour.GREEN], FILL[Colour.RED]
EXAMPLE = [sys.executable, "-W", "error", "-m", "tests.e2e.example_icon", "xembed"]
EITHER = [*EXAMPLE[:-1], "either"]
PANEL, OTHER = (0x20, 0x28, 0x30), (80, 40, 120)
"""The colours of tint2's panel: in its settings, and as it is painted later."""
RESULTS = Path(__file__).parents[2] / "test-results"


@pytest.fixture(params=["tint2", "trayer"])
def tray(request: pytest.FixtureRequest) -> XembedTray:
    """Each of the trays in turn, not started yet."""
    made = request.getfixturevalue(f"{request.param}_session")
    assert isinstance(made, XembedTray)
    return made


def place_of(word: str, menu: Box, screen: Screen) -> tuple[int, int]:
    """The middle of that word."""
    box = next(box for text, box in screen.read(menu) if text == word)
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


def test_icon_and_menu(
    x_session: Session, x_screen: Screen, tray: XembedTray, request: pytest.FixtureRequest
) -> None:
    """Green by colour, right click, a row by reading, red by colour, Quit: gone."""
    tray.start()
    with Program(EXAMPLE, x_session.environ) as example:
        menu = x_screen.open_menu(x_screen.wait_colour(GREEN))
        x_screen.save(RESULTS / f"{request.node.name}.png")
        assert "Friday" in [word for word, _ in x_screen.read(menu)]
        x_screen.click_word("Redden", menu)
        example.expect("clicked Redden")
        red = x_screen.wait_colour(RED)
        assert x_screen.find_colour(DARK.background, 0) is None  # the menu has closed
        x_screen.click_word("Quit", x_screen.open_menu(red))
        example.expect("ended")
        assert example.wait() == 0
        x_screen.wait_colour_gone(RED)
        assert "Traceback" not in "\n".join(example.lines)


def test_icon_returns_with_a_tray_that_was_killed(
    x_session: Session, x_screen: Screen, tray: XembedTray
) -> None:
    """Twice, as the first time might be luck; the menu works in the new one."""
    tray.start()
    with Program(EXAMPLE, x_session.environ) as example:
        for _ in range(2):
            x_screen.wait_colour(GREEN)
            tray.kill()
            x_screen.wait_colour_gone(GREEN)  # and no stray window on the screen
            tray.start()
        x_screen.click_word("Redden", x_screen.open_menu(x_screen.wait_colour(GREEN)))
        example.expect("clicked Redden")
        x_screen.wait_colour(RED)


def test_icon_survives_new_settings_of_tint2(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray
) -> None:
    """tint2 reads its file again, and takes its icons up anew."""
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ) as example:
        x_screen.wait_colour(GREEN)
        tint2_session.set("background_color", f"#{bytes(OTHER).hex()} 100")
        tint2_session.reload()
        x_screen.wait_colour(OTHER)
        x_screen.click_word("Redden", x_screen.open_menu(x_screen.wait_colour(GREEN)))
        example.expect("clicked Redden")
        x_screen.wait_colour(RED)


def test_icon_is_see_through_where_the_tray_is(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray
) -> None:
    """A tray that mixes the picture itself asks for a window with an alpha channel."""
    tint2_session.set("systray_icon_asb", "99 0 0")
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ):
        left, top, right, bottom = x_screen.wait_colour(GREEN)
        around = x_screen.picture().getpixel((left - 1, top - 1))
        assert around == PANEL  # the corner of the window, outside of the disc
        assert right - left > 15 < bottom - top


def test_late_tray_shows_the_icon(x_session: Session, x_screen: Screen, tray: XembedTray) -> None:
    """The program starts first: the icon appears when the tray does."""
    with Program(EXAMPLE, x_session.environ) as example:
        example.expect("up")
        tray.start()
        x_screen.click_word("Redden", x_screen.open_menu(x_screen.wait_colour(GREEN)))
        example.expect("clicked Redden")


def test_label_changes_in_the_open_menu(
    x_session: Session, x_screen: Screen, tray: XembedTray
) -> None:
    """It is seen to change, and the click still counts."""
    tray.start()
    with Program(EXAMPLE, x_session.environ) as example:
        menu = x_screen.open_menu(x_screen.wait_colour(GREEN))
        example.signal(signal.SIGUSR1)
        x_screen.wait_word("Monday", menu)
        x_screen.click_word("Redden", menu)
        example.expect("clicked Redden")


def test_new_row_leaves_the_row_under_the_pointer_where_it_is(
    x_session: Session, x_screen: Screen, tray: XembedTray
) -> None:
    """A person about to click Quit does not click Redden because of a row that came."""
    tray.start()
    with Program(EXAMPLE, x_session.environ) as example:
        left, top, right, bottom = x_screen.open_menu(x_screen.wait_colour(GREEN))
        above = (left, top - 30, right, bottom)  # where a new row makes the menu grow to
        x, y = place_of("Redden", (left, top, right, bottom), x_screen)
        neighbour = place_of("Quit", (left, top, right, bottom), x_screen)
        x_screen.move(x, y)
        x_screen.still_picture()
        example.signal(signal.SIGUSR2)
        x_screen.wait_word("Added", above)
        seen = place_of("Quit", above, x_screen)
        assert abs(seen[0] - neighbour[0]) < 4 > abs(seen[1] - neighbour[1])
        x_screen.click(x, y)
        example.expect("clicked Redden")


@pytest.mark.parametrize("way", ["Escape", "elsewhere"])
def test_menu_closes_without_a_choice(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray, way: str
) -> None:
    """Escape or a click elsewhere closes it; nothing is chosen, and it opens again."""
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ) as example:
        icon = x_screen.wait_colour(GREEN)
        x_screen.open_menu(icon)
        if way == "Escape":
            x_screen.key("Escape")
        else:
            x_screen.click(200, 200)
        x_screen.wait_colour_gone(DARK.background, tolerance=0)
        x_screen.click_word("Quit", x_screen.open_menu(icon))
        example.expect("clicked Quit")
        assert not [line for line in example.lines if "Redden" in line]


def test_keyboard_chooses(x_session: Session, x_screen: Screen, tint2_session: XembedTray) -> None:
    """Up goes to the last row that can be chosen, and Down from there to the first."""
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ) as example:
        x_screen.open_menu(x_screen.wait_colour(GREEN))
        for name in ("Up", "Down", "Return"):
            x_screen.key(name)
        example.expect("clicked Redden")


def test_left_click_opens_the_menu(x_session: Session, x_screen: Screen, tray: XembedTray) -> None:
    """As a right click does, though there is a default row."""
    tray.start()
    with Program(EXAMPLE, x_session.environ) as example:
        left, top, right, bottom = x_screen.wait_colour(GREEN)
        x_screen.click((left + right) // 2, (top + bottom) // 2)
        whole = (0, 0, *x_screen.picture().size)
        x_screen.wait_word("Redden", whole)
        x_screen.click_word("Redden", whole)
        example.expect("clicked Redden")


def test_the_menu_is_light_on_a_light_panel(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray
) -> None:
    tint2_session.set("background_color", "#e8e8e8 100")
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ):
        x_screen.open_menu(x_screen.wait_colour(GREEN))
        assert x_screen.find_colour(LIGHT.background, 0) is not None
        assert x_screen.find_colour(DARK.background, 0) is None


def test_death_of_the_x_server_ends_run(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray
) -> None:
    """The person logs out: run() returns by itself, and one can tell that from quitting."""
    tint2_session.start()
    with Program(EXAMPLE, x_session.environ) as example:
        x_screen.wait_colour(GREEN)
        servers = [pid for pid, name in strays(x_session.root).items() if name == "Xvfb"]
        os.kill(servers[0], signal.SIGKILL)
        example.expect("connection lost")
        assert example.wait() == 0
        assert "Traceback" not in "\n".join(example.lines)


def test_icon_that_waits_on_both_appears_in_a_late_tray(
    x_session: Session, x_screen: Screen, tray: XembedTray
) -> None:
    """At login, with a session bus, which kind of panel comes is not known yet."""
    with private_bus(x_session), Program(EITHER, x_session.environ) as example:
        example.expect("up")
        tray.start()
        x_screen.click_word("Redden", x_screen.open_menu(x_screen.wait_colour(GREEN)))
        example.expect("clicked Redden")
        x_screen.click_word("Quit", x_screen.open_menu(x_screen.wait_colour(RED)))
        example.expect("ended")
        assert example.wait() == 0
        x_screen.wait_colour_gone(RED)


def test_icon_that_waits_on_both_is_shown_once(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray
) -> None:
    """A panel on the bus comes: the icon moves there, and back when the panel goes."""
    tint2_session.start()
    with private_bus(x_session), Program(EITHER, x_session.environ) as example:
        x_screen.wait_colour(GREEN)
        with PanelHost(x_session.address) as panel:
            x_screen.wait_colour_gone(GREEN)
            panel.wait_item().click("Redden")
            example.expect("clicked Redden")
            panel.detach()
            x_screen.wait_colour(RED)


def test_the_program_finds_the_tray(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray, command: list[str]
) -> None:
    """No panel on the bus, but a tray on the screen: the program is there, whole."""
    tint2_session.start()
    with (
        private_bus(x_session),
        unlocked_keyring(x_session),
        Program(command, x_session.environ) as program,
    ):
        menu = x_screen.open_menu(x_screen.wait_colour(GREEN))
        x_screen.save(RESULTS / "tint2-green-menu.png")
        x_screen.click_word("Quit", menu)
        assert program.wait() == 0
        x_screen.wait_colour_gone(GREEN)


def test_the_end_of_the_session_quits_it(
    x_session: Session, x_screen: Screen, tint2_session: XembedTray, command: list[str]
) -> None:
    """SIGHUP, as a terminal sends it that is closed: the loop of this icon hears it, too."""
    tint2_session.start()
    with (
        private_bus(x_session),
        unlocked_keyring(x_session),
        Program(command, x_session.environ) as program,
    ):
        x_screen.wait_colour(GREEN)
        program.signal(signal.SIGHUP)
        assert program.wait() == 0
        x_screen.wait_colour_gone(GREEN)
