"""The wheel in a clean virtual environment, and a person who uses every command that it has."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.consent import decide, free_redirect, visit
from tests.e2e.private_session import Session
from tests.e2e.program import ROOT
from tests.e2e.secret_service import stored_secrets
from tests.e2e.set_up import set_up
from tests.env_file import EnvFile
from tests.terminal import Terminal, in_terminal
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(sys.platform != "linux", reason="the keyring and the terminal are Linux's"),
]

OLD_SCRIPT = """
token = next(line for line in open(".env") if line.startswith("WEBEX_SERVICE_APP_ACCESS_TOKEN="))
print("token", token.strip().split("=", 1)[1])
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment in which there is the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wheel = [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "--wheel-dir", str(folder)], check=True, timeout=120)
    environment = folder / "venv"
    make = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
    subprocess.run(make, check=True, timeout=60)
    (made,) = folder.glob("*.whl")
    target = [*pip, "--python", str(environment / "bin/python")]
    done = subprocess.run(
        [*target, "install", "--no-compile", str(made)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        reason = f"the dependencies cannot be had: {done.stderr.strip().splitlines()[-1]}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return environment / "bin"


@dataclass
class Person:
    """Somebody in a folder of theirs, with the installed program in the path."""

    environ: dict[str, str]
    folder: Path
    used: set[str] = field(default_factory=set)

    def runs(self, *words: str, code: int = 0) -> str:
        """Run to the end, with that exit code; what it printed."""
        done = subprocess.run(
            self._command(*words),
            env=self.environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done.stdout

    @contextmanager
    def sits_at(self, *words: str, code: int = 0) -> Iterator[Terminal]:
        """Run in a terminal, until it ends by itself with that exit code."""
        with in_terminal(self._command(*words), self.environ, self.folder) as terminal:
            yield terminal
            assert terminal.ends() == code, terminal.screen
            assert "Traceback" not in terminal.screen

    @contextmanager
    def leaves_running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Run beside, and end by SIGTERM, which is no fault."""
        with subprocess.Popen(
            self._command(*words),
            env=self.environ,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
        assert "Traceback" not in said

    def _command(self, *words: str) -> list[str]:
        self.used.add(next((word for word in words if not word.startswith("-")), ""))
        return ["webex-token-tray", *words]

    def token(self) -> str:
        found = EnvFile(self.folder / ".env").read().access
        assert found is not None
        return found.reveal()


@pytest.fixture
def person(installed: Path, keyring_session: Session, webex: Sandbox, tmp_path: Path) -> Person:
    kept = {
        name: value
        for name, value in keyring_session.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "COVERAGE"))
    }
    path = f"{installed}:/usr/local/bin:/usr/bin:/bin"
    return Person(kept | {"PATH": path, "WEBEX_API_BASE": webex.api_base}, tmp_path)


def commands(help_text: str) -> set[str]:
    listed = help_text.partition("Commands:\n")[2]
    return set(re.findall(r"^  ([a-z-]+)  ", listed, re.MULTILINE))


def test_a_person_uses_every_command_that_the_wheel_has(
    person: Person, keyring_session: Session, webex: Sandbox
) -> None:
    """From nothing to a token, through every day of it, until nothing is left."""
    _begins(person, webex)
    _looks(person, webex)
    _works_with_the_token(person, webex)
    _leaves_it_to_itself(person, webex)
    _signs_in_again(person, webex)
    _has_it_as_they_like(person)
    _moves_and_leaves(person)
    assert stored_secrets(keyring_session) == {}
    assert commands(person.runs("--help")) == person.used - {""}


def _begins(person: Person, webex: Sandbox) -> None:
    assert "webex-token-tray" in person.runs("--version")
    person.runs("status", code=78)  # there is no config yet
    person.runs("nonsense", code=64)
    person.used.discard("nonsense")
    config = str(person.folder / "token-config.json")
    with person.sits_at("setup", "--config", config) as terminal:
        set_up(terminal, webex, free_redirect(webex))
    assert "@keyring" in Path(config).read_text()


def _looks(person: Person, webex: Sandbox) -> None:
    with person.sits_at("status") as terminal:
        terminal.expect("green: Token works until")
        terminal.expect("Integration sign-in")
    assert terminal.coloured
    found = json.loads(person.runs("status", "--json"))
    schema = (ROOT / "assets/schemas/status.json").read_text(encoding="utf-8")
    Draft202012Validator(json.loads(schema)).validate(found)
    asked = len(webex.requests)
    assert json.loads(person.runs("status", "--json", "--max-age", "5m")) == found
    assert len(webex.requests) == asked
    with person.sits_at("status", "--watch", code=130) as terminal:
        terminal.expect("green: Token works")
        terminal.interrupt()
    assert "Webex confirmed the token" in person.runs("history")
    findings = json.loads(person.runs("doctor", "--json", code=1))["findings"]
    assert "fault" not in {found["grade"] for found in findings}, findings
    person.runs("data-sources")


def _works_with_the_token(person: Person, webex: Sandbox) -> None:
    assert person.runs("token") == f"{person.token()}\n"
    webex.revoke_service_access()
    person.runs("status", code=2)
    (person.folder / "old.py").write_text(OLD_SCRIPT)
    with person.sits_at("run", "--", "python3", "old.py") as terminal:
        terminal.expect("token ")
        printed = terminal.expect("\n")
    assert printed == person.token()
    assert person.runs("run", "sh", "-c", "exit 7", code=7) == ""
    before = person.token()
    assert "Renewed with the service app's refresh token" in person.runs("refresh")
    assert person.token() != before


def _leaves_it_to_itself(person: Person, webex: Sandbox) -> None:
    with person.leaves_running("watch") as process:
        assert process.stdout is not None
        while "green: Token works" not in process.stdout.readline():
            pass
        person.runs("watch", code=3)
    before = webex.requests
    with person.leaves_running("tray"):
        webex.wait_for_request(
            lambda seen: seen.kind is Kind.DATA_SOURCES and seen not in before,
            timedelta(seconds=60),
        )
    with person.sits_at("demo", "--once", "--pause", "0", code=130) as terminal:
        terminal.expect("green")
        terminal.interrupt()
        terminal.expect("stages succeeded")
    with person.sits_at("sandbox") as terminal:
        terminal.expect("Webex answers as usual; revoked tokens stay revoked")
        terminal.interrupt()
        terminal.expect("are removed.")
    assert person.runs("report").startswith("<!doctype html>")


def _signs_in_again(person: Person, webex: Sandbox) -> None:
    webex.revoke_all()
    person.runs("refresh", code=2)
    with person.sits_at("authorize", "--no-browser") as terminal:
        terminal.expect("Open in a browser:\n")
        visit(decide(terminal.expect("\n").strip()))
        terminal.expect("Token renewed.")


def _has_it_as_they_like(person: Person) -> None:
    for verb in ("autostart", "launcher"):
        assert person.runs(verb, "on").startswith("on: ")
        assert person.runs(verb, "status").startswith("on: ")
        assert person.runs(verb, "off").startswith("off: ")
    assert "complete" in person.runs("completion", "bash")
    person.runs("profiles", "add", "acme", "token-config.json")
    assert "acme" in person.runs("profiles", "list")
    assert person.runs("token", "--profile", "acme") == f"{person.token()}\n"
    person.runs("profiles", "remove", "acme")
    assert person.runs("allow", "token-config.json").startswith("allowed ")


def _moves_and_leaves(person: Person) -> None:
    assert "@keyring" in person.runs("export")
    with person.sits_at("export", "--with-secrets") as terminal:
        terminal.answer("[y/N]: ", "y")
        terminal.expect('"clientSecret": "')
        secret = terminal.expect('"')
    (person.folder / "old.json").write_text(person.runs("export", "--with-secrets", "--yes"))
    person.runs("import", "old.json", "--config", "new/token-config.json")
    assert secret not in (person.folder / "new/token-config.json").read_text()
    assert person.runs("token", "--config", "new/token-config.json") == f"{person.token()}\n"
    person.runs("forget", "--yes", "--config", "new/token-config.json")  # else it uses them, too
    with person.sits_at("forget") as terminal:
        terminal.answer("[y/N]: ", "y")
        terminal.expect("removed from the keyring: ")
