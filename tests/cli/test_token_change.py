"""tray.onTokenChange as a person has it: after each verb that changes `.env`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


def run_then(profile: Profile, *command: str) -> None:
    def change(config: dict[str, Any]) -> None:
        config["tray"]["onTokenChange"] = list(command)

    profile.write_config(change)
    profile.config_path.chmod(0o600)


def test_refresh_runs_it_and_waits_for_it(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    script = (
        "import pathlib, sys, time; time.sleep(0.5); print('done');"
        " pathlib.Path('seen').write_text(str(len(sys.argv) - 1))"
    )
    run_then(profile, *PLAIN_PYTHON, "-c", script, "argument")
    webex.revoke_service_access()
    done = program("refresh")
    assert done.returncode == 0
    assert (profile.folder / "seen").read_text() == "1"
    assert "done" in done.stderr.splitlines()
    assert "done" not in done.stdout


def test_its_failure_is_a_line_on_stderr_and_changes_no_exit_code(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    run_then(profile, "./restart")
    webex.revoke_service_access()
    done = program("refresh")
    assert done.returncode == 0
    assert (
        "The new token is in .env; tray.onTokenChange failed: ./restart cannot be started: "
    ) in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refresh_that_mends_env_runs_it_and_one_that_finds_all_well_does_not(
    program: Program, profile: Profile
) -> None:
    program("refresh", "--if-due")
    script = "open('seen', 'a').write('run')"
    run_then(profile, *PLAIN_PYTHON, "-c", script)
    program("refresh", "--if-due")
    assert not (profile.folder / "seen").exists()
    profile.env_path.unlink()
    program("refresh", "--if-due")
    assert (profile.folder / "seen").read_text() == "run"


@pytest.mark.skipif(sys.platform == "win32", reason="the pipe is that of POSIX")
def test_a_signal_waits_for_the_token_and_not_for_the_command(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """It is left alone: to end it half-way may be worse."""
    os.mkfifo(profile.folder / "gate")
    run_then(profile, "sh", "-c", "cat gate; echo done > seen; echo done > gate")
    webex.revoke_service_access()
    release = threading.Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(release))
    before = profile.env_access()
    with subprocess.Popen(
        program.command("refresh"),
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        webex.wait_for_request(
            lambda seen: seen.kind is Kind.SERVICE_REFRESH, timedelta(seconds=60)
        )
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert "after a second, ends at once" in process.stderr.readline()
        release.set()
        assert process.wait(60) == -signal.SIGTERM
    assert profile.env_access() != before
    # A command that was never started would let this wait for ever.
    subprocess.run(
        ["sh", "-c", "echo go on > gate; cat gate"], cwd=profile.folder, timeout=60, check=True
    )
    assert (profile.folder / "seen").read_text() == "done\n"
