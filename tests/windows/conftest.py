"""These tests need Wine and some minutes: they run if `WINDOWS` is set, as `make windows` does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.profile import Profile
from tests.windows.machine import Windows, session
from tests.windows.tray import without_notices
from tray_app.sandbox.server import Sandbox

if not os.environ.get("WINDOWS"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session", name="machine")
def _machine() -> Iterator[Windows]:
    """The session, with the folders of its user."""
    with session() as windows:
        yield windows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where config and `.env` lie: in a path that code page 1252 cannot write."""
    place = tmp_path / "日本 bots"
    place.mkdir()
    return place


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def windows(machine: Windows, tmp_path: Path, webex: Sandbox) -> Windows:
    """The session, with folders of this test's own and the sandbox as Webex."""
    return machine.with_home(tmp_path / "home").with_environ(WEBEX_API_BASE=webex.api_base)


@pytest.fixture
def screen(machine: Windows) -> Screen:
    return Screen(machine.environ)


@pytest.fixture
def profile(folder: Path, webex: Sandbox) -> Profile:
    """A profile with a pair that works."""
    made = Profile(folder, webex)
    pair = webex.issue_service_pair()
    made.write_config(without_notices)
    made.write_env(pair.access, pair.refresh)
    return made
