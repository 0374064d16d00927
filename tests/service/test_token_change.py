"""Whoever puts another token into `.env`, or takes over one, has the command run: once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine

pytestmark = pytest.mark.process

COPIES = """
import os
with open("seen", "a") as seen, open(os.environ["WEBEX_TOKEN_TRAY_ENV_FILE"]) as env:
    seen.write(env.read() + "---\\n")
"""


@pytest.fixture(autouse=True)
def _command(profile: Profile) -> None:
    def change(config: dict[str, Any]) -> None:
        config["tray"]["onTokenChange"] = [*PLAIN_PYTHON, "-c", COPIES]

    profile.write_config(change)
    profile.config_path.chmod(0o600)


def seen(engine: Engine, profile: Profile) -> list[str]:
    """What `.env` was at each run, once all have ended."""
    engine._tools.commands.close()
    assert engine._tools.commands.drain_notices() == ()
    path = profile.folder / "seen"
    return path.read_text().split("---\n")[:-1] if path.exists() else []


def test_a_renewal_runs_it_with_the_new_token_in_place(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.poll()
    assert seen(engine, profile) == []
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    (found,) = seen(engine, profile)
    assert profile.env_access() is not None
    assert f"WEBEX_SERVICE_APP_ACCESS_TOKEN={profile.env_access()}\n" in found


def test_a_check_that_changes_nothing_runs_nothing(engine: Engine, profile: Profile) -> None:
    for _ in range(3):
        engine.poll()
    assert seen(engine, profile) == []


def test_a_token_that_is_put_back_runs_it(engine: Engine, profile: Profile, webex: Sandbox) -> None:
    """What reads `.env` may have begun with what stood there."""
    engine.poll()
    profile.write_env("a-token-of-nobody")
    engine.poll()
    assert len(seen(engine, profile)) == 1


def test_a_token_that_another_program_wrote_runs_it(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.poll()
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    engine.poll()
    (found,) = seen(engine, profile)
    assert pair.access in found


def test_two_that_run_beside_each_other_run_it_once(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    """The tray, and a `refresh` that renews."""
    tray, command = start(), start()
    tray.poll()
    webex.revoke_service_access()
    command.refresh(by_hand=True)
    tray.refresh()
    tray.poll()
    tray.reload()
    assert len(seen(command, profile)) == 1
    assert len(seen(tray, profile)) == 1


def test_an_edit_of_the_command_counts_at_the_next_change(
    engine: Engine, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    engine.poll()
    config = json.loads(profile.config_path.read_text())
    config["tray"]["onTokenChange"] = [*PLAIN_PYTHON, "-c", "open('other', 'w')"]
    profile.config_path.write_text(json.dumps(config))
    webex.revoke_service_access()
    engine.refresh(by_hand=True)
    assert seen(engine, profile) == []
    assert Path(profile.folder, "other").exists()


def test_a_failure_is_news_and_the_token_is_green(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    def change(config: dict[str, Any]) -> None:
        config["tray"]["onTokenChange"] = [*PLAIN_PYTHON, "-c", "raise SystemExit(7)"]

    profile.write_config(change)
    webex.revoke_service_access()
    health = engine.refresh(by_hand=True)
    engine._tools.commands.close()
    assert health.colour is Colour.GREEN
    assert engine.has_notices
    failed = f"tray.onTokenChange failed: {sys.executable} ended with exit code 7"
    assert f"The new token is in .env; {failed}" in engine.drain_notices()
    assert not engine.has_notices
