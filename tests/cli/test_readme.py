"""What the documents show and promise: examples as they stand, each row on the old scripts."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, Program
from tests.cli.test_authorize import asking
from tests.cli.test_import import secrets_of
from tests.consent import decide, free_redirect, use_redirect, visit
from tests.e2e.programs import require
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox
from tray_app.webex.api_base import PRODUCTION

README, GUIDE, PYTHON = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in ("README.md", "docs/guide.md", "docs/python.md")
)

DATA_SOURCES = """
import json, os, sys, urllib.request
env = dict(line.strip().split("=", 1) for line in open(".env") if line.startswith("WEBEX_"))
token = env["WEBEX_SERVICE_APP_ACCESS_TOKEN"]
request = urllib.request.Request(os.environ["WEBEX_API_BASE"] + "/dataSources")
request.add_header("Authorization", "Bearer " + token)
print(json.load(urllib.request.urlopen(request, timeout=60)))
"""
"""As the old script was: it splits the lines of `.env` at "=", and knows nothing of renewal."""


def section(text: str, title: str) -> str:
    return re.split(r"^## ", text.partition(f"\n## {title}\n")[2], flags=re.MULTILINE)[0]


def blocks(text: str, language: str = "") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def in_shell(program: Program, command: str) -> subprocess.CompletedProcess[str]:
    """The command line, typed in the profile's folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{program.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        env=program.environ | {"PATH": path},
        cwd=program.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are those of a POSIX shell")
def test_the_lines_for_scripts_do_as_they_are(program: Program, webex: Sandbox) -> None:
    require("bash", "curl")
    (program.folder / "data-sources.py").write_text(DATA_SOURCES)
    block = blocks(section(GUIDE, "Scripts and prompts"))[0]
    lines = block.replace(PRODUCTION, webex.api_base).splitlines()
    assert len(lines) == 2
    webex.revoke_service_access()
    for line in lines:
        done = in_shell(program, line)
        assert done.returncode == 0, done.stderr
        assert "items" in done.stdout


@pytest.mark.parametrize("number", range(len(blocks(PYTHON, "python"))))
def test_the_examples_in_python_do_as_they_are(
    program: Program, profile: Profile, webex: Sandbox, number: int
) -> None:
    example = blocks(PYTHON, "python")[number].replace(PRODUCTION, webex.api_base)
    webex.revoke_service_access()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{example}\nprint(token)"],
        env=program.environ,
        cwd=program.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{profile.env_access()}\n"


def refresh_token(program: Program, profile: Profile, webex: Sandbox) -> None:
    """It refreshes, and writes both tokens into `.env`, where all else stays."""
    before = profile.env_path.read_text()
    old = str(profile.env_access())
    assert in_shell(program, "webex-token-tray refresh").returncode == 0
    access = str(profile.env_access())
    assert webex.generation(access) > webex.generation(old)
    assert profile.env_path.read_text() == before.replace(old, access)


def token_manager(program: Program, profile: Profile, webex: Sandbox) -> None:
    """By its old methods, without arguments, in the folder of the config."""
    webex.revoke_service_access()
    script = (
        "from tray_app import TokenManager\n"
        "manager = TokenManager()\n"
        "print(manager.is_token_valid(), manager.refresh_token(), manager.is_token_valid())\n"
    )
    (program.folder / "old.py").write_text(script)
    done = in_shell(program, "python old.py")
    assert done.stdout.split() == ["False", profile.env_access(), "True"], done.stderr


def validity_check(program: Program, profile: Profile, webex: Sandbox) -> None:
    """The script without its check lists the data sources, though the token was dead."""
    (program.folder / "data-sources.py").write_text(DATA_SOURCES)
    webex.revoke_service_access()
    assert in_shell(program, "python data-sources.py").returncode == 1
    done = in_shell(program, "webex-token-tray run -- python data-sources.py")
    assert (done.returncode, "items" in done.stdout) == (0, True), done.stderr


def setup_oauth(program: Program, profile: Profile, webex: Sandbox) -> None:
    """A person consents in the browser, and the integration renews the token from then on."""
    use_redirect(profile, free_redirect(webex))
    webex.revoke_all()
    with asking(program, "--no-browser") as (process, page):
        visit(decide(page))
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Token renewed." in said


def secrets_in_config(program: Program, profile: Profile, webex: Sandbox) -> None:
    """Each is in the keyring, none is left in the file, and all of it works as before."""
    secrets = secrets_of(json.loads(profile.config_path.read_text()))
    assert len(secrets) == 4
    assert program.as_tray().returncode == 0
    kept = Path(program.environ["TEST_KEYRING_FILE"]).read_text()
    for secret in secrets:
        assert secret in kept
        assert secret not in profile.config_path.read_text()
    assert in_shell(program, "webex-token-tray refresh").returncode == 0


OLD: dict[str, Callable[[Program, Profile, Sandbox], None]] = {
    "`python refresh_token.py`": refresh_token,
    "`TokenManager().is_token_valid()`, `.refresh_token()`": token_manager,
    "the validity check at the start of `data-sources.py`": validity_check,
    "`python setup_oauth.py`": setup_oauth,
    "secrets in `token-config.json`": secrets_in_config,
}
TABLE = rows(section(README, "Coming from the old scripts"))


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are those of a POSIX shell")
@pytest.mark.parametrize("old", [old for old, _ in TABLE])
def test_what_takes_the_place_of_an_old_script_does_what_that_did(
    program: Program, profile: Profile, webex: Sandbox, old: str
) -> None:
    require("bash")
    OLD[old](program, profile, webex)


def test_every_old_script_is_in_the_table() -> None:
    assert [old for old, _ in TABLE] == list(OLD)
