"""Replacing a file that another program edits or has open at the same moment."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.system.replaced_file import alone, linux, path
from tray_app.system import atomic_file, exchange
from tray_app.system.directory_fd import Entry

__all__ = ["path"]


class Meanwhile:
    """Lets something happen between our last look at the file and the exchange."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happens: list[Callable[[], object]] = []
        real = exchange.swap

        def swap(one: Entry, other: Entry) -> None:
            if self.happens:
                self.happens.pop(0)()
            real(one, other)

        monkeypatch.setattr("tray_app.system.exchange.swap", swap)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    return Meanwhile(monkeypatch)


@linux
def test_an_edit_between_the_last_look_and_the_replacing_is_not_lost(
    path: Path, meanwhile: Meanwhile
) -> None:
    """It was: a plain rename threw it away, whatever it was."""
    meanwhile.happens = [lambda: path.write_bytes(b"edited")]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"edited"
    assert alone(path)


@linux
def test_of_two_edits_at_the_same_moment_the_newest_stays(path: Path, meanwhile: Meanwhile) -> None:
    """The second one was made to ours, while the first was being given back."""
    meanwhile.happens = [
        lambda: path.write_bytes(b"edited"),
        lambda: path.write_bytes(b"edited again"),
    ]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"edited again"
    assert alone(path)


@linux
@pytest.mark.parametrize("mode", ["ab", "r+b"])
def test_a_file_that_is_open_for_writing_is_put_back(path: Path, mode: str) -> None:
    """What is written next would go to a file without a name."""
    with path.open(mode) as editor:
        with pytest.raises(atomic_file.FileChanged):
            atomic_file.replace(path, b"new", was=b"old")
        editor.write(b"-edited")
    assert b"-edited" in path.read_bytes()
    assert alone(path)


@linux
def test_an_editor_that_is_about_to_close_the_file_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has changed nothing: ours goes in."""
    with path.open("ab") as editor:
        monkeypatch.setattr("time.sleep", lambda _: editor.close())
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


@linux
def test_a_file_that_is_deleted_meanwhile_is_not_made_again(
    path: Path, meanwhile: Meanwhile
) -> None:
    """Whoever reads it next finds it gone, and says so."""
    meanwhile.happens = [path.unlink]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"old")
    assert not path.exists()


@linux
def test_a_file_that_is_made_meanwhile_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There was none when we looked."""
    real = exchange.place

    def place(new: Entry, name: Entry) -> None:
        path.write_bytes(b"made")
        real(new, name)

    path.unlink()
    monkeypatch.setattr("tray_app.system.exchange.place", place)
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=None)
    assert path.read_bytes() == b"made"
    assert alone(path)


@pytest.mark.parametrize("was", [b"old", None])
def test_where_files_cannot_be_exchanged_they_are_replaced_and_it_is_said(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    was: bytes | None,
) -> None:
    """As on Windows, macOS and some network file systems."""
    if was is None:
        path.unlink()
    monkeypatch.setattr("tray_app.system.exchange._renameat2", lambda: None)
    atomic_file._log_no_exchange.cache_clear()
    with caplog.at_level("INFO"):
        atomic_file.replace(path, b"new", was=was)
        atomic_file.replace(path, b"newer", was=b"new")
    assert path.read_bytes() == b"newer"
    assert caplog.text.count("cannot be exchanged here") == 1


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No exchange, no modes, and an open file cannot be replaced."""
    real = Entry.replace

    def replace(entry: Entry, other: Entry) -> None:
        open_files = {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}
        if str(other.path) in open_files:
            error = PermissionError(errno.EACCES, "Access denied")
            error.winerror = 5  # type: ignore[attr-defined, unused-ignore]
            raise error
        real(entry, other)

    monkeypatch.setattr("tray_app.system.exchange._renameat2", lambda: None)
    monkeypatch.setattr(atomic_file, "POSIX", False)
    monkeypatch.setattr(Entry, "replace", replace)


@linux
@pytest.mark.usefixtures("as_on_windows")
@pytest.mark.parametrize("rule", [atomic_file.allow_any, lambda _: atomic_file.Verdict()])
def test_on_windows_the_file_is_closed_before_it_is_replaced(
    path: Path, rule: atomic_file.Rule
) -> None:
    with atomic_file.Replacement(path, rule) as new:
        new.reserve(100)
        new.commit(b"new", was=b"old")
    assert path.read_bytes() == b"new"
    assert alone(path)


@linux
@pytest.mark.usefixtures("as_on_windows")
def test_on_windows_a_file_that_a_program_opens_for_a_moment_is_waited_for(path: Path) -> None:
    file = path.open("rb")
    closing = threading.Timer(0.2, file.close)
    closing.start()
    atomic_file.replace(path, b"new", was=b"old")
    closing.join()
    assert path.read_bytes() == b"new"


@linux
@pytest.mark.usefixtures("as_on_windows")
def test_on_windows_a_file_that_stays_open_is_named_as_such(path: Path) -> None:
    with path.open("rb"), pytest.raises(PermissionError, match="another program has it open"):
        atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"old"
    assert alone(path)


@linux
def test_a_file_system_that_refuses_every_lease_is_written_to_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS without a delegation reports each file as being written."""
    monkeypatch.setattr("tray_app.system.exchange.without_writers", lambda _: nullcontext(False))
    atomic_file.replace(path, b"new", was=b"old")
    assert path.read_bytes() == b"new"


@linux
def test_a_file_that_is_emptied_while_it_is_looked_at_is_not_taken_for_an_empty_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile
) -> None:
    """For a moment, a file without its other lines stood there, which an editor might read."""
    real, exchanged = atomic_file._content, []

    def emptied(entry: Entry) -> bytes | None:
        try:
            writer = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NONBLOCK)
        except BlockingIOError:  # who does not ask for that has to wait
            return real(entry)
        seen = real(entry)
        os.write(writer, b"old")
        os.close(writer)
        return seen

    monkeypatch.setattr("tray_app.system.atomic_file._content", emptied)
    meanwhile.happens = [lambda: exchanged.append(True)]
    with pytest.raises(atomic_file.FileChanged):
        atomic_file.replace(path, b"new", was=b"")
    assert path.read_bytes() == b"old"
    assert not exchanged


def test_a_folder_is_named_as_no_file_even_if_the_system_opens_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows, which refuses access."""
    monkeypatch.setattr("os.open", Mock(side_effect=PermissionError))
    with pytest.raises(OSError, match="it is a folder"):
        atomic_file.read_small(tmp_path)
    with pytest.raises(PermissionError):
        atomic_file.read_small(tmp_path / "file")
