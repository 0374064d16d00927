"""A config as JSON, with or without its secrets, and what another one becomes when imported."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from tray_app.config.json_file import io_error, parse_object
from tray_app.config.outputs import outputs_as_json
from tray_app.config.parser import IN_KEYRING, ConfigReader
from tray_app.model.credentials import Credentials, Pair
from tray_app.model.errors import ConfigError
from tray_app.model.output import Output
from tray_app.model.redirect import DEFAULT_REDIRECT
from tray_app.model.secret import Secret
from tray_app.model.settings import Config, SecretStore
from tray_app.model.variables import ACCESS_TOKEN, REFRESH_TOKEN
from tray_app.policy.approval import import_exposed
from tray_app.system import atomic_file
from tray_app.system.ownership import find_exposure

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
                "envFile": config.env_file if config.has_only_env else None,
                "outputs": None if config.has_only_env else outputs_as_json(config.outputs),
                "pollSeconds": config.poll_seconds,
                "secretStore": None if config.secret_store is KEYRING else config.secret_store,
                "quietHours": str(config.quiet_hours) if config.quiet_hours else None,
                "leadDays": config.lead.days if config.lead else None,
                "onTokenChange": list(config.on_token_change) or None,
                "onStateChange": list(config.on_state_change) or None,
                "statusFeed": None if config.status_feed else False,
                "keepAlive": sorted(config.kept) or None,
            }
        ),
    }
    return json.dumps(whole, indent=2) + "\n"


def imported(config: Config, source: Path) -> tuple[str, str]:
    """Return the imported config with its secrets, and what was left out and why, "" if nothing.

    If another user can write the file, its command and `.env` are left out: in the new config,
    which is this user's own, the command would run and tokens would be written. Raises ConfigError.
    """
    left_out = ""
    if config.written_by is not None:
        try:
            exposed = find_exposure(source, config.written_by, os.environ, is_strict=True)
        except OSError as error:
            raise io_error(source, "read", error) from error
        if exposed is not None:
            left_out = import_exposed(str(source), config, exposed)
            outputs = (Output(".env"),)
            config = replace(config, on_token_change=(), on_state_change=(), outputs=outputs)
    creds = Credentials(
        config.service_app,
        personal_token=config.personal_access_token,
        integration=config.integration,
    )
    return as_json(config, creds, secrets=True), left_out


def pair_in(source: Path) -> Pair | None:
    """Return the tokens of the service app in a config to import, None if it has none: they are no
    fields of a config that is in use, where they would be out of date soon. Raises ConfigError."""
    try:
        raw = atomic_file.read_small(source)
    except OSError as error:
        raise io_error(source, "read", error) from error
    fields = ConfigReader(parse_object(raw, source), {})
    access, refresh = fields.token(ACCESS_TOKEN), fields.token(REFRESH_TOKEN)
    if refresh and not access:
        fields.add_fault(ACCESS_TOKEN, f"is missing, but {REFRESH_TOKEN} is there")
    if fields.faults:
        raise ConfigError(str(source), fields.faults)
    return Pair(access, refresh) if access else None


def _filled(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}
