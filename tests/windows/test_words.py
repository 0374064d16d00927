"""Advice in the words of Windows: its Credential Manager, its shells' quotes, nothing of Linux."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.profile import Profile
from tests.windows.machine import Windows

OF_LINUX = re.compile(
    r"chmod|chown|gnome-keyring|kwallet|systemctl|crontab|~/|\$'|\?", re.IGNORECASE
)
"""What helps nobody on Windows; a question mark would stand for what a code page lacks."""
IN_FOLDER = """
import os, sys
from tray_app.__main__ import main
os.chdir(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose name has to be quoted."""
    place = tmp_path / "my bots & co"
    place.mkdir()
    return place


def said(windows: Windows, *words: str | Path) -> str:
    done = windows.run(*words)
    text = done.stdout + done.stderr.replace("Openbox-Message: ", "")
    assert done.returncode < 70 or done.returncode == 78, text
    assert OF_LINUX.findall(text) == []
    return text


def test_doctor_and_status_name_the_credential_manager(windows: Windows, profile: Profile) -> None:
    config = profile.config_path
    doctor = said(windows, "--config", config, "doctor")
    assert "the Credential Manager answers" in doctor
    assert "-> webex-token-tray setup" in doctor
    assert "Properties, Security" in doctor
    assert "can rest in the Credential Manager" in said(windows, "--config", config, "status")


def test_without_it_the_advice_is_how_to_start_it(windows: Windows, profile: Profile) -> None:
    config = profile.config_path
    without = windows.with_environ(PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert "start Windows' Credential Manager" in said(without, "--config", config, "doctor")


def test_a_command_to_copy_is_quoted_for_powershell_and_cmd(
    windows: Windows, profile: Profile
) -> None:
    """Of a config that was only found in the working directory."""
    assert profile.config_path.exists()
    here = windows.with_program("-c", IN_FOLDER, str(profile.folder))
    for command in ("doctor", "status"):
        text = said(here, command)
        assert re.search(
            r'webex-token-tray allow "Z:\\[^"]*\\my bots & co\\token-config.json"', text
        )
