"""Start at login, switched in the menu, and the entry started as a desktop does at login."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.programs import require

pytestmark = pytest.mark.desktop
ROW = ("Options", "Start at login")
CANNOT = "cannot be changed: File exists"


def wait_checked(panel: PanelHost, item: PanelItem, *, checked: bool) -> None:
    """Without opening the menu: the program itself tells that it has changed."""

    def told() -> bool:
        return any(
            row.label == ROW[1] and row.checked is checked
            for menu in item.layout()
            for row in menu.rows
        )

    panel.until(told, f"checked: {checked}")


def test_the_menu_switches_it_and_the_entry_starts_this_very_profile(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    """From another directory, as at login; off by a second click."""
    require("gio")
    folder = keyring_session.home / ".config/autostart"
    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        assert item.find(*ROW).checked is False
        item.click(*ROW)
        wait_checked(panel, item, checked=True)
        item.click("Quit")
        panel.wait_gone()
    (entry,) = folder.iterdir()
    subprocess.run(
        ["gio", "launch", str(entry)],
        env=keyring_session.environ,
        cwd="/",
        check=True,
        timeout=60,
    )
    item = panel.wait_item()
    panel.until(lambda: item.tooltip.startswith("Webex token works"), "green")
    wait_checked(panel, item, checked=True)
    item.click(*ROW)
    wait_checked(panel, item, checked=False)
    assert not entry.exists()
    item.click("Quit")
    panel.wait_gone()


def test_a_folder_in_the_way_leaves_the_row_unchecked_and_the_program_alive(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    """The log says why; it is opened once the icon is there."""
    (keyring_session.home / ".config/autostart").write_text("in the way")
    log = keyring_session.home / ".local/state/webex-token-tray/log/webex-token-tray.log"
    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        item.click(*ROW)
        panel.until(lambda: log.exists() and CANNOT in log.read_text(), "the log")
        assert item.find(*ROW).checked is False


def test_the_demo_cannot_be_started_at_login(
    panel: PanelHost, keyring_session: Session, command: list[str]
) -> None:
    """Its profile is thrown away."""
    with Program([*command[:5], "demo", "--once"], keyring_session.environ):
        options = [row.label for row in panel.wait_item().find(ROW[0]).rows]
        assert ROW[1] not in options
    assert not Path(keyring_session.home / ".config/autostart").exists()
