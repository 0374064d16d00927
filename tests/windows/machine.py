"""A Windows session for the tests: Wine's desktop with a taskbar on a screen of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.windows import installation
from tests.windows.installation import PYTHON, SERVER, WINE, windows_path

_LONGEST_SECONDS = 120


@dataclass(frozen=True)
class Windows:
    """The session; `environ` is what its programs get, `program` the first words of a command."""

    environ: Mapping[str, str]
    program: tuple[str | Path, ...] = (PYTHON / "python.exe", "-m", "tray_app")

    def with_home(self, folder: Path) -> Windows:
        """Return the session with these folders for what the program keeps on disk."""
        folders = {
            "WIN_PD_OVERRIDE_LOCAL_APPDATA": windows_path(folder / "Local"),
            "WIN_PD_OVERRIDE_APPDATA": windows_path(folder / "Roaming"),
        }
        return replace(self, environ={**self.environ, **folders})

    def with_environ(self, **variables: str) -> Windows:
        """Return the session with more variables."""
        return replace(self, environ={**self.environ, **variables})

    def with_program(self, *words: str | Path) -> Windows:
        """Return the session with other words for Python than those of the program."""
        return replace(self, program=(PYTHON / "python.exe", *words))

    def with_executable(self, executable: Path) -> Windows:
        """Return the session with a program that is not Python's."""
        return replace(self, program=(executable,))

    def run(
        self, *arguments: str | Path, timeout: float = _LONGEST_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run the program to its end. Its streams are pipes: Wine 8 passes on no files."""
        return subprocess.run(
            _command((*self.program, *arguments)),
            env=self.environ,
            input="",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def python(
        self, *arguments: str | Path, timeout: float = _LONGEST_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run Windows' Python to its end."""
        return self.with_program().run(*arguments, timeout=timeout)

    def ask(self, command: str) -> Any:
        """Look something up, or do something, in the session: see `in_the_session`."""
        done = self.python("-m", "tests.windows.in_the_session", command)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def log_off(self) -> int:
        """End the session as Wine does for a user who logs off; 0 if no program vetoes it. What is
        started next begins another one."""
        command = [WINE, "wineboot", "--end-session"]
        done = subprocess.run(
            command, env=self.environ, capture_output=True, timeout=_LONGEST_SECONDS, check=False
        )
        return done.returncode

    @contextmanager
    def scaled(self, percent: int) -> Iterator[None]:
        """A session in which everything is shown so large, also for what is not aware of it."""
        desktop = r"HKCU\Control Panel\Desktop"
        values = {"LogPixels": str(96 * percent // 100), "DpiScalingVer": str(0x1000)}
        for name, value in values.items():
            self._registry("add", desktop, "/v", name, "/t", "REG_DWORD", "/d", value, "/f")
        self._end()
        try:
            yield
        finally:
            for name in values:
                self._registry("delete", desktop, "/v", name, "/f")
            self._end()

    def _registry(self, *words: str) -> None:
        command = [WINE, "reg", *words]
        subprocess.run(command, env=self.environ, capture_output=True, timeout=60, check=True)

    def _end(self) -> None:
        """End the session; what is started next begins another one."""
        for word in ("--kill", "--wait"):
            subprocess.run([SERVER, word], env=self.environ, timeout=60, check=False)

    @contextmanager
    def started(self, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
        """Run the program beside the test; it is killed at the end if it has not ended."""
        process = subprocess.Popen(
            _command((*self.program, *arguments)),
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        with process:
            try:
                yield process
            finally:
                process.kill()


@contextmanager
def session() -> Iterator[Windows]:
    """Set up what is missing, start the desktop, and end all of it afterwards."""
    installation.prepare()
    with installation.x_server() as display:
        environ = installation.environ(display)
        manager = subprocess.Popen(["openbox"], env=environ, stderr=subprocess.DEVNULL)
        try:
            yield Windows(environ)
        finally:
            subprocess.run([SERVER, "--kill"], env=environ, check=False)
            manager.terminate()
            manager.wait()


def _command(arguments: Sequence[str | Path]) -> list[str]:
    shown = [windows_path(each) if isinstance(each, Path) else each for each in arguments]
    return [WINE, *shown]
