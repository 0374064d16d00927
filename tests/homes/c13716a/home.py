"""Puts up a home that c13716a left behind: in a folder of the test's, beside a sandbox that knows
its tokens. `make_home.py` made it.

Placeholders: `{home}` (the folder), `{host}` (the sandbox's), `{python}`, `{id-of-main}` and
`{id-of-project}` (what tells profiles apart in the database) and `{entry-of-project}`. Times in
the database and in the sandbox are moved: the home was made `AGE` before now.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import forked
from tray_app.sandbox.registrations import Client, Integration, Person, ServiceApp
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Terms, Token, Use, _Grant
from tray_app.secrets.store import Store
from tray_app.system.dirs import AppDirs, profile_id
from tray_app.system.file_probe import signature

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
APP = "webex-token-tray"
COMMIT = "c13716abea7f1e95b2f7ba99b459cfb257d8e13e"
STORES = ("keyring", "file")
AGE = timedelta(hours=2)

_TIMES = {
    "event": ("at",),
    "life": ("began", "ends"),
    "probe": ("confirmed", "rejected"),
    "mark": ("at",),
    "superseded": ("at",),
    "pause": ("until",),
    "usage": ("seen", "used"),
    "report": ("at",),
}


@dataclass(frozen=True)
class OldHome:
    """The home, put up. `secret_store`: where its secrets rest, "keyring" or "file"."""

    root: Path
    webex: Sandbox
    secret_store: str

    @property
    def main(self) -> Path:
        """The config in the user's config folder; it is the profile `main`."""
        return self.root / ".config" / APP / "token-config.json"

    @property
    def project(self) -> Path:
        """The config in a project's folder; it is the profile `project`."""
        return self.root / "project/token-config.json"

    @property
    def configs(self) -> tuple[Path, Path]:
        """Both."""
        return self.main, self.project

    @property
    def folders(self) -> AppDirs:
        """Where that version kept its files on Linux."""
        state = self.root / ".local/state" / APP
        return AppDirs(self.main.parent, state, state / "log", self.root / ".local/share" / APP)

    @property
    def keyring_file(self) -> Path:
        """What `tests.cli.keyring_backend` keeps its entries in."""
        return self.root / "keyring-of-the-test.json"

    def app(self, config: Path) -> ServiceApp:
        """The service app and organization of a config."""
        return self.webex.apps[self.configs.index(config)]

    def env_file(self, config: Path) -> Path:
        """The `.env` of a config."""
        return self.root / ("programs/.env" if config == self.main else "project/.env")

    def entries(self) -> dict[str, str]:
        """What the secret store holds, by name."""
        if self.secret_store == "file":
            secrets: dict[str, str] = json.loads(self.folders.secrets.read_text())["secrets"]
            return secrets
        held = json.loads(self.keyring_file.read_text())
        return {name.partition("/")[2]: value for name, value in held.items()}

    def sql(self, statement: str, *values: str) -> None:
        """Change the database that the earlier version has left."""
        with closing(sqlite3.connect(self.folders.token_facts)) as database, database:
            database.execute(statement, values)

    def fill(self, store: Store) -> None:
        """Put the keyring's entries into a store."""
        for name, value in self.entries().items():
            store.set(name, value, prompt=False)

    def environ(self, checkout: Path = ROOT) -> dict[str, str]:
        """For the program of that checkout, in this home."""
        kept: tuple[str, ...] = ("PATH", "LANG")
        if checkout == ROOT:  # else coverage would ask for the source of the old one
            kept += ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
        where = "cli" if checkout == ROOT else "commands"
        return {name: os.environ[name] for name in kept if name in os.environ} | {
            "HOME": str(self.root),
            "PYTHONPATH": str(checkout),
            "PYTHON_KEYRING_BACKEND": f"tests.{where}.keyring_backend.FolderKeyring",
            "TEST_KEYRING_FILE": str(self.keyring_file),
            "WEBEX_API_BASE": self.webex.api_base,
        }

    def run(
        self, *arguments: str, checkout: Path = ROOT, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of that checkout's program to its end, as this user."""
        environ, folder = self.environ(checkout), folder or self.root
        if checkout == ROOT:
            return forked.run(arguments, environ, folder)
        return subprocess.run(
            [sys.executable, "-m", "tray_app", *arguments],
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def put_up(
    root: Path,
    secret_store: str,
    *,
    now: datetime | None = None,
    clock: Callable[[], datetime] | None = None,
    owner_of_project: int | None = None,
) -> OldHome:
    """Put the home up in `root`, a folder that is there and empty, and start its sandbox: to be
    stopped by the caller. `now`: of the sandbox and of the caller, None for the real time;
    `owner_of_project`: another user, whose config and `.env` this user's cron has served."""
    source = HERE / secret_store
    known = json.loads((source / "webex.json").read_text(encoding="utf-8"))
    now = now or (clock() if clock else datetime.now(UTC))
    by = (now - AGE).timestamp() - known["made_at"]
    webex = _webex(known, by, clock)
    webex.start()
    home = OldHome(root.resolve(), webex, secret_store)
    names = {
        "{home}": str(home.root),
        "{host}": webex.origin.removeprefix("http://"),
        "{python}": sys.executable,
        "{id-of-main}": profile_id(home.main),
        "{id-of-project}": profile_id(home.project),
        "{entry-of-project}": hashlib.sha256(os.fsencode(home.project)).hexdigest()[:8],
    }

    def here(text: str) -> str:
        for name, value in names.items():
            text = text.replace(name, value)
        return text

    for path in (source / "home").rglob("*"):
        copy = home.root / here(path.relative_to(source / "home").as_posix())
        if path.is_dir():
            copy.mkdir(mode=0o700, exist_ok=True, parents=True)
        else:
            copy.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
            copy.write_text(here(path.read_text(encoding="utf-8")), encoding="utf-8")
            copy.chmod(0o600)
            os.utime(copy, ((now - AGE).timestamp(),) * 2)
    if secret_store == "keyring":
        dump = json.loads(here((source / "keyring.json").read_text(encoding="utf-8")))
        held = {f"{entry['service']}/{entry['name']}": entry["value"] for entry in dump}
        home.keyring_file.write_text(json.dumps(held))
    if owner_of_project is not None:
        for path in (home.project.parent, home.project, home.env_file(home.project)):
            os.chown(path, owner_of_project, owner_of_project)
    _fill_database(home, here((source / "journal.sql").read_text(encoding="utf-8")), by)
    return home


def _webex(known: dict[str, Any], by: float, clock: Callable[[], datetime] | None) -> Sandbox:
    """A sandbox with the same apps and people, and with every token that was issued."""
    first, *others = (ServiceApp(**app) for app in known["apps"])
    integration = Integration(**known["integration"])
    webex = Sandbox(
        policy=RefreshPolicy.ROTATED, clock=clock, service_app=first, integration=integration
    )
    webex.customers += others
    webex.person = replace(webex.person, **known["person"])
    people: dict[str, Person] = {app.machine_uuid: app.machine_account for app in webex.apps}
    people[webex.person.uuid] = webex.person
    ledger = webex.tokens
    terms: dict[int, Terms] = {}
    for saved in known["tokens"]:
        found = Terms(
            Client(saved["client"]),
            people[saved["person"]],
            frozenset(saved["scopes"]),
            timedelta(seconds=saved["access"]),
            timedelta(seconds=saved["refresh"]),
        )
        terms[saved["grant"]] = found
        ledger._tokens[saved["text"]] = Token(
            saved["text"],
            Use(saved["use"]),
            found,
            _moved(saved["expires_at"], by),
            saved["generation"],
            saved["grant"],
        )
        client = found.client
        ledger._generations[client] = max(ledger._generations.get(client, 0), saved["generation"])
    ledger._grants += [
        _Grant(terms[number], _moved(grant["renewed_at"], by), grant["access"])
        for number, grant in enumerate(known["grants"])
    ]
    ledger._revoked.update(known["revoked"])
    ledger._rotated_out.update(known["rotated_out"])
    return webex


def _moved(seconds: float, by: float) -> datetime:
    return datetime.fromtimestamp(seconds + by, UTC)


def _fill_database(home: OldHome, dump: str, by: float) -> None:
    """Make the database from its dump, its times moved, its reports of the files that are here."""
    home.folders.token_facts.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(home.folders.token_facts)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(dump)
        with database:
            for table, columns in _TIMES.items():
                for column in columns:
                    moved = f"UPDATE {table} SET {column} = {column} + ?"  # noqa: S608 - ours
                    database.execute(moved, (by,))
            for config in home.configs:
                key = (str(config),)
                row = database.execute("SELECT body FROM report WHERE profile = ?", key)
                body = json.loads(row.fetchone()[0])
                body["config"] = signature(config)
                body["env"] = signature(home.env_file(config))
                body["day"] = time.strftime("%Y-%m-%d %z")  # as if it was said today
                said = body["report"]["object"]
                for name, value in said.items():
                    if isinstance(value, str) and value[:4].isdigit() and "T" in value:
                        moment = datetime.fromisoformat(value) + timedelta(seconds=by)
                        said[name] = moment.isoformat()
                update = "UPDATE report SET body = ? WHERE profile = ?"
                database.execute(update, (json.dumps(body), *key))
    home.folders.token_facts.chmod(0o600)
