"""Names that configs, environments and `.env` files of people already have."""

from __future__ import annotations

from tray_app.model.variables import (
    ACCESS,
    ACCESS_TOKEN,
    NOT_INHERITED,
    REDIRECT,
    REFRESH,
    REFRESH_TOKEN,
    SECRET_FIELDS,
    SHAPES,
    VARIABLES,
)

ID, SECRET, TOKEN = (
    f"WEBEX_INTEGRATION_{each}" for each in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
)


def test_fields_and_their_variables_keep_their_names() -> None:
    assert VARIABLES == {
        "serviceApp.appId": "WEBEX_SERVICE_APP_ID",
        "serviceApp.clientId": "WEBEX_SERVICE_APP_CLIENT_ID",
        "serviceApp.clientSecret": "WEBEX_SERVICE_APP_CLIENT_SECRET",
        "serviceApp.targetOrgId": "WEBEX_TARGET_ORG_ID",
        "tokenManager.personalAccessToken": "WEBEX_PERSONAL_ACCESS_TOKEN",
        "tokenManager.integration.redirectUri": "WEBEX_INTEGRATION_REDIRECT_URI",
        "tokenManager.integration.clientId": ID,
        "tokenManager.integration.clientSecret": SECRET,
        "tokenManager.integration.refreshToken": TOKEN,
        "tokenManager.clientId": ID,
        "tokenManager.clientSecret": SECRET,
        "tokenManager.refreshToken": TOKEN,
        "tokenManager.oauthClientId": ID,
        "tokenManager.oauthClientSecret": SECRET,
        "tokenManager.oauthRefreshToken": TOKEN,
    }
    assert {REDIRECT, *(name for shape in SHAPES for name in shape)} < VARIABLES.keys()
    assert (ACCESS_TOKEN, REFRESH_TOKEN) == ("serviceApp.accessToken", "serviceApp.refreshToken")


def test_what_holds_a_secret_is_inherited_by_nobody() -> None:
    assert {name.rpartition(".")[2] for name in VARIABLES.keys() - SECRET_FIELDS} == {
        *("appId", "clientId", "targetOrgId", "redirectUri", "oauthClientId")
    }
    tokens = {"WEBEX_SERVICE_APP_ACCESS_TOKEN", "WEBEX_SERVICE_APP_REFRESH_TOKEN"}
    assert {ACCESS, REFRESH} == tokens
    assert tokens | {VARIABLES[name] for name in SECRET_FIELDS} == NOT_INHERITED
