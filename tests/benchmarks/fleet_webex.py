"""A Webex at a distance, and profiles of as many organizations, in a process of their own.

Arguments: a folder, the number of profiles, the latency in milliseconds. It prints its API base,
and runs until its standard input is closed.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

from tray_app.sandbox import Fault, Sandbox, ServiceApp


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


def main() -> None:
    """Serve until nobody listens any more."""
    folder, count, latency = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with Sandbox() as webex:
        webex.faults.next("*", Fault.slow(timedelta(milliseconds=latency)), times=None)
        for number in range(count):
            app = webex.add_customer() if number else webex.service_app
            write_profile(folder / f"customer-{number:04}", webex, app)
        print(webex.api_base, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
