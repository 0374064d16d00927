"""The vault: keyrings that hang, lie, refuse or are missing never hold up or lose anything."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import wait

import pytest

from tests.samples import everything_shown, pair, token
from tray_app.model.credentials import Pair
from tray_app.model.errors import SecretFileError, VaultError, VaultLocked
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import MemoryStore, NoStore
from tray_app.secrets.vault import StoreTimeouts, Vault

SHORT = StoreTimeouts(read=0.05, write=0.06, person=0.07)
CANARY = "CANARYcanary0123456789"


class KeyringThatWeScript(MemoryStore):
    """Memory, with everything that keyrings are known to do."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.calls: list[str] = []
        self.prompts: list[bool] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.left = threading.Event()
        self.failure: Exception | None = None
        self.threads: set[str] = set()

    def get(self, name: str, *, prompt: bool) -> str | None:
        self._called("get", prompt=prompt)
        return super().get(name, prompt=prompt)

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        self._called("set", prompt=prompt)
        super().set(name, value, prompt=prompt)
        self.left.set()

    def _called(self, what: str, *, prompt: bool) -> None:
        self.calls.append(what)
        self.prompts.append(prompt)
        self.threads.add(threading.current_thread().name)
        self.entered.set()
        assert self.gate.wait(10)
        if self.failure is not None:
            raise self.failure

    def hang(self) -> None:
        """No call comes back until `gate` is set."""
        self.gate.clear()
        self.entered.clear()
        self.left.clear()


@pytest.fixture
def keyring() -> KeyringThatWeScript:
    return KeyringThatWeScript()


@pytest.fixture
def vault(keyring: KeyringThatWeScript) -> Vault:
    return Vault(keyring, SHORT)


def kept(keyring: KeyringThatWeScript, name: str = "name") -> str | None:
    return MemoryStore.get(keyring, name, prompt=False)


def state(vault: Vault) -> StoreState:
    """The state now, which a type checker cannot foresee."""
    return vault.state


def keyring_threads() -> int:
    return sum(thread.name == "keyring" for thread in threading.enumerate())


# --- as it should be --------------------------------------------------------------------------


def test_what_is_saved_is_loaded(vault: Vault, keyring: KeyringThatWeScript) -> None:
    """By one thread, which is not ours."""
    assert vault.load("name") is None
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")
    assert kept(keyring) == "value"
    assert state(vault) is StoreState.DURABLE
    assert keyring.threads == {"keyring"}


@pytest.mark.parametrize("how", ["loaded", "saved"])
def test_what_is_known_to_be_there_is_not_written_again(
    vault: Vault, keyring: KeyringThatWeScript, monkeypatch: pytest.MonkeyPatch, how: str
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
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """The store is told which is which."""
    vault.load("name")
    vault.save("name", Secret("value"))
    vault.load("name", prompt=True)
    vault.save("name", Secret("other"), prompt=True)
    assert keyring.prompts == [False, False, True, True]


def test_an_empty_entry_is_none(vault: Vault, keyring: KeyringThatWeScript) -> None:
    """Some keyrings cannot delete, and keep an empty text."""
    keyring.set("name", "", prompt=False)
    assert vault.load("name") is None


@pytest.mark.parametrize("tokens", [pair("ar"), Pair(token("a"), None)])
def test_a_pair_is_one_entry(vault: Vault, keyring: KeyringThatWeScript, tokens: Pair) -> None:
    """What must change together cannot be half saved."""
    vault.save_pair("pair", tokens)
    assert vault.load_pair("pair") == tokens
    assert keyring.calls.count("set") == 1


def test_there_may_be_no_pair(vault: Vault) -> None:
    """At the first start."""
    assert vault.load_pair("pair") is None


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
def test_a_damaged_pair_is_no_pair(vault: Vault, keyring: KeyringThatWeScript, entry: str) -> None:
    """`.env` still has the tokens; nothing breaks later on what is no token."""
    keyring.set("pair", entry, prompt=False)
    assert vault.load_pair("pair") is None


@pytest.mark.parametrize("refresh", [None, "", 5, "a b", "\ud800", {}])
def test_of_a_pair_without_a_usable_refresh_token_the_access_token_is_kept(
    vault: Vault, keyring: KeyringThatWeScript, refresh: object
) -> None:
    """It still works, and can be probed."""
    keyring.set("pair", json.dumps({"access": "a", "refresh": refresh}), prompt=False)
    assert vault.load_pair("pair") == Pair(Secret("a"), None)


# --- keyrings that hang -----------------------------------------------------------------------


def test_a_keyring_that_hangs_is_as_good_as_locked(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """After a moment's patience."""
    keyring.hang()
    with pytest.raises(VaultLocked, match=r"has not answered for 0\.05 seconds"):
        vault.load("name")
    assert state(vault) is StoreState.LOCKED
    keyring.gate.set()


def test_a_persons_click_waits_longer(vault: Vault, keyring: KeyringThatWeScript) -> None:
    """There may be a dialog to answer."""
    keyring.hang()
    with pytest.raises(VaultLocked, match=r"0\.07 seconds"):
        vault.load("name", prompt=True)
    keyring.gate.set()


def test_behind_a_call_that_hangs_nothing_queues_up(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """Later calls are refused at once, and never reach the keyring."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.load("name")
    began = time.monotonic()
    for _ in range(50):
        with pytest.raises(VaultLocked, match="still has not answered"):
            vault.load("another")
        with pytest.raises(VaultLocked, match="still has not answered"):
            vault.save("other", Secret("value"))
    assert time.monotonic() - began < SHORT.read * 50, "each of them waited"
    assert keyring.calls == ["get"]
    keyring.gate.set()


def test_a_keyring_that_answers_again_is_used_again(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """By the same thread; what was saved meanwhile gets in."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.load("name")
    before = keyring_threads()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("value"))
    keyring.gate.set()
    assert vault._worker._stuck is not None
    assert wait([vault._worker._stuck], 5).done
    vault.save_again()
    assert kept(keyring) == "value"
    assert state(vault) is StoreState.DURABLE
    assert keyring_threads() == before


def test_a_late_write_does_not_win_over_a_newer_one(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """The old value lands after the new one was asked for; in the end the new one stands."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("old"))
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("new"))
    assert vault.load("name") == Secret("new"), "the newest value leads, wherever it is"
    keyring.gate.set()
    assert keyring.left.wait(5)
    assert kept(keyring) == "old"
    assert vault._worker._stuck is not None
    assert wait([vault._worker._stuck], 5).done
    assert vault.load("name") == Secret("new")
    vault.save_again()
    assert kept(keyring) == "new"
    assert vault.load("name") == Secret("new")
    assert state(vault) is StoreState.DURABLE


def test_a_write_that_lands_late_is_no_longer_missing(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """The next try finds it there."""
    keyring.hang()
    with pytest.raises(VaultLocked):
        vault.save("name", Secret("value"))
    assert state(vault) is StoreState.REFUSED
    keyring.gate.set()
    assert vault._worker._stuck is not None
    assert wait([vault._worker._stuck], 5).done
    vault.save_again()
    assert state(vault) is StoreState.DURABLE


# --- keyrings that refuse ---------------------------------------------------------------------


def test_a_refused_save_is_held_in_memory_and_tried_again(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """A rotated refresh token is not lost because the keyring was locked just then."""
    keyring.failure = VaultLocked("the keyring is locked")
    with pytest.raises(VaultLocked, match="the keyring is locked"):
        vault.save("name", Secret("value"))
    assert state(vault) is StoreState.REFUSED
    assert vault.load("name") == Secret("value")
    with pytest.raises(VaultLocked):
        vault.save_again()
    assert state(vault) is StoreState.REFUSED
    keyring.failure = None
    vault.save_again()
    assert state(vault) is StoreState.DURABLE
    assert kept(keyring) == "value"
    keyring.calls.clear()
    vault.save_again()
    assert keyring.calls == [], "there is nothing left to save"


def test_as_long_as_anything_is_unsaved_the_store_counts_as_refusing(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """A reading that works does not hide it."""
    keyring.failure = VaultError("full")
    with pytest.raises(VaultError):
        vault.save("name", Secret("value"))
    keyring.failure = None
    vault.load("other")
    assert state(vault) is StoreState.REFUSED


def test_a_locked_keyring_keeps_what_it_holds(vault: Vault, keyring: KeyringThatWeScript) -> None:
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
    vault: Vault, keyring: KeyringThatWeScript, failure: Exception
) -> None:
    """A backend may put into its message what it was given."""
    keyring.failure = failure
    with pytest.raises(VaultError, match=f"the keyring failed: {type(failure).__name__}") as caught:
        vault.save("name", Secret(CANARY))
    assert CANARY not in everything_shown(caught.value)


def test_even_a_backend_that_exits_does_not_end_the_thread(
    vault: Vault, keyring: KeyringThatWeScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that asks on stdin, for example."""

    def exits(_: str, *, prompt: bool) -> str:
        raise SystemExit(1)

    with monkeypatch.context() as patch:
        patch.setattr(keyring, "get", exits)
        with pytest.raises(VaultError, match="the keyring failed: SystemExit"):
            vault.load("name")
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")


# --- no keyring -------------------------------------------------------------------------------


def test_without_a_keyring_memory_is_all_there_is(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """That is no error, but a state that a person is told."""
    keyring.failure = NoStore("no keyring is running")
    assert vault.load("name") is None
    assert state(vault) is StoreState.MEMORY
    vault.save("name", Secret("value"))
    assert vault.load("name") == Secret("value")
    vault.save_again()
    assert state(vault) is StoreState.MEMORY


def test_a_keyring_that_comes_up_later_gets_what_memory_held(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """A tray starts at login before gnome-keyring, and renews; last month's pair is in there."""
    MemoryStore.set(keyring, "name", "last month's", prompt=False)
    keyring.failure = NoStore("no keyring is running")
    vault.save("name", Secret("today's"))
    keyring.failure = None
    assert vault.load("name") == Secret("today's")
    vault.save_again()
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


# --- names ------------------------------------------------------------------------------------


def test_entries_are_told_apart_by_host_and_credential() -> None:
    """Another API host never sees production's secrets."""
    entries = SecretNames("webexapis.com", "app", "client", "org", "integration")
    names = {
        entries.pair,
        entries.app_secret,
        entries.personal_token,
        *(entries.of_integration(what) for what in ("secret", "refresh", "access")),
    }
    assert names == {
        "webexapis.com/app/app/org/tokens",
        "webexapis.com/app/client/secret",
        "webexapis.com/personal/app",
        "webexapis.com/integration/integration/secret",
        "webexapis.com/integration/integration/refresh",
        "webexapis.com/integration/integration/access",
    }


def test_the_usual_patience_is_that_of_the_security_page() -> None:
    """3 s as gh has it, 120 s for a person."""
    assert StoreTimeouts() == StoreTimeouts(read=3.0, write=10.0, person=120.0)


# --- one store or the other -------------------------------------------------------------------

ENTRIES = SecretNames("host", "app", "client", "org", "integration")
SHARED = ENTRIES.of_integration("refresh")


class SecretsInAFile(KeyringThatWeScript):
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
def either(keyring: KeyringThatWeScript, file: SecretsInAFile) -> Vault:
    return Vault(keyring, SHORT, file=file)


def is_never_old(_: Secret) -> bool:
    return False


def test_what_is_chosen_is_used_and_nothing_else_is_asked(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """A server has no keyring, and one that hangs is nobody's business there."""
    either.choose(SecretStore.FILE)
    either.save("name", Secret("value"))
    assert (kept(file), kept(keyring), keyring.calls) == ("value", None, [])
    assert either.location == "the file /x/secrets.json"
    either.choose(SecretStore.KEYRING)
    assert either.load("name") is None
    assert either.location == "the keyring"


def test_what_one_store_refused_goes_into_the_one_that_is_chosen_then(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """That is how a person repairs it."""
    keyring.failure = NoStore("none")
    either.save("name", Secret("value"))
    assert state(either) is StoreState.MEMORY
    either.choose(SecretStore.FILE)
    assert state(either) is StoreState.REFUSED, "it is not there yet"
    either.save_again()
    assert state(either) is StoreState.DURABLE
    assert kept(file) == "value"


def test_beside_a_config_that_keeps_its_secrets_the_keyring_is_used(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    either.choose(SecretStore.CONFIG)
    either.save("name", Secret("value"))
    assert (kept(keyring), kept(file), either.location) == ("value", None, "the keyring")


@pytest.mark.parametrize("first", ["save", "load", "reserve"])
def test_and_the_file_as_soon_as_it_turns_out_that_there_is_none(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile, first: str
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
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """What it holds is not to be looked for elsewhere, and kept twice."""
    keyring.failure = VaultLocked("locked")
    either.choose(SecretStore.CONFIG)
    with pytest.raises(VaultLocked):
        either.load("name")
    assert either.location == "the keyring"


def test_without_any_file_memory_is_all_there_is(keyring: KeyringThatWeScript) -> None:
    vault = Vault(keyring, SHORT)
    keyring.failure = NoStore("none")
    vault.choose(SecretStore.CONFIG)
    vault.save("name", Secret("value"))
    assert state(vault) is StoreState.MEMORY


def fill(store: KeyringThatWeScript) -> None:
    for name in ENTRIES.all:
        MemoryStore.set(store, name, f"value of {name}", prompt=False)


def test_out_of_the_keyring_everything_moves_but_what_profiles_share_stays_there_too(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    fill(keyring)
    either.choose(SecretStore.FILE)
    assert either.migrate(ENTRIES, is_never_old) == len(ENTRIES.all)
    assert [name for name in ENTRIES.all if kept(file, name) != f"value of {name}"] == []
    assert {name for name in ENTRIES.all if kept(keyring, name)} == set(ENTRIES.shared)


def test_out_of_the_file_everything_moves(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """Whoever goes back to the keyring wants nothing left in plain text."""
    fill(file)
    assert either.migrate(ENTRIES, is_never_old) == len(ENTRIES.all)
    assert [name for name in ENTRIES.all if not kept(keyring, name)] == []
    assert [name for name in ENTRIES.all if kept(file, name)] == []


def test_what_has_been_replaced_since_is_not_brought_back(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
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
    keyring, file = KeyringThatWeScript(), SecretsInAFile()
    fill(keyring)
    either = Vault(keyring, SHORT, file=file)
    either.choose(SecretStore.FILE)
    file.room = number
    with pytest.raises(VaultError):
        either.migrate(ENTRIES, is_never_old)
    assert kept(file, ENTRIES.pair) is None
    file.room = 100
    either.migrate(ENTRIES, is_never_old)
    assert [name for name in ENTRIES.all if kept(file, name) != f"value of {name}"] == []


def test_another_store_that_hangs_is_left_behind(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """The file is not to wait for a keyring that does not answer."""
    either.choose(SecretStore.FILE)
    keyring.hang()
    with pytest.raises(VaultLocked, match="has not answered"):
        either.migrate(ENTRIES, is_never_old)
    either.save("name", Secret("value"))
    assert kept(file) == "value"
    keyring.gate.set()


def test_to_forget_looks_into_both(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """And says where each was; one that is out of reach is no fault."""
    for store in (keyring, file):
        MemoryStore.set(store, "name", "value", prompt=False)
    assert either.forget(["name", "other"]) == (
        "the keyring: name",
        "the file /x/secrets.json: name",
    )
    assert (kept(keyring), kept(file)) == (None, None)
    either.choose(SecretStore.FILE)
    keyring.hang()
    MemoryStore.set(file, "name", "value", prompt=False)
    assert either.forget(["name"]) == ("the file /x/secrets.json: name",)
    keyring.gate.set()


def test_to_find_looks_into_both_and_changes_nothing(
    either: Vault, keyring: KeyringThatWeScript, file: SecretsInAFile
) -> None:
    """One that is out of reach is no fault."""
    for store in (keyring, file):
        MemoryStore.set(store, "name", "value", prompt=False)
    both = (("name", "the keyring"), ("name", "the file /x/secrets.json"))
    assert either.find(["name", "other"]) == both
    assert either.find(["name", "other"]) == both
    either.choose(SecretStore.FILE)
    keyring.hang()
    assert either.find(["name"]) == (("name", "the file /x/secrets.json"),)
    keyring.gate.set()


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
    either.save_again()
    assert (state(either), either.fault) == (StoreState.DURABLE, "")


# --- several profiles -------------------------------------------------------------------------


def test_profiles_share_the_one_thread_that_touches_the_keyring(
    vault: Vault, keyring: KeyringThatWeScript
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
    vault.save_again()
    assert other.load("name") == Secret("newer")
    assert keyring_threads() == before + 1


def test_behind_another_profile_s_question_nobody_waits_for_longer_than_else(
    vault: Vault, keyring: KeyringThatWeScript
) -> None:
    """A person takes minutes over the dialog; those behind wait once, and then not at all."""
    other = vault.for_another()
    asking = Vault(keyring, StoreTimeouts(person=60), workers=vault._workers)
    keyring.hang()
    person = threading.Thread(target=lambda: asking.load("name", prompt=True))
    person.start()
    assert keyring.entered.wait(5)
    with pytest.raises(VaultLocked, match=r"has not answered for 0\.05 seconds"):
        vault.load("name")
    with pytest.raises(VaultLocked, match="still has not answered"):
        other.load("name")
    keyring.gate.set()
    person.join(5)
    assert vault._worker._stuck is not None
    assert wait([vault._worker._stuck], 5).done
    assert other.load("name") is None
