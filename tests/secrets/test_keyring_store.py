"""The OS keyring, through the keyring library's own seam: backends that do what they like."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import keyring.backend
import keyring.errors
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from tests.samples import everything_shown
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.secret import Secret
from tray_app.secrets.keyring_store import SERVICE, KeyringStore
from tray_app.secrets.store import KEYRING, MemoryStore, NoStore
from tray_app.secrets.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "CANARYcanary0123456789"


class Ring(KeyringBackend):
    """A keyring that we script. Its class is not offered to the library by itself."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.failure: Exception | None = None
        self.drops = False

    def get_password(self, service: str, username: str) -> str | None:
        self._called("get")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._called("set")
        if not self.drops:
            self.kept[service, username] = password

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.failure is not None:
            raise self.failure


@pytest.fixture(autouse=True)
def _not_registered() -> Iterator[None]:
    """The library lists every class that exists; ours are for these tests only."""
    known: set[type] = KeyringBackend._classes
    before = set(known)
    known.difference_update(found for found in before if found.__module__ == __name__)
    yield
    known.difference_update(found for found in set(known) if found.__module__ == __name__)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[KeyringBackend]:
    """What the library finds on this machine: a list to fill in."""
    backends: list[KeyringBackend] = []
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: backends)
    return backends


@pytest.fixture
def ring(found: list[KeyringBackend]) -> Ring:
    ring = Ring()
    found.append(ring)
    return ring


def get(name: str = "name") -> str | None:
    return KeyringStore().get(name, prompt=False)


def put(value: str, name: str = "name") -> None:
    KeyringStore().set(name, value, prompt=False)


def test_a_secret_goes_in_under_our_name_and_comes_back(ring: Ring) -> None:
    """Everything under one service."""
    assert get() is None
    put("value")
    assert get() == "value"
    assert ring.kept == {(SERVICE, "name"): "value"}


def test_every_write_is_read_back(ring: Ring) -> None:
    """A keyring that drops what it is given says nothing of it."""
    ring.drops = True
    with pytest.raises(VaultError, match=rf"{KEYRING} \(test keyring store Ring\) did not keep"):
        put("value")


def test_a_save_is_one_write_and_one_read_back(ring: Ring) -> None:
    put("value")
    assert ring.calls == ["set", "get"]


def test_a_locked_keyring_says_so(ring: Ring) -> None:
    """It is a state of its own, not a failure."""
    ring.failure = keyring.errors.KeyringLocked(CANARY)
    vault, message = Vault(KeyringStore()), rf"{KEYRING} \(test keyring store Ring\) is locked"
    with pytest.raises(VaultLocked, match=message):
        vault.load("name")
    with pytest.raises(VaultLocked, match=message):
        vault.save("name", Secret("value"))


@pytest.mark.parametrize(
    "failure",
    [
        keyring.errors.InitError(CANARY),
        keyring.errors.PasswordSetError(CANARY),
        keyring.errors.NoKeyringError(CANARY),
        RuntimeError(CANARY),
        OSError(1783, CANARY),  # Windows, for a value that is too long
        EOFError(CANARY),
    ],
)
@pytest.mark.parametrize("call", ["load", "save"])
def test_a_backends_error_is_named_by_its_kind_alone(
    ring: Ring, failure: Exception, call: str
) -> None:
    """Its text, its cause and its frames may hold what it was given."""
    ring.failure = failure
    vault = Vault(KeyringStore())
    with pytest.raises(VaultError) as caught:
        vault.load("name") if call == "load" else vault.save("name", Secret(CANARY))
    assert (
        str(caught.value) == f"{KEYRING} (test keyring store Ring) failed: {type(failure).__name__}"
    )
    assert not isinstance(caught.value, VaultLocked)
    assert CANARY not in everything_shown(caught.value)


def test_the_best_keyring_is_taken(found: list[KeyringBackend]) -> None:
    """By the library's own priorities."""
    weak, strong = Ring(), Ring()
    weak.priority = 2
    found += [weak, strong]
    put("value")
    assert strong.kept
    assert not weak.kept


def test_a_keyring_that_has_gone_since_it_was_listed_is_passed_over(
    found: list[KeyringBackend],
) -> None:
    """The library lists them once; asking for its priority then raises."""

    def is_gone(_: object) -> float:
        raise RuntimeError("the daemon is not running")

    found.append(type("Gone", (Ring,), {"priority": property(is_gone)})())
    with pytest.raises(NoStore):
        get()
    found.append(ring := Ring())
    put("value")
    assert ring.kept


@pytest.mark.parametrize("module", ["keyrings.alt.file", "keyrings.cryptfile.cryptfile"])
def test_a_plaintext_keyring_is_never_taken_by_accident(ring: Ring, module: str) -> None:
    """It lies in a file beside all the others."""

    class Plain(Ring):
        pass

    Plain.__module__ = module
    ring.__class__ = Plain
    with pytest.raises(NoStore, match="no keyring is running"):
        put("value")


def test_wrappers_and_stand_ins_are_no_keyrings(found: list[KeyringBackend]) -> None:
    """null forgets, fail raises, and chainer may write into either."""
    kinds: list[Any] = [null.Keyring, fail.Keyring, chainer.ChainerBackend]
    found += [kind() for kind in kinds]
    assert {type(backend).__module__ for backend in found} == {
        "keyring.backends.null",
        "keyring.backends.fail",
        "keyring.backends.chainer",
    }
    with pytest.raises(NoStore):
        get()


def test_a_keyring_that_comes_up_later_is_found(found: list[KeyringBackend]) -> None:
    """By the same store, without a restart."""
    kept = KeyringStore()
    for _ in range(2):
        with pytest.raises(NoStore):
            kept.get("name", prompt=False)
    found.append(Ring())
    kept.set("name", "value", prompt=False)
    assert kept.get("name", prompt=False) == "value"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("keyring.backends.null.Keyring", "switches the keyring off"),
        ("keyring.backends.fail.Keyring", "switches the keyring off"),
        ("no.such.module", "cannot load"),
        ("nonsense", "cannot load"),
        ("keyring.backends.SecretService.Keyring", "cannot load"),  # there is no bus here
        ("keyring.backends.fail.NoSuchClass", "cannot load"),
    ],
)
def test_a_named_keyring_that_is_none_leaves_memory(
    ring: Ring, monkeypatch: pytest.MonkeyPatch, name: str, message: str
) -> None:
    """No other one is taken in its place."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    with pytest.raises(NoStore, match=f"PYTHON_KEYRING_BACKEND.*{message}"):
        get()
    assert ring.calls == []


def test_a_named_keyring_is_taken_even_if_it_is_plaintext(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the explicit setting."""

    class Plain(Ring):
        pass

    Plain.__module__ = "keyrings.alt.file"
    module = type(sys)("keyrings_for_tests")
    module.Plain = Plain  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyrings_for_tests", module)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyrings_for_tests.Plain")
    kept = KeyringStore()
    kept.set("name", "value", prompt=False)
    assert kept.get("name", prompt=False) == "value"
    assert ring.calls == []


def test_an_empty_choice_is_no_choice(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an unset variable."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "")
    put("value")
    assert ring.kept


def test_other_systems_do_not_look_for_a_secret_service(
    found: list[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only Linux has one."""
    monkeypatch.setattr("tray_app.secrets.keyring_store.sys.platform", "darwin")
    assert found == []
    with pytest.raises(NoStore):
        get()


def test_memory_forgets_with_the_process() -> None:
    """And says so, unless the run is all there is."""
    memory = MemoryStore()
    memory.set("name", "value", prompt=False)
    assert memory.get("name", prompt=False) == "value"
    assert memory.get("other", prompt=True) is None
    assert not memory.durable
    assert MemoryStore(durable=True).durable


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always one")
def test_to_look_for_a_keyring_starts_no_program() -> None:
    """`keyring`'s backend for macOS looked for its libraries with ldconfig, and with gcc and ld
    from PATH."""
    look = """
import sys
started = []
sys.addaudithook(lambda event, args: event == "subprocess.Popen" and started.append(args[0]))
from tray_app.secrets.keyring_store import keyring_in_use
print(keyring_in_use(30))
sys.exit(", ".join(map(str, started)) or None)
"""
    environ = {name: value for name, value in os.environ.items() if "KEYRING" not in name}
    done = subprocess.run(
        [sys.executable, "-c", look],
        env=environ | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("none: no keyring is running")
