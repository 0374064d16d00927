"""A click on the headline or on Details… opens the page in the browser."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.desktop.clicked import Clicked
from tests.desktop.test_icon import Panel
from tests.pages.reading import Reader, words
from tests.policy.judging import judge
from tests.policy.samples import but
from tests.profile import Profile
from tests.sign_in.test_start_page import open_page
from tray_app import bootstrap
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.details import DetailsPage
from tray_app.desktop.icon import ProfileIcon
from tray_app.desktop.profiles_icon import ProfilesIcon
from tray_app.loopback.server import LoopbackServer, PortDenied
from tray_app.model.snapshot import Snapshot


class Opened:
    """A browser that notes the addresses."""

    def __init__(self) -> None:
        self.addresses: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, address: str, _failed: Callable[[], None]) -> None:
        self.addresses.put(address)

    def next(self) -> str:
        return self.addresses.get(timeout=60)


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def page(profile: Profile, opened: Opened) -> Iterator[DetailsPage]:
    setup = bootstrap.ProfileContext(profile.config_path, profile.folders)
    made = DetailsPage({"acme": setup, "globex": setup}, opened)
    yield made
    made.close()


def shown(address: str) -> Reader:
    return Reader(open_page(address).partition(b"\r\n\r\n")[2].decode())


def test_the_page_shows_the_state_at_that_moment(page: DetailsPage, opened: Opened) -> None:
    """Before the first check, that there is none; each opening has a key of its own."""
    page.open()
    first = opened.next()
    assert "Checking the token" in words(shown(first).first("main"))
    page.update("acme", Snapshot(judge(but())))
    page.open()
    second = opened.next()
    assert second != first
    assert second.rpartition("/")[0] == first.rpartition("/")[0]
    assert "Token works until" in words(shown(second).first("main"))


def test_a_profile_opens_at_its_own_page(page: DetailsPage, opened: Opened) -> None:
    page.open("acme")
    address = opened.next()
    assert address.endswith("?profile=acme")


def test_nothing_is_opened_once_the_program_ends(page: DetailsPage, opened: Opened) -> None:
    page.close()
    page._open("")
    assert opened.addresses.empty()
    page.close()


def test_if_nothing_can_listen_the_log_says_why(
    page: DetailsPage,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> int:
        raise PortDenied(0, "Too many open files")

    monkeypatch.setattr(LoopbackServer, "open", fail)
    page._open("")
    assert "the details cannot be shown" in caplog.text
    assert opened.addresses.empty()


def test_headline_and_row_of_the_menu_open_it(tmp_path: Path) -> None:
    asked: list[str] = []
    places = ProfileLocations(
        tmp_path / "config", lambda: tmp_path, tmp_path / "log", partial(asked.append, "details")
    )
    tray = ProfileIcon(Panel, Clicked(), places)
    tray.show("", Snapshot(judge(but())))
    panel = tray.icon
    assert isinstance(panel, Panel)
    headline = next(iter(panel.rows()))
    assert headline.startswith("Token works until")
    panel.click(headline)
    panel.click("Details…")
    assert asked == ["details", "details"]


def test_with_several_profiles_the_line_about_all_opens_it(tmp_path: Path) -> None:
    asked: list[str] = []
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    profiles = {name: (Clicked(), places) for name in ("acme", "globex")}
    tray = ProfilesIcon(Panel, profiles, open_details=partial(asked.append, "all"))
    panel = tray.icon
    assert isinstance(panel, Panel)
    panel.click("Checking 2 profiles")
    panel.click("Details…")
    assert asked == ["all", "all"]


def test_check_all_now_checks_all(tmp_path: Path) -> None:
    """It raised an error, and checked none."""
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    handles = {name: Clicked() for name in ("acme", "globex")}
    tray = ProfilesIcon(Panel, {name: (handle, places) for name, handle in handles.items()})
    panel = tray.icon
    assert isinstance(panel, Panel)
    panel.below("Options")["Check all now"](panel)
    assert [handle.asked for handle in handles.values()] == [["check with others"]] * 2


@pytest.mark.process
def test_nothing_of_the_page_is_loaded_before_a_click() -> None:
    """It would delay the icon, and stay in memory. Coverage, which loads html, is left out."""
    script = (
        "import sys, tray_app.desktop.app, tray_app.desktop.icon, tray_app.desktop.profiles_icon;"
        "print([name for name in sys.modules if name.startswith(('tray_app.pages', 'html'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={name: text for name, text in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"
