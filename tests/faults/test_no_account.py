"""A user with a number and nothing else, as `docker run --user 61299` makes one: no account, no
home, and often no HOME."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.two_users import NEEDS_ROOT, VICTIM, Machine

pytestmark = NEEDS_ROOT

NUMBER = 61299


@pytest.fixture
def folder(two_users: Machine) -> Path:
    """A folder of that user's, with a profile in it."""
    made = two_users.profile(VICTIM, two_users.folder / "work").config_path.parent
    for path in (made, *made.iterdir()):
        os.chown(path, NUMBER, NUMBER)
    return made


@pytest.mark.parametrize("command", ["status", "refresh", "doctor", "token", "status --max-age 1h"])
def test_without_a_home_and_an_account_it_works_as_with_a_home_that_is_closed(
    two_users: Machine, folder: Path, command: str
) -> None:
    """Each was a traceback. Green or amber: there is no keyring, and no place for facts."""
    kept = {n: v for n, v in two_users.environ_of(VICTIM).items() if "KEYRING" not in n}
    program = [sys.executable, "-W", "error", "-m", "tray_app", *command.split()]
    for environ in (kept | {"HOME": "/"}, {n: v for n, v in kept.items() if n != "HOME"}):
        done = subprocess.run(
            two_users.command(NUMBER, *program),
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout
