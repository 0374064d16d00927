"""A config with secrets that others can read is reported; files of killed runs are removed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.samples import token
from tray_app.config.file import ConfigFile
from tray_app.model.ownership import Ownership
from tray_app.system import ownership

posix = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
APP = {"appId": "an-app", "clientId": "Cabc", "targetOrgId": "an-org"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "token-config.json"


def write(path: Path, mode: int, app: dict[str, str], **manager: Any) -> Path:
    path.write_text(json.dumps({"serviceApp": APP | app, "tokenManager": manager}))
    path.chmod(mode)
    return path


SECRETS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "service app": ({"clientSecret": "s" * 64}, {}),
    "pasted": ({}, {"personalAccessToken": token("p").reveal()}),
    "integration": ({}, {"integration": {"clientId": "C", "refreshToken": token("r").reveal()}}),
    "old shape": ({}, {"clientId": "C", "clientSecret": "s" * 64}),
    "older shape": ({}, {"oauthClientId": "C", "oauthRefreshToken": token("r").reveal()}),
    "beside one in use": (
        {},
        {"integration": {"clientId": "C", "refreshToken": "@keyring"}, "clientSecret": "s" * 64},
    ),
}


@posix
@pytest.mark.parametrize("where_to_find", SECRETS)
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_secrets_that_others_can_read_are_told_with_the_remedy(
    path: Path, where_to_find: str, mode: int
) -> None:
    """What, where, what to do; once it is done, no more is said."""
    app, manager = SECRETS[where_to_find]
    file = ConfigFile(write(path, mode, app, **manager))
    (said,) = file.read().warnings
    who = "other users of this machine have access to it"
    assert said == f"{path} holds secrets, and {who}: chmod 600 {path}"
    assert file.read() is file.read()
    path.chmod(0o600)
    assert file.read().warnings == ()


@pytest.mark.process
@posix
def test_the_remedy_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    """Whatever the folder is called."""
    folder = tmp_path / "it's mine"
    folder.mkdir()
    path = write(folder / "token-config.json", 0o644, {"clientSecret": "s" * 64})
    (warning,) = ConfigFile(path).read().warnings
    os.system(warning.partition(": ")[2])  # noqa: S605 - the point of it
    assert path.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("blank", ["@keyring", "", " ", "your_secret", "<your secret>"])
def test_a_config_without_secrets_may_be_read_by_anybody(path: Path, blank: str) -> None:
    """All of them are in the keyring, or not used."""
    write(path, 0o644, {"clientSecret": blank}, personalAccessToken=blank)
    assert ConfigFile(path).read().warnings == ()


@posix
def test_a_secret_of_the_environment_is_not_in_the_file(path: Path) -> None:
    """And one in the file is, even where a variable stands in for it."""
    environ = {"WEBEX_PERSONAL_ACCESS_TOKEN": token("e").reveal()}
    assert ConfigFile(write(path, 0o644, {}), environ=environ).read().warnings == ()
    write(path, 0o644, {}, personalAccessToken=token("p").reveal())
    assert len(ConfigFile(path, environ=environ).read().warnings) == 1


def test_where_modes_mean_nothing_nothing_is_said(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows."""
    write(path, 0o644, {"clientSecret": "s" * 64})
    monkeypatch.setattr("tray_app.config.file.POSIX", False)
    assert ConfigFile(path).read().warnings == ()


@posix
def test_who_may_use_it_is_asked_of_the_file_that_was_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name may lead to another file a moment later."""
    file = ConfigFile(write(path, 0o644, {"clientSecret": "s" * 64}))
    harmless = write(path.with_name("harmless"), 0o600, {})
    opened = ownership.ownership_of

    def swapped(name: Path, handle: int) -> Ownership:
        if harmless.exists():
            harmless.rename(path)
        return opened(name, handle)

    monkeypatch.setattr("tray_app.system.ownership.ownership_of", swapped)
    found = file.read()
    assert "other users of this machine have access" in found.warnings[0]
    assert found.written_by is not None
    assert found.written_by.mode == 0o644
    assert file.read().warnings == ()


@posix
def test_a_new_config_leaves_the_folder_that_it_is_put_into_as_it_is(tmp_path: Path) -> None:
    """`import --config project/token-config.json`: the project may be for others, too."""
    tmp_path.chmod(0o755)
    ConfigFile(tmp_path / "token-config.json").create(b"{}")
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    ConfigFile(tmp_path / "new" / "token-config.json").create(b"{}")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
