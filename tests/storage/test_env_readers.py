"""The readers' rules: those that are here are asked, the others' by what their source says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import dotenv as python_dotenv
import pytest

from tests.storage.env_readers import READERS, docker, dotenv, node, shell, split, systemd

FORMS = {
    "bare": "K=abc\n",
    "no newline": "K=abc",
    "single quotes": "K='abc'\n",
    "double quotes": 'K="abc"\n',
    "export": "export K=abc\n",
    "export with tabs": "\texport\tK=abc\n",
    "indented": "  K=abc\n",
    "space before": "K =abc\n",
    "space behind": "K= abc\n",
    "comment": "K=abc # mine\n",
    "hash inside": "K=abc#d\n",
    "CRLF": "K=abc\r\nL=1\r\n",
    "BOM": "\ufeffK=abc\n",
    "twice": "K=abc\nK=def\n",
    "empty": "K=\n",
    "equals inside": "K=ab=c==\n",
    "commented out": "# K=abc\n",
    "longer key": "XK=abc\nKX=def\n",
    "quotes inside": 'K=ab"c d"e\n',
    "open quote": 'K="abc\n',
    "other key odd": "A B=1\nK=abc\n",
    "two on a line": "K=abc L=1\n",
    "a command behind": "K=abc true\n",
    "exported with another": "export K=abc L\n",
    "a command on the line": "K=abc; L=1\n",
    "a good and a bad line": "K=abc\nK = def\nK= ghi\n",
}


@pytest.mark.process
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize("name", sorted(set(FORMS) - {"open quote"}))
def test_the_shell_s_rules_are_those_of_a_real_bash(tmp_path: Path, name: str) -> None:
    """It runs the file; we never do."""
    path = tmp_path / ".env"
    path.write_bytes(FORMS[name].encode())
    script = 'unset K; set -a; . "$0" 2>/dev/null; [ -n "${K+x}" ] && printf "<%s>" "$K"'
    done = subprocess.run(
        ["bash", "-c", script, str(path)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stdout.decode()
    read = shell(FORMS[name], "K")
    assert said == ("" if read is None else f"<{read}>")


@pytest.mark.parametrize("name", FORMS)
def test_python_dotenv_s_are_its_own(tmp_path: Path, name: str) -> None:
    path = tmp_path / ".env"
    path.write_bytes(FORMS[name].removeprefix("\ufeff").encode())
    assert dotenv(FORMS[name], "K") == python_dotenv.dotenv_values(path).get("K")


@pytest.mark.parametrize(
    ("name", "by_docker", "by_systemd", "by_node", "by_split"),
    [
        ("bare", "abc", "abc", "abc", "abc"),
        ("double quotes", '"abc"', "abc", "abc", '"abc"'),
        ("export", None, None, "abc", None),
        ("space before", None, "abc", "abc", "abc"),
        ("space behind", " abc", "abc", "abc", "abc"),
        ("comment", "abc # mine", "abc # mine", "abc", "abc # mine"),
        ("CRLF", "abc", "abc", "abc", "abc"),
        ("BOM", "abc", None, "abc", None),
        ("twice", "def", "def", "def", "def"),
        ("empty", "", "", "", ""),
        ("equals inside", "ab=c==", "ab=c==", "ab=c==", "ab=c=="),
        ("commented out", None, None, None, None),
        ("other key odd", None, "abc", "abc", "abc"),
    ],
)
def test_the_others_are_those_of_their_sources(
    name: str,
    by_docker: str | None,
    by_systemd: str | None,
    by_node: str | None,
    by_split: str | None,
) -> None:
    """docker/cli opts/envfile.go, systemd.exec(5), motdotla/dotenv lib/main.js."""
    text = FORMS[name]
    assert docker(text, "K") == by_docker
    assert systemd(text, "K") == by_systemd
    assert node(text, "K") == by_node
    assert split(text, "K") == by_split


def test_a_bare_line_is_read_alike_by_all() -> None:
    assert {read("X=1\nK=a-b._~+/=\n", "K") for read in READERS.values()} == {"a-b._~+/="}
