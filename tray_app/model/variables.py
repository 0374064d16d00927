"""Fields of token-config.json, and the environment variables that replace them.

Imports nothing: every command starts by removing the secrets from the environment.
"""

from __future__ import annotations

# Fields of the integration's client id, client secret and refresh token: ours, then those of
# earlier tools (docs/webex-api.md, "Config shapes in circulation").
SHAPES = (
    tuple(f"tokenManager.integration.{n}" for n in ("clientId", "clientSecret", "refreshToken")),
    tuple(f"tokenManager.{n}" for n in ("clientId", "clientSecret", "refreshToken")),
    tuple(f"tokenManager.oauth{n}" for n in ("ClientId", "ClientSecret", "RefreshToken")),
)
REDIRECT = "tokenManager.integration.redirectUri"
_INTEGRATION_VARIABLES = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")

VARIABLES = {
    "serviceApp.appId": "WEBEX_SERVICE_APP_ID",
    "serviceApp.clientId": "WEBEX_SERVICE_APP_CLIENT_ID",
    "serviceApp.clientSecret": "WEBEX_SERVICE_APP_CLIENT_SECRET",
    "serviceApp.targetOrgId": "WEBEX_TARGET_ORG_ID",
    "tokenManager.personalAccessToken": "WEBEX_PERSONAL_ACCESS_TOKEN",
    REDIRECT: "WEBEX_INTEGRATION_REDIRECT_URI",
} | {
    name: f"WEBEX_INTEGRATION_{what}"
    for shape in SHAPES
    for name, what in zip(shape, _INTEGRATION_VARIABLES, strict=True)
}
"""The environment variable that replaces a field."""

SECRET_FIELDS = frozenset(name for name in VARIABLES if name.lower().endswith(("secret", "token")))
"""Fields that contain secrets."""

SECRET_VARIABLES = frozenset(VARIABLES[name] for name in SECRET_FIELDS)
"""Their variables."""

ACCESS_TOKEN, REFRESH_TOKEN = "serviceApp.accessToken", "serviceApp.refreshToken"
"""The service app's tokens in set-up and in a file to import. They are no fields of a config in
use: they go into the store, and are replaced there."""

ACCESS = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
REFRESH = "WEBEX_SERVICE_APP_REFRESH_TOKEN"
"""The variables in `.env`."""

NOT_INHERITED = SECRET_VARIABLES | {ACCESS, REFRESH}
"""Variables that no program started by us inherits, except by `run`."""
