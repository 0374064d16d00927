"""The secret store behind one thread: calls that hang or prompt never hold up the rest.

Entry names carry the API host and the credential, so that another host never sees production
secrets and profiles share an integration. One entry holds what must change together.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tray_app.adapters.store import MemoryStore, NoStore, Store
from tray_app.core.credentials import Pair
from tray_app.core.errors import VaultError, VaultLocked
from tray_app.core.model import StoreState
from tray_app.core.secret import Secret

T = TypeVar("T")

READ_PATIENCE = 3.0
WRITE_PATIENCE = 10.0
PERSON_PATIENCE = 120.0
"""Seconds to wait for a keyring: in the background, for a write, for a person's answer."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The names of one profile's entries."""

    host: str
    app_id: str
    client_id: str
    org_id: str
    integration_id: str | None

    @property
    def pair(self) -> str:
        """Service app access and refresh token, together."""
        return f"{self.host}/app/{self.app_id}/{self.org_id}/tokens"

    @property
    def app_secret(self) -> str:
        """The service app's client secret."""
        return f"{self.host}/app/{self.client_id}/secret"

    @property
    def pasted(self) -> str:
        """The personal access token that a person pasted."""
        return f"{self.host}/personal/{self.app_id}"

    def of_integration(self, what: str) -> str:
        """The integration's "secret", "refresh" or "access"."""
        return f"{self.host}/integration/{self.integration_id}/{what}"


class Vault:
    """Reads and keeps secrets by name. Every write is also held in memory until it is durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spare = MemoryStore()
        self._unsaved: dict[str, str] = {}
        self._calls: queue.SimpleQueue[_Call[object]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stuck: threading.Event | None = None
        self.state = StoreState.DURABLE if store.durable else StoreState.MEMORY

    def load(self, name: str, *, prompt: bool = False) -> Secret | None:
        """Return the secret or None. `prompt`: a person's click, the keyring may ask.

        Raises VaultLocked where it is locked or does not answer, VaultError where it fails.
        """
        if name in self._unsaved:
            return Secret(self._unsaved[name])
        patience = PERSON_PATIENCE if prompt else READ_PATIENCE
        try:
            value = self._ask(lambda: self._store.get(name, prompt=prompt), patience)
        except NoStore:
            self.state = StoreState.MEMORY
            value = self._spare.get(name, prompt=False)
        except VaultError:
            self.state = StoreState.LOCKED
            raise
        else:
            self._settle()
        return Secret(value) if value else None

    def save(self, name: str, secret: Secret, *, prompt: bool = False) -> None:
        """Keep the secret. Raises VaultError when it is held in memory only for now."""
        value = secret.reveal()
        self._unsaved[name] = value
        patience = PERSON_PATIENCE if prompt else WRITE_PATIENCE
        try:
            self._ask(lambda: self._store.set(name, value, prompt=prompt), patience)
        except NoStore:
            self._spare.set(name, value, prompt=False)
            self.state = StoreState.MEMORY
        except VaultError:
            self.state = StoreState.REFUSED
            raise
        if self._unsaved.get(name) == value:
            del self._unsaved[name]
        if self.state is not StoreState.MEMORY:
            self._settle()

    def save_again(self) -> None:
        """Try once more what a keyring refused. Raises VaultError while it still refuses."""
        for name, value in tuple(self._unsaved.items()):
            self.save(name, Secret(value))

    def load_pair(self, name: str, *, prompt: bool = False) -> Pair | None:
        """Return the service app's tokens. Raises as `load` does."""
        entry = self.load(name, prompt=prompt)
        if entry is None:
            return None
        try:
            tokens = json.loads(entry.reveal())
            refresh = tokens.get("refresh")
            return Pair(Secret(tokens["access"]), Secret(refresh) if refresh else None)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # not ours, or damaged: `.env` still has the tokens

    def save_pair(self, name: str, pair: Pair, *, prompt: bool = False) -> None:
        """Keep the service app's tokens in one entry. Raises as `save` does."""
        tokens = {"access": pair.access.reveal()}
        if pair.refresh is not None:
            tokens["refresh"] = pair.refresh.reveal()
        self.save(name, Secret(json.dumps(tokens)), prompt=prompt)

    def _settle(self) -> None:
        good = StoreState.DURABLE if self._store.durable else StoreState.MEMORY
        self.state = StoreState.REFUSED if self._unsaved else good

    def _ask(self, work: Callable[[], T], patience: float) -> T:
        """Have the one thread do the work. It goes on even when nobody waits any longer."""
        if self._stuck is not None and not self._stuck.is_set():
            raise VaultLocked("the keyring still has not answered")  # do not queue up behind it
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
            self._thread.start()
        call = _Call(work)
        self._calls.put(call)  # type: ignore[arg-type]  # the queue does not care what comes back
        if not call.done.wait(patience):
            self._stuck = call.done
            raise VaultLocked(f"the keyring has not answered for {patience:g} seconds")
        if call.error is not None:
            raise call.error
        return call.result[0]

    def _serve(self) -> None:
        while True:
            self._calls.get().run()


class _Call(Generic[T]):
    """One piece of work, its outcome, and the event that it has one."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.done = threading.Event()
        self.result: list[T] = []
        self.error: VaultError | None = None

    def run(self) -> None:
        """Do the work in this thread. Errors of ours are handed over, others become ours."""
        try:
            self.result.append(self._work())
        except VaultError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a boundary: the thread must live on
            self.error = VaultError(f"the keyring failed: {type(error).__name__}")
        finally:
            self.done.set()
