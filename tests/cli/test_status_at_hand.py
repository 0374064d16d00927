"""`status --max-age`: the last check's answer, as if it had just been made, and fast."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.cli.fast_path import answer
from tray_app.sandbox.server import Sandbox

HEAVY = ("click", "requests", "keyring", "dataclasses", "logging", "hashlib", "dotenv", "inspect")


def asked(webex: Sandbox) -> int:
    return len(webex.requests)


def test_it_says_what_status_said_without_a_request(program: Program, webex: Sandbox) -> None:
    program("status")
    for options in ([], ["--json"]):
        real = program("status", *options)
        before = asked(webex)
        quick = program("status", *options, "--max-age", "5m")
        assert asked(webex) == before
        assert (quick.returncode, quick.stdout, quick.stderr) == (0, real.stdout, "")


def test_the_command_itself_gives_the_same_answer(program: Program, webex: Sandbox) -> None:
    """Where an option keeps the short way from understanding what is asked."""
    program("status")
    before = asked(webex)
    quick = program("status", "--max-age", "5m")
    slow = program("--debug", "status", "--max-age", "5m")
    assert asked(webex) == before
    assert (slow.returncode, slow.stdout) == (quick.returncode, quick.stdout)


def test_an_older_answer_or_none_is_a_real_check(program: Program, webex: Sandbox) -> None:
    assert program("status", "--max-age", "5m").returncode == 0
    assert asked(webex) == 1
    assert program("status", "--max-age", "0s").returncode == 0
    assert asked(webex) == 2


def test_red_is_at_hand_too(program: Program, webex: Sandbox) -> None:
    """What is wrong must not make every prompt wait."""
    program("status")
    webex.revoke_all()
    real = program("refresh")
    before = asked(webex)
    quick = program("status", "--max-age", "5m", "--json")
    assert (real.returncode, quick.returncode, asked(webex)) == (2, 2, before)
    assert json.loads(quick.stdout)["colour"] == "red"


def test_offline_only_the_first_prompt_waits(program: Program, webex: Sandbox) -> None:
    program("status")
    webex.go_down()
    assert program("status").returncode == 0  # confirmed a moment ago
    before = asked(webex)
    quick = program("status", "--max-age", "5m")
    assert asked(webex) == before
    assert "Webex" in quick.stdout


def test_an_edit_of_env_or_config_is_a_real_check(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program("status")
    for path in (profile.env_path, profile.config_path):
        before = asked(webex)
        path.write_text(path.read_text() + "\n")
        assert program("status", "--max-age", "5m").returncode == 0
        assert asked(webex) == before + 1


def test_a_config_with_a_fault_is_exit_78_with_or_without_an_answer_at_hand(
    program: Program, profile: Profile
) -> None:
    program("status")
    profile.config_path.write_text("{}")
    assert program("status", "--max-age", "5m").returncode == 78


def test_after_a_renewal_the_new_token_is_at_hand(program: Program, webex: Sandbox) -> None:
    program("refresh")
    before = asked(webex)
    shown = json.loads(program("status", "--json", "--max-age", "5m").stdout)
    assert asked(webex) == before
    assert shown["until"] is not None


def test_a_length_that_is_none_is_wrong_usage(program: Program) -> None:
    done = program("status", "--max-age", "soon")
    assert done.returncode == 64
    assert "'soon' is not a duration" in done.stderr


def test_the_profile_is_found_as_ever(program: Program, profile: Profile, webex: Sandbox) -> None:
    program("status")
    other = str(profile.folder / "other.json")
    before = asked(webex)
    for arguments in (
        ["--config", str(profile.config_path), "status", "--max-age", "5m"],
        ["--config", other, "status", "--config=token-config.json", "--max-age=5m"],
        ["--api-base", f"{webex.api_base}/", "status", "--max-age", "5m"],
    ):
        assert program(*arguments).returncode == 0
    assert asked(webex) == before
    assert program("status", "--max-age", "5m", "--config", other).returncode == 78


def test_a_prompt_waits_for_nothing_that_it_does_not_need(program: Program) -> None:
    """Neither HTTP nor keyring nor the command line's own library is loaded."""
    program("status")
    code = (
        "import sys\nfrom tray_app.__main__ import main\n"
        "code = main(['status', '--max-age', '5m'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={name: value for name, value in program.environ.items() if "COVERAGE" not in name},
        cwd=program.folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.startswith("green: Token works")
    assert done.stdout.splitlines()[-1] == "[] 0"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["status"],
        ["refresh", "--max-age", "5m"],
        ["status", "status", "--max-age", "5m"],
        ["--max-age", "5m", "status"],
        ["--json", "status", "--max-age", "5m"],
        ["status", "--max-age"],
        ["status", "--max-age", ""],
        ["status", "--max-age="],
        ["status", "--max-age", "--json"],
        ["status", "--max-age", "5m", "--watch"],
        ["status", "--max-age", "5m", "-h"],
        ["status", "--max-age", "5m", "--json=yes"],
        ["status", "--max-age", "5m", "extra"],
        ["status", "--max-age", "never"],
        ["status", "--max-age", "5m", "--api-base", "http://webexapis.com/v1"],
    ],
)
def test_what_is_not_plain_is_left_to_the_command(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tray_app.service.cached_token.report", lambda *_: pytest.fail("it was answered")
    )
    assert answer(arguments) is None
