"""A profile on small disks of its own, which fill up or become read-only under the real program.

The disks are mounted in a namespace of their own. Needs root; skipped by name without.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forked
from tests.cli.conftest import TRAY
from tests.e2e.program import ROOT
from tests.profile import Profile, full_profile
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Use

NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux" or shutil.which("nsenter") is None,
    reason="disks of their own need root, unshare and nsenter",
)

_ENTER = """
import ctypes, os, sys
folder = os.getcwd()
with open(sys.argv.pop(1)) as namespace:
    assert ctypes.CDLL(None).setns(namespace.fileno(), 0) == 0
os.chdir(folder)
"""
"""What `nsenter` does, for a process that is forked."""

_HOLDS_THE_LOCK = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""

_SIZES = {"home": "2m", "env": "64k"}
_SPENDING = (Kind.SERVICE_REFRESH, Kind.INTEGRATION_REFRESH)


@dataclass
class Disks:
    """`home`: with the file of secrets, the database and the locks; `env`: with `.env` alone."""

    folder: Path
    webex: Sandbox
    profile: Profile
    holder: int
    """The process whose namespace has the disks."""

    def seen(self, path: Path) -> Path:
        """The same path as this process sees it."""
        return Path(f"/proc/{self.holder}/root{path}")

    def command(self, *command: str) -> list[str]:
        """The command line of a command that sees the disks."""
        return ["nsenter", f"--mount={self._namespace}", "--", *command]

    def program(self, *arguments: str) -> list[str]:
        """The command line of our program."""
        config = ("--config", str(self.profile.config_path))
        return self.command(
            sys.executable, "-W", "error", "-m", "tray_app", arguments[0], *config, *arguments[1:]
        )

    @property
    def environ(self) -> dict[str, str]:
        """What the program sees; no keyring."""
        kept = ("PATH", "LANG", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "WEBEX_API_BASE": self.webex.api_base,
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run our program to its end."""
        config = ("--config", str(self.profile.config_path))
        return self.fork((arguments[0], *config, *arguments[1:]), forked.PROGRAM)

    def fork(self, arguments: Sequence[str], code: str) -> subprocess.CompletedProcess[str]:
        """Run this code, which sees the disks, to its end."""
        return forked.run((self._namespace, *arguments), self.environ, ROOT, code=_ENTER + code)

    @property
    def _namespace(self) -> str:
        return f"/proc/{self.holder}/ns/mnt"

    def break_(self, how: str, disks: tuple[str, ...]) -> None:
        """Fill these disks to the last byte, or let nobody write to them."""
        for disk in disks:
            if how == "full":
                self._fill(self.seen(self.folder / disk) / "filler")
            else:
                self._remount(disk, "ro")

    def mend(self, how: str, disks: tuple[str, ...]) -> None:
        """Let them be as before."""
        for disk in disks:
            if how == "full":
                (self.seen(self.folder / disk) / "filler").unlink()
            else:
                self._remount(disk, "rw")

    def spent(self) -> list[Kind]:
        """Which refresh tokens were presented so far."""
        return [seen.kind for seen in self.webex.requests if seen.kind in _SPENDING]

    def lost(self) -> list[str]:
        """Which of the two refresh tokens lives in no place that outlives the program."""
        env = self.seen(self.env_path).read_text(encoding="utf-8")
        held = [line.partition("=")[2] for line in env.splitlines() if "REFRESH_TOKEN=" in line]
        pairs = [json.loads(value) for name, value in self._kept() if name.endswith("/tokens")]
        held += [str(pair.get("refresh")) for pair in pairs]
        sign_ins = [value for name, value in self._kept() if name.endswith("/refresh")]
        return [
            what
            for what, tokens in (("the service app's", held), ("the sign-in", sign_ins))
            if not any(self.webex.tokens.live(token, Use.REFRESH) for token in tokens)
        ]

    @property
    def env_path(self) -> Path:
        """`.env`, as the program sees it."""
        return self.folder / "env/.env"

    @property
    def secrets_path(self) -> Path:
        """The file of secrets, as this process sees it."""
        return self.seen(self.folder / "home/.local/share/webex-token-tray/secrets.json")

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Let another program hold the lock of the database."""
        database = self.folder / "home/.local/state/webex-token-tray/journal.sqlite3"
        command = self.command(sys.executable, "-c", _HOLDS_THE_LOCK, str(database))
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
            try:
                assert other.stdout is not None
                assert other.stdout.readline() == "held\n"
                yield
            finally:
                other.communicate("")

    def _kept(self) -> list[tuple[str, str]]:
        found: dict[str, str] = json.loads(self.secrets_path.read_bytes())["secrets"]
        return list(found.items())

    def _fill(self, path: Path) -> None:
        with path.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def _remount(self, disk: str, how: str) -> None:
        target = str(self.folder / disk)
        subprocess.run(self.command("mount", "-o", f"remount,{how}", target), check=True)


@contextmanager
def disks(folder: Path) -> Iterator[Disks]:
    """A profile that is green, with its secrets in the file, and nothing but refresh tokens and the
    integration to renew with."""
    mounts = []
    for name, size in _SIZES.items():
        (folder / name).mkdir()
        mounts.append(f"mount -t tmpfs -o size={size} none '{folder / name}'")
    script = "; ".join((*mounts, "echo ready", "exec sleep 600"))
    unshared = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script]
    holder = subprocess.Popen(unshared, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with Sandbox(policy=RefreshPolicy.ROTATED) as webex:
            profile = full_profile(folder, webex)
            profile.pasted, profile.secret_store = None, "file"
            profile.write_config(lambda config: config["tray"].update(envFile="env/.env"))
            made = Disks(folder, webex, profile, holder.pid)
            made.seen(made.env_path).write_bytes(profile.env_path.read_bytes())
            profile.env_path.unlink()
            taken = made.fork([str(profile.config_path)], TRAY)  # the secrets, out of the config
            assert taken.returncode == 0, taken.stdout + taken.stderr
            first = made.run("refresh")  # so that the age of each is known
            assert first.returncode == 0, first.stdout + first.stderr
            assert made.lost() == []
            yield made
    finally:
        holder.kill()
        holder.communicate()


def wait_until_written(path: Path, after: float) -> float:
    """When the file was last written (seconds since the epoch), as soon as that is after."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        at = path.stat().st_mtime
        if at > after:
            return at
        time.sleep(0.005)
    raise AssertionError(f"{path.name} was not written")
