"""`status` and all that looks: not a byte of config, keyring and `.env` is another afterwards, and
Webex is asked for nothing that it would rotate."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import forked
from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.model.secret import Secret
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

LOOKS = (
    "status",
    "status --json",
    "status --max-age 0s",
    "doctor",
    "history",
    "report",
    "export",
    "export --with-secrets --yes",
    "data-sources",
)
HARMLESS = {Kind.DATA_SOURCES, Kind.DATA_SOURCE, Kind.PEOPLE_ME, Kind.OTHER}
API = """
from tray_app import TokenManager
with TokenManager() as manager:
    print(manager.health().colour, manager.is_token_valid(), manager.health().colour)
"""


class Home(NamedTuple):
    """A profile that something is to be done about."""

    program: Program
    profile: Profile
    webex: Sandbox

    def files(self) -> dict[str, bytes]:
        """Everything but what is ours: database, approvals, locks and log."""
        roots = (self.profile.folder, Path(self.program.environ["HOME"]))
        found = (path for root in roots for path in root.rglob("*") if path.is_file())
        ours = ("journal.sqlite3", "approvals.json", "webex-token-tray.log", ".lock")
        return {
            str(path): path.read_bytes()
            for path in found
            if not any(name in path.name for name in ours)
        }

    def run(self, script: str) -> str:
        """Run a Python program in the profile's folder; what it says."""
        done = forked.run([], self.program.environ, self.program.folder, code=script)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def change(self, statement: str, *values: object) -> None:
        """Have our database know something else."""
        (database,) = Path(self.program.environ["HOME"]).rglob("journal.sqlite3")
        with closing(sqlite3.connect(database)) as db, db:
            db.execute(statement, values)


def typed(home: Home) -> None:
    """The secrets stand in the config, and nothing has been moved yet."""


def settled(home: Home) -> None:
    """As the tray leaves it: secrets and pair in the keyring."""
    assert home.program.as_tray().returncode == 0
    assert '"@keyring"' in home.profile.config_path.read_text()


def dead(home: Home) -> None:
    settled(home)
    home.webex.revoke_service_access()


def near_its_end(home: Home) -> None:
    settled(home)
    token = Secret(home.profile.env_access() or "")
    home.change(
        "INSERT OR REPLACE INTO life VALUES (?, unixepoch() - 1000000, unixepoch() + 80000)",
        token.digest,
    )


def env_missing(home: Home) -> None:
    settled(home)
    home.profile.env_path.unlink()


def env_drifted(home: Home) -> None:
    settled(home)
    pair = home.webex.issue_service_pair()
    home.profile.write_env(pair.access, pair.refresh)


def env_drifted_and_dead(home: Home) -> None:
    env_drifted(home)
    access = home.profile.env_access()
    assert access is not None
    home.webex.revoke(access)


def unexercised(home: Home) -> None:
    settled(home)
    home.change("UPDATE usage SET seen = seen - 30 * 86400")


STATES = (
    typed,
    settled,
    dead,
    near_its_end,
    env_missing,
    env_drifted,
    env_drifted_and_dead,
    unexercised,
)


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def home(
    request: pytest.FixtureRequest, program: Program, profile: Profile, webex: Sandbox
) -> Home:
    found = Home(program, profile, webex)
    prepare: Callable[[Home], None] = request.param
    prepare(found)
    return found


def test_nothing_is_changed_and_nothing_rotated(home: Home) -> None:
    before, asked = home.files(), len(home.webex.requests)
    for verb in LOOKS:
        done = home.program(*verb.split())
        assert "Traceback" not in done.stderr, verb
        assert done.returncode in (0, 1, 2), verb
        assert home.files() == before, verb
    home.run(API)
    assert home.files() == before, "TokenManager"
    watch_for_a_line(home)
    assert home.files() == before, "status --watch"
    assert {seen.kind for seen in home.webex.requests[asked:]} <= HARMLESS


def watch_for_a_line(home: Home) -> None:
    with subprocess.Popen(
        home.program.command("status", "--watch"),
        env=home.program.environ,
        cwd=home.program.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline()
        watching.terminate()
