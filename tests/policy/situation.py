"""A row of the health table as an example: facts, the verdict, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.policy.samples import CREDENTIALS, NOW, TICK, but, without
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Observations, Reason
from tray_app.model.renewal import Renewing


@dataclass(frozen=True)
class Situation:
    """Facts, what they must be judged to be, and how that reads."""

    row: int
    reason: Reason
    who: Fixer | None
    facts: Observations
    headline: str
    step: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.reason}"


DEAD = but(rejected=True)
FAILING_ONCE = Renewing(1, NOW - 20 * TICK, TransportFailure.CONNECTION)
NO_SIGN_IN = without(integration=None, integration_access=None)
NO_APP_SECRET = without(app=replace(CREDENTIALS.app, client_secret=None))
LEFT = " until Mon 23 Mar 12:00"
PASTE = "Paste a new personal access token (developer.webex.com) into token-config.json"
SIGN_IN_AGAIN = "Sign in through the browser"
APP_SECRET_STEP = "Put the current serviceApp.clientSecret into token-config.json"
INTEGRATION_STEP = "Put the current tokenManager.integration.clientSecret into token-config.json"
RIGHTS = (
    "Add spark-admin:datasource_read and spark-admin:datasource_write to the service app"
    " (developer.webex.com), then have it authorized again in Control Hub"
)
UNREACHABLE = (
    'Run it in your desktop session, or set tray.secretStore to "file" and start it there once'
)
IF_DUE = "Run webex-token-tray refresh --if-due, or start the tray or watch"
UNLOCK = "Unlock the keyring, then refresh the token"
