"""What a person is told while the program runs: on a private bus, with a daemon of the test's."""

from __future__ import annotations

import sys
import time
from datetime import timedelta

import pytest

from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

STEP = "Sign in through the browser"


@pytest.fixture
def quick(profile: Profile, webex: Sandbox) -> list[str]:
    """The program on that profile, checking ten times a second."""
    profile.write_config(lambda config: config["tray"].update(pollSeconds=0.1))
    command = [sys.executable, "-W", "error", "-m", "tests.e2e.quick_tray"]
    return [*command, str(profile.config_path), webex.api_base]


def wait_for_checks(webex: Sandbox, more: int) -> None:
    """Returns when that many more checks have been asked for."""
    enough = len(checks(webex)) + more
    webex.wait_for_request(lambda _: len(checks(webex)) >= enough, timedelta(seconds=60))


def checks(webex: Sandbox) -> list[object]:
    return [seen for seen in webex.requests if seen.kind is Kind.DATA_SOURCES]


def paste_a_new_token(profile: Profile, webex: Sandbox) -> None:
    profile.pasted = webex.issue_personal_token()
    profile.write_config(lambda config: config["tray"].update(pollSeconds=0.1))


def wait_idle(panel: PanelHost, item: PanelItem) -> None:
    def idle() -> bool:
        return item.find("Refresh token now").enabled

    panel.until(idle, "the worker to be done", 10)


def test_everything_revoked_is_one_notice_however_often_it_checks_and_gone_when_healed(
    bus: str, session: Session, quick: list[str], profile: Profile, webex: Sandbox
) -> None:
    """The daemon hears in order: what had come before the healing would stand before it."""
    with NotificationDaemon(bus) as daemon, Program(quick, session.environ) as program:
        wait_for_checks(webex, 2)
        webex.revoke_all()
        notice = daemon.wait_notice()
        assert notice.summary == "Webex token rejected: sign-in needed"
        assert notice.body == STEP
        assert (notice.app, notice.hints["urgency"]) == ("Webex Token Tray", 2)
        assert (notice.hints["desktop-entry"], notice.expiry) == ("webex-token-tray", 0)
        wait_for_checks(webex, 5)
        paste_a_new_token(profile, webex)
        better = daemon.wait_notice(2)
        assert better.summary == "Webex token works, but sign-in needed"
        assert (better.replaces, better.hints["urgency"]) == (notice.number, 1)
        assert better.expiry == -1
        profile.refresh_token = webex.sign_in().refresh
        paste_a_new_token(profile, webex)
        daemon.wait_empty()
        assert daemon.notices == [notice, better]
        webex.revoke_all()
        assert daemon.wait_notice(3).summary == notice.summary
        program.signal(15)
        program.expect("ended")
        assert daemon.shown == {}  # nobody would take it down later
        assert len(daemon.notices) == 3


def test_a_button_of_the_notice_takes_the_step(
    bus: str, session: Session, quick: list[str], profile: Profile, webex: Sandbox
) -> None:
    """Some other program has written a token of another organization: it is to be replaced."""
    abilities = ("body", "actions")
    with NotificationDaemon(bus, abilities=abilities) as daemon, Program(quick, session.environ):
        wait_for_checks(webex, 2)
        first = profile.env_access()
        profile.write_env(webex.sign_in(webex.stranger).access)
        notice = daemon.wait_notice()
        assert notice.summary.endswith(".env has another org's token")
        assert notice.actions[2:] == ("step", "Refresh", "snooze", "Snooze")
        daemon.click(notice.number, "step")
        answer = daemon.wait_notice(2)
        assert answer.summary == "Webex token renewed"
        assert answer.actions == ()
        assert profile.env_access() != first


def test_a_notice_that_is_snoozed_does_not_come_back_at_the_next_checks(
    bus: str, session: Session, quick: list[str], webex: Sandbox
) -> None:
    abilities = ("body", "actions")
    with NotificationDaemon(bus, abilities=abilities) as daemon, Program(quick, session.environ):
        webex.revoke_all()
        notice = daemon.wait_notice()
        daemon.click(notice.number, "snooze", closes=False)
        daemon.wait_empty()
        wait_for_checks(webex, 5)
        assert daemon.notices == [notice]


def test_what_heals_by_itself_is_not_told(
    bus: str, session: Session, quick: list[str], webex: Sandbox
) -> None:
    """A dead access token that rung 1 renews: nobody needs to know. The red after it is told."""
    with NotificationDaemon(bus) as daemon, Program(quick, session.environ):
        wait_for_checks(webex, 2)
        webex.revoke_service_access()
        webex.wait_for_request(lambda seen: seen.kind is Kind.SERVICE_REFRESH)
        wait_for_checks(webex, 3)
        webex.revoke_all()
        assert daemon.wait_notice().summary.startswith("Webex token rejected:")


def test_without_a_daemon_it_goes_on_and_one_that_comes_later_is_used(
    bus: str, session: Session, quick: list[str], profile: Profile, webex: Sandbox
) -> None:
    with Program(quick, session.environ) as program:
        webex.revoke_all()
        wait_for_checks(webex, 3)
        paste_a_new_token(profile, webex)
        webex.wait_for_request(lambda seen: seen.kind is Kind.MINT and seen.status == 200)
        wait_for_checks(webex, 3)
        with NotificationDaemon(bus) as daemon:
            webex.revoke_all()
            daemon.wait_notice()
            program.signal(15)
            program.expect("ended")
        assert program.lines == ["ended"]


def test_a_daemon_that_hangs_holds_up_neither_checks_nor_quit(
    bus: str, session: Session, quick: list[str], webex: Sandbox
) -> None:
    with NotificationDaemon(bus, mute=True) as daemon, Program(quick, session.environ) as program:
        webex.revoke_all()
        daemon.until(lambda: daemon.calls != [], "a call")
        wait_for_checks(webex, 5)
        begun = time.monotonic()
        program.signal(15)
        program.expect("ended")
        assert program.wait() == 0
        assert time.monotonic() - begun < 10


def test_a_click_on_refresh_or_check_is_answered(
    panel: PanelHost, keyring_session: Session, command: list[str], webex: Sandbox
) -> None:
    """A check that found all well was not, and nobody knew whether it had run."""
    with (
        NotificationDaemon(keyring_session.address) as daemon,
        Program(command, keyring_session.environ),
    ):
        item = panel.wait_item()
        wait_idle(panel, item)
        before = len(checks(webex))
        item.click("Options", "Check now")
        webex.wait_for_request(lambda _: len(checks(webex)) > before)
        well = daemon.wait_notice()
        assert well.summary == "Webex token works"
        assert well.body.startswith("Checked ")
        wait_idle(panel, item)
        item.click("Refresh token now")
        first = daemon.wait_notice(2)
        assert first.summary == "Webex token renewed"
        assert first.body.startswith("Token works")
        assert first.hints["urgency"] == 1

        wait_idle(panel, item)
        webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
        item.click("Refresh token now")
        second = daemon.wait_notice(3)
        assert second.body.split("\n")[:2] == [
            "Not renewed.",
            "Last renewal failed: Webex answered with an error",
        ]
        assert second.replaces == first.number

        wait_idle(panel, item)
        webex.faults.next(Kind.DATA_SOURCES, Fault.unavailable())
        item.click("Options", "Check now")
        third = daemon.wait_notice(4)
        assert third.body.endswith(": Webex answered with an error")  # ids are for the log
        assert list(daemon.shown) == [well.number]


def test_secrets_that_moved_into_the_keyring_are_told_once(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    told = []
    for _ in range(2):
        with (
            NotificationDaemon(keyring_session.address) as daemon,
            Program(command, keyring_session.environ),
        ):
            item = panel.wait_item()
            wait_idle(panel, item)
            item.click("Refresh token now")
            daemon.wait_notice()  # of the click: what is told of the start has come before
            told.append([seen.body for seen in daemon.news])
        panel.wait_gone()
    first, second = told
    assert len(first) == 1
    assert "4 secrets moved" in first[0]
    assert second == []
