"""A config as JSON, with or without its secrets."""

from __future__ import annotations

import json

from tray_app.config.parser import IN_KEYRING
from tray_app.model.credentials import Credentials
from tray_app.model.redirect import DEFAULT_REDIRECT
from tray_app.model.secret import Secret
from tray_app.model.settings import Config, SecretStore

KEYRING = SecretStore.KEYRING


def as_json(config: Config, creds: Credentials, *, secrets: bool) -> str:
    """Return token-config.json in the template's shape. Without `secrets`, each is "@keyring"."""

    def shown(secret: Secret | None) -> str | None:
        if secret is None:
            return None
        return secret.reveal() if secrets else IN_KEYRING

    app, integration = creds.app, creds.integration
    manager: dict[str, object] = {"personalAccessToken": shown(creds.personal_token)}
    if integration is not None:
        redirect = integration.redirect
        manager["integration"] = _filled(
            {
                "clientId": integration.client_id,
                "clientSecret": shown(integration.client_secret),
                "refreshToken": shown(integration.refresh_token),
                "redirectUri": None if redirect == DEFAULT_REDIRECT else redirect.uri,
            }
        )
    whole = {
        "serviceApp": _filled(
            {
                "appId": app.app_id,
                "clientId": app.client_id,
                "clientSecret": shown(app.client_secret),
                "targetOrgId": app.target_org_id,
            }
        ),
        "tokenManager": _filled(manager),
        "tray": _filled(
            {
                "envFile": config.env_file,
                "pollSeconds": config.poll_seconds,
                "secretStore": None if config.secret_store is KEYRING else config.secret_store,
                "quietHours": str(config.quiet_hours) if config.quiet_hours else None,
                "onTokenChange": list(config.on_token_change) or None,
                "keepAlive": sorted(config.kept) or None,
            }
        ),
    }
    return json.dumps(whole, indent=2) + "\n"


def _filled(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
