"""One of two profiles forgotten, with a real keyring: the other one works on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import TRAY
from tests.e2e.private_session import Session
from tests.e2e.secret_service import stored_secrets
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


def test_profiles_that_share_an_integration_are_forgotten_one_by_one(
    keyring_session: Session, command: list[str], profile: Profile, webex: Sandbox, tmp_path: Path
) -> None:
    """With the first went the client secrets and the sign-in of the second."""
    (tmp_path / "other").mkdir()
    other = full_profile(tmp_path / "other", webex, webex.add_customer())
    other_config = ("--config", str(other.config_path))

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments],
            env=keyring_session.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for it in (profile, other):
        take_in = [sys.executable, "-c", TRAY, str(it.config_path)]
        environ = keyring_session.environ | {"WEBEX_API_BASE": webex.api_base}
        subprocess.run(take_in, env=environ, timeout=60, check=True, capture_output=True)
    before = set(stored_secrets(keyring_session))
    said = run("forget", "--yes")
    gone = before - set(stored_secrets(keyring_session))
    assert gone
    assert [name for name in gone if "/tokens" not in name] == []
    assert "kept: the integration's sign-in (the keyring" in said
    webex.revoke(other.env_access() or "")
    run("refresh", *other_config)
    run("status", *other_config)
    run("forget", "--yes", *other_config)
    assert stored_secrets(keyring_session) == {}
