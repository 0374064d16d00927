"""The program as a person starts it: a process with its own home, against a sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from tests import forked
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import AppDirs

ROOT = Path(__file__).parents[2]

TRAY = """
import os, sys
from contextlib import closing
from pathlib import Path
from tray_app import bootstrap
from tray_app.system.dirs import AppDirs
from tray_app.model.permissions import RESIDENT
base = os.environ["WEBEX_API_BASE"]
config = Path(sys.argv[1]).absolute()
setup = bootstrap.ProfileContext(config, AppDirs.of_user(), base, permissions=RESIDENT)
with closing(bootstrap.open_engine(setup)) as engine:
    health = engine.poll()
    if engine.renewal_due():
        health = engine.refresh()
    print(*engine.drain_notices(), sep="\\n", file=sys.stderr)
sys.exit({"green": 0, "amber": 1, "red": 2}[health.colour])
"""

_KEPT = (
    *("PATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "LANG"),
    *("SYSTEMROOT", "PATHEXT", "TEMP", "TMP"),  # of Windows
)


@dataclass(frozen=True)
class Program:
    """Runs `python -m tray_app` with these surroundings."""

    environ: dict[str, str]
    folder: Path

    @property
    def folders(self) -> AppDirs:
        """Where it keeps its files, all of it in its home."""
        with patch.dict(os.environ, self.environ, clear=True):
            return AppDirs.of_user()

    def __call__(
        self, *arguments: str, typed: str = "", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; `typed` is its input, `changes` go into the environment."""
        return forked.run(arguments, self.environ | changes, self.folder, typed=typed)

    def as_tray(
        self, config: str = "token-config.json", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Do in a process of its own what the tray does at its first poll; news on stderr, the exit
        code is that of `status`. It takes the secrets out of the config."""
        return forked.run([config], self.environ | changes, self.folder, code=TRAY)

    @contextmanager
    def started(self, *arguments: str, **changes: str) -> Iterator[subprocess.Popen[str]]:
        """The program beside the test, until the end of the block: what it has started, too."""
        with subprocess.Popen(
            self.command(*arguments),
            env=self.environ | changes,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()
                try:
                    process.wait(60)
                finally:
                    process.kill()

    def command(self, *arguments: str) -> list[str]:
        """The command line, with warnings as errors."""
        return [sys.executable, "-W", "error", "-m", "tray_app", *arguments]


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox) -> Profile:
    folder = tmp_path / "work"
    folder.mkdir()
    return full_profile(folder, webex)


@pytest.fixture
def program(tmp_path: Path, profile: Profile, webex: Sandbox) -> Program:
    """The program in the profile's folder, with a keyring in a file and no display."""
    home = tmp_path / "home"
    home.mkdir()
    environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environ |= {
        "HOME": str(home),
        "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(home / "Local"),
        "WIN_PD_OVERRIDE_APPDATA": str(home / "Roaming"),
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "tests.cli.keyring_backend.FolderKeyring",
        "TEST_KEYRING_FILE": str(home / "keyring.json"),
        "WEBEX_API_BASE": webex.api_base,
        "WEBEX_TOKEN_CONFIG": str(
            profile.config_path
        ),  # named: one that is found is to be approved
    }
    return Program(environ, profile.folder)
