"""Locks: one process renews a credential at a time, and a dead one blocks none."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import threading
import time
from pathlib import Path

import filelock
import pytest

from tests.e2e.program import Program
from tray_app.model.errors import Busy
from tray_app.system.file_probe import is_locked
from tray_app.system.locks import Locks, lock_folder, remove_unused

SCOPE = ("app", "webexapis.com", "app-id", "org-id")

HOLDS = f"""
import sys, time
from pathlib import Path
from tray_app.system.locks import Locks
with Locks(Path(sys.argv[1])).acquire(*{SCOPE!r}):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "locks"


def is_free(folder: Path, *scope: str) -> bool:
    try:
        with Locks(folder, timeout=0).acquire(*scope):
            return True
    except Busy:
        return False


@pytest.mark.process
def test_another_process_is_kept_out_until_its_death(folder: Path) -> None:
    """Even by SIGKILL: the lock is the system's, not a file that must be removed."""
    with Program([sys.executable, "-c", HOLDS, str(folder)], os.environ) as program:
        program.expect("held")
        assert not is_free(folder, *SCOPE)
        with pytest.raises(Busy, match="another process is renewing this token"):
            Locks(folder, timeout=0.05).acquire(*SCOPE).__enter__()
        assert is_free(folder, "app", "webexapis.com", "app-id", "another-org")
        assert is_free(folder, "integration", "webexapis.com", "client")
        program.kill()
        program.wait()
        assert is_free(folder, *SCOPE)


def test_a_waiting_process_gets_the_lock_when_it_is_free(folder: Path) -> None:
    """Within its timeout."""
    first, got = Locks(folder), threading.Event()

    def wait() -> None:
        with Locks(folder, timeout=60).acquire(*SCOPE):
            got.set()

    with first.acquire(*SCOPE):
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not got.wait(0.05)
    assert got.wait(60)
    waiting.join()


def test_it_is_busy_after_the_timeout(folder: Path) -> None:
    """Not before, and not much later."""
    with Locks(folder).acquire(*SCOPE):
        began = time.monotonic()
        with pytest.raises(Busy), Locks(folder, timeout=0.2).acquire(*SCOPE):
            pass
        assert 0.2 <= time.monotonic() - began < 8


def test_two_threads_exclude_each_other_as_processes_do(folder: Path) -> None:
    """With one and the same object."""
    locks, inside, most = Locks(folder), [0], [0]

    def work() -> None:
        for _ in range(5):
            with locks.acquire(*SCOPE):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.001)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_an_error_inside_gives_the_lock_back(folder: Path) -> None:
    """And comes through as it is."""
    with pytest.raises(ZeroDivisionError), Locks(folder).acquire(*SCOPE):
        raise ZeroDivisionError
    assert is_free(folder, *SCOPE)


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
def test_folder_and_files_are_for_this_user_alone(folder: Path) -> None:
    """And the names tell nothing but the kind."""
    with Locks(folder).acquire(*SCOPE):
        (file,) = folder.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.name.startswith("app-")
        assert "org-id" not in file.name


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("target", ["there", "missing"])
def test_a_lock_that_is_a_link_is_not_followed(
    folder: Path, tmp_path: Path, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is made, emptied or locked where it leads; one sentence says what to remove, and the
    token is renewed without a lock."""
    with Locks(folder).acquire(*SCOPE):
        (lock,) = folder.iterdir()
    lock.unlink()
    elsewhere = tmp_path / "elsewhere"
    if target == "there":
        elsewhere.write_text("of somebody")
        elsewhere.chmod(0o644)
    lock.symlink_to(elsewhere)
    done = []
    with Locks(folder, timeout=0).acquire(*SCOPE), Locks(folder, timeout=0).acquire(*SCOPE):
        done.append("renewed")
    assert done == ["renewed"]
    said = f"going on without a lock: {lock} is a symbolic link, which is not followed; remove it"
    assert caplog.messages == [said] * 2
    assert lock.is_symlink()
    if target == "there":
        assert elsewhere.read_text() == "of somebody"
        assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
    else:
        assert not elsewhere.exists()


@pytest.mark.parametrize("obstacle", ["file", "flock"])
def test_where_no_lock_can_be_made_the_token_is_renewed_all_the_same(
    folder: Path,
    obstacle: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No home, a full disk, a file system without locks: told in the log, and gone on."""
    if obstacle == "file":
        folder.write_text("in the way")
    else:

        def unsupported(*_: object) -> None:
            raise NotImplementedError("FileSystem does not appear to support flock")

        monkeypatch.setattr("filelock.FileLock.acquire", unsupported)
    done = []
    with Locks(folder).acquire(*SCOPE):
        done.append("renewed")
    assert done == ["renewed"]
    assert "going on without a lock" in caplog.text


def test_locks_are_removed_together_or_not_at_all(folder: Path) -> None:
    """And with them a tray's socket and note, but no file of the user's."""
    with Locks(folder).acquire("one"), Locks(folder).acquire("two"):
        pass
    elsewhere = folder.parent / "elsewhere"
    elsewhere.write_text("")
    (folder / f"link-{'0' * 32}.lock").symlink_to(elsewhere)
    (folder / f"{'a' * 16}.keeper").write_text("")
    (folder / f"{'a' * 16}.door").write_text("")
    (folder / "sub").mkdir()
    (folder / "own.lock").write_text("")
    before = sorted(folder.iterdir())
    with Locks(folder).acquire("two"):
        assert not remove_unused(folder)
    assert sorted(folder.iterdir()) == before
    assert remove_unused(folder)
    assert sorted(folder.iterdir()) == [folder / "own.lock", folder / "sub"]
    assert elsewhere.exists()
    (folder / "sub").rmdir()
    (folder / "own.lock").unlink()
    assert remove_unused(folder)
    assert not folder.exists()
    assert remove_unused(folder), "nothing there is no fault"


@pytest.mark.posix
def test_nothing_is_removed_through_a_link(folder: Path) -> None:
    """`forget` emptied the folder that a link named `locks` led to."""
    with Locks(folder).acquire("one"):
        pass
    before = list(folder.iterdir())
    link = folder.parent / "link"
    link.symlink_to(folder)
    with pytest.raises(OSError, match="through one"):
        remove_unused(link)
    assert list(folder.iterdir()) == before


@pytest.mark.posix
def test_a_process_that_waits_for_a_lock_that_is_removed_is_alone_all_the_same(
    folder: Path,
) -> None:
    """It would hold a file that no other process finds, while another one creates it again."""
    waiting, got, over = threading.Event(), threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        with Locks(folder).acquire(*SCOPE):
            got.set()
            assert over.wait(10)

    waiter = threading.Thread(target=wait)
    with Locks(folder).acquire(*SCOPE):
        waiter.start()
        assert waiting.wait(60)
        for path in folder.glob("*.lock"):  # as `remove_unused` does, with the lock held
            path.unlink()
    assert got.wait(60)
    assert not is_free(folder, *SCOPE)
    over.set()
    waiter.join(60)


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be moved on Windows")
@pytest.mark.parametrize("how", ["moved", "removed"])
def test_a_lock_whose_file_has_gone_while_it_was_taken_is_taken_anew(
    folder: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another process would lock the file that is made in its place."""
    real, gone = filelock.FileLock.acquire, list[bool]()

    def acquire(lock: filelock.FileLock) -> None:
        real(lock)
        if not gone:
            gone.append(True)
            if how == "moved":
                Path(lock.lock_file).rename(f"{lock.lock_file}.old")
            else:
                Path(lock.lock_file).unlink()

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with Locks(folder).acquire(*SCOPE):
        assert is_locked(str(Locks(folder).path(*SCOPE)))


@pytest.mark.posix
def test_who_shares_the_secrets_waits_whatever_the_folder_of_locks(tmp_path: Path) -> None:
    """As cron with another XDG_STATE_HOME; or a folder of locks that is deleted meanwhile."""
    data = tmp_path / "data"
    ours, theirs = (Locks(tmp_path / name, 0, also_in=lambda: data) for name in ("a", "b"))
    with ours.acquire(*SCOPE):
        with pytest.raises(Busy), theirs.acquire(*SCOPE):
            pass
        shutil.rmtree(tmp_path / "a")
        with pytest.raises(Busy), ours.acquire(*SCOPE):
            pass
    with theirs.acquire(*SCOPE), ours.acquire("another"):
        pass


def test_a_lock_beside_that_is_held_gives_the_first_one_back(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Locks(data).acquire(*SCOPE), pytest.raises(Busy):
        Locks(tmp_path / "a", 0, also_in=lambda: data).acquire(*SCOPE).__enter__()
    assert is_free(tmp_path / "a", *SCOPE)


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be locked here")
def test_a_folder_is_held_by_one_program_at_a_time_and_nothing_is_made(tmp_path: Path) -> None:
    """It may be read-only."""
    tmp_path.chmod(0o555)
    got = threading.Event()

    def take() -> None:
        with lock_folder(tmp_path, 20):
            got.set()

    with lock_folder(tmp_path):
        other = threading.Thread(target=take)
        other.start()
        assert not got.wait(0.2)
    other.join(60)
    assert got.is_set()
    tmp_path.chmod(0o755)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be locked here")
def test_a_folder_that_is_locked_for_ever_stops_no_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Everybody who can read it can hold it."""
    with lock_folder(tmp_path), lock_folder(tmp_path, 0.1):
        assert "going on, though another program holds the lock" in caplog.text
    caplog.clear()
    with lock_folder(tmp_path), lock_folder(tmp_path / "not there"):
        assert caplog.text == ""
