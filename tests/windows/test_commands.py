"""The commands in a pipe, as scripts and services run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.profile import Profile
from tests.windows.machine import Windows

pytestmark = pytest.mark.short


IN_ANOTHER_FOLDER = """
import os, runpy, sys
os.environ["TMP"] = os.environ["TEMP"] = sys.argv.pop(1)
runpy.run_module("tray_app", run_name="__main__", alter_sys=True)
"""


def test_pipes_are_written_in_a_code_page_that_has_no_japanese(windows: Windows) -> None:
    """Otherwise the tests below would show nothing."""
    assert windows.python("-c", "import sys; print(sys.stdout.encoding)").stdout == "cp1252\n"


def test_the_demo_plays_to_its_end(windows: Windows, folder: Path) -> None:
    program = windows.with_program("-c", IN_ANOTHER_FOLDER, folder)
    done = program.run("demo", "--once", "--pause", "0", "--backend", "none")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7" in done.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["doctor", "status"])
def test_output_to_a_pipe_is_written_in_whatever_code_page(
    windows: Windows, profile: Profile, command: str
) -> None:
    done = windows.run("--config", profile.config_path, command)
    assert done.returncode < 70, done.stdout + done.stderr
    assert "bots" in done.stdout + done.stderr  # beside it in the path: Japanese


def test_a_refreshed_token_is_in_env_and_in_the_credential_manager(
    windows: Windows, profile: Profile
) -> None:
    before = profile.env_access()
    done = windows.run("--config", profile.config_path, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert profile.env_access() != before
    kept = [
        text for text in windows.ask("credentials").values() if str(profile.env_access()) in text
    ]
    assert [json.loads(text)["refresh"] for text in kept] == [profile.env_refresh()]


def test_what_the_script_for_powershell_asks_is_answered(windows: Windows) -> None:
    """Under Wine there is no PowerShell: the script itself was not run."""
    asked = {"_WEBEX_TOKEN_TRAY_COMPLETE": "powershell_complete", "COMP_CWORD": "hist"}
    done = windows.with_environ(**asked, COMP_WORDS="webex-token-tray").run()
    assert done.stdout.split("\t")[:2] == ["plain", "history"], done.stderr


def test_a_pipe_that_nobody_reads_any_more_is_141(windows: Windows, profile: Profile) -> None:
    """As on other systems; Windows calls it an invalid argument."""
    with windows.started("--config", profile.config_path, "doctor") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 141
