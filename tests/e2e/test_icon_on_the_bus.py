"""The whole program on a private bus: real keyring, real sockets, a panel without a screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.secret_service import stored_secrets
from tests.profile import COMMENT, OTHER, Profile
from tray_app.desktop import icon_art
from tray_app.model.signs import Colour, Shape
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def shows(item: PanelItem, shape: Shape, colour: Colour) -> bool:
    """Whether the icon at 22 pixels is exactly that drawing."""
    return item.picture(22).tobytes() == icon_art.draw(shape, colour, 22).tobytes()


def labels(item: PanelItem) -> list[str]:
    return [row.label for row in item.menu() if not row.separator]


def wait_shown(panel: PanelHost, item: PanelItem, shape: Shape, colour: Colour) -> None:
    panel.until(lambda: shows(item, shape, colour), f"{colour} {shape}")


def wait_idle(panel: PanelHost, item: PanelItem) -> None:
    panel.until(lambda: item.find("Options", "Check now").enabled, "the worker to be done")


UNTIL_IT_REGISTERS = """
import os, sys
from tray_app.desktop.tray import watcher

def registration(_path):
    print(*sys.modules, flush=True)
    os._exit(0)

watcher.registration = registration
from tray_app.__main__ import main
main(sys.argv[1:])
"""


def test_the_icon_waits_for_nothing_that_only_what_follows_needs(
    panel: PanelHost, session: Session, command: list[str]
) -> None:
    """In a real start: profile, lock and login item are looked at with what loads fast."""
    words = command[command.index("tray_app") + 1 :]
    done = subprocess.run(
        [sys.executable, "-c", UNTIL_IT_REGISTERS, *words],
        env={n: text for n, text in session.environ.items() if "COVERAGE" not in n},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.split())
    assert "tray_app.desktop.icon" in loaded
    assert panel.items == []
    late = {"filelock", "platformdirs", "tray_app.system.atomic_file", "tray_app.policy"}
    assert loaded & late == set()


def test_dead_token_outage_click_green_quit(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    profile: Profile,
    webex: Sandbox,
) -> None:
    """Green; the token dies while Webex's token endpoint is down: red; a click repairs it."""
    first = profile.env_access()
    with Program(command, keyring_session.environ) as program:
        item = panel.wait_item()
        wait_shown(panel, item, Shape.CHECK, Colour.GREEN)
        wait_idle(panel, item)

        webex.revoke_service_access()
        webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable(), times=None)
        item.click("Options", "Check now")
        wait_shown(panel, item, Shape.BANG, Colour.AMBER)
        wait_idle(panel, item)
        item.click("Refresh token now")
        wait_shown(panel, item, Shape.CROSS, Colour.RED)
        wait_idle(panel, item)
        assert labels(item)[:2] == ["Token rejected, renewal fails", "Refresh token now"]
        assert item.tooltip.endswith("renewal fails: Webex answered with an error")

        webex.faults.clear()
        item.click("Refresh token now")
        wait_shown(panel, item, Shape.CHECK, Colour.GREEN)
        renewed = profile.env_access()
        assert renewed not in (None, first)
        pairs = [
            json.loads(value)
            for name, value in stored_secrets(keyring_session).items()
            if name.endswith("/tokens")
        ]
        assert pairs == [{"access": renewed, "refresh": profile.env_refresh()}]
        text = profile.env_path.read_text()
        assert text.startswith(COMMENT)
        assert text.endswith(OTHER)

        item.click("Quit")
        panel.wait_gone()
        assert program.wait() == 0
        assert program.lines == []


def test_icon_menu_and_status_agree_on_everything_revoked(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    webex: Sandbox,
) -> None:
    webex.revoke_all()
    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        wait_shown(panel, item, Shape.CROSS, Colour.RED)
        wait_idle(panel, item)
        done = subprocess.run(
            [*command, "status", "--json"],
            env=keyring_session.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        status = json.loads(done.stdout)
        assert (done.returncode, status["colour"], status["shape"]) == (2, "red", "cross")
        headline, step, *_ = labels(item)
        assert f"Webex t{headline[1:]}" == status["headline"] == item.tooltip
        assert step == f"{status['next_step']}…"


def test_the_menu_has_every_row_and_a_running_action_is_shown_and_disabled(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    webex: Sandbox,
) -> None:
    import threading

    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        wait_shown(panel, item, Shape.CHECK, Colour.GREEN)
        wait_idle(panel, item)
        rows = labels(item)
        assert rows[0].startswith("Token works")
        assert [row for row in rows[1:] if row != "Recent events"] == [
            "Refresh token now",
            "Sign in through the browser…",
            "Details…",
            "Options",
            "Quit",
        ]
        options = [row.label for row in item.find("Options").rows if not row.separator]
        assert options == [
            "Check now",
            "Change the set-up…",
            "Open config",
            "Open .env folder",
            "Open log",
            "Snooze notices for 1 hour",
            "Snooze notices until tomorrow",
            "Start at login",
        ]
        assert item.find("Sign in through the browser…").enabled
        release = threading.Event()
        webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(release))
        item.click("Refresh token now")
        panel.until(lambda: "Refreshing token…" in labels(item), "the running action")
        assert not item.find("Refreshing token…").enabled
        assert not item.find("Options", "Check now").enabled
        assert not item.find("Sign in through the browser…").enabled
        release.set()
        panel.until(lambda: "Refresh token now" in labels(item), "the end of it")


def test_open_hands_the_right_paths_to_the_desktop(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    profile: Profile,
    tmp_path: Path,
) -> None:
    opened = tmp_path / "opened"
    os.mkfifo(opened)
    programs = tmp_path / "bin"
    programs.mkdir()
    opener = programs / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n')
    opener.chmod(0o755)
    path = f"{programs}{os.pathsep}{keyring_session.environ['PATH']}"
    with Program(command, keyring_session.environ | {"PATH": path}):
        item = panel.wait_item()
        for label, expected in (
            ("Open config", profile.config_path),
            ("Open .env folder", profile.folder),
        ):
            item.click("Options", label)
            assert opened.read_text().strip() == str(expected)
        item.click("Options", "Open log")
        log = Path(opened.read_text().strip())
        assert log.name == "webex-token-tray.log"
        panel.until(log.exists, "the log, which is opened once the icon is shown")


def test_without_a_panel_it_says_so_once_and_the_icon_comes_with_the_panel(
    bus: str,
    keyring_session: Session,
    command: list[str],
    webex: Sandbox,
) -> None:
    with Program(command, keyring_session.environ) as program:
        program.expect("The token is kept alive all the same.")
        webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES)
        with PanelHost(bus) as late:
            item = late.wait_item()
            wait_shown(late, item, Shape.CHECK, Colour.GREEN)
        assert len(program.lines) == 1


def test_the_tour_runs_in_a_real_tray(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    demo = [*command[:5], "demo", "--once", "--pause", "0.5"]
    with Program(demo, keyring_session.environ) as program:
        item = panel.wait_item()
        wait_shown(panel, item, Shape.CHECK, Colour.GREEN)
        program.expect("7 of 7 stages succeeded", timeout=30)
        assert program.wait() == 0
        panel.wait_gone()
    assert stored_secrets(keyring_session) == {}
