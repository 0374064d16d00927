"""One tray a profile: what a second start does, and what a killed one leaves."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from datetime import timedelta

import pytest

from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session
from tests.e2e.program import ROOT, Program
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def start_again(command: list[str], session: Session) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=session.environ,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_second_start_says_so_and_the_first_shows_its_notice(
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    profile: Profile,
    webex: Sandbox,
) -> None:
    """At once, though its next check is five minutes away, and as often as one tries."""
    with (
        NotificationDaemon(keyring_session.address) as daemon,
        Program(command, keyring_session.environ) as first,
    ):
        item = panel.wait_item()
        panel.until(lambda: item.tooltip.startswith("Webex token works"), "green")
        for time in (1, 2):
            second = start_again(command, keyring_session)
            assert (second.returncode, second.stdout) == (3, "")
            assert second.stderr == (
                f"Already running for {profile.config_path}; it shows a notice now.\n"
            )
            notice = daemon.wait_notice(time)
            assert notice.summary.startswith("Webex token works")
            assert notice.body == "Webex Token Tray is running already."
        assert len(panel.items) == 1
        item.click("Quit")
        assert first.wait() == 0
        assert first.lines == []
        with Program(command, keyring_session.environ):
            panel.wait_item()


def test_one_that_is_busy_answers_too(
    panel: PanelHost, keyring_session: Session, command: list[str], webex: Sandbox
) -> None:
    """While it waits for Webex."""
    release = threading.Event()
    webex.faults.next(Kind.DATA_SOURCES, Fault.held(release))
    with (
        NotificationDaemon(keyring_session.address) as daemon,
        Program(command, keyring_session.environ),
    ):
        panel.wait_item()
        webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=60))
        assert start_again(command, keyring_session).returncode == 3
        assert daemon.wait_notice().summary == "Checking the Webex token"
        release.set()


def test_a_killed_one_leaves_no_stale_lock(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    with NotificationDaemon(keyring_session.address) as daemon:
        with Program(command, keyring_session.environ) as first:
            panel.wait_item()
            first.signal(signal.SIGKILL)
            first.wait()
        panel.wait_gone()
        with Program(command, keyring_session.environ):
            panel.wait_item()
            assert start_again(command, keyring_session).returncode == 3
            daemon.wait_notice()


def test_demo_and_another_profile_run_beside_it(
    panel: PanelHost, keyring_session: Session, command: list[str], profile: Profile
) -> None:
    other = profile.folder / "other.json"
    config = json.loads(profile.config_path.read_text())
    config["tray"]["envFile"] = "other.env"
    other.write_text(json.dumps(config))
    with Program(command, keyring_session.environ):
        panel.wait_item()
        its_own = [str(other) if word == str(profile.config_path) else word for word in command]
        with Program(its_own, keyring_session.environ) as beside:
            panel.wait_item()
            beside.signal(signal.SIGTERM)
            assert beside.wait() == 0
        with Program([*command[:5], "demo", "--once"], keyring_session.environ):
            panel.wait_item()
