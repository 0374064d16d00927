"""Homes that earlier versions left behind, and those versions themselves."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes.c13716a.home import COMMIT, ROOT, STORES, OldHome, put_up


@pytest.fixture(params=STORES)
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OldHome]:
    """The home as c13716a left it two hours ago, its sandbox answering."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    found = put_up(root, request.param)
    try:
        yield found
    finally:
        found.webex.stop()


@pytest.fixture(scope="session")
def old_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program at c13716a, out of this repository's history."""
    command = ["git", "archive", "--format=tar", COMMIT, "tray_app", "tests", "assets"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the commit c13716a is not in this clone")
    folder = tmp_path_factory.mktemp("c13716a")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
