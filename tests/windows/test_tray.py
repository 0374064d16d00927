"""The icon in the taskbar of Wine's desktop, by mouse. Pictures of it are saved under
`test-results/`, to be looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.e2e.screen import Box, Screen
from tests.profile import Profile
from tests.windows.machine import Windows
from tests.windows.tray import GREEN, PICTURES, RED, STARTED, Tray, without_notices
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

ABOVE_THE_ICON: Box = (0, 640, 1024, 740)
"""Where Wine shows notices."""


@pytest.fixture
def tray(windows: Windows, screen: Screen, profile: Profile) -> Iterator[Tray]:
    """The program as it is started at login."""
    with Tray(windows, screen, "--config", profile.config_path, "tray") as running:
        yield running


@pytest.fixture
def quick(windows: Windows, screen: Screen, profile: Profile, webex: Sandbox) -> Iterator[Tray]:
    """The program, checking ten times a second."""

    def change(config: dict[str, Any]) -> None:
        without_notices(config)
        config["tray"]["pollSeconds"] = 0.1

    profile.write_config(change)
    program = windows.with_program("-m", "tests.e2e.quick_tray")
    with Tray(program, screen, profile.config_path, webex.api_base) as running:
        yield running


@pytest.mark.short
def test_the_icon_is_seen_and_its_menu_quits(tray: Tray) -> None:
    icon = tray.icon()
    tray.screen.save(PICTURES / "windows-1-icon.png")
    menu = tray.screen.open_menu(icon)
    tray.screen.save(PICTURES / "windows-2-menu.png")
    assert "Refresh" in [word for word, _ in tray.screen.read(menu)]
    tray.click_row(menu, "Quit")
    assert tray.ended(15) == 0


def test_refresh_brings_a_new_token_into_env_and_into_the_credential_manager(
    tray: Tray, profile: Profile
) -> None:
    """By left click, which opens the menu, too; the answer is a notice."""
    before = profile.env_access()
    menu = tray.screen.open_menu(tray.icon(), button=1)
    tray.screen.save(PICTURES / "windows-3-left-click.png")
    tray.click_row(menu, "Refresh")
    tray.screen.wait_word("renewed", ABOVE_THE_ICON, STARTED)
    tray.screen.save(PICTURES / "windows-4-notice.png")
    renewed = profile.env_access()
    assert renewed not in (None, before)
    kept = [text for text in tray.ask("credentials").values() if str(renewed) in text]
    assert list(map(json.loads, kept)) == [{"access": renewed, "refresh": profile.env_refresh()}]


@pytest.mark.short
def test_an_open_menu_outlives_three_updates_and_is_then_clicked(
    quick: Tray, webex: Sandbox
) -> None:
    """pystray's own dies at the first, and no click is answered any more."""
    menu = quick.screen.open_menu(quick.icon())
    webex.revoke_service_access()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable(), times=None)
    quick.icon(RED)
    webex.faults.clear()
    quick.icon(GREEN)
    webex.revoke_all()
    quick.icon(RED)
    quick.screen.save(PICTURES / "windows-5-open-across-updates.png")
    quick.click_row(menu, "Quit")
    assert quick.ended(15) == 0


def test_without_a_screen_it_says_so_and_ends(windows: Windows, profile: Profile) -> None:
    """A thread of pystray's waited for ever for the icon, and the process for that thread."""
    blind = windows.with_environ(DISPLAY="")
    done = blind.run("--config", profile.config_path, "tray", timeout=60)
    assert done.returncode == 70
    assert "There is no desktop here" in done.stderr


def test_ctrl_c_ends_it_within_two_seconds(tray: Tray) -> None:
    tray.icon()
    tray.interrupt()
    assert tray.ended(2) == 130


def test_a_second_start_says_so_and_shows_a_notice(
    tray: Tray, windows: Windows, profile: Profile
) -> None:
    tray.icon()
    second = windows.run("--config", profile.config_path, "tray")
    assert second.returncode == 3, second.stderr
    assert "Already running" in second.stderr
    tray.screen.wait_word("already.", ABOVE_THE_ICON, 20)
    tray.screen.save(PICTURES / "windows-6-second-start.png")


def test_the_end_of_the_session_is_not_vetoed_and_saves_what_is_on_its_way(
    tray: Tray, profile: Profile, webex: Sandbox, tmp_path: Path
) -> None:
    """The response of Webex comes after Windows has said that it ends."""
    before, gate = profile.env_access(), Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(gate))
    tray.click_row(tray.screen.open_menu(tray.icon()), "Refresh")
    webex.wait_for_request(lambda request: request.kind is Kind.SERVICE_REFRESH)
    log = tmp_path / "home/Local/webex-token-tray/Logs/webex-token-tray.log"
    with ThreadPoolExecutor(1) as beside:
        answers = beside.submit(tray.ask, "end-session")
        tray.screen.until(lambda: "session ends" in log.read_text("utf-8"), "the end", STARTED)
        gate.set()
        assert answers.result() == [1, 1]
    tray.ended(15)
    assert profile.env_access() not in (None, before)


def test_a_user_who_logs_off_is_not_held_up(tray: Tray, windows: Windows) -> None:
    """pystray's own vetoed it."""
    tray.icon()
    assert windows.log_off() == 0
    assert tray.ended(5) == 0


def test_start_at_login_is_a_value_of_the_run_key(tray: Tray) -> None:
    before = tray.ask("login")
    tray.click_row(tray.open_options(), "Start")
    assert tray.screen.until(lambda: len(tray.ask("login")) > len(before), "the Run key", 20)
    menu = tray.open_options()
    tray.screen.save(PICTURES / "windows-7-starts-at-login.png")
    tray.click_row(menu, "Start")
    assert tray.screen.until(lambda: tray.ask("login") == before, "the Run key as before", 20)


def test_the_config_opens_in_notepad_if_no_program_is_for_it(tray: Tray) -> None:
    """A new Windows has none for JSON, and Wine has none."""
    tray.click_row(tray.open_options(), "config")
    tray.screen.until(lambda: tray.ask("notepad"), "the config in Notepad", STARTED)


def test_the_icon_comes_back_with_a_new_taskbar(tray: Tray) -> None:
    """As after a restart of Explorer; and again if the icon is there already."""
    tray.icon()
    assert 1 in tray.ask("take-icon-down")
    tray.screen.wait_colour_gone(GREEN)
    tray.ask("new-taskbar")
    tray.icon()
    tray.ask("new-taskbar")
    tray.click_row(tray.screen.open_menu(tray.icon()), "Quit")
    assert tray.ended(15) == 0


def test_a_click_on_a_notice_is_its_step(windows: Windows, screen: Screen) -> None:
    """And an ampersand in a row is seen: Windows would underline what follows it."""
    with Tray(windows.with_program("-m", "tests.windows.example_icon"), screen) as example:
        example.icon()
        screen.wait_word("Pushme", ABOVE_THE_ICON)
        screen.save(PICTURES / "windows-8-notice-to-click.png")
        example.ask("click-notice")
        menu = screen.open_menu(example.icon())
        screen.save(PICTURES / "windows-9-ampersand.png")
        assert [word for word, _ in screen.read(menu)][:3] == ["Salt", "&", "Pepper"]
        example.click_row(menu, "Pepper")
        assert example.ended(15) == 0
    assert example.output.split() == ["STEP", "CLOSED", "row", "clicked", "ended"]


def test_an_icon_that_the_taskbar_refused_is_put_up_later(windows: Windows, screen: Screen) -> None:
    """As at login, when the program is quicker than Explorer."""
    program = windows.with_program("-m", "tests.windows.example_icon")
    with Tray(program, screen, "late") as example:
        example.click_row(screen.open_menu(example.icon()), "Pepper")
        assert example.ended(15) == 0
    assert example.output.split() == ["refused", "refused", "row", "clicked", "ended"]
