"""B13: what another user has prepared in the folders of our own files: links, folders, files.

As for root with the home of that user (`su -m`, a sudo that keeps HOME), or an XDG folder that was
made by somebody else first.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.test_b13_env import acting_as
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tray_app.config.approvals import Approvals, Record
from tray_app.config.profiles import ProfileRegistry
from tray_app.desktop.install.autostart import DesktopEntry
from tray_app.model.errors import ConfigError, SecretFileError
from tray_app.secrets.file_store import SecretFile
from tray_app.storage.token_facts import TokenFacts
from tray_app.system import atomic_file, logs, ownership
from tray_app.system.dirs import AppDirs
from tray_app.system.locks import Locks
from tray_app.system.own_folder import NotOurs, own_folder

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home() -> Iterator[Path]:
    """The attacker's; beside it a folder of root's."""
    ownership.this_user(Path("/"), {})  # who acts as another user cannot load what it imports
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        for name, owner in (("home", ATTACKER), ("own", VICTIM), ("etc", 0)):
            (Path(root) / name).mkdir()
            os.chown(Path(root) / name, owner, owner)
        yield Path(root) / "home"
        logs.stop()


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
        logs.start(folders)
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
        logs.start(folders)
        logging.getLogger("tray_app").error("of the attacker")
    assert not target.exists()


def test_a_folder_that_is_a_link_is_not_closed_to_others(home: Path) -> None:
    """`log` led to a folder of root's, which became 0700."""
    folders, etc = AppDirs.under(home), home.parent / "etc"
    etc.chmod(0o755)
    with acting_as(ATTACKER):
        for folder in (folders.state, folders.log, folders.data):
            folder.symlink_to(etc)
    logs.start(folders)
    TokenFacts(folders.journal).close()
    with Locks(folders.locks).hold("app"):
        pass
    with pytest.raises(SecretFileError, match="symbolic link of another user"):
        SecretFile(folders.secrets).set("a", "b", prompt=False)
    assert stat.S_IMODE(etc.stat().st_mode) == 0o755
    assert list(etc.iterdir()) == []


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_a_database_that_is_a_link_makes_no_file(home: Path, user: int) -> None:
    """It is kept in memory."""
    folders = prepared(home)
    folders.journal.symlink_to(home.parent / "etc/made")
    with acting_as(user):
        journal = TokenFacts(folders.journal)
        journal.pause("x", NOW)
        assert journal.paused_until("x") == NOW
        journal.close()
    assert list((home.parent / "etc").iterdir()) == []


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_nor_does_one_in_a_folder_of_one_s_own(home: Path, suffix: str) -> None:
    folders = AppDirs.under(home.parent / "own")
    target = home.parent / "own/elsewhere"
    with acting_as(VICTIM):
        folders.state.mkdir()
        link = folders.journal.with_name(folders.journal.name + suffix)
        link.symlink_to(target)
        TokenFacts(folders.journal).close()
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
            Approvals(home / "config/approvals.json").keep("/x", Record())
        with pytest.raises(ConfigError, match="belongs to another user"):
            ProfileRegistry(home / "config/profiles.json").add("x", Path("/x"))
    assert list((home / "config").iterdir()) == []


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
    logs.start(folders)
    TokenFacts(folders.journal).close()
    with Locks(folders.locks).hold("app"):
        pass
    because = rf"symbolic link of another user \({ATTACKER}\) leads to {etc}"
    with pytest.raises(SecretFileError, match=because):
        SecretFile(folders.secrets).set("a", "b", prompt=False)
    with pytest.raises(ConfigError, match=because):
        Approvals(folders.config / "list/approvals.json").keep("/x", Record())
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
