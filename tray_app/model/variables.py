"""Names of fields: where they stand in token-config.json, and the variables that stand in for them.

Nothing is imported here: every command takes the secrets out of the environment first of all.
"""

from __future__ import annotations

# Where the integration's client id, client secret and refresh token stand: ours, then the shapes
# that its forerunners wrote (docs/webex-api.md, "Config shapes in circulation").
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
"""The environment variable that stands in for a field."""

SECRET_FIELDS = frozenset(name for name in VARIABLES if name.lower().endswith(("secret", "token")))
"""Those that hold secrets."""

SECRET_VARIABLES = frozenset(VARIABLES[name] for name in SECRET_FIELDS)
"""Their variables."""

ACCESS = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
REFRESH = "WEBEX_SERVICE_APP_REFRESH_TOKEN"
"""What `.env` sets, and other programs read."""

NOT_INHERITED = SECRET_VARIABLES | {ACCESS, REFRESH}
"""What no program that we start finds in its environment, but for that of `run`."""
