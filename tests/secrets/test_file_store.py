"""Secrets in a file: for this user alone, whole or not at all, and never over what is not ours."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.other_user import only_root
from tray_app.model.errors import SecretFileError
from tray_app.secrets.file_store import SecretFile
from tray_app.system import atomic_file

CANARY = "CANARYcanary0123456789"
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secrets.json"


@pytest.fixture
def store(path: Path) -> SecretFile:
    return SecretFile(path)


def get(store: SecretFile, name: str = "name") -> str | None:
    return store.get(name, prompt=False)


def put(store: SecretFile, value: str, name: str = "name") -> None:
    store.set(name, value, prompt=False)


def test_what_is_kept_outlives_the_program(store: SecretFile, path: Path) -> None:
    """Before the first secret there is no file."""
    assert get(store) is None
    assert not path.exists()
    put(store, "value")
    put(store, "ünì¢ödé \n", "other")
    again = SecretFile(path)
    assert (get(again), get(again, "other")) == ("value", "ünì¢ödé \n")
    assert store.durable
    assert store.name == f"the file {path}"


@POSIX
def test_file_and_folder_are_for_this_user_alone(store: SecretFile, path: Path) -> None:
    """Whatever the umask, and whatever the folder was before."""
    path.parent.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        put(store, "value")
        put(store, "another")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_is_removed_is_gone_and_the_others_stay(store: SecretFile) -> None:
    put(store, "value")
    put(store, "kept", "other")
    assert store.remove("name", prompt=False)
    assert not store.remove("name", prompt=False)
    assert (get(store), get(store, "other")) == (None, "kept")


def test_with_the_last_secret_the_file_goes(store: SecretFile, path: Path) -> None:
    """Nothing of ours is left, and the next secret makes it anew."""
    put(store, "value")
    store.remove("name", prompt=False)
    assert not path.exists()
    put(store, "value")
    assert get(store) == "value"


def test_to_remove_what_is_not_there_makes_nothing(store: SecretFile, path: Path) -> None:
    assert not store.remove("name", prompt=False)
    assert not path.parent.exists()


def test_what_is_there_already_is_not_written_again(store: SecretFile, path: Path) -> None:
    put(store, "value")
    before = path.stat()
    put(store, "value")
    assert path.stat() == before


NOT_OURS: dict[str, bytes] = {
    "empty": b"",
    "cut off": f'{{"webex-token-tray": "secrets, version 1", "secrets": {{"a": "{CANARY}'.encode(),
    "no JSON": b"\xff\xfe\x00" + CANARY.encode(),
    "deep": b"[" * 200_000,
    "a list": b"[]",
    "of another program": json.dumps({"name": CANARY}).encode(),
    "of a later version": b'{"webex-token-tray": "secrets, version 2", "secrets": {}}',
    "without secrets": b'{"webex-token-tray": "secrets, version 1"}',
    "of numbers": b'{"webex-token-tray": "secrets, version 1", "secrets": {"a": 1}}',
}


@pytest.mark.parametrize("raw", NOT_OURS.values(), ids=NOT_OURS)
@pytest.mark.parametrize("call", ["get", "set", "remove"])
def test_what_is_damaged_or_not_ours_is_said_and_never_overwritten(
    store: SecretFile, path: Path, raw: bytes, call: str
) -> None:
    """Byte by byte as it was; the sentence holds nothing of it."""
    path.parent.mkdir(mode=0o700)
    path.write_bytes(raw)
    path.chmod(0o600)
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: get(store),
        "set": lambda: put(store, CANARY),
        "remove": lambda: store.remove("name", prompt=False),
    }
    with pytest.raises(
        SecretFileError, match="is damaged, or not a file of this program"
    ) as caught:
        calls[call]()
    assert str(path) in str(caught.value)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert path.read_bytes() == raw


@pytest.mark.process
@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o620, 0o604, 0o610, 0o666])
def test_a_file_that_others_can_use_is_refused_with_the_remedy(
    store: SecretFile, path: Path, mode: int
) -> None:
    """What the remedy says makes it good again."""
    put(store, "value")
    path.chmod(mode)
    before = path.read_bytes()
    with pytest.raises(SecretFileError, match="is open to other users"):
        put(store, "other")
    with pytest.raises(SecretFileError, match="is open to other users") as caught:
        get(store)
    assert path.read_bytes() == before
    remedy = str(caught.value).rpartition(": ")[2]
    subprocess.run(remedy, shell=True, check=True)  # noqa: S602 - as a person would
    assert get(store) == "value"


@POSIX
def test_a_link_is_not_followed(store: SecretFile, path: Path, tmp_path: Path) -> None:
    """Neither to be read nor to be written through."""
    put(store, "value")
    elsewhere = tmp_path / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    for call in (get, lambda store: put(store, "other")):
        with pytest.raises(SecretFileError, match="is a symbolic link, which is not followed"):
            call(store)
    assert get(SecretFile(elsewhere)) == "value"


@POSIX
@only_root
@pytest.mark.parametrize("by", ["link", "file"])
def test_what_takes_its_place_after_it_was_read_gets_no_secret(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Even with the same content."""
    put(store, "old")
    real, other = atomic_file.Replacement.__init__, path.with_name("other")

    def swapped(new: atomic_file.Replacement, named: Path, rule: atomic_file.Rule) -> None:
        path.rename(other)
        if by == "link":
            path.symlink_to(other)
        else:
            path.write_bytes(other.read_bytes())
            os.chown(path, 61234, 61234)
        real(new, named, rule)

    monkeypatch.setattr(atomic_file.Replacement, "__init__", swapped)
    with pytest.raises(SecretFileError, match=r"symbolic link|belongs to user 61234"):
        put(store, "new")
    assert b"new" not in path.read_bytes()


@pytest.mark.posix
def test_what_is_no_file_is_said(store: SecretFile, path: Path) -> None:
    """A FIFO is not waited for, a folder not read."""
    path.parent.mkdir()
    os.mkfifo(path, 0o600)
    with pytest.raises(SecretFileError, match="it is not a regular file"):
        get(store)
    path.unlink()
    path.mkdir()
    with pytest.raises(SecretFileError, match="cannot be read"):
        get(store)


@POSIX
@only_root
def test_a_file_of_another_user_is_refused(store: SecretFile, path: Path) -> None:
    put(store, "value")
    os.chown(path, 12345, -1)
    with pytest.raises(SecretFileError, match=r"belongs to user 12345, and this program runs as 0"):
        get(store)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SecretFileError, match="data cannot be made: "):
        put(SecretFile(tmp_path / "data" / "secrets.json"), "value")


def test_it_does_not_outgrow_what_can_be_read_again(store: SecretFile) -> None:
    """What was there before stays."""
    put(store, "kept")
    with pytest.raises(SecretFileError, match="would grow beyond 1 MiB"):
        put(store, "x" * atomic_file.MAX_BYTES, "big")
    assert get(store) == "kept"


def test_a_full_disk_is_said_and_loses_nothing(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "kept")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SecretFileError, match="cannot be written: No space left on device"):
            put(store, "value", "other")
    assert (get(store), get(store, "other")) == ("kept", None)
    assert [left.name for left in path.parent.iterdir() if left.suffix != ".lock"] == [path.name]


def test_an_edit_by_another_at_the_same_moment_is_kept(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes no lock of ours, such as an editor."""
    put(store, "value")
    commit, edits = atomic_file.Replacement.commit, iter(["edited"])

    def beaten(new: atomic_file.Replacement, raw: bytes, was: bytes | None) -> None:
        for edit in edits:
            document = json.loads(path.read_bytes())
            document["secrets"]["theirs"] = edit
            path.write_text(json.dumps(document))
        commit(new, raw, was)

    monkeypatch.setattr(atomic_file.Replacement, "commit", beaten)
    put(store, "newer")
    assert (get(store), get(store, "theirs")) == ("newer", "edited")


def test_one_that_holds_the_lock_for_ever_is_named(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tray_app.secrets.file_store._TIMEOUT", 0.05)
    impatient = SecretFile(path)
    with store._locked(), pytest.raises(SecretFileError, match="is in use by another process"):
        put(impatient, "value")


def test_threads_that_write_at_once_lose_nothing(path: Path) -> None:
    def write(number: int) -> None:
        for each in range(5):
            SecretFile(path).set(f"{number}/{each}", "value", prompt=False)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(json.loads(path.read_bytes())["secrets"]) == 20


WRITER = """
import itertools, sys
from pathlib import Path
from tray_app.secrets.file_store import SecretFile
store = SecretFile(Path(sys.argv[1]))
for number in itertools.count():
    store.set("first", f"{number}", prompt=False)
    store.set("second", f"{number}", prompt=False)
    print(number, flush=True)
"""


@pytest.mark.process
def test_a_kill_at_any_moment_leaves_it_whole(path: Path) -> None:
    """What was said to be kept is there; the other half is the last one or the next."""
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "0\n"
            writer.kill()
            last = int((writer.stdout.read().split() or ["0"])[-1])
        store = SecretFile(path)
        first, second = int(get(store, "first") or -1), int(get(store, "second") or -1)
        assert last <= second <= first <= last + 1
