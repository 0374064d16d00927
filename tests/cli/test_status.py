"""`status`: what it says, in lines and in JSON, and its exit codes."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.policy.judging import judge
from tests.policy.samples import GOOD, but
from tests.profile import Profile
from tray_app.cli.status import as_text
from tray_app.model.health import ExpectedFailure, Health, LinkName
from tray_app.model.renewal import StoreState
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.system.single_instance import Instance
from tray_app.text.report import report


def as_object(health: Health) -> dict[str, Any]:
    return report(health, "/x/.env", datetime.now(UTC))["object"]


def as_json(output: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(output)
    return parsed


def test_green_is_exit_0_and_names_every_link(program: Program, profile: Profile) -> None:
    program.as_tray()  # the first one tells that the secrets were moved
    done = program("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("green: Token works")
    assert "Service app token      works" in done.stdout
    assert "Integration sign-in    available" in done.stdout
    assert str(profile.env_path) in done.stdout


def test_json_has_what_programs_need_and_no_secret(program: Program, profile: Profile) -> None:
    done = program("status", "--json")
    found = as_json(done.stdout)
    assert done.returncode == 0
    assert {"colour", "headline", "next_step", "who", "checked_at", "env_file"} <= found.keys()
    assert found["colour"] == "green"
    assert found["next_step"] is None
    assert found["env_file"] == str(profile.env_path)
    assert datetime.fromisoformat(found["checked_at"]).tzinfo is not None
    assert [set(link) for link in found["links"]] == [
        {"name", "state", "expires_at", "fingerprint", "data_source"}
    ] * 4
    assert (profile.env_access() or "-")[:12] not in done.stdout
    assert len(found["links"][0]["fingerprint"]) == 8


def test_a_dead_token_that_nothing_is_renewing_is_exit_2_and_names_the_command(
    program: Program, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    done = program("status", "--json")
    found = as_json(done.stdout)
    assert (done.returncode, found["colour"]) == (2, "red")
    assert found["headline"] == "Webex token rejected: nothing is running to renew it"
    assert found["next_step"].startswith("Run webex-token-tray refresh --if-due")


def test_a_dead_token_that_the_tray_is_renewing_is_exit_1(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Who looks counts on the lock that the tray holds, and on no process that has gone."""
    webex.revoke_service_access()
    with Instance(program.folders.locks, profile.config_path).acquire():
        done = program("status", "--json")
        found = as_json(done.stdout)
        assert (done.returncode, found["colour"], found["reason"]) == (1, "amber", "renewing")
        assert found["next_step"] == "Wait: the tray or watch is renewing it"
        assert program("status", "--max-age", "5m").returncode == 1
    asked = len(webex.requests)
    for options in (["--max-age", "5m"], ["--debug", "--max-age", "5m"]):
        left = program("status", *options)
        assert (left.returncode, "renewing" in left.stdout) == (2, False)
    assert len(webex.requests) == asked


def test_a_dead_token_that_nothing_can_renew_is_exit_2(program: Program, webex: Sandbox) -> None:
    webex.revoke_all()
    program("refresh")
    done = program("status", "--json")
    found = as_json(done.stdout)
    assert (done.returncode, found["colour"], found["who"]) == (2, "red", "you")
    assert found["next_step"] == "Sign in through the browser"


def test_offline_is_neither_dead_nor_green(program: Program, webex: Sandbox) -> None:
    webex.go_down(Fault.dropped())
    done = program("status", "--json")
    found = as_json(done.stdout)
    assert (done.returncode, found["colour"], found["shape"]) == (1, "amber", "query")
    assert found["links"][0]["state"] == "present"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "there is no such file; webex-token-tray setup makes it"),
        ("{", "not valid JSON at line 1"),
        ("[]", "not a JSON object"),
        ("{}", "serviceApp.appId is missing"),
    ],
)
def test_a_config_that_cannot_be_used_is_exit_78_and_one_sentence(
    program: Program, profile: Profile, text: str | None, sentence: str
) -> None:
    if text is None:
        profile.config_path.unlink()
    else:
        profile.config_path.write_text(text)
    done = program("status", "--config", str(profile.config_path), "--json")
    assert done.returncode == 78
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    found = as_json(done.stdout)
    assert (found["colour"], found["who"]) == ("red", "you")
    assert sentence in found["next_step"]


def test_the_config_is_found_by_option_before_environment_before_folder(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    missing = str(tmp_path / "missing.json")
    assert program("status").returncode == 0  # in the working directory
    assert program("status", WEBEX_TOKEN_CONFIG=missing).returncode == 78
    by_option = program("--config", "token-config.json", "status", WEBEX_TOKEN_CONFIG=missing)
    assert by_option.returncode == 0
    assert program("--config", "token-config.json", "status", "--config", missing).returncode == 78


@pytest.mark.parametrize(
    "base", ["http://webexapis.com/v1", "ftp://127.0.0.1", "nonsense", "https://user:pw@host/v1"]
)
def test_an_api_base_that_would_carry_secrets_in_the_open_is_refused(
    program: Program, webex: Sandbox, base: str
) -> None:
    for done in (program("status", "--api-base", base), program("status", WEBEX_API_BASE=base)):
        assert done.returncode == 64
        assert "API base" in done.stderr
    assert not webex.requests


def test_the_command_line_leads_over_the_environment_on_either_side_of_the_verb(
    program: Program, webex: Sandbox
) -> None:
    program.as_tray()
    nobody = "http://127.0.0.1:9/v1"
    for arguments in (
        ["--api-base", webex.api_base, "status"],
        ["status", "--api-base", webex.api_base],
    ):
        assert program(*arguments, WEBEX_API_BASE=nobody).returncode == 0
    assert program("status", WEBEX_API_BASE=nobody).returncode == 1


def test_a_bad_api_base_from_the_environment_is_named_as_such(program: Program) -> None:
    done = program("status", WEBEX_API_BASE="http://webexapis.com/v1")
    assert done.returncode == 64
    assert "WEBEX_API_BASE" in done.stderr


def test_two_requests_at_most_for_one_status(program: Program, webex: Sandbox) -> None:
    program("status")
    assert [seen.kind for seen in webex.requests] == [Kind.DATA_SOURCES]


def test_what_breaks_first_is_said_and_is_in_the_json() -> None:
    """In a line of its own where the headline says something else."""
    at = datetime(2026, 6, 7, 12, tzinfo=UTC)
    green = replace(judge(GOOD), breaks_first=ExpectedFailure(LinkName.SIGN_IN, at))
    assert as_text(green, "/x/.env").count("Browser sign-in needed by") == 1
    amber = replace(judge(but(store=StoreState.MEMORY)), breaks_first=green.breaks_first)
    lines = as_text(amber, "/x/.env").splitlines()
    assert "no keyring" in lines[0]
    assert lines[2].startswith("Browser sign-in needed by ")
    assert as_object(amber)["breaks_first"] == {
        "name": "integration-sign-in",
        "subject": None,
        "at": "2026-06-07T12:00:00Z",
    }
    assert as_object(judge(GOOD))["breaks_first"] is None
    assert "breaks" not in as_text(judge(GOOD), "/x/.env").lower()
    unknown = replace(green, breaks_first=ExpectedFailure(LinkName.PERSONAL, None))
    assert as_object(unknown)["breaks_first"]["at"] is None


def test_how_the_token_is_stands_before_what_else_there_is_to_know(
    program: Program, profile: Profile
) -> None:
    """A terminal shows both streams."""
    done = subprocess.run(
        program.command("status"),
        env=program.environ,
        cwd=program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=60,
    )
    first, *_, last = done.stdout.splitlines()
    assert first == "green: Token works"
    assert f"4 secrets in {profile.config_path} can rest in" in last
