"""The vault: a keyring that hangs holds up nothing, for one profile or several."""

from __future__ import annotations

import threading

import pytest

from tests.secrets.scripted_keyring import (
    ScriptedKeyring,
    kept,
    keyring_threads,
    state,
    wait_for_the_call_that_hung,
)
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts, StoreWorker


@pytest.fixture
def vault(impatient: Vault) -> Vault:
    return impatient


def test_a_keyring_that_hangs_is_as_good_as_locked(vault: Vault, keyring: ScriptedKeyring) -> None:
    """After a moment's patience."""
    keyring.hang()
    with pytest.raises(VaultLocked, match=r"has not answered for 0\.05 seconds"):
        vault.load("name")
    assert state(vault) is StoreState.LOCKED


def test_a_persons_click_waits_longer(vault: Vault, keyring: ScriptedKeyring) -> None:
    """There may be a dialog to answer."""
    keyring.hang()
    with pytest.raises(VaultLocked, match=r"0\.07 seconds"):
        vault.load("name", prompt=True)


def test_behind_a_call_that_hangs_nothing_queues_up(vault: Vault, keyring: ScriptedKeyring) -> None:
    """Later calls never reach the keyring. One that had waited would say for how long."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.load("name")
    for _ in range(50):
        with pytest.raises(VaultLocked, match="still has not answered"):
            vault.load("another")
        with pytest.raises(VaultLocked, match="still has not answered"):
            vault.save("other", Secret("value"))
    assert keyring.calls == ["get"]


def test_what_asks_after_the_end_is_refused_at_once(keyring: ScriptedKeyring) -> None:
    """It waited for a thread that had ended: twenty seconds for a set-up page that was closed."""
    closed = Vault(keyring, StoreTimeouts(read=3600, write=3600))
    closed.close()
    with pytest.raises(VaultLocked, match="is closed"):
        closed.load("name")
    with pytest.raises(VaultLocked, match="is closed"):
        closed.save("name", Secret("value"))
    assert keyring.calls == []


def test_a_keyring_that_answers_again_is_used_again(vault: Vault, keyring: ScriptedKeyring) -> None:
    """By the same thread; what was saved meanwhile gets in."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.load("name")
    before = keyring_threads()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("value"))
    keyring.gate.set()
    wait_for_the_call_that_hung(vault)
    vault.retry_unsaved_now()
    assert kept(keyring) == "value"
    assert state(vault) is StoreState.DURABLE
    assert keyring_threads() == before


def test_a_late_write_does_not_win_over_a_newer_one(vault: Vault, keyring: ScriptedKeyring) -> None:
    """The old value lands after the new one was asked for; in the end the new one stands."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("old"))
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("new"))
    assert vault.load("name") == Secret("new"), "the newest value leads, wherever it is"
    keyring.gate.set()
    assert keyring.left.wait(60)
    assert kept(keyring) == "old"
    wait_for_the_call_that_hung(vault)
    assert vault.load("name") == Secret("new")
    vault.retry_unsaved_now()
    assert kept(keyring) == "new"
    assert vault.load("name") == Secret("new")
    assert state(vault) is StoreState.DURABLE


def test_a_write_that_lands_late_is_no_longer_missing(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """The next try finds it there."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("value"))
    assert state(vault) is StoreState.REFUSED
    keyring.gate.set()
    wait_for_the_call_that_hung(vault)
    vault.retry_unsaved_now()
    assert state(vault) is StoreState.DURABLE


def test_the_usual_patience_is_that_of_the_security_page() -> None:
    """3 s as gh has it, 120 s for a person."""
    assert StoreTimeouts() == StoreTimeouts(read=3.0, write=10.0, person=120.0)


def test_profiles_share_the_one_thread_that_touches_the_keyring(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """What one could not save is no business of the other."""
    before = keyring_threads()
    other = vault.for_another()
    vault.save("name", Secret("value"))
    assert other.load("name") == Secret("value")
    keyring.failure = RuntimeError()
    with pytest.raises(VaultError):
        vault.save("name", Secret("newer"))
    keyring.failure = None
    assert other.load("name") == Secret("value")
    assert (state(vault), state(other)) == (StoreState.REFUSED, StoreState.DURABLE)
    other.close()
    vault.retry_unsaved_now()
    assert other.load("name") == Secret("newer")
    assert keyring_threads() == before + 1


def test_a_call_behind_another_profile_s_dialog_waits_only_its_own_timeout(
    vault: Vault, keyring: ScriptedKeyring
) -> None:
    """A person takes minutes over the dialog; those behind wait once, and then not at all."""
    other = vault.for_another()
    asking = Vault(keyring, StoreTimeouts(person=60), workers=vault._workers)
    keyring.hang()
    person = threading.Thread(target=lambda: asking.load("name", prompt=True))
    person.start()
    assert keyring.entered.wait(60)
    with pytest.raises(VaultLocked, match=r"has not answered for 0\.05 seconds"):
        vault.load("name")
    with pytest.raises(VaultLocked, match="still has not answered"):
        other.load("name")
    keyring.gate.set()
    person.join(60)
    wait_for_the_call_that_hung(vault)
    assert other.load("name") is None


def test_the_first_call_may_load_the_library_before_it_counts_as_hanging(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On Windows, a virus scanner may read all of it."""
    monkeypatch.setattr("tray_app.secrets.worker._LOADING_SECONDS", 5.0)
    worker, never = StoreWorker(MemoryStore(), 1.0), threading.Event()
    try:
        assert worker.run(lambda: never.wait(0.2), 0.01) is False
        with pytest.raises(VaultLocked):
            worker.run(lambda: never.wait(0.2), 0.01)
    finally:
        worker.close()
