"""Fixtures: a private desktop, with or without a screen, and a profile of a sandbox on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.e2e.devtools import Browser, Chromium, chromium
from tests.e2e.fixtures import (
    bus,
    keyring_session,
    panel,
    session,
    tint2_session,
    trayer_session,
    x_screen,
    x_session,
    xfce,
    xfce_notices,
    xfce_session,
)
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox

__all__ = [
    "bus",
    "keyring_session",
    "panel",
    "session",
    "tint2_session",
    "trayer_session",
    "x_screen",
    "x_session",
    "xfce",
    "xfce_notices",
    "xfce_session",
]


@pytest.fixture(scope="session")
def running_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def browser(running_browser: Browser) -> Iterator[Chromium]:
    """The person's browser."""
    with running_browser.person() as tab:
        yield tab


@pytest.fixture
def another_browser(running_browser: Browser) -> Iterator[Chromium]:
    """Another one of the same person."""
    with running_browser.person() as tab:
        yield tab


@pytest.fixture
def command(profile: Profile, webex: Sandbox) -> list[str]:
    """The program on that profile; a verb may follow."""
    program = [sys.executable, "-W", "error", "-m", "tray_app"]
    return [*program, "--config", str(profile.config_path), "--api-base", webex.api_base]
