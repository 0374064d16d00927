"""A data source nears its end: the icon turns amber, its menu names it, and a click makes it green.

In a real panel that draws the menu itself, and in a tray for which we draw it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session, private_bus, unlocked_keyring
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.xembed_tray import XembedTray
from tests.profile import Profile
from tests.sources import register, register_ago
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from tray_app.sandbox.datasources import DataSource

pytestmark = pytest.mark.desktop

AMBER, GREEN = FILL[Colour.AMBER], FILL[Colour.GREEN]
RESULTS = Path(__file__).parents[2] / "test-results"


@pytest.fixture
def orders(webex: Sandbox) -> DataSource:
    """A data source with a quarter of an hour left, beside one that was just registered."""
    register(webex, "calls")
    return register_ago(webex, timedelta(minutes=15))


def is_extended(webex: Sandbox, source: DataSource) -> bool:
    found = webex.data_sources.find(source.id)
    return found is not None and found.jws != source.jws


def whole(screen: Screen) -> Box:
    return (0, 0, *screen.picture().size)


def open_amber_menu(screen: Screen, webex: Sandbox) -> None:
    """Once the first check is over: while it lasts, the icon is amber as well."""
    webex.wait_for_request(lambda request: request.status == 200, timedelta(seconds=60))
    screen.still_picture()
    screen.open_menu(screen.wait_colour(AMBER))


def open_row(screen: Screen, picture: str) -> None:
    """Open the submenu, and in it that of the data source."""
    screen.click_word("sources", whole(screen))
    screen.still_picture()
    place = next(box for word, box in screen.read(whole(screen)) if word.endswith("orders:"))
    screen.click((place[0] + place[2]) // 2, (place[1] + place[3]) // 2)
    screen.still_picture()
    screen.save(RESULTS / f"{picture}.png")


def test_the_next_step_extends_the_one_that_is_named(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    webex: Sandbox,
    orders: DataSource,
) -> None:
    """Two clicks: the icon, and the one next step."""
    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        named = "Webex token: byods.example.com/orders expires "
        panel.until(lambda: item.tooltip.startswith(named), "the amber line")
        item.click("Extend byods.example.com/orders now")
        panel.until(lambda: item.tooltip.startswith("Webex token works"), "green")
    assert is_extended(webex, orders)


def test_the_submenu_extends_it_and_ticks_it(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile, orders: DataSource
) -> None:
    """Extend now makes it green; the tick stands in the config, and is seen in the menu."""
    with Program(command, xfce_session.environ):
        open_amber_menu(xfce, profile.webex)
        open_row(xfce, "data-sources-menu")
        xfce.click_word("Extend", whole(xfce))
        xfce.move(300, 580)
        icon = xfce.wait_colour(GREEN)
        assert is_extended(profile.webex, orders)
        xfce.open_menu(icon)
        open_row(xfce, "data-sources-green-menu")
        xfce.click_word("Keep", whole(xfce))
        xfce.move(300, 580)
        xfce.open_menu(xfce.wait_colour(GREEN))
        xfce.click_word("sources", whole(xfce))
        xfce.wait_word("kept", whole(xfce))
        xfce.save(RESULTS / "data-sources-kept-menu.png")
        assert json.loads(profile.config_path.read_text())["tray"]["keepAlive"] == [orders.id]


@pytest.mark.usefixtures("tint2_running")
def test_the_submenu_extends_it_where_we_draw_the_menu(
    x_session: Session, x_screen: Screen, command: list[str], webex: Sandbox, orders: DataSource
) -> None:
    """Two submenus deep."""
    with (
        private_bus(x_session),
        unlocked_keyring(x_session),
        Program(command, x_session.environ),
    ):
        open_amber_menu(x_screen, webex)
        open_row(x_screen, "data-sources-tint2-menu")
        x_screen.click_word("Extend", whole(x_screen))
        x_screen.wait_colour(GREEN)
    assert is_extended(webex, orders)


@pytest.fixture
def tint2_running(tint2_session: XembedTray) -> None:
    """A tray that knows only XEmbed."""
    tint2_session.start()
