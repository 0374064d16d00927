"""The program on each desktop, to be looked at: icon and menu, green, red, and of several profiles.

`make panels` writes the pictures into `test-results/panels/`. pytest does not collect this file by
itself: the desktops are several gigabytes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.desktops import DESKTOPS, desktop
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.test_many_profiles import customers
from tests.e2e.test_many_profiles import program as program_for_all
from tests.profile import Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

FOLDER = Path(__file__).parents[2] / "test-results/panels"
SHADE = 24
"""How much a panel may dim the icon's colour (GNOME)."""
APPEARS = 60.0
SETTLING = 6.0
"""Seconds until a desktop has shown all that it shows at its start."""


@pytest.fixture(params=DESKTOPS)
def name(request: pytest.FixtureRequest) -> str:
    """The desktops, one after the other."""
    found: str = request.param
    return found


@pytest.fixture
def session(name: str) -> Iterator[Session]:
    with desktop(name) as made:
        time.sleep(SETTLING)
        yield made


@pytest.fixture
def screen(session: Session) -> Screen:
    return Screen(session.environ)


def icon(screen: Screen, colour: Colour) -> Box:
    """Where the icon is; its picture may be dimmed."""
    found: Box = screen.until(
        lambda: screen.find_colour(FILL[colour], SHADE), f"a {colour} icon", APPEARS
    )
    return found


def look(screen: Screen, name: str, colour: Colour) -> None:
    """Save icon and menu, and the submenu of options; every row must be on the screen."""
    place = icon(screen, colour)
    time.sleep(1)
    screen.save(FOLDER / f"{name}-icon.png")
    menu = screen.open_menu(place, timeout=15)
    screen.save(FOLDER / f"{name}-menu.png")
    words = [word for word, _ in screen.read(menu)]
    assert "Quit" in words, words
    screen.click_word("Options", menu)
    time.sleep(2)
    screen.save(FOLDER / f"{name}-options.png")
    close_menus(screen)


def left_click(screen: Screen, name: str, opened: Path) -> str:
    """What a left click does: "menu", or "page" if the details are opened in the browser."""
    place = icon(screen, Colour.GREEN)
    done = "nothing"
    screen.click(300, 400)  # sway's first click only ends the grab of the last menu
    with suppress(AssertionError):
        menu = screen.open_menu(place, timeout=5, button=1)
        done = "menu" if "Quit" in [word for word, _ in screen.read(menu)] else done
    screen.save(FOLDER / f"{name}-left-click.png")
    close_menus(screen)
    return "page" if opened.exists() else done


def close_menus(screen: Screen) -> None:
    for _ in range(3):
        screen.key("Escape")
    screen.move(300, 400)
    time.sleep(1)


def quiet(config: dict[str, Any]) -> None:
    """No notice over the menu."""
    config["tray"]["quietHours"] = "00:00-23:59"


def test_one_profile(
    name: str, session: Session, screen: Screen, profile: Profile, webex: Sandbox
) -> None:
    profile.write_config(quiet)
    opened, browser = session.root / "opened", session.root / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >"{opened}"\n')
    browser.chmod(0o755)
    command = [sys.executable, "-m", "tray_app", "--config", str(profile.config_path)]
    command += ["--api-base", webex.api_base]
    environ = session.environ | {"BROWSER": str(browser)}
    with Program(command, environ):
        look(screen, f"{name}-green", Colour.GREEN)
        done = left_click(screen, name, opened)
    screen.wait_colour_gone(FILL[Colour.GREEN])
    webex.revoke_all()
    with Program(command, environ):
        look(screen, f"{name}-red", Colour.RED)
    (FOLDER / f"{name}-left-click.txt").write_text(f"{done}\n")
    assert done in {"menu", "page"}


def test_several_profiles(
    name: str, session: Session, screen: Screen, webex: Sandbox, tmp_path: Path
) -> None:
    names = [f"customer-{town}" for town in ("aalborg", "bergen", "cadiz", "dijon", "espoo")]
    names += ["customer-with-a-very-long-name-of-north", "faro", "gdansk"]
    made = customers(tmp_path, webex, session, names)
    for each in names[:6]:
        dead = made[each]
        dead.refresh_token = None
        dead.write_config(quiet)
        dead.write_env("dead-token")
    for each in names[6:]:
        made[each].write_config(quiet)
    with Program(program_for_all(webex), session.environ):
        icon(screen, Colour.RED)
        time.sleep(SETTLING)
        look(screen, f"{name}-several", Colour.RED)
