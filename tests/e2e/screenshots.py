"""The screenshots of the documents, taken from the program as it is.

`.venv/bin/pytest tests/e2e/screenshots.py` writes them into `assets/screenshots/`; look at each
before you commit it. pytest does not collect this file by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from PIL import Image

from tests.consent import free_redirect, use_redirect
from tests.e2e.browser import default_browser
from tests.e2e.devtools import chromium
from tests.e2e.private_session import Session, xfce_notices
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.test_data_source_extended_with_the_mouse import open_amber_menu, whole
from tests.e2e.test_details_in_chromium import write as write_page
from tests.e2e.test_many_profiles import customers
from tests.e2e.test_many_profiles import program as program_for_all
from tests.e2e.test_repaired_with_the_mouse import check_now, click_row
from tests.e2e.test_signed_in_with_the_mouse import ALLOW
from tests.pages.samples import FINE
from tests.profile import Profile, full_profile
from tests.sources import register, register_ago
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.recording import Kind, Request
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

FOLDER = Path(__file__).parents[2] / "assets/screenshots"
GREEN, RED = FILL[Colour.GREEN], FILL[Colour.RED]
PANEL = 34
"""The height of the panel, at the top of the screen."""
MARGIN = 6
WINDOW: Box = (20, PANEL, 780, 597)
"""Where Chromium opens its window."""
TOWNS = (
    *("Aalborg", "Bergen", "Cadiz", "Dijon", "Espoo", "Faro", "Gdansk", "Haarlem", "Imola", "Jena"),
    *("Kaunas", "Linz", "Malmo", "Narva", "Oviedo", "Porto", "Rimini", "Siena", "Tartu", "Udine"),
    *("Varna", "Wels", "Xanten", "Ystad", "Zadar"),
)


def save(screen: Screen, name: str, box: Box) -> None:
    """Write that part of the screen, and the panel above it."""
    write(part(screen, box), name)


def part(screen: Screen, box: Box, margin: int = MARGIN) -> Image.Image:
    picture = screen.still_picture()
    left, _, right, bottom = box
    return picture.crop(
        (
            max(0, left - margin),
            0,
            min(right + margin, picture.width),
            min(bottom + margin, picture.height),
        )
    )


def side_by_side(first: Image.Image, second: Image.Image, *, gap: int) -> Image.Image:
    height = max(first.height, second.height)
    both = Image.new("RGB", (first.width + gap + second.width, height), "white")
    both.paste(first, (0, 0))
    both.paste(second, (first.width + gap, 0))
    return both


def write(picture: Image.Image, name: str) -> None:
    few = picture.quantize(192, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


def menu_of(screen: Screen) -> Box:
    """The open menu with its submenus: all that is white below the panel."""
    picture = screen.still_picture().convert("L").point(lambda value: 255 if value > 250 else 0)
    found = picture.crop((0, PANEL, *picture.size)).getbbox()
    assert found is not None, "no menu is open"
    left, top, right, bottom = found
    return left, top + PANEL, right, bottom + PANEL


def save_menu(screen: Screen, name: str) -> None:
    save(screen, name, menu_of(screen))


def test_menus(xfce_session: Session, xfce: Screen, command: list[str], webex: Sandbox) -> None:
    with Program(command, xfce_session.environ):
        click_row(xfce, xfce.open_menu(xfce.wait_colour(GREEN)), "Refresh")
        webex.wait_for_request(lambda seen: seen.kind is Kind.SERVICE_REFRESH)
        menu = xfce.open_menu(xfce.wait_colour(GREEN))
        xfce.wait_word("until", whole(xfce))
        green = part(xfce, menu_of(xfce), margin=0)
        webex.revoke_all()
        check_now(xfce, menu)
        xfce.open_menu(xfce.wait_colour(RED))
        red = part(xfce, menu_of(xfce), margin=0)
    write(side_by_side(green, red, gap=40), "menus")


def test_details(tmp_path: Path) -> None:
    """Of a made-up profile: a real one has no 90 days yet."""
    with chromium(tmp_path) as running, running.person() as browser:
        browser.look()
        browser.open(write_page(tmp_path / "page.html", FINE))
        browser.picture(tmp_path / "page.png")
        end = browser.run(
            "document.querySelectorAll('section')[1].getBoundingClientRect().bottom + scrollY"
        )
    with Image.open(tmp_path / "page.png") as whole_page:
        upper = whole_page.convert("RGB").crop((0, 0, whole_page.width, round(end) + 2 * MARGIN))
    size = (860, 860 * upper.height // upper.width)
    write(upper.resize(size, Image.Resampling.LANCZOS), "details")


def test_data_sources_menu(
    xfce_session: Session, xfce: Screen, command: list[str], webex: Sandbox
) -> None:
    register(webex, "calls")
    register_ago(webex, timedelta(minutes=15))
    with Program(command, xfce_session.environ):
        open_amber_menu(xfce, webex)
        xfce.click_word("sources", whole(xfce))
        xfce.still_picture()
        left, top, right, bottom = next(
            box for word, box in xfce.read(whole(xfce)) if word.endswith("orders:")
        )
        xfce.click((left + right) // 2, (top + bottom) // 2)
        save_menu(xfce, "data-sources-menu")


def test_notice(xfce_session: Session, xfce: Screen, profile: Profile, webex: Sandbox) -> None:
    def poll_often(config: dict[str, Any]) -> None:
        config["tray"]["pollSeconds"] = 0.1

    profile.write_config(poll_often)
    webex.revoke_all()
    quick = [sys.executable, "-W", "error", "-m", "tests.e2e.quick_tray"]
    corner = (560, 40, 1024, 260)
    with (
        xfce_notices(xfce_session),
        Program([*quick, str(profile.config_path), webex.api_base], xfce_session.environ),
    ):
        xfce.wait_word("Snooze", corner)
        xfce.move(300, 400)
        save(xfce, "notice", (560, 40, 1024, 210))


@pytest.fixture
def profile(webex: Sandbox) -> Iterator[Profile]:
    """One in a folder with a short name, which the pictures show."""
    with TemporaryDirectory(prefix="bot-") as folder:
        yield full_profile(Path(folder), webex)


def test_sign_in(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    use_redirect(profile, free_redirect(webex))
    webex.revoke_all()
    with default_browser(xfce_session) as environ, Program(command, environ):
        xfce.click_word("Sign", xfce.open_menu(xfce.wait_colour(RED)))
        left, top, right, bottom = xfce.wait_colour(ALLOW, timeout=30)
        consent = xfce.still_picture().crop(WINDOW)
        xfce.click((left + right) // 2, (top + bottom) // 2)
        xfce.wait_colour(GREEN)
        received = xfce.still_picture().crop(WINDOW)
    both = side_by_side(consent, received, gap=4 * MARGIN)
    size = (930, 930 * both.height // both.width)
    write(both.resize(size, Image.Resampling.LANCZOS), "sign-in")


def test_many_profiles(xfce_session: Session, xfce: Screen, webex: Sandbox, tmp_path: Path) -> None:
    names = [f"{town} {kind}" for town in TOWNS for kind in ("Bank", "Clinic")]
    made = customers(tmp_path, webex, xfce_session, names)
    for name in ("Gdansk Bank", "Siena Clinic"):
        dead = made[name]
        dead.refresh_token = None
        dead.write_config()
        dead.write_env("dead-token")
    with Program(program_for_all(webex), xfce_session.environ):
        wait_for_checks(webex, len(names) + 2)  # the dead tokens are asked about twice
        made["Jena Bank"].config_path.write_text("{", encoding="utf-8")
        time.sleep(20)  # an edit is noticed within 15 seconds
        xfce.open_menu(xfce.wait_colour(RED))
        xfce.click_word("well", whole(xfce))
        xfce.still_picture()
        box = next(box for word, box in xfce.read(whole(xfce)) if word == "Faro")
        xfce.click(box[0], (box[1] + box[3]) // 2)
        save_menu(xfce, "many-profiles")


def wait_for_checks(webex: Sandbox, number: int) -> None:
    """Return when so many checks were answered."""

    def are_done(_: Request) -> bool:
        checks = (each for each in webex.requests if each.kind is Kind.DATA_SOURCES)
        return sum(each.status is not None for each in checks) >= number

    webex.wait_for_request(are_done, timedelta(minutes=3))
