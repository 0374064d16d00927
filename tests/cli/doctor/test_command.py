"""`doctor` as a person runs it: exit codes, `--json`, colours, and nothing changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tests.terminal import in_terminal
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


def everything(*folders: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Each file below: mode, time of its last change, content."""
    paths = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        path: (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes()) for path in paths
    }


def test_faults_are_exit_2_warnings_1(program: Program, profile: Profile, webex: Sandbox) -> None:
    """There is no panel here, which is a warning."""
    done = program("doctor")
    assert done.returncode == 1, done.stdout
    assert "ok       token        the one in .env works" in done.stdout
    assert "\nfault " not in done.stdout
    webex.revoke_all()
    done = program("doctor")
    assert done.returncode == 2
    assert "fault    token        Webex rejects the token in .env\n" in done.stdout
    assert "→ webex-token-tray refresh" in done.stdout
    assert done.stderr == ""


def test_json_is_one_object_without_a_secret(program: Program, profile: Profile) -> None:
    done = program("doctor", "--json")
    said = json.loads(done.stdout)
    assert said["worst"] == "warning"
    assert {finding["grade"] for finding in said["findings"]} == {"ok", "warning"}
    config = profile.config()
    manager = config["tokenManager"]
    secrets = [
        config["serviceApp"]["clientSecret"],
        manager["personalAccessToken"],
        manager["integration"]["refreshToken"],
        str(profile.env_access()),
    ]
    assert not [secret for secret in secrets if secret[:12] in done.stdout + done.stderr]


def test_nothing_is_changed_renewed_or_made(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """No import of secrets, no repair of `.env`, no log, no database; before and after a first
    run."""
    home = Path(program.environ["HOME"])
    webex.revoke_service_access()
    for _ in range(2):
        before, asked = everything(home, profile.folder), len(webex.requests)
        program("doctor")
        assert everything(home, profile.folder) == before
        assert {seen.kind for seen in webex.requests[asked:]} == {Kind.DATA_SOURCES}
        program("status")


def test_without_a_config_it_still_says_what_it_can(program: Program, profile: Profile) -> None:
    profile.config_path.unlink()
    done = program("doctor")
    assert done.returncode == 2
    assert "token-config.json does not exist\n" in done.stdout
    assert "→ webex-token-tray setup" in done.stdout
    assert "ok       webex" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="the terminal is that of Linux")
@pytest.mark.parametrize("columns", [60, 200])
def test_in_a_terminal_lines_fit_and_are_coloured_unless_not_wanted(
    program: Program, profile: Profile, columns: int
) -> None:
    def seen(**changes: str) -> tuple[str, bool]:
        environ = program.environ | changes
        with in_terminal(
            ["doctor"], environ, profile.folder, columns=columns, is_forked=True
        ) as terminal:
            terminal.ends()
            return terminal.screen, terminal.coloured

    text, coloured = seen()
    assert coloured
    words = [line for line in text.splitlines() if " " in line.strip()]
    long = [line for line in words if len(line) > columns and "/" not in line]
    assert long == []
    assert not seen(NO_COLOR="1")[1]


def test_a_key_that_is_passed_over_is_told_by_doctor_and_by_no_command_of_cron_s(
    program: Program, profile: Profile
) -> None:
    """Cron mails what they say."""
    profile.write_config(lambda config: config.setdefault("tray", {}).update(pollSecond=60))
    sentence = "tray.pollSecond is not known and is ignored; is tray.pollSeconds meant?"
    assert sentence in program("doctor").stdout
    for command in (("refresh", "--if-due"), ("refresh",), ("status",), ("token",)):
        done = program(*command)
        assert "pollSecond " not in done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
    assert sentence in program.as_tray().stderr
