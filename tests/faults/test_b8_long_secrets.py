"""B8: tokens that are longer than what Windows takes in one entry (JSON web tokens are)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.keyring_windows import CredentialManager, Killed, windows
from tests.faults.table import Bar, rounds
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.secrets.vault import Vault

BAR = Bar("B8", "keyrings", least=rounds(16, 24))

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
    return Vault(KeyringStore()).load_pair(NAME)


def put(value: str) -> None:
    KeyringStore().set(NAME, value, prompt=False)


@pytest.mark.parametrize("length", [1280, 1281, 4000, 60_000])
@pytest.mark.parametrize("letter", ["x", "é", "\U0001f511"])
def test_a_secret_of_any_length_comes_back(
    manager: CredentialManager, length: int, letter: str
) -> None:
    """Also one whose characters take two places each. Others stand beside it unharmed."""
    KeyringStore().set(OTHER, "beside", prompt=False)
    put(letter * length)
    assert KeyringStore().get(NAME, prompt=False) == letter * length
    assert KeyringStore().get(OTHER, prompt=False) == "beside"
    assert (len(manager.kept) > 2) == (len((letter * length).encode("utf-16-le")) > 2560)


@pytest.mark.parametrize(
    "before", [None, SHORT, LONG, LONGER], ids=["none", "short", "long", "longer"]
)
@pytest.mark.parametrize("after", [SHORT, LONG, LONGER], ids=["short", "long", "longer"])
def test_wherever_it_is_killed_the_old_or_the_new_pair_is_whole(
    monkeypatch: pytest.MonkeyPatch, before: Pair | None, after: Pair
) -> None:
    """And after the next save nothing of any other is left."""
    for dies_at in range(1, 200):
        with monkeypatch.context() as patch, windows(patch) as manager:
            if before is not None:
                Vault(KeyringStore()).save_pair(NAME, before)
            manager.changes, manager.dies_at = 0, dies_at
            try:
                KeyringStore().set(NAME, _entry(after), prompt=False)
                survived = True
            except Killed:
                survived = False
            manager.dies_at = None
            assert load() in ((after,) if survived else (before, after))
            Vault(KeyringStore()).save_pair(NAME, LONG)
            assert load() == LONG
            assert Vault(KeyringStore()).remove(NAME)
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

    Vault(Noting()).save_pair(NAME, pair)
    return kept[0]


def test_a_newer_one_that_is_saved_while_it_is_read_is_found(
    manager: CredentialManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process saves between the entry and its pieces."""
    put("x" * 4000)
    read = manager.CredRead
    interrupted: list[bool] = []

    def interrupt(*, Type: int, TargetName: str) -> dict[str, object]:  # noqa: N803 - theirs
        if TargetName.endswith("webex-token-tray") and "/a/0" in TargetName and not interrupted:
            interrupted.append(True)
            put("y" * 4000)
        return read(Type=Type, TargetName=TargetName)

    monkeypatch.setattr(manager, "CredRead", interrupt)
    assert KeyringStore().get(NAME, prompt=False) == "y" * 4000
    assert interrupted


def test_a_piece_that_somebody_has_removed_leaves_no_secret_and_not_half_of_one(
    manager: CredentialManager,
) -> None:
    """What a person does in the Credential Manager; the next save makes it whole again."""
    put("x" * 4000)
    manager.kept.pop(next(target for target in manager.kept if "/a/2" in target))
    assert KeyringStore().get(NAME, prompt=False) is None
    put("y" * 4000)
    assert KeyringStore().get(NAME, prompt=False) == "y" * 4000


def test_what_is_there_already_is_not_written_again(manager: CredentialManager) -> None:
    put("x" * 4000)
    manager.changes = 0
    put("x" * 4000)
    assert manager.changes == 0
