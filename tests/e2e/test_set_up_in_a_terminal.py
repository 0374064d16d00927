"""`setup` in a real terminal, with a real keyring: from nothing to a token in `.env`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.consent import free_redirect
from tests.e2e.private_session import Session
from tests.e2e.secret_service import stored_secrets
from tests.e2e.set_up import set_up
from tests.terminal import in_terminal
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def test_the_secrets_are_in_the_keyring_and_the_token_in_env(
    keyring_session: Session, webex: Sandbox, tmp_path: Path
) -> None:
    """With an integration, signed in for on the way."""
    uri = free_redirect(webex)
    path, app, integration = tmp_path / "token-config.json", webex.service_app, webex.integration
    program = [sys.executable, "-W", "error", "-m", "tray_app"]
    command = [*program, "--config", str(path), "--api-base", webex.api_base, "setup"]
    with in_terminal(command, keyring_session.environ, tmp_path) as person:
        set_up(person, webex, uri)
        assert person.ends() == 0
    written = json.loads(path.read_text())
    assert written["serviceApp"]["clientSecret"] == "@keyring"
    assert written["tokenManager"]["integration"]["clientSecret"] == "@keyring"
    held = stored_secrets(keyring_session)
    assert {app.client_secret, integration.client_secret} <= set(held.values())
    assert any(name.endswith("/refresh") for name in held)
    assert "WEBEX_SERVICE_APP_ACCESS_TOKEN=" in (tmp_path / ".env").read_text()
