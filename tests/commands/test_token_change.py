"""tray.onTokenChange as a person has it: after each verb that changes `.env`."""

from __future__ import annotations

from typing import Any

from tests.commands.conftest import Program
from tests.profile import Profile
from tray_app.sandbox import Sandbox


def run_then(profile: Profile, *command: str) -> None:
    def change(config: dict[str, Any]) -> None:
        config["tray"]["onTokenChange"] = list(command)

    profile.write_config(change)
    profile.config_path.chmod(0o600)


def test_refresh_runs_it_and_waits_for_it(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    run_then(profile, "sh", "-c", "sleep 0.5; echo done; echo $# > seen", "name", "argument")
    webex.revoke_service_access()
    done = program("refresh")
    assert done.returncode == 0
    assert (profile.folder / "seen").read_text() == "1\n"
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
        "The new token is in .env; tray.onTokenChange failed:"
        " ./restart cannot be started: No such file or directory\n"
    ) in done.stderr
    assert "Traceback" not in done.stderr


def test_status_that_mends_env_runs_it_and_one_that_finds_all_well_does_not(
    program: Program, profile: Profile
) -> None:
    program("status")
    run_then(profile, "sh", "-c", "echo run >> seen")
    program("status")
    assert not (profile.folder / "seen").exists()
    profile.env_path.unlink()
    program("status")
    assert (profile.folder / "seen").read_text() == "run\n"
