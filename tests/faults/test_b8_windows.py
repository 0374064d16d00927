"""B8: Windows' Credential Manager: long tokens, two processes, entries of earlier versions."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from keyring.backends import Windows

from tests.faults.keyring_windows import CredentialManager, Killed, windows
from tests.faults.table import Bar, rounds
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.secrets.entry_format import parse_pair
from tray_app.secrets.keyring_store import SERVICE, KeyringStore
from tray_app.secrets.vault import Vault

BAR = Bar("B8", "keyrings", least=rounds(16, 75))

NAME = "webexapis.com/app/id/org/tokens"
OTHER = "webexapis.com/personal/id"


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[CredentialManager]:
    with windows(monkeypatch) as made:
        yield made


def jwt(letter: str, length: int = 1900) -> Secret:
    return Secret(letter * length)


LONG, LONGER = Pair(jwt("a"), jwt("b")), Pair(jwt("c", 3000), jwt("d", 3000))
SHORT = Pair(jwt("e", 106), jwt("f", 106))


def load() -> Pair | None:
    """As another process finds it."""
    with closing(Vault(KeyringStore())) as vault:
        return parse_pair(vault.load(NAME))


def put(value: str, name: str = NAME) -> None:
    KeyringStore().set(name, value, prompt=False)


def get(name: str = NAME) -> str | None:
    return KeyringStore().get(name, prompt=False)


def target_of(manager: CredentialManager, user: str) -> str:
    return next(target for target, entry in manager.kept.items() if entry["UserName"] == user)


def put_as_before(name: str, value: str) -> None:
    """As earlier versions did: under one service name, a long one in pieces."""
    backend: Any = Windows.WinVaultKeyring()  # type: ignore[no-untyped-call]
    if len(value) > 1280:
        pieces = [value[at : at + 640] for at in range(0, len(value), 640)]
        for number, piece in enumerate(pieces):
            backend.set_password(SERVICE, f"{name}/a/{number}", piece)
        digest = hashlib.sha256(value.encode()).hexdigest()
        value = f"pieces on a: {len(pieces)}, sha256 {digest}"
    backend.set_password(SERVICE, name, value)


@pytest.mark.parametrize("length", [1280, 1281, 4000, 60_000])
@pytest.mark.parametrize("letter", ["x", "é", "\U0001f511"])
def test_a_secret_of_any_length_comes_back(
    manager: CredentialManager, length: int, letter: str
) -> None:
    """Also one whose characters take two places each. Others stand beside it unharmed."""
    put("beside", OTHER)
    put(letter * length)
    assert get() == letter * length
    assert get(OTHER) == "beside"
    assert (len(manager.kept) > 2) == (len((letter * length).encode("utf-16-le")) > 2560)


@pytest.mark.parametrize("by_an_earlier_version", [False, True])
@pytest.mark.parametrize(
    "before", [None, SHORT, LONG, LONGER], ids=["none", "short", "long", "longer"]
)
@pytest.mark.parametrize("after", [SHORT, LONG, LONGER], ids=["short", "long", "longer"])
def test_wherever_it_is_killed_the_old_or_the_new_pair_is_whole(
    monkeypatch: pytest.MonkeyPatch,
    before: Pair | None,
    after: Pair,
    by_an_earlier_version: bool,
) -> None:
    """And after the next save nothing of any other is left."""
    for dies_at in range(1, 200):
        with monkeypatch.context() as patch, windows(patch) as manager:
            if before is not None and by_an_earlier_version:
                put_as_before(NAME, _entry(before))
            elif before is not None:
                put(_entry(before))
            manager.changes, manager.dies_at = 0, dies_at
            try:
                put(_entry(after))
                survived = True
            except Killed:
                survived = False
            manager.dies_at = None
            assert load() in ((after,) if survived else (before, after))
            with closing(Vault(KeyringStore())) as vault:
                vault.save_pair(NAME, LONG)
                assert load() == LONG
                assert vault.remove(NAME)
            assert manager.kept == {}
            if survived:
                assert dies_at > 1 or before == after
                return
    raise AssertionError("it never came to its end")


def _entry(pair: Pair) -> str:
    """What the vault makes of a pair."""
    kept: list[str] = []

    class Noting(KeyringStore):
        def set(self, name: str, value: str, *, prompt: bool) -> None:
            kept.append(value)

    with closing(Vault(Noting())) as vault:
        vault.save_pair(NAME, pair)
    return kept[0]


def test_a_newer_one_that_is_saved_while_it_is_read_is_found(
    manager: CredentialManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process saves between the entry and its pieces."""
    put("x" * 4000)
    read = manager.CredRead
    interrupted: list[bool] = []

    first_piece = target_of(manager, f"{NAME}/a/0")

    def interrupt(*, Type: int, TargetName: str) -> dict[str, object]:  # noqa: N803 - theirs
        if TargetName == first_piece and not interrupted:
            interrupted.append(True)
            put("y" * 4000)
        return read(Type=Type, TargetName=TargetName)

    monkeypatch.setattr(manager, "CredRead", interrupt)
    assert get() == "y" * 4000
    assert interrupted


def test_a_piece_that_somebody_has_removed_leaves_no_secret_and_not_half_of_one(
    manager: CredentialManager,
) -> None:
    """What a person does in the Credential Manager; the next save makes it whole again."""
    put("x" * 4000)
    del manager.kept[target_of(manager, f"{NAME}/a/2")]
    assert get() is None
    put("y" * 4000)
    assert get() == "y" * 4000


@pytest.mark.parametrize("value", ["short", "x" * 4000], ids=["short", "long"])
def test_what_an_earlier_version_has_kept_is_read_and_then_moved(
    manager: CredentialManager, value: str
) -> None:
    """With the next save, and away from the service name that all entries shared."""
    put_as_before(NAME, value)
    put_as_before(OTHER, "beside")
    manager.changes = 0
    assert (get(), get(OTHER)) == (value, "beside")
    assert manager.changes == 0
    put("new")
    put("new too", OTHER)
    assert (get(), get(OTHER)) == ("new", "new too")
    assert not [target for target in manager.kept if target.endswith(SERVICE)]
    assert {entry["UserName"] for entry in manager.kept.values()} == {NAME, OTHER}


def test_what_an_earlier_version_has_kept_can_be_removed(manager: CredentialManager) -> None:
    put_as_before(NAME, "x" * 4000)
    assert KeyringStore().remove(NAME, prompt=False)
    assert (get(), manager.kept) == (None, {})


def test_two_processes_do_not_undo_each_other_s_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one saves between any two calls: of 600 such writes, 65 were reverted."""
    assert any(not is_interrupted(monkeypatch, at) for at in range(1, 100))


def is_interrupted(monkeypatch: pytest.MonkeyPatch, at: int) -> bool:
    """Let one process save OTHER, and the second one NAME before that call of the first."""
    with monkeypatch.context() as patch, windows(patch) as manager:
        put("former")
        put("former", OTHER)
        calls = itertools.count(1)

        def save_meanwhile() -> None:
            if next(calls) == at:
                manager.before_call = None
                put("new")

        manager.before_call = save_meanwhile
        put("new too", OTHER)
        found, manager.before_call = manager.before_call is None, None
        assert (get(), get(OTHER)) == ("new" if found else "former", "new too")
        return found


def test_a_former_secret_is_not_kept_beside_the_new_one(manager: CredentialManager) -> None:
    """keyring copies it to a target of another name before each write."""
    put("former")
    put("new")
    assert [entry["CredentialBlob"].decode("utf-16-le") for entry in manager.kept.values()] == [
        "new"
    ]


def test_what_is_there_already_is_not_written_again(manager: CredentialManager) -> None:
    put("x" * 4000)
    manager.changes = 0
    put("x" * 4000)
    assert manager.changes == 0
