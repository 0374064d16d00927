"""A bare Debian in a folder, for Python; `tests/e2e/bare-debian` makes it, and runs what is run."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NAME = "webex-token-tray"
HOME = "/home/person"
NOBODY = 65534
"""An account of every Debian: the bus disconnects users who have none."""
SCRIPT = Path(__file__).with_name("bare-debian")


@dataclass(frozen=True)
class BareDebian:
    """Its folder. Only root can use it."""

    root: Path

    def path(self, inside: str | Path) -> Path:
        """Where that file is for this machine."""
        return self.root / str(inside).lstrip("/")

    def command(self, words: Sequence[str], environ: Mapping[str, str]) -> list[str]:
        """What runs those words in it, with those variables and a few of its own."""
        given = (f"{name}={value}" for name, value in environ.items())
        return [str(SCRIPT), "run", str(self.root), "env", *given, *words]

    def runs(
        self,
        *words: str,
        code: int = 0,
        user: int = 0,
        environ: Mapping[str, str] | None = None,
        timeout: float = 300,
    ) -> str:
        """Run to the end, with that exit code; what it printed."""
        done = subprocess.run(
            self.command(words, environ or {}),
            env={"PATH": os.environ["PATH"], "RUN_AS": str(user)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == code, (words, done.returncode, done.stdout)
        return done.stdout

    def packages(self) -> set[str]:
        """The names of the installed ones."""
        return set(self.runs("dpkg-query", "--show", "--showformat=${Package}\n").split())


@contextmanager
def bare_debian(folder: Path) -> Iterator[BareDebian]:
    """One in that folder with the lists of what it can install, gone afterwards. The first one
    downloads, and may take minutes."""
    made = folder / "bare-debian"
    try:
        subprocess.run([SCRIPT, "make", made], check=True, timeout=900)
        debian = BareDebian(made)
        debian.runs("apt-get", "update", "-qq")
        yield debian
    finally:
        subprocess.run([SCRIPT, "remove", made], check=True, timeout=300)
