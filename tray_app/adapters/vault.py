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
from typing import TypeVar

from tray_app.adapters.calls import Call
from tray_app.adapters.store import NoStore, Store
from tray_app.core.credentials import Pair
from tray_app.core.errors import VaultError, VaultLocked
from tray_app.core.model import Config, StoreState
from tray_app.core.secret import Secret

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a keyring: in the background, for a write, for a person's answer, and
    for any of it when the program ends."""

    read: float = 3.0
    write: float = 10.0
    person: float = 120.0
    ending: float = 1.0


@dataclass(frozen=True, slots=True)
class Entries:
    """The names of one profile's entries."""

    host: str
    app_id: str
    client_id: str
    org_id: str
    integration_id: str | None

    @classmethod
    def of(cls, host: str, config: Config) -> Entries:
        """Return the names for this config on that API host."""
        app, integration = config.service_app, config.integration
        return cls(
            host=host,
            app_id=app.app_id,
            client_id=app.client_id,
            org_id=app.target_org_id,
            integration_id=integration.client_id if integration else None,
        )

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

    @property
    def candidate(self) -> str:
        """What a sign-in brought, both tokens together, until it has minted for this app."""
        return f"{self.host}/app/{self.app_id}/{self.org_id}/candidate"

    @property
    def all(self) -> tuple[str, ...]:
        """Every name."""
        kinds = ("secret", "refresh", "access") if self.integration_id else ()
        single = (self.app_secret, self.pasted, *(self.of_integration(kind) for kind in kinds))
        return (
            self.pair,
            self.displaced(self.pair),
            self.candidate,
            *single,
            *(self.displaced(name) for name in single),
        )

    @staticmethod
    def displaced(name: str) -> str:
        """Where the value rests that a person's newer one has displaced."""
        return f"{name}/displaced"

    def of_integration(self, what: str) -> str:
        """The integration's "secret", "refresh" or "access"."""
        return f"{self.host}/integration/{self.integration_id}/{what}"


class Vault:
    """Reads and keeps secrets by name. What is not durable yet is held in memory, and leads.

    To be used from one thread at a time.
    """

    def __init__(self, store: Store, patience: Patience | None = None) -> None:
        self._store = store
        self._patience = patience or Patience()
        self._unsaved: dict[str, Secret] = {}
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stuck: threading.Event | None = None
        self._hurried = threading.Event()
        self._waited_for: threading.Event | None = None
        self.is_saving = False
        """Whether a secret is on its way into the store."""
        self.state = StoreState.DURABLE if store.durable else StoreState.MEMORY

    def load(self, name: str, *, prompt: bool = False) -> Secret | None:
        """Return the secret or None. `prompt`: a person's click, the keyring may ask.

        Raises VaultLocked where it is locked or does not answer, VaultError where it fails.
        """
        if name in self._unsaved:
            return self._unsaved[name]
        patience = self._patience.person if prompt else self._patience.read
        try:
            found = self._ask(lambda: self._get(name, prompt=prompt), patience)
        except NoStore:
            self.state = StoreState.MEMORY
            return None
        except VaultError:
            self.state = StoreState.LOCKED
            raise
        self._settle()
        return found

    def save(self, name: str, secret: Secret, *, prompt: bool = False) -> None:
        """Keep the secret. Raises VaultError when it is held in memory only for now.

        Without any keyring memory is all there is: no error, and a keyring that appears later
        gets it through `save_again`.
        """
        self._unsaved[name] = secret
        patience = self._patience.person if prompt else self._patience.write
        self.is_saving = True
        try:
            self._ask(lambda: self._set(name, secret, prompt=prompt), patience)
        except NoStore:
            self.state = StoreState.MEMORY
            return
        except VaultError:
            self.state = StoreState.REFUSED
            raise
        finally:
            self.is_saving = False
        del self._unsaved[name]
        self._settle()

    def save_again(self) -> None:
        """Try once more what a keyring refused. Raises VaultError while it still refuses."""
        for name, secret in tuple(self._unsaved.items()):
            self.save(name, secret)

    def remove(self, name: str, *, prompt: bool = False) -> bool:
        """Remove the secret; False where there was none. Raises VaultError."""
        held = self._unsaved.pop(name, None) is not None
        patience = self._patience.person if prompt else self._patience.write
        return self._ask(lambda: self._store.remove(name, prompt=prompt), patience) or held

    def hurry(self) -> None:
        """The program ends: wait a moment only, now and from now on. Any thread.

        What the keyring did not take may still get into `.env`.
        """
        self._hurried.set()
        waited_for = self._waited_for
        if waited_for is not None:
            waited_for.set()

    def close(self) -> None:
        """End the thread, once it is through with what it was given."""
        self._calls.put(None)

    def load_pair(self, name: str, *, prompt: bool = False) -> Pair | None:
        """Return the tokens of an entry that holds two. Raises as `load` does."""
        entry = self.load(name, prompt=prompt)
        if entry is None:
            return None
        return _pair(entry)  # where damaged: `.env` still has the service app's

    def save_pair(self, name: str, pair: Pair, *, prompt: bool = False) -> None:
        """Keep two tokens in one entry. Raises as `save` does."""
        tokens = {"access": pair.access.reveal()}
        if pair.refresh is not None:
            tokens["refresh"] = pair.refresh.reveal()
        self.save(name, Secret(json.dumps(tokens)), prompt=prompt)

    def _settle(self) -> None:
        good = StoreState.DURABLE if self._store.durable else StoreState.MEMORY
        self.state = StoreState.REFUSED if self._unsaved else good

    def _get(self, name: str, *, prompt: bool) -> Secret | None:
        value = self._store.get(name, prompt=prompt)
        return Secret(value) if value else None

    def _set(self, name: str, secret: Secret, *, prompt: bool) -> None:
        self._store.set(name, secret.reveal(), prompt=prompt)

    def _ask(self, work: Callable[[], T], patience: float) -> T:
        """Have the one thread do the work. It goes on even when nobody waits any longer."""
        if self._stuck is not None and not self._stuck.is_set():
            # Do not queue up behind it.
            raise VaultLocked(f"{self._store.name} still has not answered")
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="keyring", daemon=True)
            self._thread.start()
        call = Call(work)
        if not self._waited(call, patience):
            self._stuck = call.done
            raise VaultLocked(f"{self._store.name} has not answered for {patience:g} seconds")
        try:
            return call.outcome()
        except VaultError:
            raise
        except Exception as error:  # noqa: BLE001 - a boundary: stores raise errors of their own
            kind = type(error).__name__
        # Outside of the block, so that the store's error does not hang on as context.
        raise VaultError(f"{self._store.name} failed: {kind}")

    def _waited(self, call: Call[T], patience: float) -> bool:
        """Have it done; whether it was in time. `hurry` cuts the time short."""
        woken = self._waited_for = threading.Event()

        def work() -> None:
            call.run()
            woken.set()

        self._calls.put(work)
        if self._hurried.is_set():  # looked at after the event is there for `hurry` to see
            return call.done.wait(min(patience, self._patience.ending))
        woken.wait(patience)
        if not call.done.is_set() and self._hurried.is_set():
            call.done.wait(self._patience.ending)
        return call.done.is_set()

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _pair(entry: Secret) -> Pair | None:
    """The tokens of an entry; None where it is not ours, or damaged."""
    try:
        tokens = json.loads(entry.reveal())
    except (ValueError, RecursionError):
        return None
    if not isinstance(tokens, dict):
        return None
    access, refresh = (_token(tokens.get(name)) for name in ("access", "refresh"))
    return Pair(access, refresh) if access else None


def _token(value: object) -> Secret | None:
    found = Secret(value) if isinstance(value, str) else None
    return found if found and found.is_bearer else None
