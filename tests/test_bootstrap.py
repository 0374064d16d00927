"""What a start does before the first check."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from tests.profile import full_profile
from tray_app import bootstrap
from tray_app.model.permissions import RESIDENT
from tray_app.model.settings import Thresholds, Timing
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore
from tray_app.system.dirs import AppDirs


def test_a_start_removes_what_killed_runs_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the config and beside `.env`: it holds secrets, and may get into a backup or git."""
    with Sandbox() as webex:
        profile = full_profile(tmp_path, webex)
        profile.write_config(lambda config: config["tray"].update(envFile="env/.env"))
        (tmp_path / "env").mkdir()
        old = [
            Path(f"{profile.config_path}.a.webex-token-tray"),
            tmp_path / "env/.env.b.webex-token-tray",
        ]
        new = [tmp_path / ".webex-token-tray.1a", tmp_path / "env/.webex-token-tray.2b"]
        for each in old:
            each.write_text("secret")
        for folder, name in zip(new, (profile.config_path.name, ".env"), strict=True):
            folder.mkdir()
            (folder / name).write_text("secret")
        later = time.time() + 2 * 3600
        monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
        store = MemoryStore(durable=True)
        setup = bootstrap.ProfileContext(
            profile.config_path, profile.folders, webex.api_base, store=store, permissions=RESIDENT
        )
        bootstrap.open_engine(setup).close()
    assert not any(each.exists() for each in (*old, *new))


def test_profiles_of_one_process_have_nothing_in_common_but_what_is_meant_to_be(
    tmp_path: Path,
) -> None:
    """The last report was one profile's for all: each wrote the others'."""
    setups = [
        bootstrap.ProfileContext(
            tmp_path / name / "token-config.json",
            AppDirs.under(tmp_path),
            store=MemoryStore(durable=True),
            environ={},
            limits=Thresholds(failing_times=number),
            pace=Timing(slice=number),
        )
        for number, name in enumerate(("acme", "byte"), 1)
    ]
    shared = bootstrap.Shared(setups[0])
    acme, byte = (bootstrap.build_tools(setup, shared.common()) for setup in setups)
    try:
        same = {
            each.name
            for each in dataclasses.fields(acme)
            if getattr(acme, each.name) is getattr(byte, each.name)
        }
    finally:
        shared.close()
    # Values that are alike may be the same object, as the permissions are.
    assert same == {
        "token_facts",
        "clock",
        "roll",
        "rate_limiter",
        "shares_database",
        "permissions",
        "elsewhere",
    }
    assert (byte.limits.failing_times, byte.pace.slice) == (2, 2)
