"""`forget` on one profile of several: what is its alone goes, what others share is kept."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import KEYRING
from tray_app.system.dirs import CONFIG_NAME, TEMPLATE, AppDirs, resource
from tray_app.system.locks import Locks

LOGIN, UNIT = (pytest.param(name, marks=pytest.mark.posix) for name in ("login", "unit"))
"""On Windows, the first would be in this user's own registry, and there is no second."""


@pytest.fixture
def folders(program: Program) -> AppDirs:
    return program.folders


@pytest.fixture
def other(webex: Sandbox, tmp_path: Path) -> Profile:
    """Another customer of the same service app and integration."""
    (tmp_path / "other").mkdir()
    return full_profile(tmp_path / "other", webex, webex.add_customer())


def kept(program: Program) -> set[str]:
    """The names of the secrets in the keyring."""
    path = Path(program.environ["TEST_KEYRING_FILE"])
    found = json.loads(path.read_text()) if path.exists() else {}
    return {name.removeprefix("webex-token-tray/") for name in found}


def rows(folders: AppDirs, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folders.token_facts)) as db:
        return db.execute(query).fetchall()


def test_what_others_share_is_kept_and_named(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    """It took client secret, sign-in, database, log and locks from all."""
    for it in (profile, other):
        program.as_tray(str(it.config_path))
    before = kept(program)
    ours = {name for name in before if profile.config()["serviceApp"]["targetOrgId"] in name}
    assert sorted(name.partition("/tokens")[2] for name in ours) == ["", "/issued"]
    reports = "SELECT profile FROM report"
    events = "SELECT DISTINCT profile FROM event"
    assert (len(rows(folders, reports)), len(rows(folders, events))) == (2, 2)
    done = program("forget", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert kept(program) == before - ours
    for name in ours:
        assert f"removed from {KEYRING}: {SecretNames.shortened(name)}\n" in done.stdout
    user = f", used by {other.config_path}\n"
    for what in (
        "the service app's client secret (",
        "the personal access token (",
        "the integration's client secret (",
        "the integration's sign-in (",
        f"the database {folders.token_facts}",
        f"the log {folders.log_file}",
        f"the folder of locks {folders.locks}",
    ):
        line = next(line for line in done.stdout.splitlines(True) if f"kept: {what}" in line)
        assert line.endswith(user)
    assert rows(folders, reports) == [(os.path.normcase(other.config_path),)]
    assert len(rows(folders, events)) == 1
    assert program.as_tray(str(other.config_path)).returncode == 0


def test_facts_about_its_own_tokens_go_and_those_about_shared_ones_stay(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    for it in (profile, other):
        program.as_tray(str(it.config_path))
        program("refresh", "--config", str(it.config_path))
    lives = "SELECT digest FROM life"
    before = {row[0] for row in rows(folders, lives)}
    program("forget", "--yes")
    gone = before - {row[0] for row in rows(folders, lives)}
    assert len(gone) == 2, "its access and its refresh token"
    assert len(before) > 2


@pytest.mark.posix
def test_it_is_listed_before_it_is_asked_and_no_removes_nothing(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    for it in (profile, other):
        program.as_tray(str(it.config_path))
    program("profiles", "add", "acme", str(profile.config_path))
    program("profiles", "add", "byte", str(other.config_path))
    program("--profile", "acme", "autostart", "on")
    before = kept(program)
    done = program("--profile", "acme", "forget", typed="n\n")
    assert (done.returncode, done.stderr) == (130, "\nNothing was removed.\n")
    goes, _, rest = done.stdout.partition("\nKept:\n")
    stays, _, yours = rest.partition("\nLeft, since it is yours:\n")
    assert goes.startswith("To be removed:\n")
    assert f"\n  the service app's tokens ({KEYRING}: " in goes
    assert ".desktop" in goes
    assert "client secret" not in goes
    assert f"used by profile byte ({other.config_path})" in stays
    assert str(profile.env_path) in yours
    assert "the name acme in `profiles list`" in yours
    assert "Remove this? [y/N]" in yours
    assert kept(program) == before
    yes = program("--profile", "acme", "forget", typed="y\n")
    assert yes.returncode == 0
    assert [name for name in before - kept(program) if "/tokens" not in name] == []
    assert len(kept(program)) < len(before)
    assert "acme" in program("profiles", "list").stdout


def test_two_configs_of_one_app_and_organization_share_all_of_it(
    program: Program, profile: Profile, tmp_path: Path
) -> None:
    """An old checkout: to forget it costs the other nothing."""
    program.as_tray()
    (tmp_path / "checkout").mkdir()
    second = tmp_path / "checkout/token-config.json"
    shutil.copy(profile.config_path, second)
    before = kept(program)
    done = program("--config", str(second), "forget", "--yes")
    assert done.returncode == 0
    assert kept(program) == before
    assert "kept: the service app's tokens (" in done.stdout
    assert program("token").stdout == f"{profile.env_access()}\n"


@pytest.mark.parametrize("known_by", ["list", "database", LOGIN, UNIT, "tray", "own folder"])
def test_another_profile_is_known_however_it_is_used(
    program: Program, profile: Profile, other: Profile, folders: AppDirs, known_by: str
) -> None:
    program.as_tray()
    config = other.config_path
    match known_by:
        case "list":
            program("profiles", "add", "byte", str(config))
        case "database":
            program.as_tray(str(config))
        case "login":
            program("--config", str(config), "autostart", "on")
        case "unit":
            program("--config", str(config), "watch", "--install")
        case "tray":
            (folders.locks / "of-a-tray.keeper").write_text(str(config))
            (folders.locks / "damaged.keeper").write_bytes(b"\0\xff")
        case _:
            folders.config.mkdir(parents=True, exist_ok=True)
            config.rename(folders.config / config.name)
    program("forget", "--yes")
    assert any(name.endswith("/secret") for name in kept(program))
    assert folders.token_facts.exists()


def test_a_config_that_cannot_be_used_may_share_and_is_named(
    program: Program, profile: Profile, other: Profile
) -> None:
    program.as_tray()
    program("profiles", "add", "byte", str(other.config_path))
    other.config_path.write_text("{")
    before = kept(program)
    done = program("--config", str(profile.config_path), "forget", "--yes")
    label = f"profile byte ({other.config_path}), whose config cannot be used"
    assert f"used by {label}\n" in done.stdout
    assert f"{label}, may use what was kept. If it is no longer needed: `profiles remove" in (
        done.stdout
    )
    assert kept(program) == before


@pytest.mark.parametrize("known_by", ["list", "approvals", LOGIN])
def test_a_config_that_is_away_for_a_moment_keeps_what_it_may_share_until_let_go(
    program: Program, profile: Profile, other: Profile, folders: AppDirs, known_by: str
) -> None:
    """An unmounted disk, a moved folder: `forget --yes` took the sign-in of both."""
    config = str(other.config_path)
    program.as_tray()
    match known_by:
        case "list":
            program("profiles", "add", "byte", config)
            steps = [["profiles", "remove", "byte"]]
        case "approvals":
            program("allow", config)
            steps = [["allow", "--revoke", config]]
        case _:
            program("--config", config, "autostart", "on")
            steps = [["--config", config, "autostart", "off"], ["allow", "--revoke", config]]
    other.folder.rename(other.folder.with_name("away"))
    before = kept(program)
    ours = ["--config", str(profile.config_path)]
    done = program(*ours, "forget", "--yes")
    assert done.returncode == 0
    assert kept(program) == before
    assert f"kept: the integration's sign-in ({KEYRING}: " in done.stdout
    assert config in done.stdout
    assert "whose config is gone, may use what was kept. If it is no" in done.stdout
    assert "forget again without --yes" not in done.stdout
    for step in steps:
        assert program(*step).returncode == 0
    program(*ours, "forget", "--yes")
    assert kept(program) == set()


def test_one_known_only_from_its_last_report_keeps_all_until_a_person_says_it_is_gone(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    for it in (profile, other):
        program.as_tray(str(it.config_path))
    program("allow", "--revoke", str(other.config_path))
    other.config_path.unlink()
    before = kept(program)
    done = program("forget", "--yes")
    assert kept(program) == before
    assert folders.token_facts.exists()
    assert "If it is no longer needed: forget again without --yes, which asks" in done.stdout
    program.as_tray()
    no = program("forget", typed="n\ny\n")
    assert f"{os.path.normcase(other.config_path)} is gone. For good" in no.stdout
    assert kept(program) == before
    program.as_tray()
    assert program("forget", typed="y\ny\n").returncode == 0
    assert not any(name.endswith("/secret") for name in kept(program))
    assert not folders.token_facts.exists()
    assert not folders.locks.exists()


def test_locks_that_a_program_holds_are_not_taken_nor_what_it_uses(
    program: Program, profile: Profile, folders: AppDirs
) -> None:
    """A tray whose config is known from nowhere."""
    program.as_tray()
    with Locks(folders.locks).acquire("instance", "somewhere else"):
        done = program("forget", "--yes")
        assert list(folders.locks.glob("instance-*.lock"))
    assert done.returncode == 0
    assert f"kept: the folder of locks {folders.locks}, used by a program that runs now" in (
        done.stdout
    )
    assert folders.token_facts.exists()
    assert kept(program) == set()
    again = program("forget", "--yes")
    assert again.returncode == 0
    assert not folders.locks.exists()
    assert not folders.token_facts.exists()


def test_a_profile_whose_tray_runs_is_refused_before_it_is_asked(
    program: Program, profile: Profile, folders: AppDirs
) -> None:
    program.as_tray()
    before = kept(program)
    real = os.path.normcase(os.path.realpath(profile.config_path))
    with Locks(folders.locks).acquire("instance", real):
        done = program("forget", typed="y\n")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"Already running for {profile.config_path}: quit it first.\n"
    assert kept(program) == before


def test_a_config_that_was_only_found_takes_nothing_of_the_user_s(
    program: Program, profile: Profile, folders: AppDirs, tmp_path: Path
) -> None:
    """Planted in a folder, with the victim's ids: `forget` there forgets what is its own. The
    database never names it, so that `forget --all` does not count it as a profile."""
    program.as_tray(str(profile.config_path))
    before = kept(program)
    (tmp_path / "planted").mkdir()
    shutil.copy(profile.config_path, tmp_path / "planted")
    there = Program(program.environ, tmp_path / "planted")
    there.environ.pop("WEBEX_TOKEN_CONFIG", None)
    there("refresh")
    used = "SELECT profile FROM used_base"
    assert rows(folders, used) == rows(folders, "SELECT profile FROM report")
    done = there("forget", "--yes")
    assert done.returncode == 0
    assert kept(program) == before
    assert f"removed from {KEYRING}" not in done.stdout
    assert program("status", "--config", str(profile.config_path)).returncode == 0


def test_its_approval_goes_and_those_of_others_tell_who_they_are(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    program.as_tray()
    program("allow", str(profile.config_path))
    program("allow", str(other.config_path))
    done = program("forget", "--yes")
    assert f"removed: the approval of {profile.config_path}\n" in done.stdout
    assert f"used by {other.config_path}\n" in done.stdout
    assert list(json.loads(folders.approvals.read_text())["approvals"]) == [str(other.config_path)]


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.posix
def test_all_are_listed_once_before_it_is_asked_and_then_nothing_is_kept(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    """One after the other, each kept what the other might use."""
    for name, it in (("acme", profile), ("byte", other)):
        program.as_tray(str(it.config_path))
        program("profiles", "add", name, str(it.config_path))
    program("--profile", "byte", "launcher", "on")
    declined = program("forget", "--all", typed="n\n")
    assert declined.returncode == 130
    listed = declined.stdout.partition("\nLeft, since it is yours:\n")[0].splitlines()
    assert len(listed) == len(set(listed))
    assert not [line for line in listed if line.startswith("Kept")]
    assert len(kept(program)) == len([line for line in listed if f"({KEYRING}: " in line])
    done = program("forget", "--all", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "kept: " not in done.stdout
    assert kept(program) == set()
    assert {path.name for path in folders.config.parent.parent.rglob("webex*")} == set()


def test_entries_that_look_alike_in_the_list_are_each_listed(
    program: Program, profile: Profile, webex: Sandbox, tmp_path: Path
) -> None:
    """Their names are shortened there, and two that differ in the middle of an id were one line."""
    customer = webex.add_customer()
    start, end = customer.org_uuid[:-12], webex.service_app.org_uuid[-12:]
    webex.customers[-1] = customer = replace(customer, org_uuid=start + end)
    (tmp_path / "alike").mkdir()
    alike = full_profile(tmp_path / "alike", webex, customer)
    for name, it in (("acme", profile), ("byte", alike)):
        program.as_tray(str(it.config_path))
        program("profiles", "add", name, str(it.config_path))
    listed = program("forget", "--all", typed="n\n").stdout.splitlines()
    assert len([line for line in listed if f"({KEYRING}: " in line]) == len(kept(program))


def test_all_but_one_that_cannot_be_read_and_what_it_may_use(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    for name, it in (("acme", profile), ("byte", other)):
        program.as_tray(str(it.config_path))
        program("profiles", "add", name, str(it.config_path))
    other.config_path.write_text("{")
    before = kept(program)
    done = program("forget", "--all", "--yes")
    assert done.returncode == 0
    assert kept(program) == before
    assert "If it is no longer needed: `profiles remove byte`, then forget again." in done.stdout
    assert program("profiles", "list").stdout.split()[:1] == ["byte"]


@pytest.mark.posix
@pytest.mark.parametrize("is_template", [False, True], ids=["no config", "the template"])
def test_all_although_nothing_was_ever_set_up(
    program: Program, profile: Profile, folders: AppDirs, is_template: bool
) -> None:
    """It was refused, and what a first look had left could not be removed."""
    profile.config_path.unlink()
    config = folders.config / CONFIG_NAME
    if is_template:
        config.parent.mkdir(mode=0o700, parents=True)
        shutil.copy(resource(TEMPLATE), config)
    for command in ("status", "refresh"):
        assert program(command, WEBEX_TOKEN_CONFIG="").returncode == 78
    program("autostart", "on", WEBEX_TOKEN_CONFIG="")
    done = program("forget", "--all", "--yes", WEBEX_TOKEN_CONFIG="")
    assert (done.returncode, done.stderr) == (0, "")
    assert (f"left: {config}\n" in done.stdout) == is_template
    left = set(folders.config.parent.parent.rglob("webex*"))
    assert left == ({config.parent} if is_template else set())


def test_all_whose_only_config_was_emptied_after_its_set_up(
    program: Program, profile: Profile, folders: AppDirs
) -> None:
    """Its secrets are in the keyring, under names that only the config told."""
    config = folders.config / CONFIG_NAME
    config.parent.mkdir(mode=0o700, parents=True)
    profile.config_path.rename(config)
    program.as_tray(str(config))
    before = kept(program)
    shutil.copy(resource(TEMPLATE), config)
    done = program("forget", "--all", "--yes", WEBEX_TOKEN_CONFIG="")
    assert done.returncode == 78
    assert "serviceApp.appId still holds the template's placeholder" in done.stderr
    assert kept(program) == before != set()
    assert folders.token_facts.exists()


def test_the_only_one_keeps_the_database_while_it_names_another_webex(
    program: Program, profile: Profile, folders: AppDirs
) -> None:
    """Without it, `forget --all` knew nothing of the secrets that were left, and said nothing."""
    text = profile.config_path.read_text()
    with Sandbox() as another:
        program.as_tray(WEBEX_API_BASE=another.api_base)
        profile.config_path.write_text(text)
        program.as_tray()
        done = program("forget", "--yes")
        assert done.returncode == 0
        assert f"{folders.token_facts}, used by {another.api_base}" in done.stdout
        assert "forget --all also removes" in done.stdout
        assert kept(program)
        assert program("forget", "--all", "--yes").returncode == 0
    assert not kept(program)
    assert not folders.token_facts.exists()


def test_all_with_one_that_was_forgotten_at_one_webex_and_then_emptied(
    program: Program, profile: Profile, other: Profile, folders: AppDirs
) -> None:
    """What it had at another Webex stayed, and the database that named that one was removed."""
    config = folders.config / CONFIG_NAME
    config.parent.mkdir(mode=0o700, parents=True)
    text = profile.config_path.read_text()
    with Sandbox() as another:
        config.write_text(text)
        program.as_tray(str(config), WEBEX_API_BASE=another.api_base)
    config.write_text(text)
    program.as_tray(str(config))
    program.as_tray(str(other.config_path))
    assert program("forget", "--yes", WEBEX_TOKEN_CONFIG="").returncode == 0
    before = kept(program)
    shutil.copy(resource(TEMPLATE), config)
    assert program("forget", "--all", "--yes", WEBEX_TOKEN_CONFIG="").returncode == 78
    assert kept(program) == before
    assert folders.token_facts.exists()


def test_all_with_one_that_is_named_is_a_mistake(program: Program, profile: Profile) -> None:
    program.as_tray()
    before = kept(program)
    done = program("forget", "--all", "--yes", "--config", str(profile.config_path))
    assert done.returncode == 64
    assert "--all is for all profiles: leave out --config and --profile." in done.stderr
    assert kept(program) == before
