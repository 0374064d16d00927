"""B13: a config that somebody else has put where it is found gets nothing of whoever finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM, Machine
from tests.profile import Profile

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

TOKEN_MANAGER = """
from tray_app import ConfigError, TokenManager
try:
    with TokenManager() as manager:
        manager.refresh_token()
except Exception as error:
    print(type(error).__name__, error)
"""

MOVES_SECRETS = """
import os, sys
from pathlib import Path
from tray_app import bootstrap
from tray_app.system.dirs import AppDirs
from tray_app.model.permissions import RESIDENT
base = os.environ["WEBEX_API_BASE"]
setup = bootstrap.ProfileContext(
    Path(sys.argv[1]), AppDirs.of_user(), base, permissions=RESIDENT
)
engine = bootstrap.open_engine(setup)
engine.credentials()
engine.close()
"""
"""What the tray does at its start: the secrets of the config go into the keyring."""

COMMANDS = {
    "status": ("status",),
    "status --max-age": ("status", "--max-age", "5m"),
    "token": ("token",),
    "refresh": ("refresh",),
    "run": ("run", "--", "true"),
    "export": ("export", "--with-secrets", "--yes"),
}


@pytest.fixture
def victim(two_users: Machine) -> Profile:
    """The victim's own profile, its secrets in the victim's keyring, its pair alive."""
    made = two_users.profile(VICTIM, two_users.home(VICTIM) / "work")
    home, config = two_users.home(VICTIM), str(made.config_path)
    moved = two_users.run(VICTIM, config, cwd=home, code=MOVES_SECRETS)
    assert moved.returncode == 0, moved.stderr
    for verb in ("refresh", "status"):
        done = two_users.run(VICTIM, "--config", config, verb, cwd=home)
        assert done.returncode == 0, done.stderr
    assert "@keyring" in made.config_path.read_text()
    return made


def planted(two_users: Machine, victim: Profile, folder: Path, owner: int, **tray: Any) -> Path:
    """Plant a config for the victim's app; returns the `.env` that it wants. The folder is the
    owner's, and the `.env` is one that both may read."""
    config = json.loads(victim.config_path.read_text())
    env = folder / "loot.env"
    config["tray"] = {"envFile": str(env), "onTokenChange": ["touch", str(folder / "ran")], **tray}
    folder.mkdir()
    two_users.give(owner, folder, 0o777 if owner == ATTACKER else 0o755)
    two_users.write(owner, folder / "token-config.json", json.dumps(config))
    two_users.write(owner, env, "# mine\n", 0o666)
    return env


def live_tokens(two_users: Machine) -> set[str]:
    """Every token and client secret there is."""
    app, integration = two_users.webex.service_app, two_users.webex.integration
    issued = {token.text for token in two_users.webex.tokens._tokens.values()}
    return issued | {app.client_secret, integration.client_secret}


def assert_nothing_was_had(two_users: Machine, env: Path) -> None:
    """Neither a token nor a run of the command, anywhere that the attacker reads."""
    assert not (env.parent / "ran").exists()
    for path in env.parent.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not [token for token in live_tokens(two_users) if token in text], path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_planted_config_is_refused_by_name(
    two_users: Machine, victim: Profile, command: str
) -> None:
    """The attacker's own, in a folder of the attacker's: whoever types a command there."""
    env = planted(two_users, victim, two_users.shared / "evil", ATTACKER)
    keyring = two_users.keyring(VICTIM).read_bytes()
    done = two_users.run(VICTIM, *COMMANDS[command], cwd=env.parent)
    assert done.returncode in (78, 125), done.stdout + done.stderr
    assert f"belongs to another user ({ATTACKER})" in done.stderr
    assert "--shared" in done.stderr
    assert_nothing_was_had(two_users, env)
    assert two_users.keyring(VICTIM).read_bytes() == keyring


@pytest.mark.parametrize("command", COMMANDS)
def test_a_cloned_repository_s_config_gets_no_secret_and_runs_no_command(
    two_users: Machine, victim: Profile, command: str
) -> None:
    """Its files are the victim's own, who has cloned them."""
    env = planted(two_users, victim, two_users.home(VICTIM) / "clone", VICTIM)
    keyring = two_users.keyring(VICTIM).read_bytes()
    done = two_users.run(VICTIM, *COMMANDS[command], cwd=env.parent)
    assert_nothing_was_had(two_users, env)
    said = "is not approved: it gets neither your keyring nor your secrets file"
    assert said in done.stderr, done.stdout
    assert str(env) in done.stderr
    assert f"to run: touch {env.parent / 'ran'}" in done.stderr
    assert f"webex-token-tray allow {env.parent / 'token-config.json'}" in done.stderr
    assert two_users.keyring(VICTIM).read_bytes() == keyring
    known = {victim.env_access(), victim.env_refresh()}
    assert not [token for token in known if token and token in done.stdout + done.stderr]


@pytest.mark.parametrize("owner", [ATTACKER, VICTIM])
def test_neither_does_the_tray_give_it_anything(
    two_users: Machine, victim: Profile, owner: int
) -> None:
    """`tray` without a panel, in the folder of the planted config."""
    folder = two_users.shared / "evil" if owner == ATTACKER else two_users.home(VICTIM) / "clone"
    env = planted(two_users, victim, folder, owner)
    program = [sys.executable, "-m", "tray_app", "--debug", "--backend", "none", "tray"]
    environ = two_users.environ_of(VICTIM)
    with Program(["env", "-C", str(folder), *two_users.command(VICTIM, *program)], environ) as tray:
        tray.expect("is not approved" if owner == VICTIM else "belongs to another user", 30)
    assert_nothing_was_had(two_users, env)


@pytest.mark.parametrize("owner", [ATTACKER, VICTIM])
def test_neither_does_a_program_that_uses_the_api(
    two_users: Machine, victim: Profile, owner: int
) -> None:
    folder = two_users.shared / "evil" if owner == ATTACKER else two_users.home(VICTIM) / "clone"
    env = planted(two_users, victim, folder, owner)
    done = two_users.run(VICTIM, cwd=folder, code=TOKEN_MANAGER)
    assert ("ConfigError" if owner == ATTACKER else "NotRenewed") in done.stdout, done.stderr
    assert_nothing_was_had(two_users, env)


def test_the_victim_s_own_secrets_in_the_environment_are_not_for_it(
    two_users: Machine, victim: Profile
) -> None:
    """A shell with the variables set, and a cloned repository that names another `.env`."""
    env = planted(two_users, victim, two_users.home(VICTIM) / "clone", VICTIM)
    secrets = {
        "WEBEX_SERVICE_APP_CLIENT_SECRET": two_users.webex.service_app.client_secret,
        "WEBEX_PERSONAL_ACCESS_TOKEN": two_users.webex.issue_personal_token(),
    }
    done = two_users.run(VICTIM, "refresh", cwd=env.parent, **secrets)
    assert done.returncode in (1, 2)
    assert_nothing_was_had(two_users, env)


def test_a_link_to_the_victim_s_own_config_does_not_make_another_env_file_its_own(
    two_users: Machine, victim: Profile
) -> None:
    """A relative `envFile` begins where the link lies."""
    folder = two_users.shared / "evil"
    folder.mkdir()
    two_users.give(ATTACKER, folder, 0o777)
    (folder / "token-config.json").symlink_to(victim.config_path)
    done = two_users.run(VICTIM, "refresh", cwd=folder)
    assert done.returncode == 78
    assert not (folder / ".env").exists()


def test_one_in_tmp_itself_is_refused(two_users: Machine, victim: Profile) -> None:
    """Its folder is root's, with the sticky bit; the file is the attacker's."""
    env = two_users.write(ATTACKER, two_users.shared / "loot.env", "# mine\n", 0o666)
    config = json.loads(victim.config_path.read_text())
    config["tray"] = {"envFile": str(env)}
    two_users.write(ATTACKER, two_users.shared / "token-config.json", json.dumps(config))
    done = two_users.run(VICTIM, "refresh", cwd=two_users.shared)
    assert done.returncode == 78
    assert "token-config.json belongs to another user" in done.stderr
    assert_nothing_was_had(two_users, env)


def test_what_env_of_the_victim_holds_is_not_carried_into_another(
    two_users: Machine, victim: Profile
) -> None:
    """The planted config names the victim's `.env` first, and one of its own the next time."""
    folder = two_users.home(VICTIM) / "clone"
    env = planted(two_users, victim, folder, VICTIM, envFile=str(victim.env_path))
    assert two_users.run(VICTIM, "refresh", cwd=folder).returncode in (0, 1, 2)
    config = json.loads((folder / "token-config.json").read_text())
    config["tray"]["envFile"] = str(env)
    two_users.write(VICTIM, folder / "token-config.json", json.dumps(config))
    env.write_text("")
    two_users.run(VICTIM, "refresh", cwd=folder)
    assert_nothing_was_had(two_users, env)


@pytest.mark.parametrize("way", ["named", "a link", "a linked folder"])
def test_with_secrets_of_its_own_it_does_not_write_over_the_victim_s_env(
    two_users: Machine, victim: Profile, way: str
) -> None:
    """Programs of the victim's would send their data as another app."""
    stranger = two_users.profile(VICTIM, two_users.home(VICTIM) / "clone")
    stranger.env_path.unlink()
    if way == "named":
        stranger.write_config(lambda c: c["tray"].update(envFile=str(victim.env_path)))
    elif way == "a link":
        stranger.env_path.symlink_to(victim.env_path)
    else:
        (stranger.folder / "sub").symlink_to(victim.folder)
        stranger.write_config(lambda c: c["tray"].update(envFile="sub/.env"))
    before, held = victim.env_path.read_bytes(), two_users.keyring(VICTIM).read_bytes()
    done = two_users.run(VICTIM, "refresh", cwd=stranger.folder)
    assert done.returncode in (1, 2), done.stdout
    assert "outside the folder of its config, which is not approved" in done.stdout
    assert victim.env_path.read_bytes() == before
    assert two_users.keyring(VICTIM).read_bytes() == held


def test_with_secrets_of_its_own_it_works_and_keeps_them_for_itself(two_users: Machine) -> None:
    """As of an app of the repository's own; once it is allowed, nothing of that is lost."""
    profile = two_users.profile(VICTIM, two_users.home(VICTIM) / "clone")
    before = profile.config_path.read_text()
    done = two_users.run(VICTIM, "refresh", cwd=profile.folder)
    assert done.returncode == 0, done.stderr
    assert "is not approved" in done.stderr
    assert profile.config_path.read_text() == before
    assert not two_users.keyring(VICTIM).exists()
    (own,) = (two_users.home(VICTIM) / ".local/share/webex-token-tray/unapproved").glob("*.json")
    assert own.stat().st_mode & 0o777 == 0o600
    access = profile.env_access()
    assert access
    assert access in own.read_text()
    allowed = two_users.run(VICTIM, "allow", cwd=profile.folder)
    assert allowed.returncode == 0, allowed.stderr
    assert f"allowed      {profile.config_path}" in allowed.stdout
    assert not own.exists()
    assert access in two_users.keyring(VICTIM).read_text()
    status = two_users.run(VICTIM, "status", cwd=profile.folder)
    assert (status.returncode, profile.env_access()) == (0, access), status.stderr
    assert "approved" not in status.stderr
    assert two_users.webex.reuses == 0
