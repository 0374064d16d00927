"""B13: another user swaps `.env`. Tokens go only into a file of this user, of root or of who owns
the config, and no other user can read them there."""

from __future__ import annotations

import errno
import os
import stat

import pytest

from tests.env_file import EnvFile
from tests.faults.env_scene import (
    NEW,
    A,
    Scene,
    acting_as,
    config_of,
    scene,
    verify_refused,
    written,
)
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tests.samples import pair
from tests.system.test_file_attributes import DEFAULT, FOR_A_READER, give
from tray_app.model.errors import EnvFileError
from tray_app.model.variables import ACCESS
from tray_app.system import atomic_file
from tray_app.system.dirs import real_path

__all__ = ["BAR", "scene"]

pytestmark = NEEDS_ROOT


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
