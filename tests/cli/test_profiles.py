"""`profiles` and `--profile`: the list, and which profile a command is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox


@pytest.fixture
def other(tmp_path: Path, webex: Sandbox) -> Profile:
    (tmp_path / "other").mkdir()
    return full_profile(tmp_path / "other", webex, webex.add_customer())


def test_what_is_added_is_listed_and_named_to_commands(
    program: Program, profile: Profile, other: Profile
) -> None:
    for name, each in (("first", profile), ("second", other)):
        added = program("profiles", "add", name, str(each.config_path))
        assert (added.returncode, added.stderr) == (0, "")
        assert added.stdout.startswith(f"{name}: {each.config_path}; ")
    listed = program("profiles", "list")
    assert listed.stdout.splitlines() == [
        f"first   {profile.config_path}",
        f"second  {other.config_path}",
    ]
    assert json.loads(program("profiles", "list", "--json").stdout) == {
        "first": str(profile.config_path),
        "second": str(other.config_path),
    }
    for name, each in (("first", profile), ("second", other)):
        report = json.loads(program("status", "--json", "--profile", name).stdout)
        assert report["env_file"] == str(each.env_path)
    before = other.env_access()
    assert program("--profile", "second", "refresh").returncode == 0
    assert other.env_access() != before


def test_a_command_about_one_profile_asks_which_unless_there_is_one(
    program: Program, profile: Profile, other: Profile
) -> None:
    """Though a config stands in the working directory: the list leads."""
    del program.environ["WEBEX_TOKEN_CONFIG"]
    program("profiles", "add", "only", str(other.config_path))
    report = json.loads(program("status", "--json").stdout)
    assert report["env_file"] == str(other.env_path)
    quick = program("status", "--max-age", "1h", "--json")
    assert json.loads(quick.stdout)["env_file"] == str(other.env_path)
    program("profiles", "add", "more", str(profile.config_path))
    asked = program("token")
    assert asked.returncode == 64
    assert "name it with --profile (more, only)." in asked.stderr
    assert program("status", "--max-age", "1h").returncode == 64
    named = program("status", WEBEX_TOKEN_CONFIG=str(profile.config_path))
    assert str(profile.env_path) in named.stdout


def test_status_shows_all_profiles_the_worst_first(
    program: Program, profile: Profile, other: Profile
) -> None:
    """It asked which one."""
    del program.environ["WEBEX_TOKEN_CONFIG"]
    program("profiles", "add", "acme", str(profile.config_path))
    program("profiles", "add", "byte", str(other.config_path))
    other.config_path.write_text("{")
    done = program("status")
    assert done.stdout.startswith("1 of 2 needs you: byte: ")
    assert done.stdout.index("\nbyte\n") < done.stdout.index("\nacme\ngreen: Token works")
    found = json.loads(program("status", "--json").stdout)
    assert list(found) == ["byte", "acme"]
    assert found["acme"]["env_file"] == str(profile.env_path)
    assert program("status", "--json").returncode == done.returncode == 2


def test_an_unknown_profile_is_told_with_those_that_there_are(
    program: Program, profile: Profile
) -> None:
    program("profiles", "add", "acme", str(profile.config_path))
    done = program("status", "--profile", "amce")
    assert done.returncode == 64
    assert "there is no profile amce; there are: acme" in done.stderr


def test_two_profiles_with_one_env_are_refused(
    program: Program, profile: Profile, other: Profile
) -> None:
    other.write_config(lambda config: config["tray"].update(envFile=str(profile.env_path)))
    program("profiles", "add", "first", str(profile.config_path))
    done = program("profiles", "add", "second", str(other.config_path))
    assert done.returncode == 78
    assert f"first and second would keep the same .env, {profile.env_path}" in done.stderr
    assert "second" not in program("profiles", "list").stdout


def test_two_profiles_with_one_output_are_refused(
    program: Program, profile: Profile, other: Profile
) -> None:
    shared = str(profile.folder / "app.env")
    outputs = [{"file": ".env"}, {"file": shared}]
    for each in (profile, other):
        each.write_config(lambda config: config["tray"].update(outputs=outputs))
    program("profiles", "add", "first", str(profile.config_path))
    done = program("profiles", "add", "second", str(other.config_path))
    assert done.returncode == 78
    assert f"would keep the same .env, {shared}" in done.stderr
    words = [word for each in (profile, other) for word in ("--config", str(each.config_path))]
    done = program("watch", *words)
    assert done.returncode == 3
    assert f"{shared} is kept already by the tray of {profile.config_path}" in done.stderr


def test_a_config_that_cannot_be_used_is_not_added(program: Program, profile: Profile) -> None:
    done = program("profiles", "add", "acme", "missing.json")
    assert done.returncode == 78
    assert "there is no such file" in done.stderr
    assert program("profiles", "list").stdout.startswith("No profiles yet: ")


def test_a_removed_profile_leaves_everything_where_it_is(
    program: Program, profile: Profile
) -> None:
    program("profiles", "add", "acme", str(profile.config_path))
    config = profile.config_path.read_bytes()
    done = program("profiles", "remove", "acme")
    assert (done.returncode, done.stdout) == (
        0,
        f"acme is off the list; left: {profile.config_path}\n",
    )
    assert profile.config_path.read_bytes() == config
    assert program("profiles", "remove", "acme").returncode == 78


def test_one_config_named_twice_is_wrong_usage(program: Program, profile: Profile) -> None:
    config = str(profile.config_path)
    done = program("tray", "--backend", "none", "--config", config, "--config", config)
    assert done.returncode == 64
    assert "is named twice." in done.stderr


def test_variables_that_stand_for_one_profile_are_left_aside_with_several(
    program: Program, profile: Profile, other: Profile
) -> None:
    """Else all would act for the same organization."""
    other.write_config(lambda config: config["tray"].update(envFile=str(profile.env_path)))
    words = [word for each in (profile, other) for word in ("--config", str(each.config_path))]
    done = program("tray", "--backend", "none", *words, WEBEX_TARGET_ORG_ID="x")
    assert done.returncode == 3, "the same .env, so that it ends"
    assert "Ignored, since they are for a single profile: WEBEX_TARGET_ORG_ID." in done.stderr
    assert "a .env of its own" in done.stderr
