"""B5: no command shows or leaves a secret anywhere but in `.env`, the config and the keyring.

The one exception by name: the address of the consent page holds the `state` of that sign-in, and a
person's own terminal shows it. It opens nothing by itself, and its use ends with the sign-in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import forked
from tests.consent import decide, free_redirect, use_redirect
from tests.e2e.program import ROOT
from tests.faults.conftest import Measure
from tests.faults.leak_profile import Leaks, leaks, quoting
from tests.faults.leak_scan import Hit, secrets_of_address
from tests.faults.table import Bar, rounds
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.system.dirs import APP

BAR = Bar("B5", "leaks", least=rounds(15, 29))

SAYS_ALL = (
    "import runpy\nrunpy.run_module('tests.faults.leak_everything_logged', run_name='__main__')"
)
TOKEN_KINDS = (Kind.SERVICE_REFRESH, Kind.MINT, Kind.INTEGRATION_REFRESH)


@dataclass
class Shell:
    """Runs commands as a person does, every logger of theirs saying all it has."""

    made: Leaks
    folder: Path
    said: list[tuple[str, str]] = field(default_factory=list, repr=False)
    environ: dict[str, str] = field(default_factory=dict, repr=False)
    is_forgotten: bool = False

    def __post_init__(self) -> None:
        kept = ("PATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "LANG")
        self.environ |= {name: os.environ[name] for name in kept if name in os.environ}
        for name in ("home", "tmp"):
            (self.folder / name).mkdir()
        self.environ |= {
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "tests.cli.keyring_backend.FolderKeyring",
            "TEST_KEYRING_FILE": str(self.keyring),
            "WEBEX_API_BASE": self.made.webex.api_base,
            "WEBEX_TOKEN_CONFIG": str(self.made.profile.config_path),
        }

    @property
    def keyring(self) -> Path:
        return self.folder / "keyring.json"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.faults.leak_everything_logged", *arguments]

    def run(self, *arguments: str, text: str = "", **environ: str) -> int:
        """Run to the end, and keep what it said; its exit code."""
        folder = self.made.profile.folder
        done = forked.run(arguments, self.environ | environ, folder, code=SAYS_ALL, typed=text)
        self.heard(arguments, done.stdout, done.stderr)
        return done.returncode

    def heard(self, arguments: tuple[str, ...], out: str, err: str) -> None:
        assert "Traceback" not in out
        self.said += [(f"stdout of {arguments[0]}", out), (f"stderr of {arguments[0]}", err)]

    def hits(self) -> list[Hit]:
        """Every secret that was said or left behind."""
        scanner = self.made.scanner
        said = [hit for where, text in self.said for hit in scanner.hits(where, text)]
        allowed = [*self.made.allowed, self.keyring]
        return said + scanner.hits_in_files(self.folder, allowed)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    work = tmp_path / "work"
    work.mkdir()
    with leaks(work, monkeypatch) as made:
        made.webex.policy = RefreshPolicy.ROTATED
        yield Shell(made, tmp_path)


def healthy(shell: Shell) -> None:
    assert shell.run("status", "--debug") == 0
    assert shell.run("status", "--json") == 0
    assert shell.run("export") == 0
    assert shell.run("report", "--debug") == 0
    assert shell.run("report", "page.html") == 0
    assert shell.run("refresh", "--debug") == 0


def every_rung(shell: Shell) -> None:
    """One after the other has to act."""
    for revoke in (shell.made.webex.revoke_service_access, shell.made.webex.revoke_all):
        shell.run("status")
        revoke()
        shell.run("refresh", "--debug")


def refused_with_quotes(shell: Shell) -> None:
    """Each no quotes the request, whole, cut and encoded."""
    shell.made.webex.revoke_service_access()
    for status in (400, 401, 403):
        for kind in TOKEN_KINDS:
            shell.made.webex.faults.next(kind, quoting(status))
        assert shell.run("refresh", "--debug") > 0
        assert shell.run("report") == 0


def failing_with_quotes(shell: Shell) -> None:
    """And so does what is no answer."""
    shell.made.webex.revoke_service_access()
    for status in (500, 429, 200):
        for kind in (Kind.DATA_SOURCES, *TOKEN_KINDS):
            shell.made.webex.faults.next(kind, quoting(status))
        shell.run("refresh", "--debug")
        shell.run("report")
    for fault in (Fault.truncated_json(), Fault.cut_short(), Fault.lost_reply()):
        shell.made.webex.faults.next(Kind.SERVICE_REFRESH, fault)
        shell.run("refresh", "--debug")


def damaged_env(shell: Shell) -> None:
    """Tokens among bytes that are no text, twice, quoted and cut."""
    path = shell.made.profile.env_path
    whole = path.read_bytes()
    for damage in (
        b"\xff\xfe" + whole,
        whole.replace(b"ACCESS_TOKEN=", b"ACCESS_TOKEN='"),
        whole + whole,
        whole.replace(b"=", b" ", 1),
        whole.replace(b"\n", b"\0"),
    ):
        path.write_bytes(damage)
        shell.run("status", "--debug")
    path.unlink()
    path.mkdir()
    shell.run("status", "--debug")


def secrets_in_wrong_places(shell: Shell) -> None:
    """Where an id, a number, a path or nothing belongs, and in a file that is no JSON."""
    profile, app = shell.made.profile, shell.made.webex.service_app
    token = str(profile.pasted)
    places: list[Callable[[dict[str, Any]], object]] = [
        lambda config: config["serviceApp"].update(appId=app.client_secret),
        lambda config: config["serviceApp"].update(clientId=token),
        lambda config: config["serviceApp"].update(targetOrgId=token),
        lambda config: config["serviceApp"].update(clientSecret=[app.client_secret]),
        lambda config: config["tray"].update(pollSeconds=token),
        lambda config: config["tray"].update(envFile=[token]),
        lambda config: config["tokenManager"]["integration"].update(redirectUri=token),
        lambda config: config["tokenManager"].update({"personalAccessToken": f"{token}\n{token}"}),
        lambda config: config.update({token: app.client_secret}),
        lambda config: config.update(tray=token),
    ]
    for change in places:
        profile.write_config(lambda config, change=change: change(config))  # type: ignore[misc]
        shell.run("status", "--debug")
        shell.run("report", "--debug")
    profile.write_config()
    whole = profile.config_path.read_text()
    for damaged in (whole[:-20], whole.replace(":", " "), whole * 2):
        profile.config_path.write_text(damaged)
        assert shell.run("status", "--debug") == 78


def secrets_in_the_environment(shell: Shell) -> None:
    """They stand in for fields, and are written nowhere."""
    made, profile = shell.made, shell.made.profile
    given = {
        "WEBEX_SERVICE_APP_CLIENT_SECRET": made.webex.service_app.client_secret,
        "WEBEX_PERSONAL_ACCESS_TOKEN": str(profile.pasted),
        "WEBEX_INTEGRATION_CLIENT_SECRET": made.webex.integration.client_secret,
        "WEBEX_INTEGRATION_REFRESH_TOKEN": str(profile.refresh_token),
    }
    made.webex.revoke_service_access()
    made.webex.revoke_service_refresh()
    assert shell.run("refresh", "--debug", **given) == 0
    assert shell.run("export", **given) == 0


def signed_in(shell: Shell) -> None:
    """Through the address that is printed; then with a code that Webex refuses, quoting it."""
    made = shell.made
    use_redirect(made.profile, free_redirect(made.webex))
    for fault in (None, quoting(400)):
        if fault is not None:
            made.webex.faults.next(Kind.CODE_EXCHANGE, fault)
        errors = shell.folder / "stderr"
        with (
            errors.open("w") as stderr,
            subprocess.Popen(
                shell.command("authorize", "--no-browser", "--debug"),
                env=shell.environ | {"PYTHONUNBUFFERED": "1"},
                cwd=made.profile.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            ) as program,
        ):
            assert program.stdout is not None
            url = next(line.strip() for line in program.stdout if line.startswith("http"))
            made.other |= {f"state {len(made.other)}": secrets_of_address(url, "state")["state"]}
            page = requests.get(decide(url), timeout=60).text
            out = program.stdout.read()
        shell.heard(("authorize",), out + page, errors.read_text())


def signed_in_by_paste(shell: Shell) -> None:
    """A wrong address first: it is not said again."""
    made = shell.made
    use_redirect(made.profile, free_redirect(made.webex))
    wrong = f"http://localhost/callback?code={made.profile.pasted}&state={made.profile.pasted}"
    shell.run("authorize", "--paste", text=f"{wrong}\n{made.profile.pasted}\n")


def imported_and_forgotten(shell: Shell) -> None:
    made = shell.made
    old = made.profile.folder / "old.json"
    made.profile.config_path.rename(old)
    made.allowed_too = [old, shell.folder / "home" / ".config" / APP / "token-config.json"]
    assert shell.run("import", str(old)) == 0
    shell.run("status", "--debug")
    shell.run("autostart", "on")
    shell.run("autostart", "status")
    assert shell.run("forget", "--yes", "--debug") == 0
    shell.is_forgotten = True


def scripted(shell: Shell) -> None:
    """`run` gives the token to the one that it becomes, by its environment alone; the report that
    `--max-age` reads has none."""
    look = "import os, sys; print(len(os.environ['WEBEX_SERVICE_APP_ACCESS_TOKEN']), sys.argv)"
    for revoked in (False, True):
        if revoked:
            shell.made.webex.revoke_service_access()
        assert shell.run("run", "--debug", "--min-ttl", "1d", "--", sys.executable, "-c", look) == 0
        assert shell.run("status", "--max-age", "1h") == 0
    shell.made.webex.revoke_all()
    shell.run("status")
    assert shell.run("run", "--debug", "true") == 125
    assert shell.run("token", "--debug") == 2


STORIES = [
    healthy,
    scripted,
    refused_with_quotes,
    signed_in,
    secrets_in_the_environment,
]
MORE = [
    every_rung,
    failing_with_quotes,
    damaged_env,
    secrets_in_wrong_places,
    signed_in_by_paste,
    imported_and_forgotten,
]


@pytest.mark.parametrize("story", STORIES + MORE * rounds(0, 1), ids=lambda story: story.__name__)
def test_nothing_is_seen(story: Callable[[Shell], None], shell: Shell, figure: Measure) -> None:
    story(shell)
    hits = shell.hits()
    figure("hits", len(hits))
    assert [str(hit) for hit in hits] == []
    logs = [path.read_text() for path in shell.folder.rglob(f"{APP}.log")]
    assert any(" DEBUG " in log for log in logs) or shell.is_forgotten


def test_the_scanner_sees_what_is_there(shell: Shell) -> None:
    """Each secret in each form, also when eight characters are all that is left of it."""
    import base64
    from urllib.parse import quote

    token = str(shell.made.profile.pasted)
    secret = shell.made.webex.service_app.client_secret
    for text in (
        token,
        f"x{token[20:28]}y",
        base64.b64encode(f"id:{secret}".encode()).decode(),
        base64.b64encode(f"i{token}".encode()).decode()[20:32],
        quote(secret, safe=""),
        json.dumps({"a": secret}),
        repr({"a": secret}),
    ):
        assert shell.made.scanner.hits("here", text), text[:2]
        (shell.folder / "left-behind").write_text(text)
        assert shell.hits()
    (shell.folder / "left-behind").unlink()
    assert shell.hits() == []
