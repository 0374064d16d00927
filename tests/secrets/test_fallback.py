"""A keyring that goes away: what it did not take is in the secrets file until it does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.secrets.scripted_keyring import SHORT, ScriptedKeyring, kept, state
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import KEYRING, NoStore
from tray_app.secrets.vault import Vault
from tray_app.system.file_probe import signature

FALLBACK = SecretNames.fallback("name")
OLD, NEW, NEWER = Secret("old"), Secret("new"), Secret("newer")
GONE = VaultError("the keyring failed: SecretServiceNotAvailableException")


@pytest.fixture
def file(tmp_path: Path) -> SecretFile:
    return SecretFile(tmp_path / "data" / "secrets.json")


@pytest.fixture
def vault(keyring: ScriptedKeyring, file: SecretFile) -> Vault:
    """It holds OLD, and has said so."""
    made = Vault(keyring, file=file)
    made.save("name", OLD)
    made.begin()
    assert made.load("name") == OLD
    return made


def restarted(keyring: ScriptedKeyring, file: SecretFile) -> Vault:
    return Vault(keyring, file=file)


def goes(keyring: ScriptedKeyring, vault: Vault, error: Exception = GONE) -> None:
    """It takes nothing more, right after room was made for NEW."""
    vault.reserve("name")
    keyring.failure = error


@pytest.mark.parametrize("error", [GONE, VaultLocked("locked"), NoStore("none"), OSError("bus")])
def test_what_it_did_not_take_is_used_after_a_restart_and_moves_back(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault, error: Exception
) -> None:
    goes(keyring, vault, error)
    vault.save("name", NEW)
    assert not vault.is_in_memory_only("name")
    assert state(vault) is not StoreState.DURABLE
    assert os.name != "posix" or file.path.stat().st_mode & 0o777 == 0o600
    keyring.failure = None
    assert restarted(keyring, file).load("name") == NEW  # to look changes nothing
    again = restarted(keyring, file)
    assert again.load("name") == NEW
    assert again.has_fallback
    assert kept(keyring) == "old"
    assert again.move_back(["other", "name"]) == 1
    assert (kept(keyring), file.path.exists(), again.has_fallback) == ("new", False, False)
    assert restarted(keyring, file).load("name") == NEW


def test_several_of_them_are_one_after_the_other(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    vault.save("name", NEWER)
    keyring.failure = None
    assert restarted(keyring, file).load("name") == NEWER
    keyring.set("name", "new", prompt=False)  # moved back by a process that was killed right then
    assert restarted(keyring, file).load("name") == NEWER


def test_what_another_process_has_saved_since_leads(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    """As an earlier version, which does not know the file's entry."""
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    keyring.set("name", "newer", prompt=False)
    again = restarted(keyring, file)
    assert again.load("name") == NEWER
    assert again.move_back(["name"]) == 0
    assert (kept(keyring), file.path.exists()) == ("newer", False)


def test_a_process_without_a_keyring_does_not_claim_to_have_the_newest(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    """It tried to move it back each minute, and wrote each time that it is newer than anything."""
    goes(keyring, vault, NoStore("none"))
    vault.save("name", NEW)
    before = signature(file.path)
    over_ssh = restarted(keyring, file)
    assert over_ssh.load("name") == NEW
    assert over_ssh.move_back(["name"]) == 0
    assert signature(file.path) == before
    over_ssh.save("name", NEWER)
    keyring.failure = None
    assert restarted(keyring, file).load("name") == NEWER
    keyring.set("name", "newest", prompt=False)  # by an earlier version
    assert restarted(keyring, file).load("name") == Secret("newest")


def test_what_is_saved_later_removes_it(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    vault.begin()
    vault.save("name", NEWER)
    assert (kept(keyring), file.path.exists()) == ("newer", False)
    assert vault.load("name") == NEWER


def test_so_does_what_the_keyring_had_if_that_is_restored(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    """As if Webex rejects the newer one."""
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    again = restarted(keyring, file)
    assert again.load("name") == NEW
    again.save("name", OLD)
    assert restarted(keyring, file).load("name") == OLD


def test_also_if_the_keyring_had_nothing(keyring: ScriptedKeyring, file: SecretFile) -> None:
    vault = Vault(keyring, file=file)
    assert vault.load("name") is None
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    assert restarted(keyring, file).load("name") == NEW
    keyring.set("name", "newer", prompt=False)
    assert restarted(keyring, file).load("name") == NEWER


def test_if_it_still_refuses_the_file_keeps_it(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    again = restarted(keyring, file)
    with pytest.raises(VaultError):
        again.move_back(["name"])
    keyring.failure = None
    assert restarted(keyring, file).load("name") == NEW


def test_with_no_place_at_all_it_is_in_memory_and_said_so(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.release("name")
    file.path.parent.rmdir()
    file.path.parent.write_bytes(b"")  # no folder can be made here
    with pytest.raises(VaultError, match=str(GONE)):
        vault.save("name", NEW)
    assert vault.is_in_memory_only("name")
    assert state(vault) is StoreState.REFUSED
    assert vault.load("name") == NEW
    keyring.failure = None
    vault.retry_unsaved_now()
    assert kept(keyring) == "new"


def test_without_another_place_the_keyring_is_used_as_ever(
    keyring: ScriptedKeyring, file: SecretFile
) -> None:
    file.path.parent.write_bytes(b"")
    vault = Vault(keyring, file=file)
    vault.load("name")
    vault.reserve("name")
    vault.save("name", NEW)
    vault.release("name")
    assert kept(keyring) == "new"
    assert vault.load("name") == NEW


@pytest.mark.parametrize("error", [NoStore("none"), GONE])
def test_a_keyring_that_never_answered_leaves_no_file(
    keyring: ScriptedKeyring, file: SecretFile, error: Exception
) -> None:
    """Plain text is for who asks for it; and a container has no keyring."""
    keyring.failure = error
    vault = Vault(keyring, file=file)
    if isinstance(error, NoStore):
        vault.save("name", NEW)
    else:
        with pytest.raises(VaultError):
            vault.save("name", NEW)
    assert vault.is_in_memory_only("name")
    assert not file.path.parent.exists()


def test_what_the_config_has_anyway_gets_into_no_file(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    keyring.failure = GONE
    with pytest.raises(VaultError):
        vault.save("name", NEW, falls_back=False)
    assert not file.path.exists()


def test_beside_a_config_that_keeps_its_secrets_it_is_the_same(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    """The file was then used instead of the keyring, and its older entry led at the next start."""
    vault.choose(SecretStore.CONFIG)
    goes(keyring, vault, NoStore("none"))
    vault.save("name", NEW)
    assert not vault.is_file
    keyring.failure = None
    again = restarted(keyring, file)
    again.choose(SecretStore.CONFIG)
    assert again.load("name") == NEW


def test_a_config_that_names_the_file_since_finds_it_there(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    again = restarted(keyring, file)
    again.choose(SecretStore.FILE)
    assert again.load("name") == NEW
    assert again.move_back(["name"]) == 1
    assert file.get("name", prompt=False) == "new"
    assert file.get(FALLBACK, prompt=False) is None


def test_it_is_found_and_forgotten(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    vault.begin()
    assert vault.find(["name"]) == (("name", KEYRING), ("name", file.name))
    assert vault.forget(["name"]) == (("name", KEYRING), ("name", file.name))
    assert not file.path.exists()
    assert restarted(keyring, file).load("name") is None


def test_room_is_made_before_and_given_back(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    vault.reserve("name")
    assert list(file.path.parent.iterdir())
    vault.release("name")
    assert not list(file.path.parent.iterdir())
    vault.choose(SecretStore.FILE)
    vault.reserve_fallback("name")
    assert not list(file.path.parent.iterdir())


def test_a_keyring_that_hangs_is_waited_for_once(file: SecretFile) -> None:
    keyring = ScriptedKeyring()
    vault = Vault(keyring, SHORT, file=file)
    vault.load("name")
    vault.reserve("name")
    keyring.hang()
    vault._fallback._timeout = 10.0  # the real file syncs
    vault.save("name", NEW)
    vault.save("other", NEWER)
    assert file.get(FALLBACK, prompt=False) is not None
    keyring.gate.set()


@pytest.mark.parametrize(
    "damage", ["", "[]", "{}", '{"secret": 1, "after": ""}', '{"secret": "x"}', "null"]
)
def test_a_damaged_entry_counts_as_none(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault, damage: str
) -> None:
    file.set(FALLBACK, damage, prompt=False)
    again = restarted(keyring, file)
    assert again.load("name") == OLD
    assert not again.has_fallback


def test_a_file_that_cannot_be_read_concerns_no_keyring(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault
) -> None:
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_text("damaged", encoding="utf-8")
    assert restarted(keyring, file).load("name") == OLD
    vault.save("name", NEW)
    assert kept(keyring) == "new"


def test_a_file_that_no_longer_takes_anything_keeps_an_old_entry_that_is_known_as_old(
    keyring: ScriptedKeyring, file: SecretFile, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes(keyring, vault)
    vault.save("name", NEW)
    keyring.failure = None
    with monkeypatch.context() as full:

        def refuse(*_: object, **__: object) -> None:
            raise VaultError("read-only")

        full.setattr(SecretFile, "remove", refuse)
        vault.save("name", NEWER)
    assert restarted(keyring, file).load("name") == NEWER
