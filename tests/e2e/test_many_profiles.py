"""The customers of a partner in one icon: over D-Bus as a panel asks, and in a real panel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session
from tests.e2e.program import ROOT, Program
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def program(webex: Sandbox, *words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "tray_app", *words, "--api-base", webex.api_base]


def run(session: Session, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tray_app", *words],
        env=session.environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def customers(
    folder: Path, webex: Sandbox, session: Session, names: list[str]
) -> dict[str, Profile]:
    """Profiles of as many organizations, on the list."""
    signed_in, made = webex.sign_in().refresh, {}
    for name in names:
        (folder / name).mkdir(parents=True)
        profile = full_profile(folder / name, webex, webex.add_customer())
        profile.pasted, profile.refresh_token = None, signed_in
        profile.write_config()
        made[name] = profile
        added = run(session, "profiles", "add", name, str(profile.config_path))
        assert (added.returncode, added.stderr) == (0, "")
    return made


def row_of(item: PanelItem, name: str) -> tuple[str, ...]:
    """The labels that lead to that profile's row, as the menu is now."""
    for row in item.menu():
        if f" {name}: " in row.label and row.rows:
            return (row.label,)
        for below in row.rows:
            if f" {name}: " in below.label:
                return row.label, below.label
    raise LookupError(f"no row of {name}")


def test_three_profiles_are_one_icon_with_a_submenu_each(
    panel: PanelHost, keyring_session: Session, webex: Sandbox, tmp_path: Path
) -> None:
    """The worst is what one sees; who is not well is in the menu itself, the others below."""
    made = customers(tmp_path, webex, keyring_session, ["acme", "byte", "cargo"])
    with (
        NotificationDaemon(keyring_session.address) as daemon,
        Program(program(webex), keyring_session.environ) as running,
    ):
        item = panel.wait_item()
        panel.until(lambda: item.tooltip == "Webex tokens: All 3 work", "all green")
        labels = [row.label for row in item.menu() if row.label]
        assert labels == ["All 3 work", "All well (3)", "Details…", "Options", "Quit"]
        assert item.find(*row_of(item, "byte"), "Options", "Check now").enabled

        before = made["byte"].env_access()
        item.click(*row_of(item, "byte"), "Refresh token now")
        daemon.until(
            lambda: any(each.summary == "byte: Webex token renewed" for each in daemon.notices),
            "the answer",
        )
        assert made["byte"].env_access() != before

        made["cargo"].config_path.write_text("{", encoding="utf-8")
        item.click("Options", "Check all now")
        panel.until(lambda: "1 of 3 needs you: cargo: " in item.tooltip, "cargo to be told")
        labels = [row.label for row in item.menu() if row.label]
        assert labels[0] == "1 of 3 needs you"
        assert labels[1].startswith("! cargo: ")
        assert labels[2] == "All well (2)"

        again = run(keyring_session, "--profile", "byte", "--api-base", webex.api_base)
        assert again.returncode == 3
        assert again.stderr.endswith("it shows a notice now.\n")
        item.click("Quit")
        assert running.wait() == 0


def test_one_profile_of_the_list_is_named_to_a_command(
    keyring_session: Session, webex: Sandbox, tmp_path: Path
) -> None:
    made = customers(tmp_path, webex, keyring_session, ["acme", "byte"])
    base = ("--api-base", webex.api_base)
    asked = run(keyring_session, "token", *base)
    assert asked.returncode == 64
    assert "This command takes one profile: name it with --profile (acme, byte)." in asked.stderr
    told = run(keyring_session, "status", "--profile", "byte", *base)
    assert (told.returncode, str(made["byte"].env_path) in told.stdout) == (0, True)
    assert run(keyring_session, "profiles", "remove", "acme").returncode == 0
    assert run(keyring_session, "status", *base).returncode == 0, "the only one there is"


def test_two_configs_on_the_command_line_share_one_process(
    panel: PanelHost, keyring_session: Session, webex: Sandbox, tmp_path: Path
) -> None:
    """Named by their folders; the same .env for both is refused by a sentence."""
    made = [full_profile(folder(tmp_path, name), webex, webex.add_customer()) for name in "ab"]
    words = [word for each in made for word in ("--config", str(each.config_path))]
    with Program(program(webex, *words), keyring_session.environ):
        item = panel.wait_item()
        panel.until(lambda: item.tooltip == "Webex tokens: All 2 work", "both green")
    made[1].write_config(lambda config: config["tray"].update(envFile=str(made[0].env_path)))
    refused = run(keyring_session, *words, "--api-base", webex.api_base)
    assert refused.returncode == 3
    assert f"give {made[1].config_path} a .env of its own" in refused.stderr


def folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name
