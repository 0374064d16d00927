"""`sandbox`: what it prints can be typed, what is typed happens, and nothing is left of it."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
import pytest

from tray_app.cli.sandbox import FAULTS, sandbox
from tray_app.system.dirs import POSIX
from tray_app.system.signals import DELIBERATE

pytestmark = [pytest.mark.process, pytest.mark.skipif(not POSIX, reason="needs a POSIX terminal")]
PROGRAM = [sys.executable, "-W", "error", "-m", "tray_app"]


class Running:
    """The command in a terminal, beside the test."""

    def __init__(self, home: Path, process: subprocess.Popen[str], terminal: int) -> None:
        assert process.stdout is not None
        self.home, self.process, self._terminal = home, process, terminal
        self.output: IO[str] = process.stdout
        self.command: list[str] = []
        self.introduction = ""
        self.environ = environ(home)

    def read_introduction(self) -> None:
        """Take what it says is to be typed."""
        for line in self.output:
            words = line.split()
            if words[:1] == ["export"]:
                name, _, value = words[1].partition("=")
                self.environ[name] = value
            if words[:1] == ["webex-token-tray"] and words[-1] == "status":
                self.command = words[1:-1]
            self.introduction += line
            if words[:3] == ["To", "see", "it"]:
                return
        raise AssertionError("it ended")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the program on its profile, as it says."""
        return subprocess.run(
            [*PROGRAM, *self.command, *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def type(self, name: str) -> str:
        """Type a line; returns what it answers."""
        os.write(self._terminal, f"{name}\n".encode())
        return self.next_line()

    def next_line(self) -> str:
        """Return the next line that is not empty."""
        return next(line for line in self.output if line.strip()).strip()

    def end(self) -> str:
        """Press Ctrl-C; returns what it says then."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=30)[0]


def environ(home: Path) -> dict[str, str]:
    """A user without a keyring or a browser."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[Running]:
    """The command, ended whatever happens."""
    master, terminal = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "sandbox", *arguments],
        env=environ(home),
        stdin=terminal,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            made = Running(home, process, master)
            made.read_introduction()
            yield made
        finally:
            process.kill()
            os.close(master)
            os.close(terminal)


def test_what_it_prints_is_a_profile_that_works_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        config = Path(sandbox.command[1])
        assert [config.stat().st_mode & 0o777, config.parent.stat().st_mode & 0o777] == [
            0o600,
            0o700,
        ]
        assert "To see it at once: Options → Check now in the tray's menu." in sandbox.introduction
        assert sandbox.run("autostart", "on").returncode == 0
        first = sandbox.run("status")
        assert first.stdout.startswith("green: Token works until")
        assert first.stderr == ""
        assert "All files of this sandbox are removed." in sandbox.end()
        assert sandbox.process.returncode == 0
    assert _left_in(tmp_path) == []


@contextmanager
def watching(sandbox: Running) -> Iterator[subprocess.Popen[str]]:
    """`watch`, which holds the profile as the tray does, once it has checked."""
    with subprocess.Popen(
        [*PROGRAM, *sandbox.command, "watch"],
        env=sandbox.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert any("Token works" in line for line in process.stdout)
            yield process
        finally:
            process.kill()


def test_it_ends_once_the_tray_has_been_quit(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox, watching(sandbox) as tray:
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.next_line().startswith("The tray still runs with this sandbox: quit it, or")
        assert Path(sandbox.command[1]).exists()
        tray.terminate()
        assert sandbox.next_line() == "All files of this sandbox are removed."
        assert sandbox.process.wait(30) == 0
    assert _left_in(tmp_path) == []


def test_a_second_ctrl_c_ends_it_under_a_tray_without_leaving_a_secret(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox, watching(sandbox) as tray:
        config = Path(sandbox.command[1])
        sandbox.process.send_signal(signal.SIGINT)
        assert sandbox.next_line().startswith("The tray still runs with this sandbox: quit it, or")
        time.sleep(DELIBERATE)  # an earlier one may be a copy of the first
        said = sandbox.end()
        assert "All files of this sandbox are removed." in said
        assert "The tray that still runs has nothing left to show: quit it." in said
        assert sandbox.process.returncode == 0
        assert not config.parent.exists()
        assert "secrets.json" not in _left_in(tmp_path)
        tray.terminate()
        tray.wait(30)
    assert "secrets.json" not in _left_in(tmp_path)


def test_after_forget_all_its_end_makes_nothing_anew(tmp_path: Path) -> None:
    """It opened the database once more, to forget a profile that was forgotten."""
    with running(tmp_path) as sandbox:
        sandbox.command = []
        assert sandbox.run("forget", "--all", "--yes").returncode == 0
        sandbox.end()
    assert _left_in(tmp_path) == []


def _left_in(home: Path) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file()]


def test_what_is_typed_happens(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        assert sandbox.type("down").startswith("From now on: Webex is down: ")
        assert "Webex answered with an error" in sandbox.run("status").stdout
        assert sandbox.type("up") == "Webex answers as usual."
        assert sandbox.run("status").returncode == 0
        assert sandbox.type("all-revoked").endswith("a person must sign in.")
        assert sandbox.run("refresh").returncode == 2
        assert sandbox.type("sideways").startswith("Type one of: token-revoked,")


@pytest.mark.parametrize(
    ("fault", "code"), [("all-revoked", 2), ("dropped", 1), ("rate-limited", 1)]
)
def test_a_fault_from_the_start(tmp_path: Path, fault: str, code: int) -> None:
    assert fault in FAULTS
    with running(tmp_path, "--fault", fault) as sandbox:
        assert sandbox.run("refresh").returncode == code


def test_an_incident_is_named_by_status(tmp_path: Path) -> None:
    with running(tmp_path, "--fault", "incident") as sandbox:
        said = sandbox.run("status").stdout
        assert "reports an incident since" in said
        assert ": Webex APIs: some requests fail" in said
        assert "Webex reports an incident since" in sandbox.run("history").stdout
        assert sandbox.type("up") == "Webex answers as usual."
        assert "an incident" not in sandbox.run("status").stdout


def test_help_says_what_can_be_typed() -> None:
    said = sandbox.get_help(click.Context(sandbox))
    for name, (meaning, _) in FAULTS.items():
        assert f"{name:14} {meaning}" in said
    assert "up             Webex answers as usual" in said


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*PROGRAM, "sandbox", "--port", str(port)],
            env=environ(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert f"Port {port} cannot be used: Address already in use." in done.stderr
    assert done.returncode == 64
