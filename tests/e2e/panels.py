"""The program on each desktop, to be looked at: icon, menu and notices; one profile and several.

`make panels` writes the pictures into `test-results/panels/`. pytest does not collect this file by
itself: the desktops are several gigabytes.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.consent import browse, free_redirect
from tests.e2e.desktops import DESKTOPS, desktop
from tests.e2e.fixtures import watched
from tests.e2e.private_session import Session
from tests.e2e.program import ROOT, Program
from tests.e2e.screen import SCATTERED, Box, Screen
from tests.e2e.test_many_profiles import customers
from tests.e2e.test_many_profiles import program as program_for_all
from tests.e2e.test_notices_with_the_mouse import a_browser
from tests.profile import Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

FOLDER = ROOT / "test-results/panels"
SHADE = 24
"""How much a panel may dim the icon's colour (GNOME)."""
APPEARS = 120.0
"""Seconds: on a busy machine, GNOME takes half a minute to show a new icon."""
SETTLING = 6.0
"""Seconds until a desktop has shown all that it shows at its start."""
KEPT_SHORT = 12.0
"""Seconds after which MATE takes a notice away that need not stay."""
ASIDE = (300, 400)
WIDE = 40
"""Pixels: wider and higher than an icon, narrower than a menu."""


@pytest.fixture(params=DESKTOPS)
def name(request: pytest.FixtureRequest) -> str:
    """The desktops, one after the other."""
    found: str = request.param
    return found


@pytest.fixture
def session(name: str) -> Iterator[Session]:
    with desktop(name) as made:
        yield made


@pytest.fixture
def screen(session: Session, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A failed test leaves a picture."""
    for seen in watched(session, request):
        seen.click(*ASIDE)  # GNOME leaves its overview, and its own notice goes away
        time.sleep(SETTLING)
        seen.click(*ASIDE)
        yield seen


def icon(screen: Screen, colour: Colour) -> Box:
    """Where the icon is; its picture may be dimmed."""
    found: Box = screen.until(
        lambda: screen.find_colour(FILL[colour], SHADE), f"a {colour} icon", APPEARS
    )
    return found


def words_in_new(screen: Screen, before: Image.Image) -> list[tuple[str, Box]]:
    """The words in all that has changed since and is wider than an icon, and where they are."""
    now = screen.picture()
    changed = ImageChops.difference(before, now).convert("L").point(lambda value: 255 * bool(value))
    share = changed.resize((1, now.height), Image.Resampling.BOX)
    rows = share.point(lambda value: 255 * (value >= 255 * WIDE / now.width)).getbbox()
    if rows is None or rows[3] - rows[1] < WIDE:
        return []
    columns = changed.crop((0, rows[1], now.width, rows[3])).getbbox()
    assert columns is not None
    return screen.read((columns[0], rows[1], columns[2], rows[3]), SCATTERED)


def wait_for(screen: Screen, before: Image.Image, word: str) -> Box:
    """Where the last word is that begins so, once there is one in what has changed since."""

    def last() -> Box | None:
        found = [box for text, box in words_in_new(screen, before) if text.startswith(word)]
        return found[-1] if found else None

    try:
        screen.until(last, f"the word {word!r}", APPEARS)
    except AssertionError:
        screen.save(FOLDER / f"failed-{word}.png")
        raise
    screen.still_picture(APPEARS)
    place: Box = screen.until(last, f"the word {word!r} to stay", APPEARS)
    return place


def click(screen: Screen, place: Box) -> None:
    x, y = (place[0] + place[2]) // 2, (place[1] + place[3]) // 2
    screen.move(x, y)
    screen.still_picture()  # what is under the mouse lights up
    screen.click(x, y)


def look(screen: Screen, name: str, colour: Colour) -> None:
    """Save icon and menu, and the submenu of options; every row must be on the screen."""
    place = icon(screen, colour)
    screen.still_picture(APPEARS)
    screen.save(FOLDER / f"{name}-icon.png")
    menu = screen.open_menu(place, timeout=APPEARS)
    screen.save(FOLDER / f"{name}-menu.png")
    words = [word for word, _ in screen.read(menu)]
    assert "Quit" in words, words
    before = screen.picture()
    screen.click_word("Options", menu)
    wait_for(screen, before, "login")
    screen.save(FOLDER / f"{name}-options.png")
    close_menus(screen)


def left_click(screen: Screen, name: str, opened: Path) -> str:
    """What a left click does: "menu", or "page" if the details are opened in the browser."""
    place = icon(screen, Colour.GREEN)
    before = screen.still_picture()

    def done() -> str:
        if opened.exists():
            return "page"
        return "menu" if "Quit" in [word for word, _ in words_in_new(screen, before)] else ""

    click(screen, place)
    found: str = screen.until(done, "a menu or a page", APPEARS)
    screen.save(FOLDER / f"{name}-left-click.png")
    close_menus(screen)
    return found


def close_menus(screen: Screen) -> None:
    for _ in range(3):
        screen.key("Escape")
    screen.click(*ASIDE)  # sway's first click only ends the grab of the last menu
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
    (FOLDER / f"{name}-left-click.txt").write_text(f"{done}\n")
    screen.wait_colour_gone(FILL[Colour.GREEN], APPEARS)
    webex.revoke_all()
    with Program(command, environ):
        look(screen, f"{name}-red", Colour.RED)


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
        before = screen.still_picture()
        menu = screen.open_menu(icon(screen, Colour.RED), timeout=APPEARS)
        screen.click_word("well", menu)
        click(screen, wait_for(screen, before, "faro"))
        wait_for(screen, before, "Refresh")
        screen.save(FOLDER / f"{name}-several-deep.png")


def test_notice(
    name: str, session: Session, screen: Screen, profile: Profile, webex: Sandbox
) -> None:
    """One with buttons, which stays; and what is told in its place."""
    uri = free_redirect(webex)

    def change(config: dict[str, Any]) -> None:
        config["tray"]["pollSeconds"] = 0.1
        config["tokenManager"]["integration"]["redirectUri"] = uri

    profile.write_config(change)
    launcher = [sys.executable, "-m", "tray_app", "launcher", "on"]  # KDE shows its icon
    subprocess.run(launcher, env=session.environ, cwd=ROOT, check=True, timeout=APPEARS)
    webex.revoke_all()
    before = screen.still_picture()
    environ, next_page = a_browser(session)
    quick = [sys.executable, "-W", "error", "-m", "tests.e2e.quick_tray"]
    with Program([*quick, str(profile.config_path), webex.api_base], environ):
        wait_for(screen, before, "rejected")
        screen.save(FOLDER / f"{name}-notice.png")
        time.sleep(KEPT_SHORT)
        place = wait_for(screen, before, "in")  # its button; mako has none, but takes any click
        screen.save(FOLDER / f"{name}-notice-stays.png")
        click(screen, place)
        browse(next_page())
        wait_for(screen, before, "renewed")
        screen.save(FOLDER / f"{name}-notice-answer.png")
