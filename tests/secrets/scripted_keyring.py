"""Stores that do everything that keyrings are known to do, and what a test asks them."""

from __future__ import annotations

import threading
from concurrent.futures import wait

from tray_app.model.renewal import StoreState
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts

SHORT = StoreTimeouts(read=0.05, write=0.06, person=0.07)


class ScriptedKeyring(MemoryStore):
    """Memory that hangs, fails and refuses as the test wants."""

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
        assert self.gate.wait(30)
        if self.failure is not None:
            raise self.failure

    def hang(self) -> None:
        """No call comes back until `gate` is set."""
        self.gate.clear()
        self.entered.clear()
        self.left.clear()


def kept(keyring: ScriptedKeyring, name: str = "name") -> str | None:
    return MemoryStore.get(keyring, name, prompt=False)


def state(vault: Vault) -> StoreState:
    """The state now, which a type checker cannot foresee."""
    return vault.state


def keyring_threads() -> int:
    return sum(thread.name == "keyring" for thread in threading.enumerate())


def wait_for_the_call_that_hung(vault: Vault) -> None:
    assert vault._worker._stuck is not None
    assert wait([vault._worker._stuck], 5).done
