"""Whoever upgrades from c13716a loses nothing and is stopped by nothing; going back loses no
token."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tests.homes.c13716a.home import OldHome
from tray_app import bootstrap
from tray_app.model.permissions import RESIDENT
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.sandbox.recording import Kind
from tray_app.service.engine import Engine

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="the home is one of Linux"),
]

PROFILES = ("main", "project")


def config_of(home: OldHome, profile: str) -> Path:
    return home.configs[PROFILES.index(profile)]


@contextmanager
def opened(home: OldHome, config: Path, patch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine as the tray opens it."""
    for name, value in home.environ().items():
        if name.startswith(("PYTHON_KEYRING", "TEST_")):
            patch.setenv(name, value)
    setup = bootstrap.ProfileContext(
        config,
        home.folders,
        home.webex.api_base,
        environ={},
        permissions=RESIDENT,
    )
    with closing(bootstrap.open_engine(setup)) as engine:
        yield engine


def pair_in_env(home: OldHome, config: Path) -> tuple[str, str]:
    found = EnvFile(home.env_file(config)).read()
    assert found.access is not None
    assert found.refresh is not None
    return found.access.reveal(), found.refresh.reveal()


def pair_held(home: OldHome, config: Path) -> tuple[str, str]:
    app = home.app(config)
    (entry,) = (
        value
        for name, value in home.entries().items()
        if name.endswith(f"/app/{app.app_id}/{app.target_org_id}/tokens")
    )
    pair = json.loads(entry)
    return pair["access"], pair["refresh"]


def files_of(home: OldHome) -> dict[Path, bytes]:
    """Everything that a person or a program of theirs reads."""
    kept = [*home.configs, *map(home.env_file, home.configs)]
    kept += [path for path in home.main.parent.parent.rglob("*") if path.is_file()]
    return {path: path.read_bytes() for path in kept}


def entry_lines(home: OldHome) -> list[list[str]]:
    """The commands of login entries and systemd units, without the verb."""
    config = home.root / ".config"
    found = []
    for path in (*(config / "autostart").iterdir(), *(config / "systemd/user").iterdir()):
        for line in path.read_text().splitlines():
            key, _, command = line.partition("=")
            if key in ("Exec", "ExecStart"):
                words = shlex.split(command.removeprefix(":"))
                found.append(words[:-1] if words[-1] == "watch" else words)
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_the_tray_is_green_at_once_and_nothing_is_moved_asked_or_said(
    home: OldHome, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, files = home.entries(), files_of(home)
    with opened(home, config_of(home, profile), monkeypatch) as engine:
        assert engine.poll().colour is Colour.GREEN
        assert engine.credentials().is_incomplete is False
        assert engine.drain_notices() == ()
    assert {name: home.entries().get(name) for name in held} == held
    assert files_of(home) == files
    assert {seen.kind for seen in home.webex.requests} == {Kind.DATA_SOURCES}


@pytest.mark.parametrize("profile", PROFILES)
def test_status_is_green(home: OldHome, profile: str) -> None:
    held, files = home.entries(), files_of(home)
    done = home.run("--profile", profile, "status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("green: Token works until ")
    assert {name: home.entries().get(name) for name in held} == held
    assert files_of(home) == files


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_old_program_found_last_is_still_heeded(home: OldHome, profile: str) -> None:
    done = home.run("--profile", profile, "status", "--max-age", "1d")
    assert (done.returncode, done.stderr) == (0, "")
    assert home.webex.requests == ()
    history = home.run("--profile", profile, "history")
    assert history.returncode == 0, history.stderr
    assert "Webex confirmed the token" in history.stdout


def test_status_in_the_projects_folder_is_not_stopped(home: OldHome) -> None:
    """The config is found there, and the old program has served it."""
    (home.main.parent / "profiles.json").unlink()
    done = home.run("status", folder=home.project.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(home.env_file(home.project)) in done.stdout


def test_what_login_entries_and_units_start_is_not_stopped(home: OldHome) -> None:
    lines = entry_lines(home)
    assert len(lines) == 4
    for line in lines:
        assert line[:3] == [sys.executable, "-m", "tray_app"]
        arguments = line[3:] if "--config" in line else ["--config", str(home.main), *line[3:]]
        done = home.run(*arguments, "status")
        assert (done.returncode, done.stderr) == (0, ""), line


@pytest.mark.parametrize("profile", PROFILES)
def test_doctor_finds_no_fault_in_config_secrets_and_tokens(home: OldHome, profile: str) -> None:
    done = home.run("--profile", profile, "doctor", "--json")
    assert done.stderr == ""
    found = {each["topic"]: each["grade"] for each in json.loads(done.stdout)["findings"]}
    topics = ("config", "ids", "permissions", "secrets", "env", "token", "autostart", "journal")
    assert {topic: found.get(topic) for topic in topics} == dict.fromkeys(topics, "ok")


@pytest.mark.parametrize("profile", PROFILES)
def test_it_renews_and_keeps_the_rest(home: OldHome, profile: str) -> None:
    config = config_of(home, profile)
    before, held = pair_in_env(home, config), home.entries()
    done = home.run("--profile", profile, "refresh")
    assert done.returncode == 0, done.stderr
    after = pair_in_env(home, config)
    assert set(after).isdisjoint(before)
    assert pair_held(home, config) == after
    now = home.entries()
    assert {name for name in held if now.get(name) != held[name]} == {
        name for name in held if name.endswith("/tokens") and before[0] in held[name]
    }
    assert home.webex.reuses == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_going_back_finds_the_current_pair_sign_in_and_app_secret(
    home: OldHome, old_checkout: Path, profile: str
) -> None:
    """The new program has renewed everything; the old one opens the same home."""
    config = config_of(home, profile)
    home.webex.revoke_service_refresh()
    home.webex.revoke_personal()
    home.webex.revoke_integration_access()
    assert home.run("--profile", profile, "refresh").returncode == 0
    assert [seen.kind for seen in home.webex.requests].count(Kind.INTEGRATION_REFRESH) == 1
    current = pair_in_env(home, config)
    export = ("--profile", profile, "export", "--with-secrets", "--yes")
    new, old = home.run(*export), home.run(*export, checkout=old_checkout)
    assert new.returncode == old.returncode == 0, old.stderr
    assert new.stdout == old.stdout
    back = home.run("--profile", profile, "status", checkout=old_checkout)
    assert back.returncode == 0, back.stdout + back.stderr
    assert pair_in_env(home, config) == pair_held(home, config) == current
    done = home.run("--profile", profile, "refresh", checkout=old_checkout)
    assert "refresh token" in done.stdout, done.stdout + done.stderr
    home.webex.revoke_service_refresh()
    done = home.run("--profile", profile, "refresh", checkout=old_checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert home.webex.reuses == 0


@pytest.mark.parametrize("profile", PROFILES)
def test_forward_again_after_the_old_program_has_renewed(
    home: OldHome, old_checkout: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(home, profile)
    assert home.run("--profile", profile, "refresh").returncode == 0
    assert home.run("--profile", profile, "refresh", checkout=old_checkout).returncode == 0
    current = pair_in_env(home, config)
    with opened(home, config, monkeypatch) as engine:
        assert engine.poll().colour is Colour.GREEN
        assert pair_in_env(home, config) == pair_held(home, config) == current
        engine.refresh(by_hand=True)
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    assert home.webex.reuses == 0
