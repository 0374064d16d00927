"""The operating system's keyring, through the keyring library."""

from __future__ import annotations

import concurrent.futures
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tray_app.model.errors import VaultError, VaultLocked
from tray_app.secrets import windows_entries
from tray_app.secrets.names import SecretNames
from tray_app.secrets.secret_service import SecretServiceEntries
from tray_app.secrets.session_cipher import import_secretstorage
from tray_app.secrets.store import KEYRING, NoStore
from tray_app.secrets.windows_entries import WindowsEntries
from tray_app.system import session_bus
from tray_app.system.concurrency import start_thread
from tray_app.text.keyring import names

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend
    from keyring.backends import Windows

    Entries = KeyringBackend | SecretServiceEntries | WindowsEntries


SERVICE = "webex-token-tray"

_BUS = session_bus.VARIABLE
_ON_THE_BUS = (".SecretService", ".secret_service", ".kwallet", ".libsecret")
"""Modules of keyring's backends, and ours, which checks its own connections, too."""
_CHOICE = "PYTHON_KEYRING_BACKEND"
_SWITCHED_OFF = ("keyring.backends.fail", "keyring.backends.null")


class KeyringStore:
    """A `Store` in the keyring, for one thread.

    It raises what the backend raises, too; `StoreWorker` turns that into a VaultError.
    """

    durable = True

    def __init__(self) -> None:
        self._backend: Entries | None = None

    @property
    def name(self) -> str:
        """Names the keyring, once it is known."""
        return f"{KEYRING} ({self._backend.name})" if self._backend else KEYRING

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None."""
        found: object = self._ready(prompt=prompt).get_password(SERVICE, name)
        if found is None or isinstance(found, str):
            return found
        raise TypeError("not a text")

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret and read it back: some backends drop writes."""
        self._write(self._ready(prompt=prompt), name, value)

    def reserve(self, name: str, size: int) -> None:
        """Write an entry of this size, read it back, and remove it.

        gnome-keyring and KWallet rewrite their whole file each time, so what they took once they
        take again, unless another program fills the disk meanwhile. The macOS keychain may ask the
        person about each entry; there the disk is tried instead.
        """
        backend = self._ready(prompt=False)
        if type(backend).__module__.startswith("keyring.backends.macOS"):
            _try_disk(backend.name, size)
            return
        if isinstance(backend, WindowsEntries):
            size = windows_entries.LARGEST
        entry = SecretNames.reserved(name)
        self._write(backend, entry, os.urandom(size // 2).hex())
        backend.delete_password(SERVICE, entry)

    def release(self, name: str) -> None:
        """Do nothing: `reserve` leaves nothing behind."""

    def remove(self, name: str, *, prompt: bool) -> bool:
        """Remove the secret; False if there was none."""
        backend = self._ready(prompt=prompt)
        found = backend.get_password(SERVICE, name) is not None
        if found or isinstance(backend, WindowsEntries):  # there may be pieces without an entry
            backend.delete_password(SERVICE, name)
        return found

    def close(self) -> None:
        """Close the connection; a later call opens another one."""
        if isinstance(self._backend, SecretServiceEntries):
            self._backend.close()

    def _ready(self, *, prompt: bool) -> Entries:
        """Return the keyring. Raises NoStore, and VaultLocked if a call might open a dialog."""
        if self._backend is None:
            self._backend = _adapted(_choose())
        _verify_bus(self._backend)
        if _would_prompt(self._backend) and not prompt:
            raise VaultLocked(f"{self.name} is locked")
        return self._backend

    def _write(self, backend: Entries, name: str, value: str) -> None:
        backend.set_password(SERVICE, name, value)
        if backend.get_password(SERVICE, name) != value:
            raise VaultError(f"{self.name} did not keep the secret")


def _choose() -> KeyringBackend:
    """Return the keyring to use. Raises NoStore, also if its bus belongs to another user."""
    backend = _first_choice()
    _verify_bus(backend)
    return backend


def _verify_bus(backend: object) -> None:
    """Raise NoStore if the keyring is reached over the bus of another user, who would get all
    secrets. Before each call: the bus may have ended, and another user may have its address."""
    if type(backend).__module__.endswith(_ON_THE_BUS) and (foreign := _foreign_bus()):
        raise NoStore(foreign)


def _foreign_bus() -> str:
    """Say whose the session bus is if it may not be used, else ""."""
    if sys.platform == "linux" and (address := os.environ.get(_BUS)):
        try:
            session_bus.verify_address(address)
        except session_bus.ForeignBus as error:
            return f"{error}; no keyring is used"
    return ""


@contextmanager
def _without_bus() -> Iterator[None]:
    """The library asks every keyring whether it can be used, and waits for a silent bus for ever:
    give it an address at which nobody listens."""
    address, os.environ[_BUS] = os.environ[_BUS], f"unix:path={os.devnull}"
    try:
        yield
    finally:
        os.environ[_BUS] = address


def _first_choice() -> KeyringBackend:
    """Return the keyring with the highest priority. Raises NoStore.

    One in plain text (`keyrings.alt`) is used only if PYTHON_KEYRING_BACKEND names it.
    """
    import_secretstorage()
    import keyring.backend

    _leave_out_macos()
    if os.environ.get(_CHOICE):
        return _named()
    _reach_session_bus()
    foreign = _foreign_bus()
    with _without_bus() if foreign else nullcontext():
        usable = [
            (priority, backend)
            for backend in keyring.backend.get_all_keyring()
            if (priority := _priority(backend)) >= 1 and not _is_wrapper_or_plaintext(backend)
        ]
    if usable:
        return max(usable, key=itemgetter(0))[1]
    if foreign:
        raise NoStore(foreign)
    if sys.platform == "linux":
        # The library lists its backends once, so ask for a daemon that was started since.
        from keyring.backends import SecretService

        if SecretService.Keyring.viable:
            return SecretService.Keyring()  # type: ignore[no-untyped-call]
    raise NoStore(f"no keyring is running ({names(sys.platform)})")


def _leave_out_macos() -> None:
    """Keep the library from loading its backend for macOS on other systems: to find libraries, that
    runs ldconfig, and gcc and ld from PATH."""
    if sys.platform != "darwin":
        sys.modules.setdefault("keyring.backends.macOS.api", None)  # type: ignore[arg-type]


def keyring_in_use(timeout: float = 3.0) -> str:
    """Return the name of the keyring in use, or "none" and why, for people.

    `timeout`: seconds to wait for an answer.
    """
    call = start_thread(lambda: _choose().name, "keyring")
    concurrent.futures.wait((call,), timeout)
    if not call.done():
        return f"none: it has not answered for {timeout:g} seconds"
    try:
        return call.result()
    except Exception as error:  # noqa: BLE001 - a boundary: backends raise errors of all kinds
        return f"none: {error if isinstance(error, NoStore) else type(error).__name__}"


def _reach_session_bus() -> None:
    """Set the address of the session bus if cron or ssh did not: its usual place."""
    if sys.platform == "linux" and (address := session_bus.session_address()):
        os.environ[_BUS] = address


def _named() -> KeyringBackend:
    """Return the keyring that PYTHON_KEYRING_BACKEND names."""
    import keyring.core

    try:
        backend = keyring.core.load_env()
    except Exception:  # noqa: BLE001 - a boundary: it imports whatever module is named
        backend = None
    if backend is None:
        raise NoStore(f"{_CHOICE} names a keyring that cannot load")
    if type(backend).__module__ in _SWITCHED_OFF:
        raise NoStore(f"{_CHOICE} switches the keyring off")
    return backend


def _priority(backend: KeyringBackend) -> float:
    """The backend's priority now; 0 if it has become unusable since it was listed."""
    try:
        return float(backend.priority)
    except Exception:  # noqa: BLE001 - a boundary: RuntimeError by contract, but D-Bus errors come through
        return 0.0


def _is_wrapper_or_plaintext(backend: KeyringBackend) -> bool:
    module = type(backend).__module__
    return module.startswith("keyrings.") or module.endswith((".chainer", ".null", ".fail"))


def _adapted(backend: KeyringBackend) -> Entries:
    """The backend, or its replacement on systems where it has a defect."""
    module = type(backend).__module__
    if module == "keyring.backends.SecretService":
        return SecretServiceEntries(backend)
    if module == "keyring.backends.Windows":
        return WindowsEntries(cast("Windows.WinVaultKeyring", backend))
    return backend


def _would_prompt(backend: object) -> bool:
    """Whether a call would open a dialog; False for keyrings that do not tell."""
    return isinstance(backend, SecretServiceEntries) and backend.would_prompt()


def _try_disk(keyring: str, size: int) -> None:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=Path.home()) as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise VaultError(f"{KEYRING} ({keyring}) could not save: {reason}") from None
