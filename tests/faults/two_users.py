"""Two users of one machine, by unused numbers: each with a home, and a shared place between them.

What they run sees accounts of its own (`/etc/passwd`, `/etc/group`), mounted in a namespace of its
own. Needs root; skipped by name without.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import forked
from tests.e2e.program import ROOT
from tests.faults.table import Bar, rounds
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox

BAR = Bar("B13", "two users", least=rounds(100, 403))

NEEDS_ROOT = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux" or shutil.which("setpriv") is None,
    reason="two users of one machine need root, unshare and setpriv",
)

VICTIM, ATTACKER = 61234, 61235
"""Unused numbers; each is also the number of the user's own group."""

_NAMES = {VICTIM: "victim", ATTACKER: "attacker"}
_ACCOUNTS = 'mount --bind "$1/passwd" /etc/passwd; mount --bind "$1/group" /etc/group'
_BE = """
import ctypes, os, subprocess, sys
folder, uid, script = sys.argv[1], int(sys.argv[2]), sys.argv[3]
del sys.argv[1:4]
libc = ctypes.CDLL(None, use_errno=True)
failed = libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x44000, None)  # private, all
assert not failed, os.strerror(ctypes.get_errno())
subprocess.run(["bash", "-ec", script, "bash", folder], check=True)
os.setgroups([])
os.setresgid(uid, uid, uid)
os.setresuid(uid, uid, uid)
libc.prctl(4, 1)  # dumpable, as a program that is started
"""
"""What `_BECOME` does, for a process that is forked."""
_BECOME = 'exec setpriv --reuid "$2" --regid "$2" --clear-groups -- "${@:3}"'


@dataclass
class Machine:
    """`folder`: open to both users; `webex`: the victim's, and what both would ask."""

    folder: Path
    webex: Sandbox
    environ: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        accounts = "root:x:0:0::/root:/bin/sh\n"
        groups = "root:x:0:\n"
        self.home(0).mkdir(mode=0o700)
        for uid, name in _NAMES.items():
            self.home(uid).mkdir(mode=0o700)
            os.chown(self.home(uid), uid, uid)
            accounts += f"{name}:x:{uid}:{uid}::{self.home(uid)}:/bin/sh\n"
            groups += f"{name}:x:{uid}:\n"
        (self.folder / "passwd").write_text(accounts)
        (self.folder / "group").write_text(groups)
        self.shared.mkdir()
        self.shared.chmod(0o1777)  # as /tmp

    @property
    def shared(self) -> Path:
        """A place where both may write, as /tmp is."""
        return self.folder / "shared"

    def home(self, uid: int) -> Path:
        """That user's home, 0700."""
        return self.folder / _NAMES.get(uid, "root")

    def keyring(self, uid: int) -> Path:
        """The file that stands for that user's keyring."""
        return self.home(uid) / "keyring.json"

    def environ_of(self, uid: int) -> dict[str, str]:
        """What that user's commands see, with a keyring in a file of that user's own."""
        kept = ("PATH", "LANG")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "HOME": str(self.home(uid)),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHON_KEYRING_BACKEND": "tests.cli.keyring_backend.FolderKeyring",
            "TEST_KEYRING_FILE": str(self.keyring(uid)),
            "WEBEX_API_BASE": self.webex.api_base,
        }

    def command(self, uid: int, *command: str) -> list[str]:
        """The command line that runs a command as that user, with the accounts of this machine."""
        shell = (
            "bash",
            "-ec",
            f"{self._mounts}\n{_BECOME}",
            "bash",
            str(self.folder),
            str(uid),
            *command,
        )
        return ["unshare", "--mount", "--propagation", "private", *shell]

    def as_user(
        self, uid: int, command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as that user to its end. `environ`: added to `environ_of`."""
        return subprocess.run(
            self.command(uid, *command),
            env=self.environ_of(uid) | dict(environ or {}),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run(
        self, uid: int, *arguments: str, cwd: Path, code: str = forked.PROGRAM, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run our program, or that one, as that user to its end, warnings as errors."""
        become = (str(self.folder), str(uid), self._mounts)
        environ = self.environ_of(uid) | environ
        return forked.run([*become, *arguments], environ, cwd, code=_BE + code)

    @property
    def _mounts(self) -> str:
        """Shell lines that give who runs them the accounts of this machine."""
        return "\n".join((*_opened_ways(self.folder), _ACCOUNTS))

    def profile(self, uid: int, folder: Path) -> Profile:
        """Make a full profile in that folder, both of that user."""
        folder.mkdir(parents=True)
        made = full_profile(folder, self.webex)
        self.give(uid, folder, 0o700)
        for path in (made.config_path, made.env_path):
            self.give(uid, path, 0o600)
        return made

    def give(self, uid: int, path: Path, mode: int) -> None:
        """Let it be that user's, with this mode."""
        os.chown(path, uid, uid)
        path.chmod(mode)

    def write(self, uid: int, path: Path, text: str, mode: int = 0o644) -> Path:
        """Write a file of that user's."""
        path.write_text(text, encoding="utf-8")
        self.give(uid, path, mode)
        return path


def _opened_ways(folder: Path) -> Iterator[str]:
    """Shell lines that make a way to this program and its Python if they lie in a closed folder,
    as /root is: an empty one takes its place, with what is needed in it."""
    below: dict[Path, list[Path]] = {}
    for path in sorted({ROOT, Path(sys.prefix), Path(sys.base_prefix)}):
        closed = [above for above in path.parents if not above.stat().st_mode & 0o001]
        if closed:
            below.setdefault(closed[-1], []).append(path)
    for number, (top, paths) in enumerate(below.items()):
        kept = {path: str(folder / f"way-{number}-{index}") for index, path in enumerate(paths)}
        yield from (
            f"mkdir -p {kept[p]}; mount --bind {shlex.quote(str(p))} {kept[p]}" for p in kept
        )
        yield f"mount -t tmpfs -o mode=755 none {shlex.quote(str(top))}"
        for path, way in kept.items():
            yield f"mkdir -p {shlex.quote(str(path))}; mount --bind {way} {shlex.quote(str(path))}"


@contextmanager
def machine(webex: Sandbox) -> Iterator[Machine]:
    """A machine of two users. Not below pytest's own folder, which is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="b13-"))
    try:
        yield Machine(folder, webex)
    finally:
        shutil.rmtree(folder)
