"""The profiles of many organizations. Who only reads them loads no sandbox, and may be weighed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray_app.sandbox.registrations import ServiceApp
    from tray_app.sandbox.server import Sandbox


def write_profile(folder: Path, webex: Sandbox, app: ServiceApp) -> Path:
    """A config with an integration, and a `.env` with a live pair; returns the config."""
    folder.mkdir(parents=True)
    pair = webex.issue_service_pair(app)
    config = {
        "serviceApp": {
            "appId": app.app_id,
            "clientId": app.client_id,
            "clientSecret": app.client_secret,
            "targetOrgId": app.target_org_id,
        },
        "tokenManager": {
            "integration": {
                "clientId": webex.integration.client_id,
                "clientSecret": webex.integration.client_secret,
                "refreshToken": webex.sign_in().refresh,
            }
        },
    }
    path = folder / "token-config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    path.chmod(0o600)
    (folder / ".env").write_text(
        f"WEBEX_SERVICE_APP_ACCESS_TOKEN={pair.access}\n"
        f"WEBEX_SERVICE_APP_REFRESH_TOKEN={pair.refresh}\n",
        encoding="utf-8",
    )
    return path


def configs(place: Path) -> list[Path]:
    """Of the profiles that were written there."""
    return sorted(place.glob("customer-*/token-config.json"))
