"""Whoever removes the program is left with what is theirs, and with nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.homes.c13716a.home import OldHome

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="the home is one of Linux"),
]


def test_after_forget_all_only_configs_and_env_files_are_left(home: OldHome) -> None:
    """Two profiles that share app and integration, with login entries, menu entries and units."""
    for profile in ("main", "project"):
        assert home.run("--profile", profile, "refresh").returncode == 0
    home.run("forget", "--all", "--yes")
    left = {path for path in home.root.rglob("*") if not path.is_dir()}
    theirs = {file for config in home.configs for file in (config, home.env_file(config))}
    if home.secret_store == "keyring":
        assert home.entries() == {}
        theirs.add(home.keyring_file)
    assert left == theirs
    assert not (home.root / ".local/state/webex-token-tray").exists()
    assert not (home.root / ".local/share/webex-token-tray").exists()


def test_what_is_left_is_named(home: OldHome) -> None:
    done = home.run("forget", "--all", "--yes")
    for config in home.configs:
        for path in (config, home.env_file(config)):
            assert f"left: {path}\n" in done.stdout
    named = [line.partition(": ")[2] for line in done.stdout.splitlines() if "left: " in line]
    assert sorted(map(Path, named)) == sorted(
        path for config in home.configs for path in (config, home.env_file(config))
    )
