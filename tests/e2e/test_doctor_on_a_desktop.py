"""`doctor` where all is well: a panel, a real keyring, the tray running."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.consent import free_redirect, use_redirect
from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def test_all_is_well_and_the_tray_that_runs_is_noticed(
    panel: PanelHost, keyring_session: Session, command: list[str], profile: Profile, webex: Sandbox
) -> None:
    use_redirect(profile, free_redirect(webex))  # the usual port may be another test's
    profile.config_path.chmod(0o600)
    profile.env_path.chmod(0o600)
    with Program(command, keyring_session.environ):
        item = panel.wait_item()
        panel.until(lambda: item.tooltip.startswith("Webex token works"), "green")
        done = subprocess.run(
            [*command, "doctor", "--json"],
            env=keyring_session.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    said = {finding["topic"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert [said[topic]["says"] for topic in ("keyring", "tray", "instance")] == [
        "the keyring answers: SecretService Keyring",
        "statusnotifier",
        "the tray of this config is running",
    ]
    assert [finding for finding in said.values() if finding["grade"] != "ok"] == []
    assert done.returncode == 0
