"""Where secrets rest: the OS keyring, or this process's memory (demo, and machines without one)."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from tray_app.core.errors import VaultError, VaultLocked

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "webex-token-tray"


class Store(Protocol):
    """Named secrets. `durable`: whether they outlive the process (a demo's run counts)."""

    durable: bool

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None. Raises VaultLocked, VaultError."""

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret. Raises VaultLocked, VaultError."""


class MemoryStore:
    """Secrets in this process only."""

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: the caller's run is all there is, so nothing is lost (demo)."""
        self.durable = durable
        self._secrets: dict[str, str] = {}

    def get(self, name: str, *, prompt: bool) -> str | None:  # noqa: ARG002 - never asks
        """Return the secret or None."""
        return self._secrets.get(name)

    def set(self, name: str, value: str, *, prompt: bool) -> None:  # noqa: ARG002 - never asks
        """Keep the secret."""
        self._secrets[name] = value


class KeyringStore:
    """The OS keyring through the keyring library. To be used from one thread only."""

    durable = True

    def __init__(self) -> None:
        self._chosen: KeyringBackend | None = None

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None. `prompt`: the keyring may ask the person to unlock it."""
        import keyring.errors

        backend = self._ready(prompt=prompt)
        try:
            return backend.get_password(SERVICE, name)
        except keyring.errors.KeyringLocked as error:
            raise VaultLocked("the keyring is locked") from error
        except Exception as error:  # a boundary: backends raise errors of their own kinds
            raise self._failed(error) from error

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret and read it back: some backends drop writes (security.md §2.9)."""
        import keyring.errors

        backend = self._ready(prompt=prompt)
        try:
            # Some platforms ask the person again at every write (users.md §4): only what changed.
            if backend.get_password(SERVICE, name) == value:
                return
            backend.set_password(SERVICE, name, value)
            kept = backend.get_password(SERVICE, name) == value
        except keyring.errors.KeyringLocked as error:
            raise VaultLocked("the keyring is locked") from error
        except Exception as error:  # a boundary: backends raise errors of their own kinds
            raise self._failed(error) from error
        if not kept:
            raise VaultError(f"the keyring ({type(backend).__module__}) did not keep the secret")

    def _ready(self, *, prompt: bool) -> KeyringBackend:
        if self._chosen is None:
            self._chosen = _choose()
        if not prompt and _would_prompt(self._chosen):
            raise VaultLocked("the keyring is locked")
        return self._chosen

    def _failed(self, error: Exception) -> VaultError:
        # The type's name only: a backend's message may hold what it was given.
        return VaultError(f"the keyring failed: {type(error).__name__}")


class NoStore(VaultError):
    """There is no keyring on this machine now."""


def _choose() -> KeyringBackend:
    """Return the best real keyring. Raises NoStore.

    Plaintext ones (`keyrings.alt`) are taken only when PYTHON_KEYRING_BACKEND names one.
    """
    import keyring
    import keyring.backend

    if "PYTHON_KEYRING_BACKEND" in os.environ:
        try:
            return keyring.get_keyring()
        except Exception as error:  # a boundary: it imports whatever module is named
            raise NoStore("PYTHON_KEYRING_BACKEND names a keyring that cannot load") from error
    usable = [
        backend
        for backend in keyring.backend.get_all_keyring()
        if backend.priority >= 1 and not _is_wrapper_or_plaintext(backend)
    ]
    if usable:
        return max(usable, key=lambda backend: backend.priority)
    if sys.platform == "linux":
        # The library lists its backends once; a daemon that came up later is asked directly.
        from keyring.backends import SecretService

        if SecretService.Keyring.viable:
            return SecretService.Keyring()  # type: ignore[no-untyped-call]
    raise NoStore("no keyring is running (gnome-keyring, KWallet, KeePassXC)")


def _is_wrapper_or_plaintext(backend: KeyringBackend) -> bool:
    module = type(backend).__module__
    return module.startswith("keyrings.") or module.endswith((".chainer", ".null", ".fail"))


def _would_prompt(backend: KeyringBackend) -> bool:
    """Whether a call would open a dialog, where the platform tells (Secret Service)."""
    if not type(backend).__module__.endswith(".SecretService"):
        return False
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        try:
            default = "/org/freedesktop/secrets/aliases/default"
            return secretstorage.Collection(connection, default).is_locked()
        except secretstorage.exceptions.ItemNotFoundException:
            return True  # none yet: making one asks for a password
        except secretstorage.exceptions.SecretStorageException as error:
            raise VaultError(f"the keyring failed: {type(error).__name__}") from error
