"""A scripted keyring, and a vault on it: with the usual timeouts, and for one that hangs with short
ones, which a busy machine can exceed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.secrets.scripted_keyring import SHORT, ScriptedKeyring
from tray_app.secrets.vault import Vault


@pytest.fixture
def keyring() -> Iterator[ScriptedKeyring]:
    made = ScriptedKeyring()
    yield made
    made.gate.set()


@pytest.fixture
def vault(keyring: ScriptedKeyring) -> Vault:
    return Vault(keyring)


@pytest.fixture
def impatient(keyring: ScriptedKeyring, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setattr("tray_app.secrets.worker._LOADING_SECONDS", 0.0)
    return Vault(keyring, SHORT)
