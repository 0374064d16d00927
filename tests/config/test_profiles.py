"""The list of profiles: read by a person, changed by us, and never half written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tray_app.config.profiles import ProfileRegistry
from tray_app.model.errors import ConfigError


@pytest.fixture
def profiles(tmp_path: Path) -> ProfileRegistry:
    return ProfileRegistry(tmp_path / "config" / "profiles.json")


def fault(error: pytest.ExceptionInfo[ConfigError]) -> str:
    (sentence,) = error.value.faults
    return sentence


def test_what_is_added_is_listed_by_the_alphabet(profiles: ProfileRegistry, tmp_path: Path) -> None:
    assert profiles.all() == {}
    for name in ("cargo", "Byte", "acme"):
        profiles.add(name, tmp_path / f"{name}.json")
    assert list(profiles.all()) == ["acme", "Byte", "cargo"]
    assert profiles.all()["Byte"] == tmp_path / "Byte.json"
    if os.name == "posix":
        assert profiles.path.stat().st_mode & 0o777 == 0o600


def test_a_removed_one_is_gone_and_its_config_is_named(
    profiles: ProfileRegistry, tmp_path: Path
) -> None:
    profiles.add("acme", tmp_path / "a.json")
    assert profiles.remove("acme") == tmp_path / "a.json"
    assert profiles.all() == {}
    with pytest.raises(ConfigError) as error:
        profiles.remove("acme")
    assert fault(error) == "there is no profile acme; there are none; profiles add makes one"
    profiles.add("byte", tmp_path / "b.json")
    with pytest.raises(ConfigError) as error:
        profiles.remove("acme")
    assert fault(error) == "there is no profile acme; there are: byte"


@pytest.mark.posix
def test_two_names_for_one_config_and_one_name_for_two_are_refused(
    profiles: ProfileRegistry, tmp_path: Path
) -> None:
    """Wherever links lead."""
    config, link = tmp_path / "a.json", tmp_path / "link.json"
    config.write_text("{}")
    link.symlink_to(config)
    profiles.add("acme", config)
    with pytest.raises(ConfigError) as error:
        profiles.add("other", link)
    assert fault(error) == f"{link} is the profile acme already"
    with pytest.raises(ConfigError) as error:
        profiles.add("ACME", tmp_path / "b.json")
    assert fault(error) == f"there is a profile acme already: {config}"


@pytest.mark.parametrize("name", ["", " a", "a\n", "x" * 41, "-v", "\u202e"])
def test_what_is_no_name_is_refused(profiles: ProfileRegistry, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as error:
        profiles.add(name, tmp_path / "a.json")
    assert "is no name" in fault(error)
    assert not profiles.path.exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"profiles": []}', '{"profiles": {"a": 1}}', "\xff"])
def test_what_is_not_ours_is_left_alone(
    profiles: ProfileRegistry, tmp_path: Path, text: str
) -> None:
    profiles.path.parent.mkdir()
    profiles.path.write_text(text, encoding="latin-1")
    for call in (profiles.all, lambda: profiles.add("a", tmp_path / "a.json")):
        with pytest.raises(ConfigError) as error:
            call()
        assert "is not" in fault(error)
    assert profiles.path.read_text(encoding="latin-1") == text


def test_a_list_that_cannot_be_read_or_written_is_named(
    profiles: ProfileRegistry, tmp_path: Path
) -> None:
    profiles.path.mkdir(parents=True)
    with pytest.raises(ConfigError) as error:
        profiles.all()
    assert fault(error).startswith("cannot be read: ")
    blocked = ProfileRegistry(tmp_path / "file" / "profiles.json")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError) as error:
        blocked.add("a", tmp_path / "a.json")
    assert fault(error).startswith("cannot be ")


def test_a_list_that_a_person_wrote_is_read(profiles: ProfileRegistry) -> None:
    profiles.path.parent.mkdir()
    text = json.dumps({"profiles": {"acme": "/a/token-config.json"}})
    profiles.path.write_text(text, encoding="utf-8-sig")
    assert profiles.all() == {"acme": Path("/a/token-config.json")}


def test_a_path_that_is_no_utf_8_is_kept(profiles: ProfileRegistry) -> None:
    path = Path("/a/\udcff/token-config.json")
    profiles.add("ünï", path)
    assert profiles.all() == {"ünï": path}
