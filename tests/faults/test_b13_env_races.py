"""B13: another user swaps `.env`, its folder, or the temporary folder while it is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.env_file import EnvFile
from tests.faults.conftest import Measure
from tests.faults.env_scene import (
    NEW,
    A,
    Scene,
    acting_as,
    scene,
    written,
)
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM
from tray_app.model.errors import EnvFileError
from tray_app.model.variables import ACCESS
from tray_app.system import atomic_file, exchange
from tray_app.system.directory_fd import Entry

__all__ = ["BAR", "scene"]

pytestmark = NEEDS_ROOT


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
