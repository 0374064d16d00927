"""The vault: what is saved is loaded, and what a keyring refuses is not lost."""

from __future__ import annotations

import errno
import json
import os
from typing import Any

import pytest

from tests.samples import everything_shown, pair, token
from tests.secrets.scripted_keyring import ScriptedKeyring, kept, state
from tray_app.model.credentials import Pair
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.secrets.entry_format import parse_pair
from tray_app.secrets.store import KEYRING, MemoryStore, NoStore
from tray_app.secrets.vault import Vault

CANARY = "CANARYcanary0123456789"


def test_what_is_saved_is_loaded(vault: Vault, keyring: ScriptedKeyring) -> None:
    """By one thread, which is not ours."""
    assert vault.load("name") is None
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")
    assert kept(keyring) == "value"
    assert state(vault) is StoreState.DURABLE
    assert keyring.threads == {"keyring"}


@pytest.mark.parametrize("how", ["loaded", "saved"])
def test_what_is_known_to_be_there_is_not_written_again(
    vault: Vault, keyring: ScriptedKeyring, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """macOS would ask the person anew at every write. In the next operation it may be another."""
    vault.save("name", Secret("value"))
    if how == "loaded":
        vault.begin()
        vault.load("name")
    written: list[str] = []

    def note(_: str, value: str, *, prompt: bool) -> None:
        written.append(value)

    monkeypatch.setattr(keyring, "set", note)
    vault.save("name", Secret("value"))
    assert written == []
    vault.save("name", Secret("other"))
    vault.begin()
    vault.save("name", Secret("other"))
    assert written == ["other", "other"]


def test_background_calls_never_prompt_and_a_click_may(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """The store gets the difference."""
    vault.load("name")
    vault.save("name", Secret("value"))
    vault.load("name", prompt=True)
    vault.save("name", Secret("other"), prompt=True)
    assert keyring.prompts == [False, False, True, True]


def test_an_empty_entry_is_none(vault: Vault, keyring: ScriptedKeyring) -> None:
    """Some keyrings cannot delete, and keep an empty text."""
    keyring.set("name", "", prompt=False)
    assert vault.load("name") is None


@pytest.mark.parametrize("tokens", [pair("ar"), Pair(token("a"), None)])
def test_a_pair_is_one_entry(vault: Vault, keyring: ScriptedKeyring, tokens: Pair) -> None:
    """What must change together cannot be half saved."""
    vault.save_pair("pair", tokens)
    assert parse_pair(vault.load("pair")) == tokens
    assert keyring.calls.count("set") == 1


def test_there_may_be_no_pair(vault: Vault) -> None:
    """At the first start."""
    assert parse_pair(vault.load("pair")) is None


@pytest.mark.parametrize(
    "entry",
    [
        "not JSON",
        "[]",
        "null",
        "5",
        "{}",
        '{"refresh": "r"}',
        '{"access": ""}',
        '{"access": null, "refresh": "r"}',
        '{"access": 5}',
        '{"access": ["a"]}',
        '{"access": "two words"}',
        '{"access": "a\\nb"}',
        '{"access": "\\ud800"}',
        "[" * 100_000,
    ],
)
def test_a_damaged_pair_is_no_pair(vault: Vault, keyring: ScriptedKeyring, entry: str) -> None:
    """`.env` still has the tokens; nothing breaks later on what is no token."""
    keyring.set("pair", entry, prompt=False)
    assert parse_pair(vault.load("pair")) is None


@pytest.mark.parametrize("refresh", [None, "", 5, "a b", "\ud800", {}])
def test_of_a_pair_without_a_usable_refresh_token_the_access_token_is_kept(
    vault: Vault, keyring: ScriptedKeyring, refresh: object
) -> None:
    """It still works, and can be checked."""
    keyring.set("pair", json.dumps({"access": "a", "refresh": refresh}), prompt=False)
    assert parse_pair(vault.load("pair")) == Pair(Secret("a"), None)


def test_a_refused_save_is_held_in_memory_and_tried_again(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """A rotated refresh token is not lost because the keyring was locked just then."""
    keyring.failure = VaultLocked("the keyring is locked")
    with pytest.raises(VaultLocked, match="the keyring is locked"):
        vault.save("name", Secret("value"))
    assert state(vault) is StoreState.REFUSED
    assert vault.load("name") == Secret("value")
    with pytest.raises(VaultLocked):
        vault.retry_unsaved_now()
    assert state(vault) is StoreState.REFUSED
    keyring.failure = None
    vault.retry_unsaved_now()
    assert state(vault) is StoreState.DURABLE
    assert kept(keyring) == "value"
    keyring.calls.clear()
    vault.retry_unsaved_now()
    assert keyring.calls == [], "there is nothing left to save"


def test_as_long_as_anything_is_unsaved_the_store_counts_as_refusing(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """A reading that works does not hide it."""
    keyring.failure = VaultError("full")
    with pytest.raises(VaultError):
        vault.save("name", Secret("value"))
    keyring.failure = None
    vault.load("other")
    assert state(vault) is StoreState.REFUSED


def test_a_locked_keyring_keeps_what_it_holds(vault: Vault, keyring: ScriptedKeyring) -> None:
    """Nothing is taken for gone because it cannot be read now."""
    vault.save("name", Secret("value"))
    keyring.failure = VaultLocked("the keyring is locked")
    with pytest.raises(VaultLocked):
        vault.load("name")
    assert state(vault) is StoreState.LOCKED
    keyring.failure = None
    assert vault.load("name") == Secret("value")
    assert state(vault) is StoreState.DURABLE


@pytest.mark.parametrize(
    "failure", [ValueError(CANARY), OSError(5, CANARY), KeyError(CANARY), EOFError()]
)
def test_errors_of_other_kinds_become_ours_without_their_text(
    vault: Vault, keyring: ScriptedKeyring, failure: Exception
) -> None:
    """A backend may put into its message what it was given."""
    keyring.failure = failure
    with pytest.raises(VaultError, match=f"{KEYRING} failed: {type(failure).__name__}") as caught:
        vault.save("name", Secret(CANARY))
    assert CANARY not in everything_shown(caught.value)


def test_even_a_backend_that_exits_does_not_end_the_thread(
    vault: Vault, keyring: ScriptedKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that asks on stdin, for example."""

    def exits(_: str, *, prompt: bool) -> str:
        raise SystemExit(1)

    with monkeypatch.context() as patch:
        patch.setattr(keyring, "get", exits)
        with pytest.raises(VaultError, match=f"{KEYRING} failed: SystemExit"):
            vault.load("name")
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")


def test_without_a_keyring_memory_is_all_there_is(vault: Vault, keyring: ScriptedKeyring) -> None:
    """That is not an error, but a state that health shows."""
    keyring.failure = NoStore("no keyring is running")
    assert vault.load("name") is None
    assert state(vault) is StoreState.MEMORY
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")
    vault.retry_unsaved_now()
    assert state(vault) is StoreState.MEMORY


def test_a_keyring_that_comes_up_later_gets_what_memory_held(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """A tray starts at login before gnome-keyring, and renews; last month's pair is in there."""
    MemoryStore.set(keyring, "name", "last month's", prompt=False)
    keyring.failure = NoStore("no keyring is running")
    vault.save("name", Secret("today's"))
    keyring.failure = None
    assert vault.load("name") == Secret("today's")
    vault.retry_unsaved_now()
    assert kept(keyring) == "today's"
    assert vault.load("name") == Secret("today's")
    assert state(vault) is StoreState.DURABLE


@pytest.mark.parametrize(
    ("durable", "expected"), [(False, StoreState.MEMORY), (True, StoreState.DURABLE)]
)
def test_a_memory_store_says_whether_it_is_enough(durable: bool, expected: StoreState) -> None:
    """For the demo it is."""
    vault = Vault(MemoryStore(durable=durable))
    assert state(vault) is expected
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")
    assert state(vault) is expected


def test_a_refused_secret_is_tried_again_once_a_minute_and_at_the_end(
    vault: Vault, keyring: ScriptedKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.retry_unsaved()
    assert keyring.calls == [], "nothing was refused"
    keyring.failure = VaultLocked("the keyring is locked")
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("value"))
    keyring.calls.clear()
    vault.retry_unsaved()
    assert keyring.calls
    keyring.calls.clear()
    vault.retry_unsaved()
    assert keyring.calls == []
    monkeypatch.setattr("tray_app.secrets.vault._RETRY_SECONDS", 0.0)
    vault.retry_unsaved(is_ending=True)
    keyring.failure = None
    vault.retry_unsaved()
    assert kept(keyring) == "value"


def test_descriptors_are_held_until_they_are_released(vault: Vault) -> None:
    vault.hold_descriptors("name")
    vault.hold_descriptors("name")
    assert len(set(vault._spares._held)) == len(vault._spares._held) == 6
    spares = tuple(vault._spares._held)
    vault.release_descriptors()
    vault.release_descriptors()
    for spare in spares:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - Windows says it in other words
            os.fstat(spare)
        assert caught.value.errno == errno.EBADF


def test_without_descriptors_none_are_kept_and_the_store_counts_as_refusing(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, real = [None] * 3, os.open

    def opened(*arguments: Any) -> int:
        if not left:
            raise OSError(errno.EMFILE, "Too many open files")
        left.pop()
        return real(*arguments)

    with monkeypatch.context() as few:
        few.setattr(os, "open", opened)
        with pytest.raises(VaultError, match="no file can be opened to save a new token: Too many"):
            vault.hold_descriptors("name")
    assert vault._spares._held == []
    assert state(vault) is StoreState.REFUSED
    vault.retry_unsaved_now()
    assert state(vault) is StoreState.DURABLE
