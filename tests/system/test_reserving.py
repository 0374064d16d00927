"""A store says beforehand whether it takes what an answer will bring, by having written it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tray_app.model.errors import SecretFileError, VaultError
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.system import atomic_file

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SIZE = 2048


def size_in(folder: Path) -> int:
    """Bytes of all the files below, but for lock files."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secrets.json"


@pytest.fixture
def store(path: Path) -> SecretFile:
    made = SecretFile(path)
    made.set("other", "x" * 3000, prompt=False)
    return made


def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no further file be made, or grow."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(atomic_file.Replacement, "__init__", refuse)
    monkeypatch.setattr(atomic_file.Replacement, "reserve", refuse)


def test_what_was_set_aside_is_used_when_the_disk_is_full_by_then(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.reserve("name", SIZE)
    assert size_in(path.parent) >= 3000 + 3000 + SIZE
    full(monkeypatch)
    store.set("name", "y" * SIZE, prompt=False)
    assert store.get("name", prompt=False) == "y" * SIZE
    assert store.get("other", prompt=False) == "x" * 3000
    with pytest.raises(SecretFileError):
        store.set("name", "z", prompt=False)


def test_what_was_set_aside_and_not_used_is_given_back(store: SecretFile, path: Path) -> None:
    before = size_in(path.parent)
    store.reserve("name", SIZE)
    store.reserve("name", SIZE)
    store.release("name")
    store.release("name")
    assert size_in(path.parent) == before


def test_a_full_disk_is_reported_beforehand_and_nothing_is_left_on_it(
    store: SecretFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = size_in(path.parent)
    full(monkeypatch)
    with pytest.raises(SecretFileError, match="cannot be written: No space left on device"):
        store.reserve("name", SIZE)
    assert size_in(path.parent) == before


def test_a_file_that_would_grow_too_large_is_reported_beforehand(store: SecretFile) -> None:
    with pytest.raises(SecretFileError, match="beyond 1 MiB"):
        store.reserve("name", atomic_file.MAX_BYTES)


class Ring:
    """A keyring that notes what it is asked; `drops`: it keeps nothing."""

    name = "Ring"

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.sizes: list[int] = []
        self.drops = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.sizes.append(len(password))
        if not self.drops:
            self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


def reserve(ring: Ring) -> None:
    store = KeyringStore()
    store._backend = cast("KeyringBackend", ring)
    store.reserve("name", SIZE)


def test_a_keyring_is_tried_with_an_entry_of_that_size_which_does_not_stay() -> None:
    ring = Ring()
    reserve(ring)
    assert ring.sizes == [SIZE]
    assert ring.kept == {}


def test_a_keyring_that_drops_writes_is_reported_beforehand() -> None:
    ring = Ring()
    ring.drops = True
    with pytest.raises(VaultError, match="did not keep"):
        reserve(ring)


@pytest.mark.posix
def test_the_macos_keychain_is_not_written_to_but_its_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may ask the person about each entry."""
    mac = type("Keyring", (Ring,), {"__module__": "keyring.backends.macOS"})()
    monkeypatch.setenv("HOME", str(tmp_path))
    reserve(mac)
    assert mac.sizes == []
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("HOME", str(tmp_path / "gone"))
    with pytest.raises(VaultError, match="could not save: No such file"):
        reserve(mac)
