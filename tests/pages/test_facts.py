"""What the page is made of, from a real profile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.profile import Profile
from tests.working import now
from tray_app import bootstrap
from tray_app.pages.facts import Known, gather
from tray_app.system.dirs import AppDirs


def known(profile: Profile) -> Known:
    engine = profile.engine(now)
    health = engine.poll()
    engine.close()
    return Known(bootstrap.ProfileContext(profile.config_path, profile.folders), health, True)


def test_it_has_the_health_the_events_and_the_places(profile: Profile) -> None:
    found = gather({"": known(profile)}, [])
    (details,) = found.profiles
    assert details.env_file == str(profile.env_path)
    assert details.config == str(profile.config_path)
    assert [str(event.event_type) for event in details.events][-1] == "health"
    assert details.health.links
    assert details.attended
    assert [version.partition(" ")[0] for version in found.versions][:2] == [
        "webex-token-tray",
        "Python",
    ]


def test_of_several_only_the_wanted_one_is_read(profile: Profile) -> None:
    one = known(profile)
    found = gather({"one": one, "other": one}, ["other"])
    assert [bool(each.events) for each in found.profiles] == [False, True]
    assert [bool(each.env_file) for each in found.profiles] == [False, True]


def test_without_a_usable_config_the_env_is_not_known(profile: Profile) -> None:
    one = known(profile)
    profile.config_path.write_text("{", encoding="utf-8")
    assert gather({"": one}, []).profiles[0].env_file == ""


def test_a_command_names_the_profile_as_it_must(profile: Profile, tmp_path: Path) -> None:
    """By its name if it is listed, by its file otherwise, not at all if that is the default."""

    def options(name: str, folders: AppDirs = profile.folders) -> tuple[str, ...]:
        setup = replace(one.setup, folders=folders)
        return gather({name: one._replace(setup=setup)}, []).profiles[0].options

    one = known(profile)
    path = str(profile.config_path)
    assert options("") == ()
    elsewhere = AppDirs.under(tmp_path / "elsewhere")
    assert options("", elsewhere) == ("--config", path)
    bootstrap.profiles(elsewhere).add("acme", profile.config_path)
    assert options("acme", elsewhere) == ("--profile", "acme")
    assert options("folder", elsewhere) == ("--config", path)
    elsewhere.profiles.write_text("{", encoding="utf-8")
    assert options("acme", elsewhere) == ("--config", path)
