"""tray.onStateChange as a person has it: a real command, after real commands and beside `watch`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox

HEARS = """
import os, sys
sys.stdin.read()
with open("heard", "a") as heard:
    heard.write(os.environ["WEBEX_TOKEN_TRAY_EVENT"] + chr(10))
"""


@pytest.fixture(autouse=True)
def _command(profile: Profile) -> None:
    command = [*PLAIN_PYTHON, "-c", HEARS]
    profile.write_config(lambda config: config["tray"].update(onStateChange=command))
    profile.config_path.chmod(0o600)


def heard(folder: Path) -> list[str]:
    path = folder / "heard"
    return path.read_text().split() if path.exists() else []


def wait_for(folder: Path, *expected: str) -> None:
    end = time.monotonic() + 60
    while heard(folder) != list(expected):
        assert time.monotonic() < end, heard(folder)
        time.sleep(0.05)


def test_commands_that_renew_tell_and_those_that_look_do_not(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    assert program("refresh", "--if-due").returncode == 0
    assert heard(profile.folder) == []
    webex.faults.next("/v1/access_token", Fault.unavailable(), None)
    webex.faults.next("/v1/applications/*", Fault.unavailable(), None)
    webex.revoke_service_access()
    program("status")
    assert heard(profile.folder) == []
    for _ in range(2):
        assert program("refresh", "--if-due").returncode == 2
        assert heard(profile.folder) == ["renewal-failed", "worse"]
    webex.faults.clear()
    assert program("refresh", "--if-due").returncode == 0
    assert program("token").returncode == 0
    assert heard(profile.folder) == ["renewal-failed", "worse", "renewed", "better"]


@pytest.mark.skipif(sys.platform != "linux", reason="signals of POSIX")
def test_beside_watch_each_change_is_heard_once_also_after_its_restart(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    def watching() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            program.command("watch"),
            env=program.environ,
            cwd=program.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        process.stdout.readline()
        return process

    assert program("refresh", "--if-due").returncode == 0
    for expected in (["renewed"], ["renewed"] * 2):
        process = watching()
        try:
            assert program("refresh").returncode == 0
            wait_for(profile.folder, *expected)
            assert program("refresh", "--if-due").returncode == 0
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert program("refresh", "--if-due").returncode == 0
    assert heard(profile.folder) == ["renewed"] * 2


def test_doctor_says_whether_it_would_run(program: Program, profile: Profile) -> None:
    def said() -> list[dict[str, str]]:
        found = json.loads(program("doctor", "--json").stdout)
        return [each for each in found["findings"] if each["topic"] == "commands"]

    assert [each["grade"] for each in said()] == ["ok"]
    tray = {"onTokenChange": ["no-such-program"], "onStateChange": []}
    profile.write_config(lambda config: config["tray"].update(tray))
    profile.config_path.chmod(0o600)
    (found,) = said()
    assert found["says"] == "tray.onTokenChange: no-such-program: there is no such program"
    profile.write_config()
    profile.config_path.chmod(0o600)
    assert [each["says"] for each in said()] == ["the config names none"]
    assert heard(profile.folder) == []
