"""B13: who runs the program with a config of another user (root's cron, sudo, `--config`) keeps its
own secrets: the config chooses app and integration by ids that are not secret."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.table import sampled
from tests.faults.test_b13_planted import MOVES_SECRETS
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM, Machine
from tests.forked import PROGRAM
from tests.profile import Profile
from tray_app.config.draft import ConfigDraft
from tray_app.config.file import ConfigFile
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.setup.known_secrets import APP_SECRET, KnownSecrets
from tray_app.system import mounts

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

WITH_API = """
import sys
from tray_app import TokenManager
try:
    with TokenManager(sys.argv[1]) as manager:
        manager.refresh_token()
except Exception as error:
    print(type(error).__name__, error)
"""

RENEWALS = {
    "refresh": (PROGRAM, "--config", "{}", "refresh"),
    "refresh --if-due": (PROGRAM, "--config", "{}", "refresh", "--if-due"),
    "token": (PROGRAM, "--config", "{}", "token", "--min-ttl", "30d"),
    "run": (PROGRAM, "--config", "{}", "run", "--", "true"),
    "TokenManager": (WITH_API, "{}"),
    "what the tray does first": (MOVES_SECRETS, "{}"),
}


def with_secrets_of(two_users: Machine, uid: int, store: str, name: str = "own") -> Profile:
    """A profile of that user, whose secrets are in that user's own store, its pair alive."""
    made = two_users.profile(uid, two_users.home(uid) / name)
    config = made.config()
    config["tokenManager"] |= integration_of(two_users, two_users.webex.sign_in().refresh)
    config["tray"]["secretStore"] = store
    two_users.write(uid, made.config_path, json.dumps(config), 0o600)
    path, home = str(made.config_path), two_users.home(uid)
    moved = two_users.run(uid, path, cwd=home, code=MOVES_SECRETS)
    assert moved.returncode == 0, moved.stderr
    done = two_users.run(uid, "--config", path, "refresh", cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'clientSecret": "@keyring' in made.config_path.read_text()
    return made


def integration_of(two_users: Machine, refresh: str | None = None) -> dict[str, Any]:
    found = two_users.webex.integration
    secret, token = found.client_secret, refresh
    fields = {"clientId": found.client_id, "clientSecret": secret, "refreshToken": token}
    return {"integration": fields}


def wishful(two_users: Machine, made: Profile, uid: int, **changes: Any) -> Profile:
    """A config of that user that names the ids of another profile, and no secret."""
    folder = two_users.home(uid) / "loot"
    folder.mkdir()
    two_users.give(uid, folder, 0o700)
    copy = Profile(folder, two_users.webex)
    config = json.loads(made.config_path.read_text()) | changes
    two_users.write(uid, copy.config_path, json.dumps(config), 0o600)
    two_users.write(uid, copy.env_path, "# mine\n", 0o600)
    return copy


def secrets_of(two_users: Machine) -> set[str]:
    """Every token and client secret there is."""
    app, integration = two_users.webex.service_app, two_users.webex.integration
    issued = {token.text for token in two_users.webex.tokens._tokens.values()}
    return issued | {app.client_secret, integration.client_secret}


def leaked(two_users: Machine, uid: int) -> list[Path]:
    """The files of that user that have any of them."""
    files = (path for path in two_users.home(uid).rglob("*") if path.is_file())
    secrets = secrets_of(two_users)
    return [path for path in files if any(it in path.read_text("latin-1") for it in secrets)]


def own_entries(two_users: Machine, store: str, uid: int = 0) -> dict[str, str]:
    """What that user's store has, without what it keeps for other users' configs."""
    home = two_users.home(uid)
    if store == "keyring":
        held = json.loads(two_users.keyring(uid).read_text())
        found = {name.partition("/")[2]: value for name, value in held.items()}
    else:
        path = home / ".local/share/webex-token-tray/secrets.json"
        found = json.loads(path.read_text())["secrets"]
    return {name: value for name, value in found.items() if not name.startswith("user-")}


@pytest.mark.parametrize(("renewal", "store"), sampled([*RENEWALS], ["keyring", "file"]))
def test_a_config_of_another_user_gets_no_token_of_root_s(
    two_users: Machine, renewal: str, store: str
) -> None:
    """It was enough to name root's app and organization: the pair was written into `.env`."""
    own = with_secrets_of(two_users, 0, store)
    theirs = wishful(two_users, own, ATTACKER)
    before, issued = own_entries(two_users, store), len(two_users.webex.tokens._tokens)
    code, *words = RENEWALS[renewal]
    named = [word.format(theirs.config_path) for word in words]
    two_users.run(0, *named, cwd=two_users.home(0), code=code)
    assert leaked(two_users, ATTACKER) == []
    assert own_entries(two_users, store) == before
    assert len(two_users.webex.tokens._tokens) == issued
    done = two_users.run(0, "--config", str(own.config_path), "refresh", cwd=two_users.home(0))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("user", [0, VICTIM])
@pytest.mark.parametrize("sudo", [True, False])
def test_nor_does_one_of_sudo_s_caller_or_one_that_a_user_names(
    two_users: Machine, user: int, *, sudo: bool
) -> None:
    own = with_secrets_of(two_users, user, "keyring")
    theirs = wishful(two_users, own, ATTACKER)
    two_users.home(ATTACKER).chmod(0o755)
    two_users.give(ATTACKER, theirs.folder, 0o777)
    two_users.give(ATTACKER, theirs.config_path, 0o644)
    two_users.give(ATTACKER, theirs.env_path, 0o666)
    environ = {"SUDO_UID": str(ATTACKER)} if sudo else {}
    path = str(theirs.config_path)
    for verb in ("refresh", "status", "doctor"):
        done = two_users.run(user, "--config", path, verb, cwd=Path("/"), **environ)
        assert done.returncode not in (0, 70), done.stdout
    assert leaked(two_users, ATTACKER) == []


@pytest.mark.parametrize(
    ("verb", "caller"),
    sampled(
        ["refresh", "refresh --if-due", "token", "run -- printenv"],
        [(0, False), (0, True), (VICTIM, False)],
    ),
)
def test_nor_the_pair_of_a_env_that_its_owner_cannot_read(
    two_users: Machine, verb: str, caller: tuple[int, bool]
) -> None:
    """It was read for that config, printed to sudo's caller, and written into the next `.env` that
    the config named."""
    user, sudo = caller
    own = with_secrets_of(two_users, user, "file")
    tray = {"envFile": str(own.env_path), "secretStore": "file"}
    theirs = wishful(two_users, own, ATTACKER, tray=tray)
    path = theirs.config_path
    two_users.home(ATTACKER).chmod(0o755)
    two_users.give(ATTACKER, theirs.folder, 0o755)
    two_users.give(ATTACKER, path, 0o644)
    environ = {"SUDO_UID": str(ATTACKER)} if sudo else {}
    done = two_users.run(user, "--config", str(path), *verb.split(), cwd=Path("/"), **environ)
    assert done.returncode not in (0, 70), done.stdout
    assert not [secret for secret in secrets_of(two_users) if secret in done.stdout + done.stderr]
    two_users.write(ATTACKER, path, path.read_text().replace(str(own.env_path), ".env"))
    two_users.write(ATTACKER, theirs.env_path, "", 0o666)
    two_users.run(user, "--config", str(path), "refresh", "--if-due", cwd=Path("/"), **environ)
    assert leaked(two_users, ATTACKER) == []


@pytest.mark.parametrize(
    ("mode", "group"), [(0o1777, 0), (0o777, 0), (0o2775, 61777)], ids=["sticky", "all", "group"]
)
def test_nor_one_that_it_lies_beside_where_its_owner_can_put_it(
    two_users: Machine, mode: int, group: int
) -> None:
    """Root's own profile in a folder of a team's: a config beside its `.env` got the pair."""
    own = with_secrets_of(two_users, 0, "file")
    two_users.home(0).chmod(0o755)
    os.chown(own.folder, 0, group)
    own.folder.chmod(mode)
    before = own.env_path.read_bytes()
    config = json.loads(own.config_path.read_text()) | {"tray": {"secretStore": "file"}}
    config["serviceApp"] |= {"clientSecret": "x" * 40}
    evil = two_users.write(ATTACKER, own.folder / "evil.json", json.dumps(config), 0o644)
    for verb in ("token", "refresh --if-due", "refresh"):
        done = two_users.run(0, "--config", str(evil), *verb.split(), cwd=Path("/"))
        assert done.returncode not in (0, 70), done.stdout
        said = done.stdout + done.stderr
        assert not [secret for secret in secrets_of(two_users) if secret in said]
    assert own.env_path.read_bytes() == before
    assert not [name for name in file_entries(two_users) if name.startswith("user-")]


def file_entries(two_users: Machine) -> dict[str, str]:
    """What root's secrets file has."""
    path = two_users.home(0) / ".local/share/webex-token-tray/secrets.json"
    found: dict[str, str] = json.loads(path.read_text())["secrets"]
    return found


def test_a_user_renews_into_an_own_env_with_another_user_s_config_that_brings_its_secrets(
    two_users: Machine,
) -> None:
    """The pair in it is the one that is held for that config."""
    theirs = two_users.profile(ATTACKER, two_users.home(ATTACKER) / "team")
    two_users.home(ATTACKER).chmod(0o755)
    env = two_users.home(VICTIM) / "mine.env"
    config = theirs.config()
    config["tray"] |= {"envFile": str(env), "secretStore": "file"}
    two_users.give(ATTACKER, theirs.folder, 0o755)
    two_users.write(ATTACKER, theirs.config_path, json.dumps(config), 0o644)
    seen = set()
    for verb in ("refresh", "refresh", "status", "token"):
        done = two_users.run(VICTIM, "--config", str(theirs.config_path), verb, cwd=Path("/"))
        assert done.returncode == 0, done.stdout + done.stderr
        seen.add(env.read_text())
    assert len(seen) == 2


def test_nor_one_that_brings_an_app_of_its_own_and_names_root_s_integration(
    two_users: Machine,
) -> None:
    """The sign-in belongs to the integration: it minted a token for any app."""
    own = with_secrets_of(two_users, 0, "keyring")
    config = json.loads(own.config_path.read_text())
    app = two_users.webex.service_app
    named = {"serviceApp": config["serviceApp"] | {"clientSecret": app.client_secret}}
    theirs = wishful(two_users, own, ATTACKER, **named)
    issued = len(two_users.webex.tokens._tokens)
    done = two_users.run(0, "--config", str(theirs.config_path), "refresh", cwd=Path("/"))
    assert done.returncode in (1, 2), done.stdout
    assert len(two_users.webex.tokens._tokens) == issued
    assert leaked(two_users, ATTACKER) == [theirs.config_path]


@pytest.mark.parametrize("in_container", [False, True])
def test_nor_the_secrets_in_root_s_environment(
    two_users: Machine, monkeypatch: pytest.MonkeyPatch, *, in_container: bool
) -> None:
    """At the top of root's crontab they are set for every line; in a container for its one use."""
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ("/",) if in_container else ())
    secret = "WEBEX_SERVICE_APP_CLIENT_SECRET"
    environ = {secret: "s" * 40, "WEBEX_PERSONAL_ACCESS_TOKEN": "p" * 40}
    theirs = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    config = ConfigFile(theirs.config_path, environ=environ).read()
    draft = ConfigDraft(theirs.config_path, environ)
    assert len(config.from_environment) == (2 if in_container else 0)
    assert (draft.effective("serviceApp.clientSecret") == "s" * 40) is in_container
    assert any(secret in said for said in config.warnings) is not in_container
    two_users.give(0, theirs.config_path, 0o600)
    assert len(ConfigFile(theirs.config_path, environ=environ).read().from_environment) == 2


def test_it_works_with_what_it_brings_and_root_s_own_gets_none_of_that(two_users: Machine) -> None:
    """Renewed again and again, with its secrets moved out of it; `forget` leaves root's alone."""
    own = with_secrets_of(two_users, 0, "keyring")
    theirs = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    before, path = own_entries(two_users, "keyring"), str(theirs.config_path)
    moved = two_users.run(0, path, cwd=Path("/"), code=MOVES_SECRETS)
    assert moved.returncode == 0, moved.stderr
    assert two_users.webex.service_app.client_secret not in theirs.config_path.read_text()
    assert theirs.config_path.stat().st_uid == VICTIM
    tokens = {theirs.env_access()}
    for _ in range(2):
        done = two_users.run(0, "--config", path, "refresh", cwd=Path("/"))
        assert done.returncode == 0, done.stdout + done.stderr
        tokens.add(theirs.env_access())
    assert len(tokens) == 3
    assert own_entries(two_users, "keyring") == before
    done = two_users.run(0, "--config", path, "forget", "--yes", cwd=Path("/"))
    assert done.returncode == 0, done.stderr
    assert "client secret" not in done.stdout.partition("kept: ")[2]
    assert own_entries(two_users, "keyring") == before
    assert "user-" not in two_users.keyring(0).read_text()
    done = two_users.run(0, "--config", str(own.config_path), "refresh", cwd=Path("/"))
    assert done.returncode == 0, done.stderr


def test_two_other_users_share_nothing(two_users: Machine) -> None:
    theirs = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    moved = two_users.run(0, str(theirs.config_path), cwd=Path("/"), code=MOVES_SECRETS)
    assert moved.returncode == 0
    done = two_users.run(0, "--config", str(theirs.config_path), "refresh", cwd=Path("/"))
    assert done.returncode == 0, done.stderr
    loot = wishful(two_users, theirs, ATTACKER)
    done = two_users.run(0, "--config", str(loot.config_path), "refresh", cwd=Path("/"))
    assert done.returncode in (1, 2)
    assert leaked(two_users, ATTACKER) == []


def test_a_config_that_is_exchanged_while_it_is_watched_gets_nothing(two_users: Machine) -> None:
    """Root's own in a folder of the attacker's, who puts one of his in its place."""
    own = with_secrets_of(two_users, 0, "keyring")
    folder = two_users.home(ATTACKER) / "app"
    folder.mkdir()
    two_users.give(ATTACKER, folder, 0o700)
    path = two_users.write(0, folder / "token-config.json", own.config_path.read_text(), 0o600)
    code = f"""
import os, sys
{MOVES_SECRETS.replace("engine.close()", "")}
engine.poll()
os.rename(sys.argv[1], sys.argv[1] + ".aside")
os.rename(sys.argv[1] + ".new", sys.argv[1])
engine.poll(); engine.refresh(by_hand=True); engine.poll()
engine.close()
"""
    two_users.write(ATTACKER, folder / "token-config.json.new", path.read_text(), 0o600)
    two_users.write(ATTACKER, folder / ".env", "# mine\n", 0o600)
    done = two_users.run(0, str(path), cwd=Path("/"), code=code)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_uid == ATTACKER
    assert leaked(two_users, ATTACKER) == []


def test_nor_does_setup_offer_root_s_secrets_for_it(two_users: Machine) -> None:
    """It tried them at Webex, and said that they are there."""
    theirs = two_users.profile(ATTACKER, two_users.home(ATTACKER) / "app")
    config = theirs.config()
    config["serviceApp"]["clientSecret"] = "@keyring"
    store, host = MemoryStore(durable=True), "webexapis.com"
    name = f"{host}/app/{theirs.app.client_id}/secret"
    store.set(name, theirs.app.client_secret, prompt=False)
    for owner in (0, ATTACKER):
        two_users.write(owner, theirs.config_path, json.dumps(config), 0o600)
        with closing(Vault(store)) as vault:
            known = KnownSecrets(ConfigDraft(theirs.config_path, {}), vault, host)
            assert (known.secret(APP_SECRET) is None) == (owner == ATTACKER)


def test_doctor_says_whose_config_it_is(two_users: Machine) -> None:
    theirs = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    for user in (0, VICTIM):
        path = str(theirs.config_path)
        done = two_users.run(user, "--config", path, "doctor", cwd=two_users.home(user))
        assert ("of another user, whose secrets are kept apart" in done.stdout) == (user == 0)
