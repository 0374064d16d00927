"""The vault with two stores: the keyring and the secrets file."""

from __future__ import annotations

import pytest

from tests.secrets.scripted_keyring import SHORT, ScriptedKeyring, kept, state
from tray_app.model.errors import SecretFileError, VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import KEYRING, MemoryStore, NoStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts

ENTRIES = SecretNames("host", "app", "client", "org", "integration")
SHARED = ENTRIES.of_integration("refresh")


class SecretsInAFile(ScriptedKeyring):
    """What stands in for the keyring."""

    name = "the file /x/secrets.json"
    room = 100

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        if not self.room:
            raise OSError("full")
        self.room -= 1
        super().set(name, value, prompt=prompt)


@pytest.fixture
def file() -> SecretsInAFile:
    return SecretsInAFile()


@pytest.fixture
def either(keyring: ScriptedKeyring, file: SecretsInAFile) -> Vault:
    """A keyring that hangs costs a second; no other call takes so long, however busy it is."""
    return Vault(keyring, StoreTimeouts(read=1.0, write=1.0, person=1.0), file=file)


@pytest.fixture
def impatient(keyring: ScriptedKeyring, file: SecretsInAFile) -> Vault:
    return Vault(keyring, SHORT, file=file)


def is_never_old(_: Secret) -> bool:
    return False


def test_what_is_chosen_is_used_and_nothing_else_is_asked(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """A server has no keyring, or one that hangs."""
    either.choose(SecretStore.FILE)
    either.save("name", Secret("value"))
    assert (kept(file), kept(keyring), keyring.calls) == ("value", None, [])
    assert either.location == "the file /x/secrets.json"
    either.choose(SecretStore.KEYRING)
    assert either.load("name") is None
    assert either.location == KEYRING


def test_what_one_store_refused_goes_into_the_one_that_is_chosen_then(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """That is how a person repairs it."""
    keyring.failure = NoStore("none")
    either.save("name", Secret("value"))
    assert state(either) is StoreState.MEMORY
    either.choose(SecretStore.FILE)
    assert state(either) is StoreState.REFUSED, "it is not there yet"
    either.retry_unsaved_now()
    assert state(either) is StoreState.DURABLE
    assert kept(file) == "value"


def test_beside_a_config_that_keeps_its_secrets_the_keyring_is_used(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    either.choose(SecretStore.CONFIG)
    either.save("name", Secret("value"))
    assert (kept(keyring), kept(file), either.location) == ("value", None, KEYRING)


@pytest.mark.parametrize("first", ["save", "load", "reserve"])
def test_and_the_file_as_soon_as_it_turns_out_that_there_is_none(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile, first: str
) -> None:
    keyring.failure = NoStore("none")
    either.choose(SecretStore.CONFIG)
    if first == "load":
        assert either.load("name") is None
    if first == "reserve":
        either.reserve("name")
        either.release("name")
    either.save("name", Secret("value"))
    assert (kept(file), either.location) == ("value", "the file /x/secrets.json")
    assert state(either) is StoreState.DURABLE
    assert either.load("name") == Secret("value")


def test_but_not_if_it_is_only_locked(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """What it holds is not to be looked for elsewhere, and kept twice."""
    keyring.failure = VaultLocked("locked")
    either.choose(SecretStore.CONFIG)
    with pytest.raises(VaultLocked):
        either.load("name")
    assert either.location == KEYRING


def test_without_any_file_memory_is_all_there_is(keyring: ScriptedKeyring) -> None:
    vault = Vault(keyring)
    keyring.failure = NoStore("none")
    vault.choose(SecretStore.CONFIG)
    vault.save("name", Secret("value"))
    assert state(vault) is StoreState.MEMORY


def fill(store: ScriptedKeyring) -> None:
    for name in ENTRIES.all:
        MemoryStore.set(store, name, f"value of {name}", prompt=False)


def test_out_of_the_keyring_everything_moves_but_what_profiles_share_stays_there_too(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    fill(keyring)
    either.choose(SecretStore.FILE)
    assert either.migrate(ENTRIES, is_never_old) == len(ENTRIES.all)
    assert [name for name in ENTRIES.all if kept(file, name) != f"value of {name}"] == []
    assert {name for name in ENTRIES.all if kept(keyring, name)} == set(ENTRIES.shared)


def test_out_of_the_file_everything_moves(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """Whoever goes back to the keyring wants nothing left in plain text."""
    fill(file)
    assert either.migrate(ENTRIES, is_never_old) == len(ENTRIES.all)
    assert [name for name in ENTRIES.all if not kept(keyring, name)] == []
    assert [name for name in ENTRIES.all if kept(file, name)] == []


def test_what_has_been_replaced_since_is_not_brought_back(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """Another profile has renewed the sign-in that they share."""
    fill(file)
    MemoryStore.set(keyring, SHARED, "newer", prompt=False)
    old = Secret(f"value of {SHARED}")
    assert either.migrate(ENTRIES, lambda secret: secret == old) == len(ENTRIES.all) - 1
    assert (kept(keyring, SHARED), kept(file, SHARED)) == ("newer", None)


@pytest.mark.parametrize("number", range(1, 12))
def test_where_a_move_ends_in_the_middle_the_next_one_completes_it(number: int) -> None:
    """The pair comes last: as long as it is missing, the rest is looked for."""
    keyring, file = ScriptedKeyring(), SecretsInAFile()
    fill(keyring)
    either = Vault(keyring, file=file)
    either.choose(SecretStore.FILE)
    file.room = number
    with pytest.raises(VaultError):
        either.migrate(ENTRIES, is_never_old)
    assert kept(file, ENTRIES.pair) is None
    file.room = 100
    either.migrate(ENTRIES, is_never_old)
    assert [name for name in ENTRIES.all if kept(file, name) != f"value of {name}"] == []


def test_another_store_that_hangs_is_left_behind(
    impatient: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """The file is not to wait for a keyring that does not answer."""
    impatient.choose(SecretStore.FILE)
    keyring.hang()
    with pytest.raises(VaultLocked, match="has not answered"):
        impatient.migrate(ENTRIES, is_never_old)
    impatient.save("name", Secret("value"))
    assert kept(file) == "value"


def test_to_forget_looks_into_both(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """And says where each was; one that is out of reach is no fault."""
    for store in (keyring, file):
        MemoryStore.set(store, "name", "value", prompt=False)
    assert either.forget(["name", "other"]) == (
        ("name", KEYRING),
        ("name", "the file /x/secrets.json"),
    )
    assert (kept(keyring), kept(file)) == (None, None)
    either.choose(SecretStore.FILE)
    keyring.hang()
    MemoryStore.set(file, "name", "value", prompt=False)
    assert either.forget(["name"]) == (("name", "the file /x/secrets.json"),)


def test_to_find_looks_into_both_and_changes_nothing(
    either: Vault, keyring: ScriptedKeyring, file: SecretsInAFile
) -> None:
    """One that is out of reach is no fault."""
    for store in (keyring, file):
        MemoryStore.set(store, "name", "value", prompt=False)
    both = (("name", KEYRING), ("name", "the file /x/secrets.json"))
    assert either.find(["name", "other"]) == both
    assert either.find(["name", "other"]) == both
    either.choose(SecretStore.FILE)
    keyring.hang()
    assert either.find(["name"]) == (("name", "the file /x/secrets.json"),)


def test_a_file_that_cannot_be_used_says_why_until_it_can(
    either: Vault, file: SecretsInAFile
) -> None:
    """Read or written: what stands in `fault` is what a person reads."""
    either.choose(SecretStore.FILE)
    file.failure = SecretFileError("/x/secrets.json is damaged")
    with pytest.raises(SecretFileError):
        either.load("name")
    assert (state(either), either.fault) == (StoreState.LOCKED, "/x/secrets.json is damaged")
    file.failure = SecretFileError("/x/secrets.json cannot be written")
    with pytest.raises(SecretFileError):
        either.save("name", Secret("value"))
    assert (state(either), either.fault) == (
        StoreState.REFUSED,
        "/x/secrets.json cannot be written",
    )
    file.failure = None
    either.retry_unsaved_now()
    assert (state(either), either.fault) == (StoreState.DURABLE, "")
