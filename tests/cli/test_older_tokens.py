"""Two checkouts of one app, as a person has them: the older `.env` never wins."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.conftest import Program
from tests.env_file import EnvFile
from tests.profile import Profile
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_an_old_checkout_gets_the_newer_token_and_is_told_rightly(
    program: Program, profile: Profile, webex: Sandbox, order: str
) -> None:
    """`status` in it, and then in the other one, gave the older token to both."""
    old = profile.folder.parent / "old-checkout"
    old.mkdir()
    pair = webex.issue_service_pair()
    env = old / ".env"
    env.write_text(f"WEBEX_SERVICE_APP_ACCESS_TOKEN={pair.access}\n")
    shutil.copy(profile.config_path, old)
    assert program("refresh").returncode == 0
    newer = profile.env_access()
    paths = {"a": profile.config_path, "b": old / "token-config.json"}
    for _ in range(2):
        for name in order:
            assert program("--config", str(paths[name]), "status").returncode == 0
    said = {name: program("--config", str(paths[name]), "refresh") for name in order}
    assert {done.returncode for done in said.values()} == {0}
    assert "took over" not in "".join(done.stderr for done in said.values())
    current = profile.env_access()
    found = EnvFile(env).read().access
    assert found is not None
    assert program("--config", str(paths[order[0]]), "refresh").returncode == 0
    assert program("--config", str(paths[order[1]]), "status").returncode == 0
    assert pair.access not in (current, found.reveal(), newer)
    mints = [seen for seen in webex.requests if seen.kind is Kind.MINT]
    assert mints == []
