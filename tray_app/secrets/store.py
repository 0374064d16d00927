"""Where secrets rest: the OS keyring, or this process's memory (demo, and machines without one)."""

from __future__ import annotations

from typing import Protocol

from tray_app.model.errors import VaultError


class Store(Protocol):
    """Named secrets. `durable`: whether they outlive the process (a demo's run counts);
    `name`: what to call it in a message."""

    durable: bool

    @property
    def name(self) -> str:
        """For example: the keyring (SecretService Keyring)."""

    def get(self, name: str, *, prompt: bool) -> str | None:
        """Return the secret or None. Raises VaultLocked, VaultError."""

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        """Keep the secret. Raises VaultLocked, VaultError."""

    def reserve(self, name: str, size: int) -> None:
        """See to it that so many bytes more can be kept under the name: by writing, since only that
        tells. Never asks the person. Raises VaultLocked, VaultError."""

    def release(self, name: str) -> None:
        """Give back what `reserve` has taken and no `set` has used. Never raises."""

    def remove(self, name: str, *, prompt: bool) -> bool:
        """Remove the secret; False where there was none. Raises VaultLocked, VaultError."""

    def close(self) -> None:
        """Let go of what was kept open. Never raises."""


class MemoryStore:
    """Secrets in this process only."""

    name = "the keyring"

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

    def reserve(self, name: str, size: int) -> None:
        """Do nothing: memory takes it."""

    def release(self, name: str) -> None:
        """Do nothing: nothing was taken."""

    def remove(self, name: str, *, prompt: bool) -> bool:  # noqa: ARG002 - never asks
        """Remove the secret; False where there was none."""
        return self._secrets.pop(name, None) is not None

    def close(self) -> None:
        """Do nothing: memory goes with the process."""


class NoStore(VaultError):
    """There is no keyring on this machine now."""
