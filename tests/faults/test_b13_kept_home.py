"""B13: root with the home of another user, such as a sudo that keeps HOME. A list there names no
config of root's, and is not read through that user's link."""

from __future__ import annotations

import json
import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, Machine
from tests.profile import Profile
from tray_app.config.approvals import Approvals
from tray_app.config.profiles import ProfileRegistry
from tray_app.desktop.install.entry_file import EntryFile
from tray_app.desktop.install.launcher import Launcher
from tray_app.model.errors import ConfigError
from tray_app.system import directory_fd
from tray_app.system.systemd import UserUnit

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

SUDO = {"SUDO_UID": str(ATTACKER)}


@pytest.fixture
def roots(two_users: Machine) -> Profile:
    """A profile of root's, in root's list, its pair alive."""
    made = two_users.profile(0, two_users.home(0) / "app")
    home = two_users.home(0)
    assert two_users.run(0, "profiles", "add", "x", str(made.config_path), cwd=home).returncode == 0
    assert two_users.run(0, "--profile", "x", "refresh", cwd=home).returncode == 0
    return made


def give_home(two_users: Machine, *names: str) -> Path:
    """A folder of the other user's in that user's home."""
    folder = two_users.home(ATTACKER)
    for name in names:
        folder /= name
        folder.mkdir(exist_ok=True)
        two_users.give(ATTACKER, folder, 0o700)
    return folder


def own_list(two_users: Machine, config: Path) -> Path:
    """Another user's list of profiles, which names this config."""
    folder = give_home(two_users, ".config", "webex-token-tray")
    text = json.dumps({"profiles": {"x": str(config)}})
    return two_users.write(ATTACKER, folder / "profiles.json", text, 0o600)


def token_of(made: Profile) -> str:
    token = made.env_access()
    assert token is not None
    return token


@pytest.mark.parametrize("verb", [("token",), ("run", "--", "env"), ("--profile", "x", "token")])
@pytest.mark.parametrize("kept", ["HOME", "XDG_CONFIG_HOME"])
def test_a_list_of_sudo_s_caller_names_no_config_of_root_s(
    two_users: Machine, roots: Profile, verb: tuple[str, ...], kept: str
) -> None:
    own_list(two_users, roots.config_path)
    home = two_users.home(ATTACKER)
    environ = SUDO | {kept: str(home if kept == "HOME" else home / ".config")}
    said = two_users.run(0, *verb, cwd=home, **environ)
    assert said.returncode == 78, said.stdout
    assert "was chosen by a list that the user who called sudo can write" in said.stderr
    assert token_of(roots) not in said.stdout + said.stderr
    named = two_users.run(0, "--config", str(roots.config_path), "token", cwd=home, **environ)
    assert (named.returncode, named.stdout.strip()) == (0, token_of(roots)), named.stderr


def test_a_config_of_root_s_in_the_working_directory_is_not_the_caller_s_to_approve(
    two_users: Machine, roots: Profile
) -> None:
    """The caller's list of profiles names it, or the caller's approvals."""
    listed = own_list(two_users, roots.config_path)
    home, folder = two_users.home(ATTACKER), roots.config_path.parent
    environ = SUDO | {"HOME": str(home)}
    said = two_users.run(0, "token", cwd=folder, **environ)
    assert (said.returncode, said.stdout) == (78, ""), said.stderr
    listed.unlink()
    approved = two_users.run(0, "allow", cwd=folder, **environ)
    assert approved.returncode == 78, approved.stdout + approved.stderr
    assert two_users.run(0, "allow", cwd=folder).returncode == 0
    name = "approvals.json"
    text = (two_users.home(0) / ".config/webex-token-tray" / name).read_text()
    two_users.write(ATTACKER, listed.with_name(name), text, 0o600)
    said = two_users.run(0, "token", cwd=folder, **environ)
    assert (said.returncode, said.stdout) == (78, ""), said.stderr
    said = two_users.run(0, "token", cwd=folder)
    assert (said.returncode, said.stdout.strip()) == (0, token_of(roots)), said.stderr


def test_a_list_of_sudo_s_caller_names_the_caller_s_own_configs(two_users: Machine) -> None:
    """And root's own list, by `sudo -H`, those of any user."""
    made = two_users.profile(ATTACKER, two_users.home(ATTACKER) / "app")
    own_list(two_users, made.config_path)
    home = two_users.home(ATTACKER)
    done = two_users.run(0, "refresh", cwd=home, HOME=str(home), **SUDO)
    assert done.returncode == 0, done.stderr
    said = two_users.run(0, "token", cwd=home, HOME=str(home), **SUDO)
    assert (said.returncode, said.stdout.strip()) == (0, token_of(made)), said.stderr
    add = ("profiles", "add", "y", str(made.config_path))
    assert two_users.run(0, *add, cwd=home, **SUDO).returncode == 0
    said = two_users.run(0, "token", cwd=Path("/"), **SUDO)
    assert (said.returncode, said.stdout.strip()) == (0, token_of(made)), said.stderr


@pytest.mark.parametrize("sudo", [True, False])
def test_root_s_list_is_not_read_through_another_user_s_link(
    two_users: Machine, roots: Profile, *, sudo: bool
) -> None:
    home = two_users.home(ATTACKER)
    link = own_list(two_users, roots.config_path)
    link.unlink()
    link.symlink_to(two_users.home(0) / ".config/webex-token-tray/profiles.json")
    os.lchown(link, ATTACKER, ATTACKER)
    environ = (SUDO if sudo else {}) | {"HOME": str(home)}
    said = two_users.run(0, "token", cwd=home, **environ)
    assert (said.returncode, said.stdout) == (78, ""), said.stderr
    assert f"a symbolic link of another user ({ATTACKER})" in said.stderr


def test_root_s_approvals_are_not_read_through_another_user_s_link(
    two_users: Machine, roots: Profile
) -> None:
    folder = two_users.home(0) / ".config/webex-token-tray"
    assert two_users.run(0, "allow", cwd=roots.config_path.parent).returncode == 0
    link = own_list(two_users, roots.config_path).with_name("approvals.json")
    link.symlink_to(folder / link.name)
    os.lchown(link, ATTACKER, ATTACKER)
    assert Approvals(folder / link.name).configs() == (str(roots.config_path),)
    with pytest.raises(ConfigError, match="symbolic link of another user"):
        Approvals(link).configs()


def test_a_list_that_another_process_replaces_is_read_again(
    two_users: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not so if that never ends: somebody exchanges it."""
    path = two_users.write(0, two_users.home(0) / "profiles.json", '{"profiles": {}}')
    real, times = directory_fd.located, [1]

    def replaced(path: Path) -> object:
        if times:
            times.pop()
            new = two_users.write(0, path.with_name("new"), '{"profiles": {"x": "/x"}}')
            new.replace(path)
        return real(path)

    monkeypatch.setattr(directory_fd, "located", replaced)
    assert ProfileRegistry(path).all() == {"x": Path("/x")}
    times += [1] * 10
    with pytest.raises(ConfigError, match="another program is exchanging it"):
        ProfileRegistry(path).all()


def hot_journal(database: Path, names: Path) -> None:
    """Make a database, and a journal beside it that SQLite rolls back: it ends with the name of a
    file that SQLite deletes then (its "super-journal")."""
    with closing(sqlite3.connect(database)) as made, made:
        made.execute("CREATE TABLE x (y)")
    raw, name, nonce, sector = database.read_bytes(), os.fsencode(names), 1, 512
    (size,) = struct.unpack(">H", raw[16:18])
    page = raw[:size]
    checksum = nonce + sum(page[at] for at in range(size - 200, 0, -200))
    magic = bytes.fromhex("d9d505f920a163d7")
    header = magic + struct.pack(">5I", 1, nonce, len(raw) // size, sector, size)
    first = struct.pack(">I", 1) + page + struct.pack(">I", checksum)
    last = struct.pack(">I", 0x40000000 // size + 1) + name
    last += struct.pack(">II", len(name), sum(name)) + magic
    journal = header.ljust(sector, b"\0") + first + last
    database.with_name(f"{database.name}-journal").write_bytes(journal)


def test_the_journal_of_the_test_deletes_a_file(tmp_path: Path) -> None:
    """Else the next test could not fail."""
    names = tmp_path / "victim"
    names.write_text("x")
    hot_journal(tmp_path / "x.sqlite3", names)
    with closing(sqlite3.connect(tmp_path / "x.sqlite3")) as database:
        database.execute("SELECT * FROM x").fetchall()
    assert not names.exists()


@pytest.mark.parametrize("sudo", [True, False])
@pytest.mark.parametrize(
    "verb", [("refresh",), ("status", "--max-age", "1h"), ("history",), ("doctor",), ("token",)]
)
def test_root_opens_no_database_that_another_user_could_prepare(
    two_users: Machine, verb: tuple[str, ...], *, sudo: bool
) -> None:
    """SQLite goes by the path of a journal, and deletes what it names. The command works."""
    made = two_users.profile(ATTACKER, two_users.home(ATTACKER) / "app")
    home, names = two_users.home(ATTACKER), two_users.write(0, two_users.folder / "a file", "x")
    folder = give_home(two_users, ".local", "state", "webex-token-tray")
    hot_journal(folder / "journal.sqlite3", names)
    for path in folder.iterdir():
        two_users.give(ATTACKER, path, 0o600)
    environ = (SUDO if sudo else {}) | {"HOME": str(home)}
    said = two_users.run(0, "--config", str(made.config_path), *verb, cwd=home, **environ)
    assert names.exists()
    if verb[0] == "history":
        assert (said.returncode, "belongs to another user" in said.stderr) == (70, True)
    else:
        assert said.returncode in (0, 1), said.stdout + said.stderr


def test_root_s_own_database_is_opened(two_users: Machine, roots: Profile) -> None:
    said = two_users.run(0, "--profile", "x", "history", cwd=Path("/"), **SUDO)
    assert said.returncode == 0, said.stderr
    assert (two_users.home(0) / ".local/state/webex-token-tray/journal.sqlite3").stat().st_size


def planted_link(two_users: Machine, target: Path) -> Path:
    """The other user's link to a folder of root's."""
    link = two_users.home(ATTACKER) / "link"
    link.symlink_to(target)
    os.lchown(link, ATTACKER, ATTACKER)
    return link


def test_a_report_is_not_written_by_way_of_another_user_s_link(
    two_users: Machine, roots: Profile
) -> None:
    target = two_users.home(0)
    link, before = planted_link(two_users, target), sorted(target.iterdir())
    named = ("--config", str(roots.config_path), "report")
    said = two_users.run(0, *named, str(link / "page.html"), cwd=Path("/"))
    assert (said.returncode != 0, "symbolic link of another user" in said.stderr) == (True, True)
    assert sorted(target.iterdir()) == before
    page = two_users.home(ATTACKER) / "page.html"
    said = two_users.run(0, *named, str(page), cwd=Path("/"))
    assert (said.returncode, page.stat().st_mode & 0o777) == (0, 0o600), said.stderr


@pytest.mark.parametrize("what", ["login entry", "unit", "launcher"])
def test_nothing_is_removed_by_way_of_another_user_s_link(two_users: Machine, what: str) -> None:
    target = two_users.home(0) / "target"
    link = planted_link(two_users, target)
    where = {"login entry": ".", "unit": "systemd/user", "launcher": "applications"}[what]
    (target / where).mkdir(parents=True)
    kept = target / where / ("x.service" if what == "unit" else "x.desktop")
    kept.touch()
    entry = {
        "login entry": EntryFile(link / kept.name, []).turn_off,
        "unit": UserUnit("x", {"XDG_CONFIG_HOME": str(link)}).remove,
        "launcher": Launcher("x", "X", [], {"XDG_DATA_HOME": str(link)}).turn_off,
    }[what]
    with pytest.raises(PermissionError, match="symbolic link of another user"):
        entry()
    assert kept.exists()
    os.lchown(link, 0, 0)
    entry()
    assert not kept.exists()
