"""B8: keyrings that are none, and writes that come late."""

from __future__ import annotations

import threading
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from tests.faults.keyring_states import CHOICE, Ring, found, hangs, ring
from tests.faults.table import Bar, rounds
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.secrets.keyring_store import SERVICE, KeyringStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts

__all__ = ["found", "ring"]

BAR = Bar("B8", "keyrings", least=rounds(16, 75))
SECRET = Secret("a secret of a person")


def vault() -> Vault:
    return Vault(KeyringStore(), StoreTimeouts(read=0.2, write=0.2, person=0.2))


def is_memory_only(kept: Vault) -> bool:
    kept.save("name", SECRET)
    return kept.state is StoreState.MEMORY and kept.load("name") == SECRET


@pytest.mark.parametrize("kind", [null.Keyring, fail.Keyring, chainer.ChainerBackend])
def test_stand_ins_are_passed_over(found: list[KeyringBackend], kind: Any) -> None:
    found.append(kind())
    assert is_memory_only(vault())


def test_null_may_be_named_and_is_still_none(
    found: list[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHOICE, "keyring.backends.null.Keyring")
    assert is_memory_only(vault())


def test_a_chainer_that_drops_writes_is_found_out(
    found: list[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named on purpose, and over no keyring at all: it says nothing, and keeps nothing."""
    monkeypatch.setenv(CHOICE, "keyring.backends.chainer.ChainerBackend")
    kept = vault()
    with pytest.raises(VaultError, match=r"the keyring \(chainer ChainerBackend\) did not keep"):
        kept.save("name", SECRET)
    assert (kept.state, kept.load("name")) == (StoreState.REFUSED, SECRET)


def test_a_file_in_clear_is_not_picked(found: list[KeyringBackend], tmp_path: Path) -> None:
    """As keyrings.alt brings one, with a priority like any other's."""
    file = tmp_path / "keyring_pass.cfg"

    class PlaintextKeyring(Ring):
        def set_password(self, service: str, username: str, password: str) -> None:
            file.write_text(password)

    PlaintextKeyring.__module__ = "keyrings.alt.file"
    found.append(PlaintextKeyring())
    assert is_memory_only(vault())
    assert not file.exists()


def test_a_late_write_does_not_win_over_a_newer_one(ring: Ring) -> None:
    """It lands while the newer one is held in memory; the newer one follows."""
    kept, landed = vault(), threading.Event()

    class Noting(dict[tuple[str, str], str]):
        def __setitem__(self, key: tuple[str, str], value: str) -> None:
            super().__setitem__(key, value)
            landed.set()

    ring.kept, ring.failure = Noting(), hangs
    for value in ("old", "new"):
        with pytest.raises(VaultLocked, match="the keyring"):
            kept.save("name", Secret(value))
    ring.failure = None
    ring.release.set()
    assert landed.wait(60)
    assert kept.load("name") == Secret("new")
    assert kept._worker._stuck is not None
    assert wait([kept._worker._stuck], 5).done
    kept.retry_unsaved_now()
    assert ring.kept[SERVICE, "name"] == "new"
    assert kept.state is StoreState.DURABLE


def test_the_end_of_the_program_does_not_wait_for_a_dialog(ring: Ring) -> None:
    """A person had two minutes for it; they quit instead."""
    kept = Vault(KeyringStore(), StoreTimeouts(person=60, ending=0.05))
    ring.failure = hangs
    threading.Timer(0.1, kept.shorten_timeouts).start()
    with pytest.raises(VaultLocked):
        kept.load("name", prompt=True)
    assert not ring.release.is_set()
