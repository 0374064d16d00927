"""tray.secretStore: secrets in a file, where a config says so; out of the keyring and back."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.cli.test_import import kept, secrets_of
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import KEYRING

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def choose(profile: Profile, store: str) -> None:
    """As a person does who edits the config."""
    config = json.loads(profile.config_path.read_text())
    config["tray"]["secretStore"] = store
    profile.config_path.write_text(json.dumps(config))


@pytest.fixture
def file(program: Program) -> Path:
    return program.folders.secrets


def held(file: Path) -> dict[str, str]:
    secrets: dict[str, str] = json.loads(file.read_text())["secrets"]
    return secrets


def test_on_a_server_without_a_keyring_nothing_is_lost(
    program: Program, profile: Profile, webex: Sandbox, file: Path
) -> None:
    """Green, durable, and a rotated token outlives the program."""
    config: dict[str, Any] = profile.config()
    choose(profile, "file")
    webex.revoke_service_access()
    done = program.as_tray(**NO_KEYRING)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"4 secrets moved from {profile.config_path} into the file {file};" in done.stderr
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    text = profile.config_path.read_text()
    assert not [secret for secret in secrets_of(config) if secret in text]
    profile.env_path.unlink()
    assert program("refresh", "--if-due", **NO_KEYRING).returncode == 0
    assert (profile.env_access() or "none") in file.read_text()


@pytest.mark.parametrize("store", ["keyring", "file", "config"])
def test_status_names_a_store_in_plain_text(
    program: Program, profile: Profile, file: Path, store: str
) -> None:
    """Also if it repeats what the last check has found."""
    choose(profile, store)
    program.as_tray()
    path = {"keyring": None, "file": file, "config": profile.config_path}[store]
    for options in ([], ["--max-age", "5m"]):
        lines = program("status", *options).stdout.splitlines()
        named = [line.split(maxsplit=1)[1] for line in lines if line.startswith("  Secrets ")]
        assert named == ([f"in the file {path}, plain text"] if path else [])


def test_nothing_goes_into_the_keyring(program: Program, profile: Profile) -> None:
    """Not even where there is one."""
    choose(profile, "file")
    program.as_tray()
    assert not Path(program.environ["TEST_KEYRING_FILE"]).exists()


def test_from_the_keyring_into_the_file_and_back_nothing_is_lost(
    program: Program, profile: Profile, webex: Sandbox, file: Path
) -> None:
    """One edit each way; what was renewed in between comes along."""
    program.as_tray()
    before = json.loads(kept(program))
    choose(profile, "file")
    moved = program("refresh", "--if-due")
    assert moved.returncode == 0, moved.stdout + moved.stderr
    assert f"secrets moved into the file {file}, which tray.secretStore names." in moved.stderr
    assert {f"webex-token-tray/{name}" for name in held(file)} == set(before)
    webex.revoke_service_access()
    assert program("refresh").returncode == 0
    renewed = held(file)
    choose(profile, "keyring")
    back = program("refresh", "--if-due")
    assert back.returncode == 0
    assert f"secrets moved into {KEYRING}, which tray.secretStore names." in back.stderr
    after = json.loads(kept(program))
    assert after == {f"webex-token-tray/{name}": value for name, value in renewed.items()}
    assert not file.exists()


def test_a_move_is_told_once(program: Program, profile: Profile) -> None:
    program.as_tray()
    choose(profile, "file")
    program("refresh", "--if-due")
    assert program("refresh", "--if-due").stderr == ""


def test_export_and_forget_know_the_file(program: Program, profile: Profile, file: Path) -> None:
    config = profile.config()
    choose(profile, "file")
    program.as_tray()
    shown = json.loads(program("export", "--with-secrets", "--yes").stdout)
    assert shown["serviceApp"] == config["serviceApp"]
    assert shown["tokenManager"] == config["tokenManager"]
    assert shown["tray"]["secretStore"] == "file"
    names = set(held(file))
    done = program("forget", "--yes")
    assert done.returncode == 0
    for name in names:
        assert f"removed from the file {file}: {SecretNames.shortened(name)}\n" in done.stdout
    assert not file.exists()


def test_profiles_share_the_file_and_forget_leaves_what_is_another_s(
    program: Program, profile: Profile, webex: Sandbox, file: Path
) -> None:
    choose(profile, "file")
    program.as_tray()
    first = {name for name in held(file) if name.endswith("/tokens")}
    other = profile.folder / "other.json"
    config = profile.config()
    config["serviceApp"]["targetOrgId"] = "another-organization"
    config["tray"] = {"envFile": "other.env", "secretStore": "file"}
    other.write_text(json.dumps(config))
    pair = webex.issue_service_pair()
    (profile.folder / "other.env").write_text(f"WEBEX_SERVICE_APP_ACCESS_TOKEN={pair.access}\n")
    program.as_tray(str(other))
    both = {name for name in held(file) if name.endswith("/tokens")}
    assert len(first) == 1
    assert len(both) == 2
    before = set(held(file))
    (another,) = both - first
    program("--config", str(other), "forget", "--yes")
    assert set(held(file)) == {name for name in before if not name.startswith(another)}


@pytest.mark.posix
def test_a_file_that_others_can_read_is_amber_with_the_remedy(
    program: Program, profile: Profile, webex: Sandbox, file: Path
) -> None:
    choose(profile, "file")
    program.as_tray()
    file.chmod(0o644)
    done = program("status")
    assert done.returncode == 1
    assert "the secrets file is unusable" in done.stdout
    assert f"{file} is open to other users of this machine: chmod 600 {file}" in done.stdout
    assert re.search(r"Its refresh token +cannot be read", done.stdout)
    assert "keyring" not in done.stdout
    sign_in = program("authorize", "--no-browser")
    assert "The secrets cannot be read: " in sign_in.stdout + sign_in.stderr
    webex.revoke_service_access()
    assert program("refresh").returncode == 2
    file.chmod(0o600)
    assert program("refresh").returncode == 0


def test_a_damaged_file_is_told_and_stays(program: Program, profile: Profile, file: Path) -> None:
    choose(profile, "file")
    program.as_tray()
    raw = file.read_bytes()[:-30]
    file.write_bytes(raw)
    done = program("refresh")
    assert done.returncode == 1
    assert "is damaged, or not a file of this program: repair it, or move it away" in done.stdout
    assert file.read_bytes() == raw


def test_another_word_is_a_fault(program: Program, profile: Profile) -> None:
    choose(profile, "vault")
    done = program("status")
    assert done.returncode == 78
    assert done.stderr.endswith('tray.secretStore must be "keyring", "file" or "config"\n')


def test_what_is_written_in_the_config_stays_there_if_it_says_so(
    program: Program, profile: Profile, webex: Sandbox, file: Path
) -> None:
    """Old scripts read it there. What Webex issues goes into the keyring; it is said once."""
    choose(profile, "config")
    before, typed = profile.config_path.read_bytes(), secrets_of(profile.config())
    first = program("refresh")
    assert first.returncode == 0, first.stdout + first.stderr
    said = f"{len(typed)} secrets stay in {profile.config_path}, as tray.secretStore says; what"
    assert f"{said} Webex issues goes into {KEYRING}.\n" in first.stderr
    assert "stay in" not in program("refresh").stderr
    assert profile.config_path.read_bytes() == before
    keyring = json.loads(kept(program))
    assert not typed & set(keyring.values())
    assert str(profile.env_access()) in str(keyring)
    assert not file.exists()
    doctor = program("doctor").stdout
    assert f"what is written in {profile.config_path} stays there" in doctor
    shown = json.loads(program("export", "--with-secrets", "--yes").stdout)
    assert shown["tray"]["secretStore"] == "config"
    assert shown["serviceApp"] == profile.config()["serviceApp"]


def test_without_a_keyring_what_webex_issues_goes_into_the_file_then(
    program: Program, profile: Profile, file: Path
) -> None:
    choose(profile, "config")
    before, typed = profile.config_path.read_bytes(), secrets_of(profile.config())
    done = program("refresh", **NO_KEYRING)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"what Webex issues goes into the file {file}." in done.stderr
    assert profile.config_path.read_bytes() == before
    assert not typed & set(held(file).values())
    assert str(profile.env_access()) in str(held(file))
    profile.env_path.unlink()
    again = program("refresh", **NO_KEYRING)
    assert again.returncode == 0
    assert ".env: the token there is missing; put ours back.\n" in again.stderr
    assert "stay in" not in again.stderr
    doctor = program("doctor", **NO_KEYRING).stdout
    assert f"the file {file} answers" in doctor


def test_what_was_moved_out_of_the_config_before_is_still_found(
    program: Program, profile: Profile
) -> None:
    """The word alone was changed: "@keyring" still means the keyring."""
    program.as_tray()
    choose(profile, "config")
    done = program("refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stay in" not in done.stderr
    assert "@keyring" in profile.config_path.read_text()
