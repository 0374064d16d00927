"""B13: what another user has prepared in the folders of our own files: links, folders, files.

As for root with the home of that user (`su -m`, a sudo that keeps HOME), or an XDG folder that was
made by somebody else first.
"""

from __future__ import annotations

import codecs
import logging
import logging.handlers
import os
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.faults.env_scene import acting_as
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tray_app.cli.forget import _remove_shared
from tray_app.config import approvals, profiles
from tray_app.config.approvals import ApprovalRecord, Approvals
from tray_app.config.profiles import ProfileRegistry
from tray_app.desktop.install.autostart import DesktopEntry
from tray_app.model.errors import ConfigError, SecretFileError
from tray_app.secrets import file_store
from tray_app.secrets.file_store import SecretFile
from tray_app.storage import database
from tray_app.storage.token_facts import TokenFacts
from tray_app.system import atomic_file, log, mounts, ownership
from tray_app.system import own_folder as checks
from tray_app.system.dirs import APP, AppDirs
from tray_app.system.locks import Locks, remove_unused
from tray_app.system.own_folder import NotOurs, own_folder
from tray_app.system.single_instance import Instance

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home() -> Iterator[Path]:
    """The attacker's; beside it a folder of root's."""
    ownership.this_user(Path("/"), {})  # who acts as another user cannot load what it imports
    codecs.lookup("utf-8-sig")
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        for name, owner in (("home", ATTACKER), ("own", VICTIM), ("etc", 0)):
            (Path(root) / name).mkdir()
            os.chown(Path(root) / name, owner, owner)
        yield Path(root) / "home"
        log.stop()


def prepared(home: Path) -> AppDirs:
    """All folders are there, of the attacker's and for all."""
    folders = AppDirs.under(home)
    with acting_as(ATTACKER):
        for folder in (folders.state, folders.log, folders.data, folders.locks):
            folder.mkdir()
            folder.chmod(0o777)
    return folders


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_a_log_that_is_a_link_is_not_written_to(home: Path, user: int) -> None:
    """The attacker's text stood in root's `.bashrc`."""
    folders, target = prepared(home), home.parent / "etc/bashrc"
    target.write_text("# root's\n")
    target.chmod(0o666)
    folders.log_file.symlink_to(target)
    with acting_as(user):
        log.start(folders)
        logging.getLogger("tray_app").error("of the attacker")
    assert target.read_text() == "# root's\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o666


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_nor_is_one_in_a_folder_of_one_s_own(home: Path, kind: str) -> None:
    """A FIFO is not waited for."""
    folders, target = AppDirs.under(home.parent / "own"), home.parent / "etc/bashrc"
    with acting_as(VICTIM):
        folders.log.mkdir()
        if kind == "link":
            folders.log_file.symlink_to(target)
        else:
            os.mkfifo(folders.log_file)
        log.start(folders)
        logging.getLogger("tray_app").error("of the attacker")
    assert not target.exists()


def test_a_folder_that_is_a_link_is_not_closed_to_others(home: Path) -> None:
    """`log` led to a folder of root's, which became 0700."""
    folders, etc = AppDirs.under(home), home.parent / "etc"
    etc.chmod(0o755)
    with acting_as(ATTACKER):
        for folder in (folders.state, folders.log, folders.data):
            folder.symlink_to(etc)
    log.start(folders)
    TokenFacts(folders.token_facts).close()
    with Locks(folders.locks).acquire("app"):
        pass
    with pytest.raises(SecretFileError, match="symbolic link of another user"):
        SecretFile(folders.secrets).set("a", "b", prompt=False)
    assert stat.S_IMODE(etc.stat().st_mode) == 0o755
    assert list(etc.iterdir()) == []


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_a_database_that_is_a_link_makes_no_file(home: Path, user: int) -> None:
    """It is kept in memory."""
    folders = prepared(home)
    folders.token_facts.symlink_to(home.parent / "etc/made")
    with acting_as(user):
        token_facts = TokenFacts(folders.token_facts)
        token_facts.pause("x", NOW)
        assert token_facts.paused_until("x") == NOW
        token_facts.close()
    assert list((home.parent / "etc").iterdir()) == []


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_nor_does_one_in_a_folder_of_one_s_own(home: Path, suffix: str) -> None:
    folders = AppDirs.under(home.parent / "own")
    target = home.parent / "own/elsewhere"
    with acting_as(VICTIM):
        folders.state.mkdir()
        link = folders.token_facts.with_name(folders.token_facts.name + suffix)
        link.symlink_to(target)
        TokenFacts(folders.token_facts).close()
    assert not target.exists()
    assert link.is_symlink()


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_secrets_are_not_written_into_a_folder_of_another_user(home: Path, user: int) -> None:
    folders = prepared(home)
    with acting_as(user):
        file = SecretFile(folders.secrets)
        because = rf"belongs to another user \({ATTACKER}\)"
        with pytest.raises(SecretFileError, match=because):
            file.set("a", "b", prompt=False)
        with pytest.raises(SecretFileError, match=because):
            file.reserve("a", 100)
    assert list(folders.data.iterdir()) == []
    assert stat.S_IMODE(folders.data.stat().st_mode) == 0o777


def test_nor_are_lists_of_configs(home: Path) -> None:
    with acting_as(ATTACKER):
        (home / "config").mkdir()
        (home / "config").chmod(0o777)
    with acting_as(VICTIM):
        with pytest.raises(ConfigError, match="belongs to another user"):
            Approvals(home / "config/approvals.json").save("/x", ApprovalRecord())
        with pytest.raises(ConfigError, match="belongs to another user"):
            ProfileRegistry(home / "config/profiles.json").add("x", Path("/x"))
    assert list((home / "config").iterdir()) == []


def test_a_lock_of_another_user_stops_no_tray(home: Path) -> None:
    folder = prepared(home).locks
    config = home.parent / "own/token-config.json"
    with acting_as(ATTACKER):
        theirs = Instance(folder, config)
        lock = theirs.acquire()
        lock.__enter__()
        folder.chmod(0o777)
        theirs.lock_file.chmod(0o666)
    with acting_as(VICTIM):
        ours = Instance(folder, config)
        assert ours.is_running()
        assert not ours.is_busy()
    lock.__exit__(None, None, None)


@pytest.fixture
def shared(home: Path) -> AppDirs:
    """The victim's folders, in one in which the attacker may rename."""
    folders = AppDirs.under(home.parent / "shared/ours")
    folders.config.parent.mkdir()
    folders.config.parent.chmod(0o777)
    os.chown(folders.config.parent, ATTACKER, ATTACKER)
    with acting_as(VICTIM):
        for folder in (folders.config, folders.state, folders.log, folders.data):
            folder.mkdir(mode=0o700)
    return folders


def exchange(folders: AppDirs, kind: str, target: Path) -> None:
    """The attacker puts a folder of his, or a link to one of the victim's, in the place of all."""
    user = os.geteuid()
    os.seteuid(0)
    with acting_as(ATTACKER):
        folders.config.rename(folders.config.with_name("aside"))
        if kind == "a link":
            folders.config.symlink_to(target)
        else:
            for folder in (folders.config, folders.state, folders.log, folders.data):
                folder.mkdir()
                folder.chmod(0o777)
            for file in (folders.token_facts, folders.log_file, folders.secrets):
                if kind == "links":
                    file.symlink_to(target / file.name)
    os.seteuid(user)


def exchanges_after(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, do: Callable[[], None]
) -> None:
    """The folder was checked; the file in it was not opened yet."""

    def checked(path: Path, *, private: bool = True) -> Path:
        own_folder(path, private=private)
        do()
        return path

    monkeypatch.setattr(module, "own_folder", checked)


@pytest.mark.parametrize("kind", ["a link", "a folder", "links"])
@pytest.mark.parametrize("moment", ["after the folder's check", "as SQLite opens it"])
def test_a_state_folder_that_is_exchanged_gets_no_database(
    home: Path, shared: AppDirs, monkeypatch: pytest.MonkeyPatch, kind: str, moment: str
) -> None:
    """SQLite goes by the path: it made a database through a link, readable for all."""
    own = home.parent / "own"
    with acting_as(VICTIM):
        (own / "state").mkdir()

    def swap() -> None:
        if not shared.config.with_name("aside").exists():
            exchange(shared, kind, own)

    if moment == "as SQLite opens it":
        real = sqlite3.connect

        def connect(*args: Any, **options: Any) -> sqlite3.Connection:
            swap()
            opened: sqlite3.Connection = real(*args, **options)
            return opened

        monkeypatch.setattr(sqlite3, "connect", connect)
    else:
        exchanges_after(monkeypatch, database, swap)
    with acting_as(VICTIM):
        facts = TokenFacts(shared.token_facts)
        facts.pause("x", NOW)
        assert facts.paused_until("x") == NOW
        facts.close()
    made = f"{shared.token_facts.name}*"
    found = [*own.rglob(made), *shared.config.rglob(made)]
    assert [path for path in found if not path.is_symlink()] == []


def test_nor_is_one_of_the_attacker_s_believed(
    shared: AppDirs, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """A copy for all, put there as SQLite opens the file: it is closed, and memory stands in."""
    with acting_as(VICTIM):
        planted = TokenFacts(home.parent / "own/planted.sqlite3")
        planted.pause("x", NOW)
        planted.close()
    real = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        if not shared.config.with_name("aside").exists():
            exchange(shared, "a folder", home)
            user = os.geteuid()
            os.seteuid(0)
            shared.token_facts.write_bytes((home.parent / "own/planted.sqlite3").read_bytes())
            shared.token_facts.chmod(0o666)
            os.seteuid(user)
        opened: sqlite3.Connection = real(*args, **options)
        return opened

    monkeypatch.setattr(sqlite3, "connect", connect)
    with acting_as(VICTIM):
        facts = TokenFacts(shared.token_facts)
        assert facts.paused_until("x") is None
        facts.close()


def logged(folders: AppDirs) -> None:
    log.start(folders)
    logging.getLogger("tray_app").error("of the victim")


def kept_secret(folders: AppDirs) -> None:
    with pytest.raises(SecretFileError, match=r"another user|symbolic link"):
        SecretFile(folders.secrets).set("a", "b", prompt=False)


def approved(folders: AppDirs) -> None:
    with pytest.raises(ConfigError, match="another user"):
        Approvals(folders.approvals).save("/x", ApprovalRecord())


def listed(folders: AppDirs) -> None:
    with pytest.raises(ConfigError, match="another user"):
        ProfileRegistry(folders.profiles).add("x", Path("/x"))


@pytest.mark.parametrize("kind", ["a link", "a folder", "links"])
@pytest.mark.parametrize(
    ("module", "write"),
    [
        (checks, logged),  # loaded only where a log is opened
        (file_store, kept_secret),
        (approvals, approved),
        (profiles, listed),
    ],
    ids=["log", "secrets", "approvals", "profiles"],
)
def test_nor_do_log_secrets_and_lists(
    home: Path,
    shared: AppDirs,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    *,
    module: ModuleType,
    write: Callable[[AppDirs], None],
) -> None:
    """Exchanged between the check of the folder and the first byte."""
    own = home.parent / "own"
    with acting_as(VICTIM):
        for name in ("log", "data"):
            (own / name).mkdir()
    exchanges_after(monkeypatch, module, lambda: exchange(shared, kind, own))
    with acting_as(VICTIM):
        write(shared)
    found = [*own.rglob("*"), *shared.config.rglob("*")]
    assert [path for path in found if path.is_file() and path.suffix != ".lock"] == []


def test_a_list_of_profiles_of_another_user_names_none(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lists counts as named: a config of the attacker's would get the tokens. In a
    container it may be the image's."""
    with acting_as(ATTACKER):
        registry = ProfileRegistry(home / "profiles.json")
        registry.add("x", home / "token-config.json")
        (home / "profiles.json").chmod(0o644)
        assert registry.all()
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ())
    with acting_as(VICTIM), pytest.raises(ConfigError, match=rf"another user \({ATTACKER}\)"):
        registry.all()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    with acting_as(VICTIM):
        assert registry.all()


def test_a_state_folder_that_is_a_link_of_one_s_own_works(home: Path) -> None:
    """`~/.local/state` on another disk."""
    own = home.parent / "own"
    with acting_as(VICTIM):
        (own / "disk").mkdir()
        (own / "state").symlink_to("disk")
        assert own_folder(own / "state/webex-token-tray") == own / "state/webex-token-tray"
        assert stat.S_IMODE((own / "disk/webex-token-tray").stat().st_mode) == 0o700
        (own / "disk/webex-token-tray").chmod(0o755)
        own_folder(own / "state/webex-token-tray")
    assert stat.S_IMODE((own / "disk/webex-token-tray").stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["a folder", "one above it", "two links"])
def test_under_sudo_no_link_of_the_caller_leads_into_a_folder_of_root(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The caller counts as this user, and root wrote log, database, locks, secrets and lists
    through links of his."""
    monkeypatch.setenv("SUDO_UID", str(ATTACKER))
    folders, etc = AppDirs.under(home / "ours"), home.parent / "etc"
    etc.chmod(0o755)
    with acting_as(ATTACKER):
        if place == "one above it":
            folders.config.symlink_to(etc)
        else:
            target = etc
            if place == "two links":
                target = home / "between"
                target.symlink_to(etc)
            folders.config.mkdir()
            for folder in (folders.state, folders.log, folders.data, folders.config / "list"):
                folder.symlink_to(target)
    log.start(folders)
    TokenFacts(folders.token_facts).close()
    with Locks(folders.locks).acquire("app"):
        pass
    because = rf"symbolic link of another user \({ATTACKER}\) leads to {etc}"
    with pytest.raises(SecretFileError, match=because):
        SecretFile(folders.secrets).set("a", "b", prompt=False)
    with pytest.raises(ConfigError, match=because):
        Approvals(folders.config / "list/approvals.json").save("/x", ApprovalRecord())
    with pytest.raises(ConfigError, match=because):
        ProfileRegistry(folders.config / "list/profiles.json").add("x", Path("/x"))
    assert stat.S_IMODE(etc.stat().st_mode) == 0o755
    assert list(etc.iterdir()) == []


def test_nor_does_one_lead_an_entry_for_login_or_a_unit_to_a_file_of_root(home: Path) -> None:
    target = home.parent / "etc/profile"
    target.write_text("# root's\n")
    with acting_as(ATTACKER):
        for name in ("ours.service", "ours.desktop"):
            (home / name).symlink_to(target)
    because = rf"symbolic link of another user \({ATTACKER}\)"
    with pytest.raises(OSError, match=because):
        atomic_file.replace(home / "ours.service", b"x", was=b"# root's\n")
    with pytest.raises(OSError, match=because):
        DesktopEntry(home / "ours.desktop", ["/x"]).turn_on()
    assert target.read_text() == "# root's\n"
    assert [path.name for path in target.parent.iterdir()] == ["profile"]


@pytest.mark.parametrize("sudo", [True, False])
def test_nothing_is_removed_through_a_link_of_another_user(
    home: Path, monkeypatch: pytest.MonkeyPatch, *, sudo: bool
) -> None:
    """`forget` removed every file of a folder of root's as one of locks."""
    if sudo:
        monkeypatch.setenv("SUDO_UID", str(ATTACKER))
    etc = home.parent / "etc"
    (etc / "passwd").write_text("")
    (etc / "x.lock").write_text("")
    with acting_as(ATTACKER):
        (home / "locks").symlink_to(etc)
    with pytest.raises(NotOurs, match="symbolic link"):
        remove_unused(home / "locks")
    assert {path.name for path in etc.iterdir()} == {"passwd", "x.lock"}


def test_forget_removes_no_empty_folder_through_a_link_of_another_user(home: Path) -> None:
    etc = home.parent / "etc"
    (etc / APP).mkdir()
    with acting_as(ATTACKER):
        (home / "local").symlink_to(etc)
    place = home / "local" / APP
    folders = AppDirs(home / "config", place, place, place)
    assert list(_remove_shared(folders)) != []
    assert (etc / APP).is_dir()


def test_no_folder_for_an_entry_is_made_through_a_link_of_another_user(home: Path) -> None:
    """`autostart on` as root: `~/.config` led to a folder of root's."""
    with acting_as(ATTACKER):
        (home / "config").symlink_to(home.parent / "etc")
    with pytest.raises(OSError, match="symbolic link of another user"):
        DesktopEntry(home / "config/autostart/ours.desktop", ["/x"]).turn_on()
    assert list((home.parent / "etc").iterdir()) == []


def test_under_sudo_a_link_of_the_caller_to_a_folder_of_his_works(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`~/.local/state` on another disk, also once root has made our folder there."""
    monkeypatch.setenv("SUDO_UID", str(VICTIM))
    own = home.parent / "own"
    with acting_as(VICTIM):
        (own / "disk").mkdir()
        (own / "state").symlink_to(own / "disk")
    for _ in range(2):
        own_folder(own / "state/webex-token-tray/log")
    assert (own / "disk/webex-token-tray/log").is_dir()


def test_under_sudo_the_caller_s_folders_are_fine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", str(VICTIM))
    own_folder(home.parent / "own")
    monkeypatch.delenv("SUDO_UID")
    with pytest.raises(NotOurs):
        own_folder(home.parent / "own")
