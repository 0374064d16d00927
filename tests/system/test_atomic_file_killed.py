"""Replacing a file: what a killed run leaves, and how it is swept."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.replaced_file import OLD_SUFFIX, alone, linux, path, posix
from tray_app.system import atomic_file
from tray_app.system.directory_fd import Directory, Entry, Located, _resolved

__all__ = ["path"]


KILLED_AT = """
import os, pathlib, signal, sys
from tray_app.system import exchange, atomic_file as files
from tray_app.system.directory_fd import Directory, Entry, Located, _resolved

step, _, number = "{step}".partition("@")
home, _, name = step.rpartition(".")
homes = {{"os": os, "Entry": Entry, "Directory": Directory, "exchange": exchange, "files": files}}
real, left = getattr(homes[home], name), int(number or 1)

def killed(*given, **named):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

setattr(homes[home], name, killed)
files.replace(pathlib.Path(sys.argv[1]), b"new", was=b"old")
"""


@pytest.mark.process
@posix
@pytest.mark.parametrize(
    ("step", "content", "left"),
    [
        ("Entry.mkdir", b"old", set()),
        ("Entry.open_directory", b"old", {"."}),
        ("os.fsync", b"old", {".", ".env"}),
        ("os.fchmod", b"old", {"."}),
        ("os.fchmod@2", b"old", {".", ".env"}),
        ("files._content", b"old", {".", ".env"}),
        ("exchange.swap", b"old", {".", ".env"}),
        pytest.param("files._is_still@2", b"new", {".", ".env"}, marks=linux),
        ("Directory.sync", b"new", {".", ".env"}),
        ("Entry.unlink", b"new", {".", ".env"}),
        ("Entry.rmdir", b"new", {"."}),
    ],
)
def test_killed_at_any_step_the_file_is_whole(
    path: Path, step: str, content: bytes, left: set[str]
) -> None:
    """The old content or the new. What is left lies beside it in a folder that only this user may
    enter, by the name that a `.gitignore` has; the next start removes it at once."""
    path.chmod(0o644)
    done = subprocess.run([sys.executable, "-c", KILLED_AT.format(step=step), path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == content
    folders = [found for found in path.parent.iterdir() if found != path]
    assert [found.stat().st_mode & 0o777 for found in folders] == [0o700] * bool(left)
    found = {each.relative_to(folder).as_posix() for folder in folders for each in walk(folder)}
    assert found == left
    atomic_file.sweep(path)
    assert path.read_bytes() == content
    assert alone(path)


def walk(folder: Path) -> list[Path]:
    """The folder and what is in it."""
    return [folder, *folder.iterdir()]


@pytest.mark.process
@posix
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_what_a_killed_run_leaves_is_ignored_by_git(path: Path) -> None:
    """By the line that everybody has for the file itself."""
    subprocess.run(["git", "init", "-q", path.parent], check=True)
    path.with_name(".gitignore").write_text(".env\n.gitignore\n")
    with atomic_file.Replacement(path) as new:
        new.reserve(100)
        command = ["git", "-C", str(path.parent), "status", "--porcelain", "-uall"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""


def by_path(path: Path) -> Located:
    """As on Windows."""
    real = Path(os.path.realpath(path))
    return Located(Entry(Directory(real.parent, None), real.name), path.is_symlink(), frozenset())


@pytest.mark.posix
@pytest.mark.parametrize("walk", [_resolved, by_path])
def test_systems_without_a_walk_by_descriptors_write_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch, walk: Callable[[Path], Located]
) -> None:
    """As macOS and Windows."""
    monkeypatch.setattr("tray_app.system.directory_fd._walk", walk)
    link = path.with_name("link")
    link.symlink_to(path.name)
    atomic_file.replace(link, b"new", was=b"old")
    with atomic_file.Replacement(link) as new:
        new.reserve(100)
        with pytest.raises(atomic_file.FileChanged):
            new.commit(b"newer", was=b"old")
        new.commit(b"newer", was=b"new")
    assert path.read_bytes() == b"newer"
    assert link.is_symlink()
    link.unlink()
    (left := path.with_name(".webex-token-tray.0123abcd")).mkdir()
    (left / ".env").write_bytes(b"x")
    later = time.time() + 2 * 3600
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.sweep(path)
    assert alone(path)


@posix
@pytest.mark.parametrize("by", ["sweep", "another write"])
def test_a_folder_that_a_living_process_works_in_is_left_alone(path: Path, by: str) -> None:
    """However old it is: a reservation may last as long as a renewal."""
    with atomic_file.Replacement(path) as ours:
        ours.reserve(100)
        for _ in range(2):
            if by == "sweep":
                atomic_file.sweep(path)
            else:
                atomic_file.replace(path, path.read_bytes() + b"!", was=path.read_bytes())
        ours.commit(b"new", was=path.read_bytes())
    assert path.read_bytes() == b"new"
    assert alone(path)


@posix
@pytest.mark.parametrize("after", ["mkdir", "open_directory"])
def test_a_folder_that_is_swept_while_it_is_made_is_made_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """Between its making and its lock it looks like a leftover."""
    real, swept = getattr(Entry, after), list[bool]()

    def step(entry: Entry) -> object:
        done = real(entry)
        if not swept:
            swept.append(True)
            atomic_file.sweep(path)
        return done

    monkeypatch.setattr(Entry, after, step)
    atomic_file.replace(path, b"new", was=b"old")
    assert swept
    assert path.read_bytes() == b"new"
    assert alone(path)


@posix
def test_a_folder_that_holds_anything_else_is_no_leftover(tmp_path: Path) -> None:
    """Another user may have given one of ours such a name; nor is a link followed."""
    (elsewhere := tmp_path / "mine").mkdir()
    (elsewhere / ".env").write_bytes(b"x")
    (full := tmp_path / ".webex-token-tray.0123abcd").mkdir()
    for name in (".env", "notes.txt"):
        (full / name).write_bytes(b"x")
    (tmp_path / ".webex-token-tray.link").symlink_to("mine")
    (tmp_path / ".webex-token-tray.file").write_bytes(b"x")
    atomic_file.sweep(tmp_path / ".env")
    assert sorted(each.name for each in full.iterdir()) == [".env", "notes.txt"]
    assert (elsewhere / ".env").exists()
    assert (tmp_path / ".webex-token-tray.file").exists()


@posix
@pytest.mark.parametrize("hours", [0, 2])
def test_where_no_lock_is_to_be_had_a_leftover_goes_after_an_hour(
    path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """As on NFS."""
    import fcntl

    def refused(*_: object) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    (left := path.with_name(".webex-token-tray.0123abcd")).mkdir()
    (left / ".env").write_bytes(b"x")
    later = time.time() + 3600 * hours
    monkeypatch.setattr(fcntl, "flock", refused)
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"
    assert left.exists() == (hours == 0)


LEFTOVERS = {f"token.env.abc{OLD_SUFFIX}": True, "token.env.bak": False, "abc": False}
LEFTOVERS |= {f"other.abc{OLD_SUFFIX}": False}
"""What may lie beside token.env, and whether it is ours."""


@pytest.mark.posix
@pytest.mark.parametrize("hours", [0, 2])
def test_leftovers_of_older_versions_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Ours, and only once nobody can be at work on them any more, whatever their content's age:
    an exchange gives such a name to a file that is old already."""
    for name in LEFTOVERS:
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (0, 0))
    later = time.time() + 3600 * hours
    monkeypatch.setattr("tray_app.system.temporary_file.time.time", lambda: later)
    atomic_file.sweep(tmp_path / "token.env")
    swept = {name: not (tmp_path / name).exists() for name in LEFTOVERS}
    assert swept == (LEFTOVERS if hours else dict.fromkeys(LEFTOVERS, False))


def test_an_error_without_a_text_is_named_by_its_kind() -> None:
    """`OSError()` has no strerror."""
    assert atomic_file.error_text(OSError("odd")) == "OSError"
    assert atomic_file.error_text(OSError(errno.EIO, "Input/output error")) == "Input/output error"
