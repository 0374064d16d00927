"""B13: sudo with the caller's HOME. What root makes there is the caller's, who goes on
without sudo; and what another user's mode closes ends in a sentence, not in a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.faults.two_users import BAR, NEEDS_ROOT, VICTIM, Machine
from tests.profile import Profile
from tray_app.system.directory_fd import Directory, Entry

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT


@pytest.fixture
def made(two_users: Machine) -> Profile:
    """The victim's, with no `.env` and no folders of ours yet."""
    profile = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    profile.env_path.unlink()
    return profile


def with_secrets_file(two_users: Machine, made: Profile) -> None:
    config = made.config()
    config["tray"]["secretStore"] = "file"
    two_users.write(VICTIM, made.config_path, json.dumps(config), 0o600)


def of_root(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.lstat().st_uid == 0]


def test_what_a_run_under_sudo_makes_in_the_caller_s_home_is_the_caller_s(
    two_users: Machine, made: Profile
) -> None:
    """`~/.config`, `~/.local` and `.env` were root's: the caller got red, or a crash."""
    home, config = two_users.home(VICTIM), str(made.config_path)
    sudo = {"SUDO_UID": str(VICTIM), "HOME": str(home)}
    for command in (("profiles", "add", "x", config), ("--config", config, "refresh")):
        done = two_users.run(0, *command, cwd=home, **sudo)
        assert done.returncode == 0, done.stderr
    keyring = two_users.home(0) / "keyring.json"
    assert made.env_path.exists()
    assert not (home / ".local/state/webex-token-tray/journal.sqlite3").exists()
    assert list((home / ".local/state/webex-token-tray/locks").iterdir())
    assert of_root(home) == []
    # The keyring is root's: what only it holds is not the caller's.
    two_users.write(VICTIM, two_users.keyring(VICTIM), keyring.read_text(), 0o600)
    for verb in ("status", "refresh"):
        done = two_users.run(VICTIM, "--config", config, verb, cwd=home)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_secrets_file_that_the_caller_could_not_use_is_not_made(
    two_users: Machine, made: Profile
) -> None:
    with_secrets_file(two_users, made)
    home, config = two_users.home(VICTIM), str(made.config_path)
    environ = {"SUDO_UID": str(VICTIM), "HOME": str(home)}
    done = two_users.run(0, "--config", config, "refresh", cwd=home, **environ)
    assert done.returncode in (1, 2), done.stdout
    assert "run this without sudo, or with sudo -H" in done.stdout + done.stderr
    assert of_root(home) == []
    done = two_users.run(VICTIM, "--config", config, "refresh", cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("closed", [".local", ".local/share", ".local/share/webex-token-tray"])
def test_a_data_folder_that_cannot_be_searched_is_no_crash(
    two_users: Machine, made: Profile, closed: str
) -> None:
    """As left by an earlier run under sudo. The token in `.env` works."""
    with_secrets_file(two_users, made)
    home, config = two_users.home(VICTIM), str(made.config_path)
    done = two_users.run(VICTIM, "--config", config, "refresh", cwd=home)
    assert done.returncode == 0, done.stderr
    two_users.give(0, home / closed, 0o700)
    done = two_users.run(VICTIM, "--config", config, "refresh", cwd=home)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert "Permission denied" in done.stdout + done.stderr
    done = two_users.run(VICTIM, "--config", config, "token", cwd=home)
    assert (done.returncode, done.stdout.strip()) == (0, made.env_access()), done.stderr


@pytest.mark.parametrize("what", ["a folder", "a file", "a file with two names"])
@pytest.mark.parametrize("holds", [True, False])
def test_only_what_is_empty_is_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, *, holds: bool
) -> None:
    """The caller may have moved something of root's there between two calls."""
    os.chown(tmp_path, VICTIM, VICTIM)
    monkeypatch.setenv("SUDO_UID", str(VICTIM))
    handle = os.open(tmp_path, os.O_RDONLY)
    entry, path = Entry(Directory(tmp_path, handle), "x"), tmp_path / "x"
    if what == "a folder":
        real = Entry.mkdir

        def mkdir(made: Entry) -> None:
            real(made)
            if holds:
                (path / "secret").touch()

        monkeypatch.setattr(Entry, "mkdir", mkdir)
        entry.mkdir_for_caller()
    else:
        path.write_text("x" if holds else "")
        if what == "a file with two names":
            (tmp_path / "y").hardlink_to(path)
        os.close(entry.open(os.O_WRONLY | os.O_CREAT))
    os.close(handle)
    given = not holds and what != "a file with two names"
    assert path.stat().st_uid == (VICTIM if given else 0)
