"""B5: a life of the tray, good and bad: no secret in what it says, keeps or hands on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.consent import browse, consent_page, free_redirect, use_redirect
from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import private_bus, private_session
from tests.e2e.program import ROOT, Program
from tests.env_file import EnvFile
from tests.faults.conftest import Measure
from tests.faults.leak_life import LeakyLife, everything_logged, visit
from tests.faults.leak_profile import Leaks, leaks, quoting
from tests.faults.leak_scan import secrets_of_address
from tests.faults.table import Bar, rounds
from tray_app.model.sign_in import SignInResult
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.service.renewal import RenewalAttempt
from tray_app.service.timetable import Timetable
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.locks import Locks
from tray_app.webex import client, responses
from tray_app.webex.http import Bearer

BAR = Bar("B5", "leaks", least=rounds(15, 29))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaks]:
    with leaks(tmp_path, monkeypatch) as known:
        known.webex.policy = RefreshPolicy.ROTATED
        yield known


def test_a_life_shows_keeps_and_logs_no_secret(
    made: Leaks, monkeypatch: pytest.MonkeyPatch, figure: Measure
) -> None:
    """Icon, menu, notices, pages, log, journal, temporary files; and no object shows one."""
    life = LeakyLife(made, monkeypatch)
    with everything_logged(made) as heard, life.lived():
        life.fail_and_recover()
        assert life.sign_in(refused=True) is SignInResult.CODE_REFUSED
        assert life.sign_in() is SignInResult.RENEWED
        looks = [(f"repr of {type(each).__name__}", repr(each)) for each in life.objects()]
    kinds = {where.rpartition(" ")[2] for where, _ in looks}
    wanted = {"Engine", "CredentialRepository", "Vault", "Credentials", "Config", "Snapshot"}
    assert kinds >= wanted | {"Session"}
    assert heard.loggers >= {"tray_app", "urllib3", "filelock"}
    scanner = made.scanner
    unredacted = [hit for where, text in heard.lines for hit in scanner.hits(where, text)]
    shown = [hit for where, text in looks for hit in scanner.hits(where, text)]
    figure("hits", len(life.hits() + shown))
    figure("lines that the log had to redact", len(unredacted))
    assert [str(hit) for hit in life.hits()] == []
    assert [str(hit) for hit in shown] == []
    assert [str(hit) for hit in unredacted] == []


BREAKS: dict[str, Callable[..., object]] = {
    "token facts, a life": TokenFacts.record_lifetime,
    "token facts, a token replaced": TokenFacts.supersede,
    "the lock": Locks.acquire,
    "the answer": responses.read,
    "what the answer grants": responses.Reply.grant,
    "the request": client._revealed,
    "the HTTP library": requests.Session.send,
    "the header": Bearer.__call__,
    "the vault": Vault.save_pair,
    "the store": MemoryStore.set,
    "`.env`": EnvFile.write,
    "the renewal": RenewalAttempt._record_grant,
    "the timetable": Timetable.note_unchanged,
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_a_fault_of_our_own_shows_none_in_its_traceback_either(
    made: Leaks, monkeypatch: pytest.MonkeyPatch, figure: Measure, broken: Callable[..., object]
) -> None:
    """With the local variables of all of our frames, as debuggers and error reporters show them."""
    life = LeakyLife(made, monkeypatch)

    send, struck = requests.Session.send, list[object]()

    def fail(*given: Any, **named: Any) -> object:
        if broken is send and given[1].method == "GET":
            return send(*given, **named)  # the check; the renewal holds more secrets
        struck.append(broken)
        raise ZeroDivisionError

    with everything_logged(made) as heard, life.lived():
        life.audience.until_idle()
        made.webex.revoke_service_access()
        with monkeypatch.context() as patch:
            patch.setattr(f"{broken.__module__}.{broken.__qualname__}", fail)
            life.refresh()
        life.refresh()
    assert struck
    hits = [hit for where, text in heard.lines for hit in made.scanner.hits(where, text)]
    figure("hits", len(hits + life.hits()))
    assert [str(hit) for hit in hits + life.hits()] == []


BROWSER = """#!/bin/sh
tr '\\0' '\\n' </proc/$$/cmdline >{folder}/cmdline
tr '\\0' '\\n' </proc/$$/environ >{folder}/environ
echo "$1" >{folder}/page &
"""


@pytest.mark.desktop
def test_neither_the_panel_nor_notices_nor_children_are_given_one(
    made: Leaks, tmp_path: Path, figure: Measure
) -> None:
    """The real program. Not even the browser's command line, which every user can read, has the
    state of the sign-in: a page of ours leads to it."""
    use_redirect(made.profile, free_redirect(made.webex))
    with private_session() as session, private_bus(session):
        folder = session.root / "browser"
        folder.mkdir()
        os.mkfifo(folder / "page")
        (folder / "run").write_text(BROWSER.format(folder=folder))
        (folder / "run").chmod(0o700)
        keyring = session.root / "keyring.json"
        session.environ.update(
            PYTHONPATH=str(ROOT),
            PYTHON_KEYRING_BACKEND="tests.cli.keyring_backend.FolderKeyring",
            TEST_KEYRING_FILE=str(keyring),
            BROWSER=str(folder / "run"),
        )
        command = [sys.executable, "-m", "tests.faults.leak_everything_logged", "--debug"]
        command += ["--config", str(made.profile.config_path), "--api-base", made.webex.api_base]
        with (
            PanelHost(session.address) as panel,
            NotificationDaemon(session.address) as daemon,
            Program(command, session.environ) as program,
        ):
            item = panel.wait_item()
            panel.until(lambda: "Webex token works" in item.tooltip, "green")
            made.webex.revoke_all()
            for kind in (Kind.SERVICE_REFRESH, Kind.MINT, Kind.INTEGRATION_REFRESH):
                made.webex.faults.next(kind, quoting(400))
            item.click("Refresh token now")
            panel.until(lambda: "Webex token rejected" in item.tooltip, "red")
            red = [repr(item.menu()), repr(item.properties)]
            item.click("Details…")
            details = visit((folder / "page").read_text().strip())
            assert "<h1>Webex token rejected" in details
            item.click("Sign in through the browser…")
            page = consent_page((folder / "page").read_text().strip())
            browse(page)
            panel.until(lambda: "Webex token works" in item.tooltip, "green again")
            green = [repr(item.menu()), repr(item.properties)]
            own = [Path(f"/proc/{program.pid}/{name}").read_bytes() for name in ("cmdline",)]
            item.click("Quit")
            assert program.wait() == 0
        given = {name: (folder / name).read_text() for name in ("cmdline", "environ")}
        assert "/sign-in/" in given["cmdline"]
        made.other |= secrets_of_address(page, "state", "code_challenge")
        texts = [details, *red, *green, *map(repr, own), *program.lines, repr(daemon.notices)]
        strict = made.scanner
        hits = [hit for text in texts for hit in strict.hits("the desktop", text)]
        hits += [hit for name, text in given.items() for hit in strict.hits(name, text)]
        allowed = [*made.allowed, keyring]
        hits += strict.hits_in_files(session.root, allowed)
        hits += strict.hits_in_files(tmp_path, allowed)
    assert len(daemon.notices) >= 2
    figure("hits", len(hits))
    assert [str(hit) for hit in hits] == []
