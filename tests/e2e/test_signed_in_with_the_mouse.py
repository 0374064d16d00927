"""Two clicks, the menu's and the browser's, lead from red with everything revoked to green.

The real program in a real panel, Debian's Chromium as the person's browser, a real keyring.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from tests.consent import free_redirect, use_redirect
from tests.e2e.browser import default_browser, picture_folder
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Box, Screen
from tests.e2e.secret_service import stored_secrets
from tests.profile import COMMENT, OTHER, Profile
from tray_app.desktop.icon_art import FILL
from tray_app.model.signs import Colour
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

RED, GREEN = FILL[Colour.RED], FILL[Colour.GREEN]
ALLOW = (11, 92, 173)
"""The one blue button of the consent page."""
WINDOW: Box = (20, 120, 760, 600)
"""Where the browser shows its page."""


@pytest.fixture
def revoked(profile: Profile, webex: Sandbox) -> None:
    use_redirect(profile, free_redirect(webex))
    webex.revoke_all()


def click_step(screen: Screen, icon: Box, picture: str) -> None:
    """The first click: the next step of the red icon's menu."""
    menu = screen.open_menu(icon)
    screen.save(picture_folder() / f"{picture}.png")
    screen.click_word("Sign", menu)


@pytest.mark.usefixtures("revoked")
def test_two_clicks_lead_from_red_to_green(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    dead = profile.env_access()
    with default_browser(xfce_session) as environ, Program(command, environ):
        icon = xfce.wait_colour(RED)
        click_step(xfce, icon, "sign-in-1-red-menu")
        left, top, right, bottom = xfce.wait_colour(ALLOW, timeout=30)
        xfce.save(picture_folder() / "sign-in-2-consent.png")
        xfce.click((left + right) // 2, (top + bottom) // 2)
        xfce.wait_colour(GREEN)
        xfce.save(picture_folder() / "sign-in-3-green.png")

        renewed = profile.env_access()
        assert renewed not in (None, dead)
        secrets = stored_secrets(xfce_session)
        pair = {"access": renewed, "refresh": profile.env_refresh()}
        assert [json.loads(v) for k, v in secrets.items() if k.endswith("/tokens")] == [pair]
        fresh = [value for name, value in secrets.items() if name.endswith("/refresh")]
        assert [webex.generation(value) for value in fresh] == [2]
        assert not [name for name in secrets if "candidate" in name]
        text = profile.env_path.read_text()
        assert text.startswith(COMMENT)
        assert text.endswith(OTHER)


@pytest.mark.usefixtures("revoked")
def test_deny_by_keyboard_leaves_everything_as_it_is(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    before = profile.env_path.read_bytes()
    with default_browser(xfce_session) as environ, Program(command, environ):
        icon = xfce.wait_colour(RED)
        kept = stored_secrets(xfce_session)
        click_step(xfce, icon, "deny-1-red-menu")
        xfce.wait_colour(ALLOW, timeout=30)
        for _ in webex.people:  # by keyboard, past everybody who might allow it
            xfce.key("Tab")
        xfce.key("Tab")
        xfce.key("Return")
        xfce.wait_word("Nothing", WINDOW)
        xfce.save(picture_folder() / "deny-2-refused.png")
        assert stored_secrets(xfce_session) == kept
    assert profile.env_path.read_bytes() == before
    assert not [request for request in webex.requests if request.kind is Kind.CODE_EXCHANGE]


@pytest.mark.usefixtures("revoked")
def test_while_it_waits_the_menu_lets_it_be_cancelled(
    xfce_session: Session, xfce: Screen, command: list[str], profile: Profile
) -> None:
    redirect = json.loads(profile.config_path.read_text())["tokenManager"]["integration"][
        "redirectUri"
    ]
    port = urlsplit(redirect).port or 0
    with Program(command, xfce_session.environ | {"BROWSER": "true"}):
        icon = xfce.wait_colour(RED)
        menu = xfce.open_menu(icon)
        xfce.click_word("Sign", menu)
        xfce.move(300, 400)
        menu = xfce.open_menu(icon)
        xfce.save(picture_folder() / "sign-in-4-waiting-menu.png")
        assert "again" in [word for word, _ in xfce.read(menu)]
        with socket.create_connection(("127.0.0.1", port), timeout=10) as listener:
            xfce.click_word("Cancel", menu)
            with suppress(ConnectionResetError):
                assert listener.recv(1) == b""  # hung up
        socket.create_server(("127.0.0.1", port)).close()
        xfce.move(300, 400)
        menu = xfce.open_menu(icon)
        assert "Cancel" not in [word for word, _ in xfce.read(menu)]
