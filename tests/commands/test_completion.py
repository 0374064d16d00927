"""`completion`: asked in the real shells, as by a person who presses Tab."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.programs import require

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the shells are those of POSIX")

BIN = Path(sys.executable).parent
STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set bell-style none'"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -D -u"),
}
PATIENCE = 20.0


class Terminal:
    """A shell in a pseudo-terminal, to type into."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def until(self, pattern: str) -> str:
        """Wait until that is seen of what came since the last call; returns what was matched."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self._descriptor], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited for {pattern!r}, saw {self.seen!r}"
            self.seen += os.read(self._descriptor, 4096).decode(errors="replace")
        self.seen = self.seen[found.end() :]
        return found[0]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = ("LANG", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    path = f"{BIN}:/usr/bin:/bin"
    return found | {"PATH": path, "HOME": str(tmp_path), "TERM": "dumb", "PS1": "$ "}


@contextmanager
def shell(name: str, environ: dict[str, str], folder: Path) -> Iterator[Terminal]:
    command, setting = STARTS[name]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        env=environ,
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        terminal = Terminal(ours)
        try:
            # The marks are put together by the shell: what it echoes is not yet what it has done.
            terminal.type(
                f'{setting}; eval "$(webex-token-tray completion {name})"; echo "rea""dy"\n'
            )
            terminal.until("ready")
            yield terminal
        finally:
            process.kill()
            with suppress(OSError):
                os.close(ours)


@pytest.mark.parametrize("name", STARTS)
def test_tab_completes_verbs_options_and_values(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    require(name)
    (tmp_path / "a-config-of-mine.json").touch()
    with shell(name, environ, tmp_path) as terminal:
        for typed, completed in (
            ("webex-token-tray hist", "history "),
            ("webex-token-tray status --max", "--max-age"),
            ("webex-token-tray completion fi", "fish"),
            ("webex-token-tray status --config a-con", "a-config-of-mine.json"),
        ):
            terminal.type(f"{typed}\t")
            terminal.until(re.escape(completed))
            terminal.type("\x15")  # Ctrl-U: the line is cleared


def test_fish_completes_verbs_options_and_values(environ: dict[str, str], tmp_path: Path) -> None:
    require("fish")
    place = tmp_path / ".config/fish/completions/webex-token-tray.fish"
    place.parent.mkdir(parents=True)
    made = subprocess.run(
        [str(BIN / "webex-token-tray"), "completion", "fish"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    place.write_text(made.stdout)
    for typed, completed in (
        ("hist", "history"),
        ("status --max", "--max-age"),
        ("completion zs", "zsh"),
    ):
        done = subprocess.run(
            ["fish", "--command", f"complete --do-complete 'webex-token-tray {typed}'"],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [completed]


def test_another_shell_is_wrong_usage() -> None:
    done = subprocess.run(
        [str(BIN / "webex-token-tray"), "completion", "tcsh"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (64, "")
    assert "'bash', 'zsh', 'fish'" in done.stderr
