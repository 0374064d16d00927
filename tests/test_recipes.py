"""The recipes of docs/server.md do what they say: run as the commands that they are for."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.forked import ROOT
from tests.raw_server import RawServer, reply
from tray_app.system.atomic_file import read_opened
from tray_app.system.config_commands import STATE_CHANGE, TOKEN_CHANGE, Change, ConfigCommands
from tray_app.system.locks import Locks
from tray_app.system.ownership import ownership_of

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="they are shell scripts"),
]

STATE = {
    "event": "worse",
    "state": {"headline": 'Token works, but "x" \\ $HOME', "next_step": None},
}
VARIABLES = {
    "WEBEX_TOKEN_TRAY_EVENT": "worse",
    "WEBEX_TOKEN_TRAY_COLOUR": "amber",
    "WEBEX_TOKEN_TRAY_HEADLINE": "Token works, but `id` $(id)",
    "WEBEX_TOKEN_TRAY_NEXT_STEP": "Sign in",
}


def recipe(name: str) -> str:
    """The script of that name in the document."""
    text = (ROOT / "docs/server.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```sh\n(#!/bin/sh\n# {name}\n.*?)```", text, re.DOTALL)
    return str(found)


def needs(*programs: str) -> None:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def run(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, key: str = STATE_CHANGE, **more: Any
) -> tuple[str, ...]:
    """Run it as the program does; returns what went wrong."""
    script = folder / name
    script.write_text(recipe(name))
    script.chmod(0o700)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    config = folder / "token-config.json"
    config.write_text("{}")
    config.chmod(0o600)
    owned = read_opened(config, lambda handle: ownership_of(config, handle))[1]
    commands = ConfigCommands(Locks(folder / "locks", 20))
    commands.schedule(Change((str(script),), folder / ".env", config, owned, key=key, **more))
    commands.close()
    return commands.drain_notices()


def test_an_incoming_webhook_gets_the_state(
    tmp_path: Path, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("curl", "jq")
    for name in ("http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".config").mkdir()
    address = f"{raw_server.base}/webhooks/incoming/abc"
    (tmp_path / ".config/webex-webhook").write_text(f'url = "{address}"\n')
    raw_server.answer = reply(204, b"")
    assert run(tmp_path, "tell-a-space", monkeypatch, text=json.dumps(STATE)) == ()
    (request,) = raw_server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/webhooks/incoming/abc HTTP/1.1")
    headline = STATE["state"]["headline"]  # type: ignore[index]
    assert json.loads(body) == {"markdown": f"**worse**: {headline}\n\n"}


def test_a_webhook_that_refuses_is_a_failure(
    tmp_path: Path, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("curl", "jq")
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config/webex-webhook").write_text(f'url = "{raw_server.base}"\n')
    raw_server.answer = reply(404)
    (told,) = run(tmp_path, "tell-a-space", monkeypatch, text=json.dumps(STATE))
    assert told.endswith("tell-a-space ended with exit code 22")


def test_a_mail_has_what_is_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "sendmail"
    stand_in.write_text('#!/bin/sh\n[ "$*" = -t ] && cat > mail\n')
    stand_in.chmod(0o700)
    assert run(tmp_path, "send-a-mail", monkeypatch, variables=VARIABLES) == ()
    assert (tmp_path / "mail").read_text() == (
        "To: ops@example.com\nSubject: Webex token, worse: amber\n\n"
        "Token works, but `id` $(id)\nSign in\n"
    )


def test_a_secret_in_kubernetes_holds_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kubectl makes it; a stand-in for the cluster keeps what would be applied."""
    needs("kubectl")
    real = shutil.which("kubectl")
    stand_in = tmp_path / "kubectl"
    stand_in.write_text(f'#!/bin/sh\n[ "$1" = apply ] && exec cat > applied\nexec {real} "$@"\n')
    stand_in.chmod(0o700)
    (tmp_path / ".env").write_text('WEBEX_SERVICE_APP_ACCESS_TOKEN="abc"\nA=1\n')
    assert run(tmp_path, "secret-in-kubernetes", monkeypatch, TOKEN_CHANGE) == ()
    applied = (tmp_path / "applied").read_text()
    assert "access_token: YWJj" in applied
    assert "kind: Secret" in applied


def test_the_entry_in_vault_is_sound_shell() -> None:
    done = subprocess.run(["sh", "-n"], input=recipe("entry-in-vault").encode(), check=False)
    assert done.returncode == 0
