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


@pytest.mark.parametrize(
    ("words", "begun", "expected"),
    [
        ((), "hist", ["plain\thistory"]),
        (("status",), "--max", ["plain\t--max-age"]),
        (("completion",), "pow", ["plain\tpowershell"]),
        (("--config", "C:\\my bots\\c.json", "status"), "--max", ["plain\t--max-age"]),
        (("status", "--config"), "C:\\my b", ["file\tC:\\my b"]),
    ],
)
def test_powershell_is_answered(words: tuple[str, ...], begun: str, expected: list[str]) -> None:
    """By what its script would set; the script itself was not run. A path is left to the shell."""
    asked = {"_WEBEX_TOKEN_TRAY_COMPLETE": "powershell_complete", "COMP_CWORD": begun}
    done = subprocess.run(
        [str(BIN / "webex-token-tray")],
        env={**os.environ, **asked, "COMP_WORDS": "\n".join(("webex-token-tray", *words))},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert [line.rpartition("\t")[0] for line in done.stdout.splitlines()] == expected


def test_an_empty_word_which_powershell_does_not_pass_on_brings_all_commands() -> None:
    asked = {"_WEBEX_TOKEN_TRAY_COMPLETE": "powershell_complete", "COMP_WORDS": "webex-token-tray"}
    done = subprocess.run(
        [str(BIN / "webex-token-tray")],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert {"tray", "setup", "doctor"} <= {value for _, value, _ in rows}
    assert all(text for *_, text in rows)


def test_the_script_for_powershell_asks_as_it_is_answered() -> None:
    done = subprocess.run(
        [str(BIN / "webex-token-tray"), "completion", "powershell"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    script = done.stdout
    assert "-CommandName 'webex-token-tray'" in script
    assert "$env:_WEBEX_TOKEN_TRAY_COMPLETE = 'powershell_complete'" in script
    assert [script.count(one) for one in "{(["] == [script.count(one) for one in "})]"]


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
