"""Made the homes beside it, by the program at c13716a itself, against its own sandbox.

To make them anew (they never need to be; they are what that version left behind):

    git worktree add /tmp/c13716a c13716a
    PYTHONPATH=/tmp/c13716a python tests/homes/c13716a/make_home.py

A home of each secret store: two profiles, the user's own config and one in a project's folder.
They share the integration and the service app, each for an organization of its own. Every command
is the program's own, in a process; only the edits that a person makes are made here.

What belongs to the machine that made them is a placeholder: see `home.py`. The
tokens are the sandbox's; `webex.json` is what a sandbox must know to go on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tray_app.sandbox import RefreshPolicy, Sandbox, ServiceApp

HERE = Path(__file__).parent
APP = "webex-token-tray"
STUB = "#!/bin/sh\necho Linger=no\n"


class Home:
    """One user's home, and the program at c13716a in it."""

    def __init__(self, root: Path, webex: Sandbox, secret_store: str) -> None:
        self.root, self.webex, self.secret_store = root, webex, secret_store
        self.config = root / ".config" / APP / "token-config.json"
        self.project = root / "project/token-config.json"
        self.keyring = root / "keyring-of-the-test.json"
        stubs = root.parent / "bin"
        stubs.mkdir()
        for name in ("systemctl", "loginctl"):
            (stubs / name).write_text(STUB)
            (stubs / name).chmod(0o755)
        self.environ = {
            "HOME": str(root),
            "PATH": f"{stubs}:{os.environ['PATH']}",
            "PYTHONPATH": os.environ["PYTHONPATH"],
            "PYTHON_KEYRING_BACKEND": "tests.commands.keyring_backend.FolderKeyring",
            "TEST_KEYRING_FILE": str(self.keyring),
            "WEBEX_API_BASE": webex.api_base,
            "TZ": "UTC",
        }

    def run(self, *arguments: str, folder: Path | None = None, code: int = 0) -> None:
        """Run one command to its end; the exit code must be the one expected."""
        command = [sys.executable, "-m", "tray_app", *arguments]
        done = subprocess.run(
            command,
            env=self.environ,
            cwd=folder or self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        print(f"$ {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        if done.returncode != code:
            raise SystemExit(f"exit code {done.returncode}, not {code}")

    def write_config(self, path: Path, app: ServiceApp, env_file: Path, **manager: Any) -> None:
        """Write a config with its secrets in it, as a person does."""
        path.parent.mkdir(parents=True, exist_ok=True)
        integration = self.webex.integration
        config = {
            "serviceApp": {
                "appId": app.app_id,
                "clientId": app.client_id,
                "clientSecret": app.client_secret,
                "targetOrgId": app.target_org_id,
            },
            "tokenManager": manager,
            "tray": {
                "envFile": str(env_file),
                "secretStore": self.secret_store,
                "onTokenChange": ["true"],
            },
        }
        manager["integration"] = {
            "clientId": integration.client_id,
            "clientSecret": integration.client_secret,
            **manager.get("integration", {}),
        }
        path.write_text(json.dumps(config, indent=2) + "\n")
        path.chmod(0o600)

    def write_env(self, path: Path, app: ServiceApp) -> None:
        """Write a pair among other lines."""
        pair = self.webex.issue_service_pair(app)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "# kept by hand, do not lose\n"
            f"WEBEX_SERVICE_APP_ACCESS_TOKEN={pair.access}\n"
            f"WEBEX_SERVICE_APP_REFRESH_TOKEN={pair.refresh}\n"
            'OTHER="a value"  # of another program\n'
        )
        path.chmod(0o600)

    def paste(self, token: str) -> None:
        """Write another personal access token into the user's own config."""
        config = json.loads(self.config.read_text())
        config["tokenManager"]["personalAccessToken"] = token
        self.config.write_text(json.dumps(config, indent=2) + "\n")


def live(home: Home) -> None:
    """What the two profiles have been through."""
    webex, project = home.webex, home.project.parent
    customer = webex.add_customer()
    pasted = webex.issue_personal_token()
    home.write_config(
        home.config,
        webex.service_app,
        home.root / "programs/.env",
        personalAccessToken=pasted,
        integration={"refreshToken": webex.sign_in().refresh},
    )
    home.write_env(home.root / "programs/.env", webex.service_app)
    home.run("status")
    home.run("refresh")
    home.run("profiles", "add", "main", str(home.config))
    webex.revoke(pasted)
    webex.revoke_service_refresh()
    home.run("refresh")  # two are refused, the integration's sign-in leads to a new pair
    home.paste(webex.issue_personal_token())
    home.run("status")
    home.write_config(home.project, customer, project / ".env")
    home.write_env(project / ".env", customer)
    home.run("status", "--config", str(home.project))
    home.run("refresh", "--config", str(home.project))
    home.run("profiles", "add", "project", str(home.project))
    for profile in ("main", "project"):
        home.run("--profile", profile, "autostart", "on")
        home.run("--profile", profile, "watch", "--install")
        home.run("--profile", profile, "launcher", "on")
        home.run("--profile", profile, "status")


def profile_id(config: Path) -> str:
    """As `adapters/paths.py` has it."""
    return hashlib.sha256(os.fsencode(os.path.realpath(config))).hexdigest()[:16]


def entry_name(config: Path) -> str:
    """The end of the names of a profile's entries, as `desktop/start_line.py` has it."""
    return hashlib.sha256(os.fsencode(config)).hexdigest()[:8]


def keep(home: Home, made_at: float, place: Path) -> None:
    """Write the home to `place`, with placeholders for what belongs to this machine."""
    host = home.webex.origin.removeprefix("http://")
    placeholders = {
        str(home.root): "{home}",
        host: "{host}",
        sys.executable: "{python}",
        str(Path(sys.executable).parent / APP): "{python} -m tray_app",
        profile_id(home.config): "{id-of-main}",
        profile_id(home.project): "{id-of-project}",
        entry_name(home.project): "{entry-of-project}",
    }

    def portable(text: str) -> str:
        for here, name in placeholders.items():
            text = text.replace(here, name)
        return text

    state = home.root / ".local/state" / APP
    with sqlite3.connect(state / "journal.sqlite3") as database:
        dump = "\n".join(database.iterdump()) + "\n"
    database.close()
    place.mkdir()
    (place / "journal.sql").write_text(portable(dump))
    for path in sorted(home.root.rglob("*")):
        if not path.is_file() or path.suffix in (".png", ".lock") or path == home.keyring:
            continue
        if path.name.startswith("journal.sqlite3"):
            continue
        copy = place / "home" / portable(str(path.relative_to(home.root)))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(portable(path.read_text()))
    if home.keyring.exists():
        held = json.loads(home.keyring.read_text())
        entries = [
            {"service": service, "name": portable(name), "value": value}
            for full, value in sorted(held.items())
            for service, _, name in [full.partition("/")]
        ]
        (place / "keyring.json").write_text(json.dumps(entries, indent=2) + "\n")
    (place / "webex.json").write_text(json.dumps(webex_state(home.webex, made_at), indent=1) + "\n")


def webex_state(webex: Sandbox, made_at: float) -> dict[str, Any]:
    """All that this Webex knows, as JSON."""
    ledger = webex.tokens
    return {
        "made_at": made_at,
        "apps": [
            {
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "org_uuid": app.org_uuid,
                "machine_uuid": app.machine_uuid,
            }
            for app in webex.apps
        ],
        "integration": {
            "client_id": webex.integration.client_id,
            "client_secret": webex.integration.client_secret,
        },
        "person": {"uuid": webex.person.uuid, "org_uuid": webex.person.org_uuid},
        "tokens": [
            {
                "text": token.text,
                "use": token.use,
                "client": token.terms.client,
                "person": token.terms.person.uuid,
                "scopes": sorted(token.terms.scopes),
                "access": token.terms.access.total_seconds(),
                "refresh": token.terms.refresh.total_seconds(),
                "expires_at": token.expires_at.timestamp(),
                "generation": token.generation,
                "grant": token.grant,
            }
            for token in ledger._tokens.values()
        ],
        "grants": [
            {"renewed_at": grant.renewed_at.timestamp(), "access": grant.access}
            for grant in ledger._grants
        ],
        "revoked": sorted(ledger._revoked),
        "rotated_out": sorted(ledger._rotated_out),
    }


def main() -> None:
    """Make both."""
    for secret_store in ("keyring", "file"):
        with (
            tempfile.TemporaryDirectory(prefix="home-") as folder,
            Sandbox(policy=RefreshPolicy.ROTATED) as webex,
        ):
            root = Path(os.path.realpath(folder), "home")
            root.mkdir(mode=0o700)
            home = Home(root, webex, secret_store)
            live(home)
            keep(home, webex.clock().timestamp(), HERE / secret_store)


if __name__ == "__main__":
    main()
