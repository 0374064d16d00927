"""Whether a lock is held: told without taking it, and without being in anybody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import filelock
import pytest

from tray_app.system import file_probe
from tray_app.system.file_probe import is_locked, signature
from tray_app.system.single_instance import Instance


def test_what_is_not_there_is_not_held_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert not is_locked(str(path))
    assert not path.exists()
    assert not is_locked("")


def test_it_is_locked_while_a_process_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with filelock.FileLock(path):
        assert is_locked(str(path))
    assert path.exists() or os.name == "nt", "filelock removes it on Windows alone"
    assert not is_locked(str(path))


@pytest.mark.process
def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    instance = Instance(tmp_path, tmp_path / "token-config.json")
    code = (
        "import sys, time; from pathlib import Path;"
        "from tray_app.system.single_instance import Instance;"
        "held = Instance(Path(sys.argv[1]), Path(sys.argv[2])).acquire(); held.__enter__();"
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(tmp_path / "token-config.json")],
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(str(instance.lock_file))
        assert instance.is_running()
        holder.kill()
    assert not instance.is_running()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a.lock", tmp_path / "b.lock"
    link.symlink_to(path)
    with filelock.FileLock(path):
        assert not is_locked(str(link))


def test_who_looks_keeps_no_tray_from_starting(tmp_path: Path) -> None:
    """Each `status` and each prompt looks; a start in that instant was told "already running"."""
    instance = Instance(tmp_path, tmp_path / "token-config.json")
    with instance.acquire():
        pass
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            is_locked(str(instance.lock_file))

    onlooker = threading.Thread(target=look)
    onlooker.start()
    try:
        for _ in range(200):
            with instance.acquire():
                pass
    finally:
        over.set()
        onlooker.join()


def test_two_who_look_at_once_do_not_see_each_other(tmp_path: Path) -> None:
    """On Windows they did, and a start was told "already running"."""
    path = tmp_path / "a.lock"
    path.touch()

    def times_seen(_: int) -> int:
        return sum(is_locked(str(path)) for _ in range(1000))

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(times_seen, range(2))) == [0, 0]


@pytest.mark.parametrize("posix", [True, False])
def test_an_edit_that_keeps_size_and_time_changes_the_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, posix: bool
) -> None:
    """On Windows, the time of the inode's change is not known."""
    monkeypatch.setattr(file_probe, "POSIX", posix and file_probe.POSIX)
    path = tmp_path / ".env"
    path.write_bytes(b"one")
    seen, state = signature(path), path.stat()
    assert signature(path) == seen
    path.write_bytes(b"two")
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert signature(path) != seen
