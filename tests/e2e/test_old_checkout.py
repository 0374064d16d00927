"""Somebody with an old checkout: its config in each shape, a real keyring, and then green."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.cli.test_import import SHAPES, secrets_of
from tests.e2e.private_session import Session
from tests.e2e.secret_service import stored_secrets
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop


@pytest.mark.parametrize("shape", SHAPES)
def test_an_old_checkout_becomes_green_with_its_secrets_in_the_keyring_alone(
    keyring_session: Session, command: list[str], profile: Profile, webex: Sandbox, shape: str
) -> None:
    config = profile.config()
    profile.config_path.write_text(json.dumps(SHAPES[shape](config)))
    webex.revoke_service_access()
    for verb, code in (("status", 2), ("refresh", 0), ("status", 0)):
        done = subprocess.run(
            [*command, verb],
            env=keyring_session.environ,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
    with subprocess.Popen(
        [*command, "watch"], env=keyring_session.environ, stdout=subprocess.PIPE, text=True
    ) as watch:
        assert watch.stdout is not None
        assert any("green: Token works" in line for line in watch.stdout)
        watch.terminate()
    kept = list(stored_secrets(keyring_session).values())
    for secret in secrets_of(config):
        assert secret in kept
    tokens = {profile.env_access(), profile.env_refresh()}
    home = keyring_session.home
    for path in [*profile.folder.rglob("*"), *home.rglob("*")]:
        if not path.is_file() or path == profile.env_path:
            continue
        raw = path.read_bytes()
        for secret in secrets_of(config) | {token for token in tokens if token}:
            assert secret.encode() not in raw, path
