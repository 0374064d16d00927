"""`refresh`: what it renews, what it says when it cannot, and where the secrets go."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Program
from tests.plain_python import PLAIN_PYTHON
from tests.profile import COMMENT, OTHER, Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import KEYRING


def test_it_renews_a_token_that_works_and_names_the_rung(
    program: Program, profile: Profile
) -> None:
    before = profile.env_access()
    done = program("refresh")
    assert done.returncode == 0
    assert done.stdout.startswith("Renewed with the service app's refresh token.")
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
    assert "  failed: Webex answered with an error (HTTP 503, ROUTER_" in done.stdout
    assert profile.env_path.read_bytes() == before


def test_nothing_left_to_renew_with_is_exit_2_and_says_what_to_do(
    program: Program, webex: Sandbox
) -> None:
    webex.revoke_all()
    done = program("refresh")
    assert done.returncode == 2
    assert "Next (you): Sign in through the browser" in done.stdout


def test_a_pasted_personal_token_is_taken_on_the_next_refresh(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    webex.revoke_all()
    assert program("refresh").returncode == 2
    profile.pasted = webex.issue_personal_token()
    profile.write_config()
    done = program("refresh")
    assert done.stdout.startswith("Renewed with your personal access token.")


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
    assert "method 2" in everything  # the log was looked at
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


def quiet(program: Program) -> None:
    """With nothing due: not a word, so that cron mails nothing."""
    done = program("refresh", "--if-due")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_if_due_nothing_is_done_and_nothing_said_while_all_is_well(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program.as_tray()
    before, asked = profile.env_path.read_bytes(), len(webex.requests)
    quiet(program)
    assert profile.env_path.read_bytes() == before
    assert [seen.kind for seen in webex.requests[asked:]] == [Kind.DATA_SOURCES]


def test_if_due_a_dead_token_is_renewed(program: Program, profile: Profile, webex: Sandbox) -> None:
    program.as_tray()
    webex.revoke_service_access()
    assert program("status").returncode == 2
    done = program("refresh", "--if-due")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Renewed with the service app's refresh token.\n"
    assert program("status").returncode == 0
    quiet(program)


def test_if_due_a_missing_token_is_put_back_and_another_s_taken_over(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program.as_tray()
    held = profile.env_access()
    profile.env_path.unlink()
    looked = program("status")
    assert looked.returncode == 2
    assert "webex-token-tray refresh --if-due would put it back." in looked.stderr
    assert program("refresh", "--if-due").returncode == 0
    assert profile.env_access() == held
    other = webex.issue_service_pair()
    profile.write_env(other.access, other.refresh)
    looked = program("status")
    assert looked.returncode == 0
    assert "webex-token-tray refresh --if-due would take it over." in looked.stderr
    assert program("refresh", "--if-due").returncode == 0
    assert other.access in Path(program.environ["TEST_KEYRING_FILE"]).read_text()
    quiet(program)


def test_if_due_what_has_not_been_used_for_long_is_exercised_all_of_it(
    program: Program, webex: Sandbox
) -> None:
    """The sign-in and the refresh token of `.env`; until then `status` is amber and says so."""
    program.as_tray()
    (database,) = Path(program.environ["HOME"]).rglob("journal.sqlite3")
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE usage SET seen = seen - 30 * 86400")
    looked = program("status", "--json")
    found = json.loads(looked.stdout)
    assert (looked.returncode, found["reason"]) == (1, "exercise-due")
    assert "refresh --if-due" in found["next_step"]
    asked = len(webex.requests)
    done = program("refresh", "--if-due")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Exercised: the integration's sign-in.\nExercised: the service app's refresh token.\n"
    )
    used = {seen.kind for seen in webex.requests[asked:]}
    assert used >= {Kind.INTEGRATION_REFRESH, Kind.SERVICE_REFRESH}
    assert program("status").returncode == 0
    quiet(program)


def test_if_due_what_is_wrong_is_on_stderr_with_the_colour_s_code(
    program: Program, webex: Sandbox
) -> None:
    program.as_tray()
    webex.revoke_all()
    done = program("refresh", "--if-due")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "red: Webex token rejected: sign-in needed\nNext (you): Sign in through the browser:"
        " webex-token-tray authorize\n"
    )


def test_secrets_stay_in_the_config_and_that_is_said_once(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Only setup, import, authorize, the tray and watch move them; cron mails what is said."""
    profile.config_path.chmod(0o600)
    before = profile.config_path.read_bytes()
    first = program("token")
    assert f"4 secrets in {profile.config_path} can rest in {KEYRING} instead" in first.stderr
    webex.revoke_service_access()
    for verb in (
        ["token"],
        ["refresh"],
        ["refresh", "--if-due"],
        ["run", "--", *PLAIN_PYTHON, "-c", ""],
        ["status"],
    ):
        done = program(*verb)
        assert (done.returncode, done.stderr) == (0, ""), verb
    assert profile.config_path.read_bytes() == before


def test_a_typed_sign_in_that_was_renewed_leads_although_the_config_has_the_old_one(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Nothing was moved; what Webex rotated is in the keyring all the same."""
    webex.policy = RefreshPolicy.ROTATED
    for _ in range(2):
        webex.revoke_service_access()
        webex.revoke_service_refresh()
        webex.revoke_personal()
        webex.revoke_integration_access()
        assert program("refresh").stdout.startswith("Renewed with the integration's")
    assert webex.reuses == 0
