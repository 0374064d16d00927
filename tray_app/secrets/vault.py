"""One profile's secrets in the secret store that its config names."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tray_app.model.credentials import Pair
from tray_app.model.errors import SecretFileError, VaultError
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.secrets.migration import move
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import NoStore, Store
from tray_app.secrets.worker import StoreWorker

T = TypeVar("T")

_ROOM = 2048
"""Bytes that an answer may take: two tokens of 512 characters, and what is kept with them."""


@dataclass(frozen=True, slots=True)
class StoreTimeouts:
    """Seconds to wait for a keyring: in the background, for a write, for a person's answer, and
    for any of it when the program ends."""

    read: float = 3.0
    write: float = 10.0
    person: float = 120.0
    ending: float = 1.0


class Vault:
    """Reads and keeps secrets by name. What is not durable yet is held in memory, and leads.

    To be used from one thread at a time. `state`: what the store can do for us; `fault`: why the
    file of secrets cannot be used, "" where it can, or is not used.
    """

    def __init__(
        self,
        store: Store,
        timeouts: StoreTimeouts | None = None,
        *,
        file: Store | None = None,
        workers: Mapping[SecretStore, StoreWorker] | None = None,
    ) -> None:
        """`file`: what stands in for the store where a config says so (`choose`); `workers`:
        somebody else's, who serve several profiles and are closed there, None for its own."""
        self._store, self._other = store, file
        self._stores = {SecretStore.KEYRING: store, SecretStore.FILE: file or store}
        self._shares = workers is not None
        self._workers = workers or {which: StoreWorker(it) for which, it in self._stores.items()}
        self._worker = self._workers[SecretStore.KEYRING]
        self._falls_back = False
        self._timeouts = timeouts or StoreTimeouts()
        self._unsaved: dict[str, Secret] = {}
        self._known: dict[str, Secret | None] = {}
        """What the store is known to hold, since `begin`."""
        self.is_saving = False
        """Whether a secret is on its way into the store."""
        self.state = StoreState.DURABLE if store.durable else StoreState.MEMORY
        self.fault = ""
        self.refusal = ""
        """Why the store did not take what was to be saved, or would not; "" where it does."""
        self._is_asked = True
        """Whether the store is still asked to save: once an operation if it refuses."""
        self._refused_name = ""

    def for_another(self) -> Vault:
        """Return one for another profile, with the same stores and their threads."""
        keyring, file = (self._stores[which] for which in (SecretStore.KEYRING, SecretStore.FILE))
        beside = file if file is not keyring else None
        return Vault(keyring, self._timeouts, file=beside, workers=self._workers)

    @property
    def location(self) -> str:
        """Where secrets rest, for a message."""
        return self._store.name if self.is_file else "the keyring"

    @property
    def is_file(self) -> bool:
        """Whether secrets rest in the user's file of secrets."""
        return self._store is not self._stores[SecretStore.KEYRING]

    def choose(self, which: SecretStore) -> None:
        """Use this store from now on; what is not saved yet goes there too.

        CONFIG: the keyring, or the file as soon as it turns out that there is no keyring.
        """
        self._falls_back = which is SecretStore.CONFIG
        self._use(SecretStore.KEYRING if self._falls_back else which)

    def _use(self, which: SecretStore) -> None:
        if self._stores[which] is not self._store:
            self._store, self._other = self._stores[which], self._store
            self._known.clear()
            self._worker = self._workers[which]
            self._settle()

    def _fall_back(self) -> bool:
        """There is no keyring: whether the file is used from now on."""
        if self._falls_back:
            self._falls_back = False
            self._use(SecretStore.FILE)
            return self._store is not self._stores[SecretStore.KEYRING]
        return False

    def migrate(
        self, entries: SecretNames, is_old: Callable[[Secret], bool], *, but: Collection[str] = ()
    ) -> int:
        """Take over what the other store has for this profile; returns how many secrets.

        What profiles share stays in the keyring as well; out of a file everything is taken. `but`:
        names that are left where they are. Raises NoStore, VaultLocked, VaultError where one of
        both cannot be used.
        """
        former, store = self._other, self._store
        if former is None:
            return 0
        out_of_file = store is self._stores[SecretStore.KEYRING]
        stay = () if out_of_file else entries.shared
        names = [name for name in entries.all if name not in but]
        return self._ask_other(lambda: move(former, store, names, stay=stay, is_old=is_old))

    def load(self, name: str, *, prompt: bool = False) -> Secret | None:
        """Return the secret or None. `prompt`: a person's click, the keyring may ask.

        Raises VaultLocked where it is locked or does not answer, VaultError where it fails.
        """
        if name in self._unsaved:
            return self._unsaved[name]
        timeouts = self._timeouts.person if prompt else self._timeouts.read
        try:
            found = self._worker.run(
                partial(self._store.get, name, prompt=prompt), timeouts, self._timeouts.ending
            )
        except NoStore:
            if self._fall_back():
                return self.load(name, prompt=prompt)
            self.state = StoreState.MEMORY
            return None
        except VaultError as error:
            self._failed(StoreState.LOCKED, error)
            raise
        self._settle()
        self._known[name] = secret = Secret(found) if found else None
        return secret

    def save(self, name: str, secret: Secret, *, prompt: bool = False) -> None:
        """Keep the secret. Raises VaultError when it is held in memory only for now.

        Without any keyring memory is all there is: no error, and a keyring that appears later
        gets it through `save_again`.
        """
        if name not in self._unsaved and self._known.get(name) == secret:
            return  # the macOS keychain may ask at every write
        self._unsaved[name] = secret
        self._known.pop(name, None)
        if not self._is_asked:
            raise VaultError(self.refusal)
        timeouts = self._timeouts.person if prompt else self._timeouts.write
        self.is_saving = True
        try:
            self._ask(lambda: self._store.set(name, secret.reveal(), prompt=prompt), timeouts)
        except NoStore:
            if self._fall_back():
                self.save(name, secret, prompt=prompt)
                return
            self.state = StoreState.MEMORY
            return
        except VaultError as error:
            self._refused(error)
            raise
        finally:
            self.is_saving = False
        self._known[name] = self._unsaved.pop(name)
        self.refusal = ""
        self._settle()

    def reserve(self, name: str) -> None:
        """See to it, before a token is spent, that the store takes what the answer brings.

        What a file sets aside for that is given back by `release`. Raises NoStore where there is
        no keyring, VaultError where it would not be saved: the store is then not asked again until
        `begin`.
        """
        if not self._is_asked:
            raise VaultError(self.refusal)
        try:
            self._ask(lambda: self._store.reserve(name, _ROOM), self._timeouts.write)
        except NoStore:
            if self._fall_back():
                self.reserve(name)
                return
            self.state = StoreState.MEMORY
            raise
        except VaultError as error:
            self._refused(error)
            self._is_asked, self._refused_name = False, name
            raise
        self.refusal = ""
        self._settle()

    def release(self, name: str) -> None:
        """Give back what `reserve` has set aside, if it was not used."""
        with suppress(VaultError):
            self._ask(lambda: self._store.release(name), self._timeouts.write)

    def begin(self) -> None:
        """An operation begins: a store that has refused is asked anew, and nothing that was read
        is taken as known."""
        self._is_asked = True
        self._known.clear()

    def save_again(self) -> None:
        """Try once more what a store refused to save, or to set aside. Raises VaultError while it
        still refuses."""
        self.begin()
        for name, secret in tuple(self._unsaved.items()):
            self.save(name, secret)
        if self.refusal:
            self.reserve(self._refused_name)
            self.release(self._refused_name)

    def remove(self, name: str, *, prompt: bool = False) -> bool:
        """Remove the secret; False where there was none. Raises VaultError."""
        held = self._unsaved.pop(name, None) is not None
        self._known.pop(name, None)
        timeouts = self._timeouts.person if prompt else self._timeouts.write
        return self._ask(lambda: self._store.remove(name, prompt=prompt), timeouts) or held

    def find(self, names: Sequence[str], *, prompt: bool = False) -> tuple[tuple[str, str], ...]:
        """Return which of these secrets there are, and where: a name may be in both stores.

        The store that is not used may be out of reach. Raises VaultError.
        """
        found = [(n, self.location) for n in names if self.load(n, prompt=prompt) is not None]
        other = self._other
        if other is not None:
            with suppress(VaultError):
                there = self._ask_other(lambda: [n for n in names if other.get(n, prompt=False)])
                found += [(name, other.name) for name in there]
        return tuple(found)

    def forget(self, names: Sequence[str], *, prompt: bool = False) -> tuple[str, ...]:
        """Remove these secrets wherever they are, for a person; returns where each was.

        The store that is not used may be out of reach, and keeps what it has. Raises VaultError.
        """
        found = [f"{self.location}: {name}" for name in names if self.remove(name, prompt=prompt)]
        other = self._other
        if other is not None:
            with suppress(VaultError):
                gone = self._ask_other(lambda: [n for n in names if other.remove(n, prompt=False)])
                found += [f"{other.name}: {name}" for name in gone]
        return tuple(found)

    def shorten_timeouts(self) -> None:
        """The program ends: wait a moment only, now and from now on. Any thread.

        What the store did not take may still get into `.env`.
        """
        for worker in self._workers.values():
            worker.shorten_timeouts()

    def close(self) -> None:
        """End the threads, where they are its own."""
        if not self._shares:
            for worker in self._workers.values():
                worker.close()

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
        refuses = bool(self._unsaved or self.refusal)
        self.state = StoreState.REFUSED if refuses else good
        if not refuses:
            self.fault = ""

    def _refused(self, error: VaultError) -> None:
        self.refusal = str(error)
        self._failed(StoreState.REFUSED, error)

    def _failed(self, state: StoreState, error: VaultError) -> None:
        self.state = state
        self.fault = str(error) if isinstance(error, SecretFileError) else ""

    def _ask(self, work: Callable[[], T], timeouts: float) -> T:
        return self._worker.run(work, timeouts, self._timeouts.ending)

    def _ask_other(self, work: Callable[[], T]) -> T:
        """The same where the store that is not used takes part: in the keyring's thread, so that
        a file goes on without it, should that hang."""
        keyring = self._workers[SecretStore.KEYRING]
        return keyring.run(work, self._timeouts.write, self._timeouts.ending)


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
