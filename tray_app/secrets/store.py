"""What every secret store can do, and the store in memory (demo)."""

from __future__ import annotations

import sys
from typing import Protocol

from tray_app.model.errors import VaultError
from tray_app.text.keyring import place

KEYRING = place(sys.platform)
"""What the system's keyring is called."""


class Store(Protocol):
    """Named secrets. `durable`: whether they outlive the process (or the demo's run).

    `prompt`: whether the store may ask the person to unlock it.
    """

    durable: bool

    @property
    def name(self) -> str:
        """What to call it in a message: the keyring (SecretService Keyring)."""

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None. Raises VaultLocked, VaultError."""

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret. Raises VaultLocked, VaultError."""

    def reserve(self, name: str, size: int) -> None:
        """Make sure, by writing, that `size` more bytes can be kept under the name. Never asks the
        person. Raises VaultLocked, VaultError."""

    def release(self, name: str) -> None:
        """Give back what `reserve` took and no `set` has used. Never raises."""

    def remove(self, name: str, *, prompt: bool) -> bool:
        """Remove the secret; False if there was none. Raises VaultLocked, VaultError."""

    def close(self) -> None:
        """Close what is open. Never raises."""


class MemoryStore:
    """Secrets in this process only."""

    name = KEYRING

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: nothing is lost with the process, as its run is all there is (demo)."""
        self.durable = durable
        self._secrets: dict[str, str] = {}

    def get(self, name: str, *, prompt: bool) -> str | None:  # noqa: ARG002 - never asks
        """Return the secret or None."""
        return self._secrets.get(name)

    def set(self, name: str, value: str, *, prompt: bool) -> None:  # noqa: ARG002 - never asks
        """Keep the secret."""
        self._secrets[name] = value

    def reserve(self, name: str, size: int) -> None:
        """Do nothing: there is room."""

    def release(self, name: str) -> None:
        """Do nothing: nothing was taken."""

    def remove(self, name: str, *, prompt: bool) -> bool:  # noqa: ARG002 - never asks
        """Remove the secret; False if there was none."""
        return self._secrets.pop(name, None) is not None

    def close(self) -> None:
        """Do nothing: memory goes with the process."""


class NoStore(VaultError):
    """There is no keyring on this machine now."""
