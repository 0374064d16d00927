"""B13: another user swaps `.env`. Tokens go only into a file of this user, of root or of who owns
the config, and no other user can read them there."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.conftest import Measure
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tests.samples import pair
from tests.system.test_file_attributes import DEFAULT, FOR_A_READER, give
from tray_app.model.errors import EnvFileError
from tray_app.model.ownership import Kind, Ownership
from tray_app.model.variables import ACCESS
from tray_app.storage.env_file import EnvFile
from tray_app.system import atomic_file, exchange, ownership
from tray_app.system.directory_fd import Entry
from tray_app.system.dirs import real_path

__all__ = ["BAR"]

NEW = pair("nw")
A = NEW.access.reveal().encode()

pytestmark = NEEDS_ROOT


@contextmanager
def acting_as(user: int) -> Iterator[None]:
    """What is done in here is that user's doing; nothing is left of root's rights."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


class Scene(NamedTuple):
    """`shared`: a folder of the attacker's that anybody may write to; `home`: the victim's."""

    shared: Path
    home: Path

    @property
    def env(self) -> Path:
        return self.shared / ".env"

    def tokens_seen(self) -> list[Path]:
        """The files in which the attacker can read the new token, wherever they lie."""
        with acting_as(ATTACKER):
            return [path for path in self.shared.parent.rglob("*") if A in readable(path)]


def readable(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def config_of(user: int, path: Path = Path("/nowhere/token-config.json")) -> Ownership:
    """The ownership of a config of this user."""
    return Ownership(str(path), Kind.FILE, user, user, 0o600)


@pytest.fixture
def scene() -> Iterator[Scene]:
    ownership.this_user(Path("/"), {})  # who acts as another user cannot load what it imports
    # Not the test's own folder, which no other user may enter.
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        made = Scene(Path(root) / "shared", Path(root) / "home")
        for folder, owner, mode in ((made.shared, ATTACKER, 0o777), (made.home, VICTIM, 0o755)):
            folder.mkdir()
            folder.chmod(mode)
            os.chown(folder, owner, owner)
        yield made


def written(user: int, path: Path, content: bytes, mode: int = 0o644) -> Path:
    with acting_as(user):
        path.write_bytes(content)
        path.chmod(mode)
    return path


def verify_refused(scene: Scene, because: str, *, user: int = VICTIM) -> None:
    """One sentence with the file, the cause and what helps; no token anywhere."""
    with acting_as(user), pytest.raises(EnvFileError, match=because) as caught:
        EnvFile(scene.env).write(NEW)
    assert str(scene.env) in str(caught.value)
    with acting_as(user), pytest.raises(EnvFileError, match=because):
        EnvFile(scene.env).reserve()
    assert not [path for path in scene.shared.parent.rglob("*") if A in readable(path)]
    assert not list(scene.shared.glob(".webex-token-tray*"))


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
@pytest.mark.parametrize("content", [b"", b"X=1\n", ACCESS.encode() + b"=old\n"])
def test_a_file_of_another_user_gets_no_token(
    scene: Scene, mode: int, user: int, content: bytes
) -> None:
    """Root gave the new file to the attacker, who owned the old one."""
    written(ATTACKER, scene.env, content, mode)
    because = (
        f"belongs to user {ATTACKER}" if user == 0 or mode != 0o600 else "cannot be read: Perm"
    )
    verify_refused(scene, because, user=user)


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_a_link_to_a_file_of_another_user_gets_no_token(scene: Scene, user: int) -> None:
    """Whatever it is called."""
    written(ATTACKER, scene.shared / "caught.env", b"X=1\n", 0o666)
    scene.env.symlink_to("caught.env")
    os.chown(scene.env, user, user, follow_symlinks=False)
    verify_refused(scene, f"caught.env belongs to user {ATTACKER}", user=user)


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
@pytest.mark.parametrize("via", ["the file", "its folder"])
def test_a_link_to_another_file_of_the_victim_gets_no_token(
    scene: Scene, user: int, via: str
) -> None:
    """`notes.txt`, which others read, had the tokens appended."""
    written(user, scene.home / "notes.txt", b"see you\n")
    path = scene.shared / "work" / "notes.txt"
    with acting_as(ATTACKER):
        if via == "the file":
            path.parent.mkdir()
            path.symlink_to(scene.home / "notes.txt")
        else:
            path.parent.symlink_to(scene.home)
    with (
        acting_as(user),
        pytest.raises(EnvFileError, match=r"symbolic link .* leads to .*notes\.txt"),
    ):
        EnvFile(path).write(NEW)
    assert (scene.home / "notes.txt").read_bytes() == b"see you\n"


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
@pytest.mark.parametrize("target", ["empty", "with our names", "missing"])
def test_a_link_of_the_attacker_s_is_not_followed(scene: Scene, user: int, target: str) -> None:
    """`.env` led to an `__init__.py` of the victim's, which everybody may read."""
    module = scene.home / "__init__.py"
    if target != "missing":
        written(user, module, f"{ACCESS}=\n".encode() if target == "with our names" else b"")
    with acting_as(ATTACKER):
        scene.env.symlink_to(module)
    verify_refused(scene, rf"a symbolic link of another user \({ATTACKER}\)", user=user)


@pytest.mark.parametrize("known_as", ["the caller of sudo", "the config's owner"])
@pytest.mark.parametrize("target", ["a file", "no file", "a folder", "a link of root"])
def test_root_follows_no_link_of_another_user_to_a_file_of_root(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, known_as: str, target: str
) -> None:
    """Who called sudo, or owns the config, may have his tokens in his own files: root wrote them
    into `/etc/app/.env`, and gave it the modes of a file of tokens."""
    if known_as == "the caller of sudo":
        monkeypatch.setenv("SUDO_UID", str(ATTACKER))
    os.chown(scene.home, 0, 0)
    etc = scene.home / ".env"
    if target != "no file":
        written(0, etc, b"")
    if target == "a link of root":
        (scene.home / "link").symlink_to(etc)
    path = scene.env
    with acting_as(ATTACKER):
        if target == "a folder":
            (scene.shared / "work").symlink_to(scene.home)
            path = scene.shared / "work/.env"
        else:
            scene.env.symlink_to(scene.home / "link" if target == "a link of root" else etc)
    env = EnvFile(path, config_of(ATTACKER) if known_as == "the config's owner" else None)
    because = rf"symbolic link of another user \({ATTACKER}\) leads to {etc}, which is not"
    with pytest.raises(EnvFileError, match=because):
        env.write(NEW)
    with pytest.raises(EnvFileError, match=because):
        env.reserve()
    assert "; remove the link, or name where it leads" in env.refusal()
    assert all(path.read_bytes() == b"" for path in scene.home.iterdir())


@pytest.mark.parametrize("target", ["a file", "no file", "a folder"])
def test_root_follows_one_to_a_file_of_the_same_user(scene: Scene, target: str) -> None:
    """Root's cron for a config of another user, whose `.env` is a link to a file of that user."""
    if target != "no file":
        written(VICTIM, scene.home / "other.env", b"X=1\n", 0o600)
    path = scene.home / ".env"
    with acting_as(VICTIM):
        if target == "a folder":
            (scene.home / "link").symlink_to(scene.home)
            path = scene.home / "link/other.env"
        else:
            path.symlink_to("other.env")
    EnvFile(path, config_of(VICTIM)).write(pair("xy"))
    EnvFile(path, config_of(VICTIM)).write(NEW)
    assert A in (scene.home / "other.env").read_bytes()


@pytest.mark.parametrize("content", [b"", f"{ACCESS}=your-token\n".encode()])
def test_a_link_of_the_victim_s_own_that_was_moved_there_shows_no_token(
    scene: Scene, content: bytes
) -> None:
    written(VICTIM, scene.home / "settings", content)
    with acting_as(VICTIM):
        (scene.shared / "link").symlink_to(scene.home / "settings")
    with acting_as(ATTACKER):
        (scene.shared / "link").rename(scene.env)
    with acting_as(VICTIM):
        EnvFile(scene.env).write(NEW)
    assert stat.S_IMODE((scene.home / "settings").stat().st_mode) == 0o600
    assert scene.tokens_seen() == []


@pytest.mark.parametrize("link_owner", [VICTIM, 0])
def test_a_folder_of_the_victim_s_own_that_is_a_link_is_followed(
    scene: Scene, link_owner: int
) -> None:
    """`/home -> /usr/home` is no attack."""
    written(VICTIM, scene.home / "settings", b"X=1\n", 0o600)
    with acting_as(link_owner):
        (scene.shared / "work").symlink_to(scene.home)
    with acting_as(VICTIM):
        EnvFile(scene.shared / "work/settings").write(NEW)
    assert A in (scene.home / "settings").read_bytes()


# --- between check and write --------------------------------------------------------------------


def foreign_file(scene: Scene) -> None:
    (scene.shared / "new").write_bytes(b"X=1\n")
    (scene.shared / "new").chmod(0o666)
    (scene.shared / "new").rename(scene.env)


def link_to_the_victim(scene: Scene) -> None:
    scene.env.unlink()
    scene.env.symlink_to(scene.home / "notes.txt")


def link_to_a_foreign_file(scene: Scene) -> None:
    (scene.shared / "caught").write_bytes(b"X=1\n")
    (scene.shared / "caught").chmod(0o666)
    scene.env.unlink()
    scene.env.symlink_to("caught")


def a_folder(scene: Scene) -> None:
    scene.env.unlink()
    scene.env.mkdir()


def the_folder_above(scene: Scene) -> None:
    scene.shared.rename(scene.shared.with_name("aside"))
    scene.shared.symlink_to(scene.home)


SWAPS = (foreign_file, link_to_the_victim, link_to_a_foreign_file, a_folder, the_folder_above)


def at_fsync(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """The new file is there, and was judged once."""
    real = os.fsync

    def fsync(handle: int) -> None:
        do()
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


def at_exchange(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """The last look is over."""
    real = exchange.swap

    def swap(one: Entry, other: Entry) -> None:
        do()
        real(one, other)

    monkeypatch.setattr(exchange, "swap", swap)


def at_rename(monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
    """The same where files cannot be exchanged."""
    real = Entry.replace

    def swap(one: Entry, other: Entry) -> None:
        raise exchange.CannotExchange

    def replace(entry: Entry, other: Entry) -> None:
        do()
        real(entry, other)

    monkeypatch.setattr(exchange, "swap", swap)
    monkeypatch.setattr(Entry, "replace", replace)


@pytest.mark.parametrize("moment", [at_fsync, at_exchange, at_rename])
@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_a_swap_between_check_and_write_leads_no_token_elsewhere(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    figure: Measure,
    swap: Callable[[Scene], None],
    moment: Callable[[pytest.MonkeyPatch, Callable[[], None]], None],
    *,
    user: int,
) -> None:
    """Written into the folder that was opened or refused: the attacker reads no token, and no other
    file of the victim has one."""
    notes = written(VICTIM, scene.home / "notes.txt", b"see you\n")
    written(user, scene.env, b"X=1\n")
    swapped: list[bool] = []

    def once() -> None:
        if not swapped:
            swapped.append(True)
            os.seteuid(0)
            with acting_as(0):  # the scene's parent is root's; what counts is who owns what
                swap(scene)
                for path in (scene.env, scene.shared / "caught"):
                    if path.exists() or path.is_symlink():
                        os.chown(path, ATTACKER, ATTACKER, follow_symlinks=False)
            os.seteuid(user)

    with acting_as(user):
        moment(monkeypatch, once)
        with suppress(EnvFileError):
            EnvFile(scene.env).write(NEW)
    assert swapped
    seen = scene.tokens_seen()
    figure("tokens of .env read by another user", len(seen))
    assert seen == []
    assert notes.read_bytes() == b"see you\n"
    assert not [path for path in scene.home.iterdir() if path != notes]


# --- the folder of the next version ---------------------------------------------------------------


def a_folder_of_the_attacker(scene: Scene, name: str) -> None:
    with acting_as(ATTACKER):
        (scene.shared / name).rename(scene.shared / "old")
        (scene.shared / name).mkdir()
        (scene.shared / name).chmod(0o777)
    written(ATTACKER, scene.shared / name / ".env", b"", 0o666)


def an_empty_folder_of_the_attacker(scene: Scene, name: str) -> None:
    a_folder_of_the_attacker(scene, name)
    (scene.shared / name / ".env").unlink()


def a_folder_of_the_victim(scene: Scene, name: str) -> None:
    """For all, with a file for all of the attacker's."""
    with acting_as(ATTACKER):
        (scene.shared / name).rename(scene.shared / "old")
    with acting_as(VICTIM):
        (scene.shared / name).mkdir()
        (scene.shared / name).chmod(0o777)
    written(ATTACKER, scene.shared / name / ".env", b"", 0o666)


def a_link_to_a_folder(scene: Scene, name: str) -> None:
    with acting_as(ATTACKER):
        (scene.shared / name).rename(scene.shared / "old")
        (scene.shared / "caught").mkdir()
        (scene.shared / "caught").chmod(0o777)
        (scene.shared / name).symlink_to("caught")


EXCHANGES = (
    a_folder_of_the_attacker,
    an_empty_folder_of_the_attacker,
    a_folder_of_the_victim,
    a_link_to_a_folder,
)


def after_mkdir(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, do: Callable[[Scene, str], None], most: int
) -> list[str]:
    """Exchange so many temporary folders as soon as they are made; returns their names."""
    real, done = Entry.mkdir, list[str]()

    def mkdir(entry: Entry) -> None:
        real(entry)
        if len(done) < most:
            done.append(entry.name)
            user = os.geteuid()
            os.seteuid(0)
            for name in ("old", "caught"):
                if (scene.shared / name).exists():
                    (scene.shared / name).rmdir()
            do(scene, entry.name)
            os.setegid(user)
            os.seteuid(user)

    monkeypatch.setattr(Entry, "mkdir", mkdir)
    return done


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
@pytest.mark.parametrize("exchange_it", EXCHANGES)
def test_a_temporary_folder_that_was_exchanged_catches_no_token(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    figure: Measure,
    exchange_it: Callable[[Scene, str], None],
    *,
    user: int,
) -> None:
    """Right after mkdir; the renewal goes on in a new one."""
    written(user, scene.env, f"{ACCESS}=old\n".encode(), 0o600)
    done = after_mkdir(monkeypatch, scene, exchange_it, 1)
    with acting_as(user):
        env = EnvFile(scene.env)
        env.reserve()
        env.write(NEW)
    assert done
    assert A in scene.env.read_bytes()
    seen = scene.tokens_seen()
    figure("tokens of .env read by another user", len(seen))
    assert seen == []


@pytest.mark.parametrize("exchange_it", EXCHANGES)
def test_one_that_is_exchanged_each_time_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, exchange_it: Callable[[Scene, str], None]
) -> None:
    written(VICTIM, scene.env, f"{ACCESS}=old\n".encode(), 0o600)
    after_mkdir(monkeypatch, scene, exchange_it, 2)
    with acting_as(VICTIM), pytest.raises(EnvFileError, match="another user replaces what"):
        EnvFile(scene.env).write(NEW)
    with acting_as(VICTIM):
        EnvFile(scene.env).write(NEW)  # what the attacker has left there is in nobody's way
    assert A in scene.env.read_bytes()
    assert scene.tokens_seen() == []


def test_a_folder_that_was_exchanged_during_a_reservation_is_no_failure(scene: Scene) -> None:
    """`Directory not empty`, and the tokens counted as not written."""
    written(VICTIM, scene.env, f"{ACCESS}=old\n".encode(), 0o600)
    with acting_as(VICTIM):
        env = EnvFile(scene.env)
        env.reserve()
    (folder,) = scene.shared.glob(".webex-token-tray.*")
    a_folder_of_the_attacker(scene, folder.name)
    with acting_as(VICTIM):
        env.write(NEW)
    assert A in scene.env.read_bytes()
    assert scene.tokens_seen() == []


def test_a_umask_that_takes_all_rights_leaves_nothing(scene: Scene) -> None:
    """The tokens were not written, and an empty folder stayed each time."""
    with acting_as(VICTIM):
        before = os.umask(0o777)
        try:
            env = EnvFile(scene.home / ".env")
            env.reserve()
            env.write(NEW)
        finally:
            os.umask(before)
    assert A in (scene.home / ".env").read_bytes()
    assert list(scene.home.iterdir()) == [scene.home / ".env"]
    assert stat.S_IMODE((scene.home / ".env").stat().st_mode) == 0o600


# --- what stays as it was -----------------------------------------------------------------------


def test_a_file_of_the_config_s_owner_is_written_by_root(scene: Scene) -> None:
    """`docker run -v $PWD:/work`, root's cron: it stays the owner's."""
    written(VICTIM, scene.home / ".env", b"X=1\n", 0o600)
    EnvFile(scene.home / ".env", config_of(VICTIM)).write(NEW)
    state = (scene.home / ".env").stat()
    assert (state.st_uid, stat.S_IMODE(state.st_mode)) == (VICTIM, 0o600)


def test_under_sudo_the_caller_counts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only for root: anybody can set a variable."""
    written(VICTIM, scene.home / ".env", b"X=1\n", 0o600)
    monkeypatch.setenv("SUDO_UID", str(VICTIM))
    EnvFile(scene.home / ".env").write(NEW)
    (scene.home / ".env").unlink()
    written(ATTACKER, scene.env, b"", 0o666)
    monkeypatch.setenv("SUDO_UID", str(ATTACKER))
    verify_refused(scene, f"belongs to user {ATTACKER}")


def test_a_file_of_root_is_written_by_a_user_whose_folder_it_is(scene: Scene) -> None:
    """As left by one run under sudo."""
    written(0, scene.home / ".env", b"X=1\n", 0o644)
    with acting_as(VICTIM):
        EnvFile(scene.home / ".env").write(NEW)
    assert A in (scene.home / ".env").read_bytes()


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_in_a_folder_for_all_a_new_file_is_made_for_this_user_alone(
    scene: Scene, mode: int
) -> None:
    """`/tmp/x/.env` of a container."""
    scene.shared.chmod(mode)
    os.chown(scene.shared, 0, 0)
    with acting_as(VICTIM):
        EnvFile(scene.env).write(NEW)
    assert stat.S_IMODE(scene.env.stat().st_mode) == 0o600
    assert scene.tokens_seen() == []


@pytest.mark.parametrize("content", [b"for all\n", f"{ACCESS}=your-token\n".encode()])
@pytest.mark.parametrize("who_may_rename", ["anybody", "a group", "the folder's owner", "above"])
def test_a_file_of_the_victim_s_own_that_was_moved_there_shows_no_token(
    scene: Scene, content: bytes, who_may_rename: str
) -> None:
    """`env.example`, which anybody may read; also with our variable in it."""
    written(VICTIM, scene.shared / "readme", content, 0o644)
    if who_may_rename != "anybody":
        scene.shared.chmod(0o755 if who_may_rename == "above" else 0o775)
        by_owner = who_may_rename == "the folder's owner"
        os.chown(scene.shared, *((ATTACKER, VICTIM) if by_owner else (VICTIM, ATTACKER)))
    if who_may_rename == "above":
        scene.shared.parent.chmod(0o777)
    (scene.shared / "readme").rename(scene.env)
    with acting_as(VICTIM):
        env = EnvFile(scene.env, is_current=lambda token: token == NEW.access)
        env.write(NEW)
    assert scene.tokens_seen() == []
    (notices,) = env.drain_notices()
    assert "can be read by its owner alone now" in notices
    with acting_as(VICTIM):
        scene.env.chmod(0o644)  # as the victim wants it
        env.write(pair("xy"))
        assert env.drain_notices() == ()
    assert stat.S_IMODE(scene.env.stat().st_mode) == 0o644


def test_a_file_for_a_web_server_s_group_stays_readable(scene: Scene) -> None:
    """In a folder that only its owner may write; and anywhere once it holds the current token."""
    os.chown(scene.shared, VICTIM, ATTACKER)
    scene.shared.chmod(0o750)
    written(VICTIM, scene.env, f"{ACCESS}=old\n".encode(), 0o640)
    with acting_as(VICTIM):
        EnvFile(scene.env).write(NEW)
    assert stat.S_IMODE(scene.env.stat().st_mode) == 0o640
    scene.shared.chmod(0o770)
    with acting_as(VICTIM):
        env = EnvFile(scene.env, is_current=lambda token: token == NEW.access)
        env.write(pair("xy"))
        assert env.drain_notices() == ()
    assert stat.S_IMODE(scene.env.stat().st_mode) == 0o640


def test_a_group_that_may_not_read_it_reads_no_new_one(scene: Scene) -> None:
    """0604: the victim is not in that group and cannot set it, so its members became others."""
    written(VICTIM, scene.home / ".env", b"X=1\n")
    os.chown(scene.home / ".env", VICTIM, ATTACKER)
    (scene.home / ".env").chmod(0o604)
    with acting_as(VICTIM):
        EnvFile(scene.home / ".env").write(NEW)
    with acting_as(ATTACKER), pytest.raises(PermissionError):
        (scene.home / ".env").read_bytes()


def test_a_list_of_the_attacker_s_folder_is_not_taken_over(scene: Scene) -> None:
    """Masked in a new file, it would let the attacker in after a chmod for the group."""
    give(scene.shared, DEFAULT, FOR_A_READER)
    with acting_as(VICTIM):
        EnvFile(scene.env).write(NEW)
    assert os.listxattr(scene.env) == []
    assert stat.S_IMODE(scene.env.stat().st_mode) == 0o600


def test_a_link_of_an_attacker_beside_it_is_no_leftover(scene: Scene) -> None:
    """What a start clears away is never another folder of the victim's."""
    written(VICTIM, scene.home / ".env", b"X=1\n", 0o600)
    with acting_as(ATTACKER):
        (scene.shared / ".webex-token-tray.1234abcd").symlink_to(scene.home)
    with acting_as(VICTIM):
        atomic_file.sweep(scene.env)
    assert (scene.home / ".env").exists()


def test_a_link_that_is_replaced_while_it_is_resolved_is_no_crash(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`os.path.realpath` raised a bare OSError: EINVAL from readlink."""
    (scene.shared / "link").symlink_to(scene.home)

    def readlink(*_: object, **__: object) -> str:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "readlink", readlink)
    with pytest.raises(OSError, match="Invalid argument"):
        os.path.realpath(scene.shared / "link/.env")
    assert real_path(scene.shared / "link/.env") == scene.shared / "link/.env"
    with pytest.raises(EnvFileError, match="cannot be written: Invalid argument"):
        EnvFile(scene.shared / "link/.env").write(NEW)


@pytest.mark.parametrize("user", [VICTIM, 0], ids=["a user", "root"])
def test_nor_is_a_folder_of_the_victim_s_that_was_renamed(scene: Scene, user: int) -> None:
    """Its `.env` was removed. What a killed run has left there goes all the same."""
    with acting_as(user):
        (scene.shared / "project").mkdir(mode=0o700)
    written(user, scene.shared / "project/.env", b"X=1\n", 0o600)
    renamed = scene.shared / ".webex-token-tray.1234abcd"
    with acting_as(ATTACKER):
        (scene.shared / "project").rename(renamed)
    with acting_as(user):
        killed = atomic_file.Replacement(scene.env)
        os.close(killed._folder._opened.handle or -1)
        assert len(list(scene.shared.iterdir())) == 2
        atomic_file.sweep(scene.env)
    assert list(scene.shared.iterdir()) == [renamed]
    assert (renamed / ".env").read_bytes() == b"X=1\n"


@pytest.mark.parametrize("exchange_it", [a_folder_of_the_attacker, a_folder_of_the_victim])
def test_nor_does_it_catch_a_secret_of_the_secrets_file(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, exchange_it: Callable[[Scene, str], None]
) -> None:
    """A data folder below one that another user may rename in."""
    after_mkdir(monkeypatch, scene, exchange_it, 1)
    os.chown(scene.shared, VICTIM, VICTIM)
    with acting_as(VICTIM):
        replacement = atomic_file.Replacement(scene.shared / "secrets.json")
        with replacement:
            replacement.reserve(100)
            replacement.commit(A, was=None)
    assert (scene.shared / "secrets.json").read_bytes() == A
    assert scene.tokens_seen() == []
