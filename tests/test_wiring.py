"""What a start does before the first check."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.profile import full_profile
from tray_app import wiring
from tray_app.adapters.files import _STALE_SECONDS, _SUFFIX
from tray_app.adapters.store import MemoryStore
from tray_app.sandbox import Sandbox


def test_a_start_removes_what_killed_runs_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the config and beside `.env`: it holds secrets, and may get into a backup or git."""
    with Sandbox() as webex:
        profile = full_profile(tmp_path, webex)
        profile.write_config(lambda config: config["tray"].update(envFile="env/.env"))
        (tmp_path / "env").mkdir()
        left = [Path(f"{profile.config_path}.a{_SUFFIX}"), tmp_path / f"env/.env.b{_SUFFIX}"]
        for each in left:
            each.write_text("secret")
        later = time.time() + 2 * _STALE_SECONDS
        monkeypatch.setattr("tray_app.adapters.files.time.time", lambda: later)
        store = MemoryStore(durable=True)
        setup = wiring.Setup(profile.config_path, profile.folders, webex.api_base, store=store)
        wiring.open_engine(setup).close()
    assert [each.exists() for each in left] == [False, False]
