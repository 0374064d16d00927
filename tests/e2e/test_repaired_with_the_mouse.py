"""What a person does: sees the icon turn in a real panel, right-clicks it, and it is green again.

Each colour and the open menu are saved as pictures under `test-results/`, to be looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.secret_service import stored_secrets
from tests.profile import COMMENT, OTHER, Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

RESULTS = Path(__file__).parents[2] / "test-results"


def open_menu(screen: Screen, icon: Box, picture: str) -> Box:
    menu = screen.open_menu(icon)
    screen.save(RESULTS / f"{picture}.png")
    return menu


def click_row(screen: Screen, menu: Box, word: str) -> None:
    """Click a row by a word of it, and let go of the icon, so that its colour can be seen."""
    screen.click_word(word, menu)
    screen.move(300, 400)


def check_now(screen: Screen, menu: Box) -> None:
    """Click that row, in the submenu of options."""
    screen.click_word("Options", menu)
    click_row(screen, (0, 0, *screen.still_picture().size), "Check")


def test_from_green_to_red_and_back_with_the_mouse(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    first = profile.env_access()
    with Program(command, xfce_session.environ) as program:
        icon = xfce.wait_colour(FILL[Colour.GREEN])
        menu = open_menu(xfce, icon, "1-green-menu")

        webex.revoke_service_access()
        webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable(), times=None)
        check_now(xfce, menu)
        icon = xfce.wait_colour(FILL[Colour.AMBER])
        menu = open_menu(xfce, icon, "2-amber-menu")
        click_row(xfce, menu, "Refresh")
        icon = xfce.wait_colour(FILL[Colour.RED])
        menu = open_menu(xfce, icon, "3-red-menu")

        webex.faults.clear()
        click_row(xfce, menu, "Refresh")
        icon = xfce.wait_colour(FILL[Colour.GREEN])
        renewed = profile.env_access()
        assert renewed not in (None, first)
        kept = [
            json.loads(value)
            for name, value in stored_secrets(xfce_session).items()
            if name.endswith("/tokens")
        ]
        assert kept == [{"access": renewed, "refresh": profile.env_refresh()}]
        text = profile.env_path.read_text()
        assert text.startswith(COMMENT)
        assert text.endswith(OTHER)

        menu = open_menu(xfce, icon, "4-green-again-menu")
        click_row(xfce, menu, "Quit")
        assert program.wait() == 0
        xfce.wait_colour_gone(FILL[Colour.GREEN])


def test_everything_revoked_shows_red_and_the_one_next_step(
    xfce_session: Session, xfce: Screen, command: list[str], webex: Sandbox
) -> None:
    webex.revoke_all()
    with Program(command, xfce_session.environ):
        icon = xfce.wait_colour(FILL[Colour.RED])
        menu = open_menu(xfce, icon, "5-everything-revoked-menu")
        words = [word for word, _ in xfce.read(menu)]
        assert words.count("Sign") == 1
        assert "Refresh" in words


def test_unreachable_shows_the_hollow_question_mark(
    xfce_session: Session, xfce: Screen, command: list[str], webex: Sandbox
) -> None:
    webex.go_down(Fault.dropped())
    with Program(command, xfce_session.environ):
        icon = xfce.wait_colour(FILL[Colour.AMBER])
        open_menu(xfce, icon, "6-unreachable-menu")
        # The first check may end while it is open, and bring it more rows.
        xfce.wait_word("Cannot", (640, 36, 1022, 300))
