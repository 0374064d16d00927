"""Secrets taken out of token-config.json: every other byte stays, or the file is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tray_app.config.file import ConfigFile
from tray_app.model.secret import Secret
from tray_app.model.variables import REDIRECT, VARIABLES
from tray_app.system import atomic_file

APP = '"appId": "an-app", "clientId": "Cabc", "targetOrgId": "an-org"'
SECRET, PASTED = Secret("s3cret+/="), Secret("pasted-token")


def config_file(folder: Path, text: str) -> ConfigFile:
    path = folder / "token-config.json"
    path.write_bytes(text.encode())
    return ConfigFile(path)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"clientSecret": "s3cret+/="', '"clientSecret": "@keyring"'),
        ('"clientSecret":"s3cret+/="', '"clientSecret":"@keyring"'),
        ('"clientSecret"\r\n\t:  "s3cret+/="', '"clientSecret"\r\n\t:  "@keyring"'),
        ('"clientSecret": "s3cret+\\/="', '"clientSecret": "@keyring"'),
        ('"clientSecret": " \\u00733cret+/= "', '"clientSecret": "@keyring"'),
        ('"clientSecret": "another"', '"clientSecret": "another"'),
        ('"note": "s3cret+/="', '"note": "s3cret+/="'),
        ('"clientSecret": "@keyring"', '"clientSecret": "@keyring"'),
    ],
)
def test_a_kept_secret_is_replaced_wherever_a_secret_field_holds_it(
    tmp_path: Path, written: str, expected: str
) -> None:
    whole = '\ufeff{{ "serviceApp": {{{}, {}}},\n  "other": [1, 2.50, "€"] }}\r\n'
    file = config_file(tmp_path, whole.format(APP, written))
    assert file.replace_with_reference({SECRET}) == (written != expected)
    assert file.path.read_bytes().decode() == whole.format(APP, expected)


def test_only_what_the_keyring_has_is_replaced(tmp_path: Path) -> None:
    text = (
        f'{{"serviceApp": {{{APP}, "clientSecret": "s3cret+/="}},'
        ' "tokenManager": {"personalAccessToken": "pasted-token"}}'
    )
    file = config_file(tmp_path, text)
    assert file.replace_with_reference({PASTED}) == 1
    config = file.read()
    assert config.service_app.client_secret == SECRET
    assert config.personal_access_token is None


def test_a_file_that_is_being_edited_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = config_file(tmp_path, f'{{"serviceApp": {{{APP}, "clientSecret": "s3cret+/="}}}}')
    real = atomic_file.replace

    def edited_meanwhile(path: Path, raw: bytes, was: bytes | None) -> None:
        path.write_text("{ half of an ed")
        real(path, raw, was)

    monkeypatch.setattr(atomic_file, "replace", edited_meanwhile)
    assert file.replace_with_reference({SECRET}) == 0
    assert file.path.read_text() == "{ half of an ed"


def test_a_file_that_became_invalid_is_left_alone(tmp_path: Path) -> None:
    file = config_file(tmp_path, '{"serviceApp": {"clientSecret": "s3cret+/="')
    before = file.path.read_bytes()
    assert file.replace_with_reference({SECRET}) == 0
    assert file.path.read_bytes() == before


@pytest.mark.parametrize("name", sorted(set(VARIABLES) - {"serviceApp.clientId", REDIRECT}))
def test_a_variable_stands_in_for_its_field_whatever_shape_the_file_has(
    tmp_path: Path, name: str
) -> None:
    fields = ("clientId", "clientSecret", "refreshToken")
    text = f'{{"serviceApp": {{{APP}}}, "tokenManager": {{"integration": {{"clientId": "Cint"}}}}}}'
    path = tmp_path / "token-config.json"
    path.write_text(text)
    config = ConfigFile(path, environ={VARIABLES[name]: " from-outside "}).read()
    integration = config.integration
    assert integration is not None
    found = {
        config.service_app.app_id,
        config.service_app.target_org_id,
        integration.client_id,
        *(
            secret.reveal()
            for secret in (
                config.service_app.client_secret,
                config.personal_access_token,
                integration.client_secret,
                integration.refresh_token,
            )
            if secret is not None
        ),
    }
    assert "from-outside" in found
    is_secret = name.endswith(("ecret", "oken")) and not name.endswith(fields[0])
    assert config.from_environment == ({Secret("from-outside")} if is_secret else set())


def test_a_variable_stands_in_for_the_redirect_uri(tmp_path: Path) -> None:
    """In its own form: it must lead to this machine."""
    text = f'{{"serviceApp": {{{APP}}}, "tokenManager": {{"integration": {{"clientId": "Cint"}}}}}}'
    file = config_file(tmp_path, text)
    uri = "http://127.0.0.1:3456/back"
    other = ConfigFile(file.path, environ={VARIABLES[REDIRECT]: uri})
    before, after = file.read().integration, other.read().integration
    assert before is not None
    assert after is not None
    assert before.redirect.uri != after.redirect.uri == uri


@pytest.mark.parametrize(("client", "odd"), [("C0ffee", False), ("Cabc", True)])
def test_an_app_id_that_names_another_client_is_a_warning_and_no_fault(
    tmp_path: Path, client: str, odd: bool
) -> None:
    app_id = "Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0MwZmZlZQ"  # …/APPLICATION/C0ffee
    app = {"appId": app_id, "clientId": client, "targetOrgId": "an-org"}
    path = tmp_path / "token-config.json"
    path.write_text(json.dumps({"serviceApp": app}))
    warnings = ConfigFile(path).read().warnings
    assert [("different apps" in warning) for warning in warnings] == [True] * odd


def test_an_empty_variable_stands_in_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "token-config.json"
    path.write_text(json.dumps({"serviceApp": json.loads(f"{{{APP}}}")}))
    config = ConfigFile(path, environ={"WEBEX_SERVICE_APP_ID": "  "}).read()
    assert config.service_app.app_id == "an-app"
    assert config.integration is None
