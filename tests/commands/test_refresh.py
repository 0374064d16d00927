"""`refresh`: what it renews, what it says when it cannot, and where the secrets go."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Program
from tests.profile import COMMENT, OTHER, Profile
from tray_app.sandbox import Fault, Kind, Sandbox


def test_it_renews_a_token_that_works_and_names_the_rung(
    program: Program, profile: Profile
) -> None:
    before = profile.env_access()
    done = program("refresh")
    assert done.returncode == 0
    assert done.stdout.startswith("Renewed: rung 1, the service app's refresh token.")
    assert profile.env_access() not in (None, before)
    text = profile.env_path.read_text()
    assert text.startswith(COMMENT)
    assert text.endswith(OTHER)


def test_the_new_pair_is_in_the_keyring_too(program: Program, profile: Profile) -> None:
    program("refresh")
    kept = Path(program.environ["TEST_KEYRING_FILE"]).read_text()
    access = profile.env_access()
    assert access is not None
    assert access in kept


def test_a_refresh_that_webex_does_not_answer_is_exit_1_and_keeps_the_token(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program("status")
    before = profile.env_path.read_bytes()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    done = program("refresh")
    assert done.returncode == 1
    assert done.stdout.startswith("Not renewed.")
    assert "Webex has an error of its own" in done.stdout
    assert profile.env_path.read_bytes() == before


def test_nothing_left_to_renew_with_is_exit_2_and_says_what_to_do(
    program: Program, webex: Sandbox
) -> None:
    webex.revoke_all()
    done = program("refresh")
    assert done.returncode == 2
    assert "Next (you): Re-authorize in the browser" in done.stdout


def test_a_pasted_personal_token_is_taken_on_the_next_refresh(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    webex.revoke_all()
    assert program("refresh").returncode == 2
    profile.pasted = webex.issue_personal_token()
    profile.write_config()
    done = program("refresh")
    assert done.stdout.startswith("Renewed: rung 2, the pasted personal access token.")


def test_no_secret_reaches_output_log_or_journal(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    webex.revoke_service_refresh()
    done = program("--debug", "refresh")
    outputs = [done.stdout, done.stderr]
    home = Path(program.environ["HOME"])
    outputs += [
        path.read_bytes().decode(errors="replace")
        for path in home.rglob("*")
        if path.is_file() and path.name != "keyring.json"
    ]
    everything = "\n".join(outputs)
    assert "rung 2" in everything  # the log was looked at
    config = json.loads(profile.config_path.read_text())
    manager = config["tokenManager"]
    secrets = [
        profile.env_access(),
        profile.env_refresh(),
        config["serviceApp"]["clientSecret"],
        manager["personalAccessToken"],
        manager["integration"]["clientSecret"],
        manager["integration"]["refreshToken"],
    ]
    for secret in secrets:
        assert secret
        pieces = (secret[start : start + 8] for start in range(0, min(len(secret), 64) - 7, 8))
        assert not [piece for piece in pieces if piece in everything]
