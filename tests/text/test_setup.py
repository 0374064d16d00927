"""The words of set-up."""

from __future__ import annotations

import pytest

from tray_app.model.setup import Ending, Method
from tray_app.text import setup


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("serviceApp.appId", "App id"),
        ("serviceApp.clientId", "Client id of the service app"),
        ("serviceApp.clientSecret", "Client secret of the service app"),
        ("serviceApp.targetOrgId", "Organization id"),
        ("personalAccessToken", "Personal access token"),
        ("serviceApp.accessToken", "Access token of the service app"),
        ("serviceApp.refreshToken", "Refresh token of the service app"),
        ("tokenManager.integration.clientId", "Client id of the integration"),
        ("integration.refreshToken", "Refresh token of the integration"),
        ("tokenManager.oauthClientId", "Client id of the integration"),
        ("tokenManager.oauthClientSecret", "Client secret of the integration"),
        ("tokenManager.redirectUri", "Redirect URI"),
        ("tray.envFile", "Path of .env"),
    ],
)
def test_a_field_is_called_what_it_is_and_whose(name: str, label: str) -> None:
    assert setup.full_label(name) == label
    assert label.startswith(setup.label(name))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", ""), ("no such id", "No such id."), ("already one.", "Already one."), ("a", "A.")],
)
def test_a_text_becomes_a_sentence(text: str, sentence: str) -> None:
    assert setup.as_sentence(text) == sentence


def test_a_doubt_names_the_organization_if_it_is_known() -> None:
    said = (
        "Before you ask an administrator, check the organization id{}: the app's Org"
        " Authorizations must list it. Another organization's administrator cannot help."
    )
    assert setup.organization_doubt() == said.format("")
    assert setup.organization_doubt("0ff1ce") == said.format(", 0ff1ce")


def test_each_way_and_each_end_has_its_words() -> None:
    assert setup.METHODS.keys() == {*Method}
    assert setup.ENDINGS.keys() == {*Ending} - {Ending.SET_UP}  # the form's own
    assert [*Method] == ["integration", "personal-token", "nothing"]
