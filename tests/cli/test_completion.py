"""`completion`: asked in the real shells, as by a person who presses Tab."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.programs import require

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="the terminal is Linux's"),
]

BIN = Path(sys.executable).parent
STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "bind 'set bell-style none'"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -D -u"),
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = ("LANG", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    path = f"{BIN}:/usr/bin:/bin"
    return found | {"PATH": path, "HOME": str(tmp_path), "PS1": "$ "}


@pytest.mark.parametrize("name", STARTS)
def test_tab_completes_verbs_options_and_values(
    name: str, environ: dict[str, str], tmp_path: Path
) -> None:
    from tests.terminal import in_terminal  # not on Windows

    require(name)
    (tmp_path / "a-config-of-mine.json").touch()
    command, setting = STARTS[name]
    with in_terminal(command, environ, tmp_path) as shell:
        # The mark is put together by the shell: what is echoed is not yet what has been done.
        shell.type(f'{setting}; eval "$(webex-token-tray completion {name})"; echo "rea""dy"\n')
        shell.expect("ready")
        for typed, completed in (
            ("webex-token-tray hist", "history "),
            ("webex-token-tray status --max", "--max-age"),
            ("webex-token-tray completion fi", "fish"),
            ("webex-token-tray status --config a-con", "a-config-of-mine.json"),
        ):
            shell.type(f"{typed}\t")
            shell.expect(completed)
            shell.type("\x15")  # Ctrl-U: the line is cleared


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
