"""The `.env` that we write, read by the real programs that people read it with: the same in all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import dotenv
import pytest

from tests.env_file import EnvFile
from tests.storage import env_readers
from tests.storage.docker_engine import docker_engine
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS, REFRESH

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are those of POSIX")

# All that a bearer token may hold (RFC 6750 §2.1), where a reader could trip over it.
TOKENS = "ab_c-1.2~x+y/z_PF84_1-a==", "export-~+/.-_9="

BEFORE = {
    "no file": None,
    "an empty file": "",
    "others' lines": "# by hand\nOTHER=1\n\nMORE=a=b\n",
    "older tokens": f"OTHER=1\n{ACCESS}=old\n{REFRESH}=old\n# end\n",
    "one of them, and no last line break": f"{REFRESH}=old\nOTHER=1",
    "empty values": f"{ACCESS}=\n{REFRESH}=\n",
}

Found = Mapping[str, str | None]

GENERATOR = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"


def written(folder: Path, before: str) -> Path:
    """A `.env` of that form, once both tokens are written into it."""
    env, text = folder / ".env", BEFORE[before]
    if text is not None:
        env.write_text(text)
    EnvFile(env).write(Pair(*map(Secret, TOKENS)))
    return env


def by_python_dotenv(env: Path) -> Found:
    return dict(dotenv.dotenv_values(env, interpolate=True))


def by_splitting_lines(env: Path) -> Found:
    """As the scripts did that this program replaces."""
    lines = env.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def by_shell(env: Path) -> Found:
    """The lines that the README of many a project has."""
    return _printed(["bash", "-c", f'set -a; . ./.env; exec "{sys.executable}" -c "$0"'], env)


def by_sh(env: Path) -> Found:
    return _printed(["sh", "-c", f'set -a; . ./.env; exec "{sys.executable}" -c "$0"'], env)


def by_docker(env: Path) -> Found:
    """The real client; it reads the file, and an engine of ours notes what it was sent."""
    with docker_engine() as engine:
        command = ["docker", "create", "--env-file", str(env), "image"]
        _run(command, {"DOCKER_HOST": engine.address, "HOME": str(env.parent)})
        return dict(engine.environment)


def by_systemd(env: Path) -> Found:
    """systemd's own parser of such files, through the one program that shows what it reads.

    It reads environment.d, by the function that reads EnvironmentFile=, and expands "$" besides:
    no token holds one.
    """
    place = env.parent / "config" / "environment.d" / "ours.conf"
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(env, place)
    said = _run([GENERATOR], {"XDG_CONFIG_HOME": str(env.parent / "config")})
    return dict(line.split("=", 1) for line in said.splitlines() if line.startswith("WEBEX"))


def by_node(env: Path) -> Found:
    """Node's own reader, since 20.6."""
    script = "console.log(JSON.stringify(process.env))"
    found: Found = json.loads(_run(["node", f"--env-file={env}", "--eval", script], {}))
    return found


def _printed(command: list[str], env: Path) -> Found:
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    found: Found = json.loads(_run([*command, script], {}, env.parent))
    return found


def _run(command: list[str], environ: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"]} | environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


READERS: dict[str, tuple[str | None, Callable[[Path], Found]]] = {
    "python-dotenv": (None, by_python_dotenv),
    "scripts that split at =": (None, by_splitting_lines),
    "bash": ("bash", by_shell),
    "sh": ("sh", by_sh),
    "docker": ("docker", by_docker),
    "systemd": (GENERATOR, by_systemd),
    "node": ("node", by_node),
}


def _knows_env_files() -> bool:
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return [int(part) for part in done.stdout.strip(" v\n").split(".")[:2]] >= [20, 6]


@pytest.mark.process
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("before", BEFORE)
def test_each_reader_finds_both_tokens_as_they_are(
    tmp_path: Path, before: str, reader: str
) -> None:
    program, read = READERS[reader]
    if program is not None and shutil.which(program) is None:
        pytest.skip(f"not installed: {program}")
    if program == "node" and not _knows_env_files():
        pytest.skip("this node is older than its --env-file")
    found = read(written(tmp_path, before))
    assert (found[ACCESS], found[REFRESH]) == TOKENS


@pytest.mark.parametrize("reader", env_readers.READERS)
@pytest.mark.parametrize("before", BEFORE)
def test_readers_that_are_not_installed_would_find_them_too(
    tmp_path: Path, before: str, reader: str
) -> None:
    """By the rules of their sources."""
    read, text = env_readers.READERS[reader], written(tmp_path, before).read_text()
    assert (read(text, ACCESS), read(text, REFRESH)) == TOKENS


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """node's dotenv, from the registry."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("not installed: node, npm")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    try:
        done = subprocess.run([*command, "dotenv"], capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the registry of npm does not answer")
    if done.returncode != 0:
        pytest.skip("node's dotenv cannot be had: no registry of npm")
    return folder / "node_modules"


@pytest.mark.process
@pytest.mark.parametrize("before", BEFORE)
def test_the_dotenv_of_node_finds_both_tokens_as_they_are(
    tmp_path: Path, modules: Path, before: str
) -> None:
    env = written(tmp_path, before)
    script = (
        "const {parse} = require('dotenv');"
        "console.log(JSON.stringify(parse(require('fs').readFileSync(process.argv[1]))))"
    )
    found = json.loads(_run(["node", "--eval", script, str(env)], {"NODE_PATH": str(modules)}))
    assert (found[ACCESS], found[REFRESH]) == TOKENS
