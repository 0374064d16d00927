"""token-config.json: a Config, or all its faults at once, with field and remedy, and no value."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.config.config_samples import HERE, api_id, faults, good, read
from tests.samples import token
from tray_app.config import file
from tray_app.config.export import as_json
from tray_app.config.file import ConfigFile, parse
from tray_app.model.credentials import Credentials, Integration
from tray_app.model.errors import ConfigError
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.system.atomic_file import MAX_BYTES

TEMPLATE = Path(__file__).parents[2] / "token-config.json.template"


# --- what is read -----------------------------------------------------------------------------


@pytest.mark.posix
def test_a_complete_config_is_read() -> None:
    """Every field of the template."""
    config = read(good())
    assert config.service_app.app_id == api_id("APPLICATION")
    assert config.service_app.client_secret == Secret("a" * 64)
    assert config.personal_access_token == token("p")
    assert config.integration == Integration("C" + "2" * 64, Secret("b" * 64), token("r"))
    assert config.env_file == "/profiles/one/.env"
    assert config.poll_seconds == 60


@pytest.mark.posix
def test_the_least_config_is_four_identifiers_without_secrets() -> None:
    """All else is in the keyring, or not used."""
    config = read({"serviceApp": good(serviceApp__clientSecret=None)["serviceApp"]})
    assert config.service_app.client_secret is None
    assert config.personal_access_token is None
    assert config.integration is None
    assert config.env_file == "/profiles/one/.env"
    assert config.poll_seconds == file.DEFAULT_POLL_SECONDS


@pytest.mark.parametrize("blank", ["@keyring", "", "  ", "your_secret", "YOUR_SECRET_HERE"])
def test_a_secret_that_is_not_written_is_none(blank: str) -> None:
    """ "@keyring", nothing and placeholders: the keyring is asked."""
    config = read(
        good(
            serviceApp__clientSecret=blank,
            tokenManager__personalAccessToken=blank,
            tokenManager__integration__clientSecret=blank,
            tokenManager__integration__refreshToken=blank,
        )
    )
    assert config.service_app.client_secret is None
    assert config.personal_access_token is None
    assert config.integration == Integration("C" + "2" * 64, None, None)


def test_the_template_as_shipped_names_what_is_to_be_filled_in() -> None:
    """And its placeholders make no integration."""
    assert {fault.split(" ")[0] for fault in faults(TEMPLATE.read_bytes())} == {
        "serviceApp.appId",
        "serviceApp.clientId",
        "serviceApp.targetOrgId",
    }


def test_an_integration_left_as_in_the_template_is_none() -> None:
    """Who pastes personal access tokens by hand has no integration."""
    template = json.loads(TEMPLATE.read_bytes())
    template["serviceApp"] = good()["serviceApp"]
    assert read(template).integration is None


def test_spaces_around_a_value_do_no_harm() -> None:
    """They come along when pasting."""
    config = read(good(serviceApp__clientId=f" {'C' * 65}\n"))
    assert config.service_app.client_id == "C" * 65


def test_a_byte_order_mark_does_no_harm() -> None:
    """Notepad puts one there."""
    assert parse(b"\xef\xbb\xbf" + json.dumps(good()).encode(), HERE) == read(good())


@pytest.mark.parametrize(
    "manager",
    [
        {"clientId": "C3", "clientSecret": "s", "refreshToken": "r"},
        {"oauthClientId": "C3", "oauthClientSecret": "s", "oauthRefreshToken": "r"},
    ],
    ids=["flat", "oauth"],
)
def test_defect_8_the_shapes_of_the_forerunners_are_read(manager: dict[str, str]) -> None:
    """Their template had other names than their code: "OAuth refresh is not configured"."""
    expected = Integration("C3", Secret("s"), Secret("r"))
    assert read(good(tokenManager=manager)).integration == expected
    beside = good()["tokenManager"] | manager
    assert read(good(tokenManager=beside)).integration == read(good()).integration


def test_faults_of_the_other_shapes_have_their_own_names() -> None:
    """The name that is in the file, not ours."""
    found = faults(json.dumps(good(tokenManager={"oauthRefreshToken": "a b"})).encode())
    assert [fault.split(" ")[0] for fault in found] == [
        "tokenManager.oauthClientId",
        "tokenManager.oauthRefreshToken",
    ]


@pytest.mark.posix
@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("x/.env", "/profiles/one/x/.env"),
        ("../two/.env", "/profiles/two/.env"),
        ("/srv/app/.env", "/srv/app/.env"),
        ("~nobody-has-this-name/.env", "/profiles/one/~nobody-has-this-name/.env"),
    ],
)
def test_the_env_file_is_relative_to_the_config(written: str, found: str) -> None:
    """Not to wherever the program was started."""
    assert read(good(tray__envFile=written)).env_file == found


@pytest.mark.posix
def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell has it."""
    monkeypatch.setenv("HOME", "/home/me")
    assert read(good(tray__envFile="~/app/.env")).env_file == "/home/me/app/.env"


def test_the_env_file_is_absolute_even_where_the_config_is_not() -> None:
    """Nothing depends on the working directory later."""
    config = parse(json.dumps(good()).encode(), Path("token-config.json"))
    assert config.env_file == str(Path.cwd() / ".env")


@pytest.mark.parametrize(("least", "given"), [(15, 15), (15, 86_400), (1, 1.5)])
def test_poll_seconds_up_to_floor_and_ceiling(least: float, given: float) -> None:
    """The demo has a lower floor."""
    raw = json.dumps(good(tray__pollSeconds=given)).encode()
    assert parse(raw, HERE, least).poll_seconds == given


@pytest.mark.parametrize(("given", "hours"), [("22:00-07:00", "22:00-07:00"), ("", None)])
def test_quiet_hours_are_read_and_come_back(given: str, hours: str | None) -> None:
    """And are in what is exported."""
    config = parse(json.dumps(good(tray__quietHours=given)).encode(), HERE)
    assert (str(config.quiet_hours) if config.quiet_hours else None) == hours
    exported = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert exported["tray"].get("quietHours") == hours


# --- the file ---------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "token-config.json"
    path.write_text(json.dumps(good()))
    return path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What has been parsed so far."""
    seen: list[bytes] = []
    real = file.parse

    def noted(raw: bytes, *rest: Any) -> Config:
        seen.append(raw)
        return real(raw, *rest)

    monkeypatch.setattr(file, "parse", noted)
    return seen


def test_a_file_that_has_not_changed_is_not_parsed_again(path: Path, parsed: list[bytes]) -> None:
    """The same object comes back."""
    file = ConfigFile(path)
    assert file.read() is file.read()
    assert len(parsed) == 1


def test_a_file_that_says_the_same_is_the_same_config(path: Path, parsed: list[bytes]) -> None:
    """Touched, or laid out anew: no reason to start over."""
    file = ConfigFile(path)
    before = file.read()
    path.write_text(json.dumps(good(), indent=4))
    assert file.read() is before
    assert len(parsed) == 2


def test_an_edited_file_is_read_again(path: Path) -> None:
    """Whatever tool has edited it."""
    file = ConfigFile(path)
    file.read()
    path.write_text(json.dumps(good(tray__pollSeconds=99)))
    assert file.read().poll_seconds == 99


def test_a_copy_that_brings_its_old_time_along_is_noticed(path: Path) -> None:
    """`cp -p`, of the same length."""
    file = ConfigFile(path)
    before = path.stat()
    assert file.read().poll_seconds == 60
    path.write_text(json.dumps(good(tray__pollSeconds=77)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert file.read().poll_seconds == 77


def test_a_file_that_was_broken_and_is_restored_is_the_same_config(path: Path) -> None:
    """In between, every reading tells the faults."""
    file = ConfigFile(path)
    before = file.read()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    for _ in range(2):
        with pytest.raises(ConfigError, match="not valid JSON"):
            file.read()
    path.unlink()
    with pytest.raises(ConfigError, match="there is no such file; webex-token-tray setup"):
        file.read()
    path.write_bytes(whole)
    assert file.read() is before


def test_a_directory_is_named_as_the_fault(tmp_path: Path) -> None:
    """One may have given the folder of the profile."""
    with pytest.raises(ConfigError, match="cannot be read: it is a folder; name the file in it"):
        ConfigFile(tmp_path).read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """It would hang at the start, without a word."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConfigError, match="it is not a regular file"):
        ConfigFile(tmp_path / "fifo").read()


def test_a_huge_file_is_the_wrong_one(path: Path) -> None:
    """Nothing of it is parsed."""
    path.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB; is it the right file"):
        ConfigFile(path).read()
