"""One profile's secrets in the store that its config names."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from tray_app.model.credentials import Pair
from tray_app.model.errors import SecretFileError, VaultError
from tray_app.model.renewal import StoreState
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.secrets.entry_format import format_pair
from tray_app.secrets.fallback import FileFallback
from tray_app.secrets.migration import move_secrets
from tray_app.secrets.names import SecretNames
from tray_app.secrets.spare_descriptors import SpareDescriptors
from tray_app.secrets.store import KEYRING, NoStore, Store
from tray_app.secrets.worker import StoreTimeouts, StoreWorker

log = logging.getLogger(__name__)

T = TypeVar("T")

_ROOM = 2048
"""Bytes that a response may need: two tokens of 512 characters, and what is stored with them."""

_RETRY_SECONDS = 60.0
"""A keyring that hangs makes each retry wait for `StoreTimeouts.write`."""


class Vault:
    """Loads and saves secrets by name, for one thread at a time.

    `load` also returns a secret that the store has not accepted yet. If the keyring fails after
    this process has used it, such a secret is kept in the secrets file, otherwise in memory.
    `prompt=True` lets the keyring ask the user: only for a click or a command.
    """

    def __init__(
        self,
        store: Store,
        timeouts: StoreTimeouts | None = None,
        *,
        file: Store | None = None,
        workers: Mapping[SecretStore, StoreWorker] | None = None,
    ) -> None:
        """`file`: the store that a config can name instead; `workers`: another Vault's, closed
        there."""
        self._timeouts = timeouts or StoreTimeouts()
        self._store, self._other = store, file
        self._stores = {SecretStore.KEYRING: store, SecretStore.FILE: file or store}
        self._shares_workers = workers is not None
        self._workers = workers or {
            which: StoreWorker(it, self._timeouts.ending) for which, it in self._stores.items()
        }
        self._worker = self._workers[SecretStore.KEYRING]
        self._fallback = FileFallback(file, self._workers[SecretStore.FILE], self._timeouts.write)
        self._may_switch = self._has_answered = False
        self._unsaved: dict[str, Secret] = {}
        self._known: dict[str, Secret | None] = {}
        """What the store is known to hold, since `expire`."""
        self._has_no_room = False
        """Whether a reservation has failed in this operation: the store is not asked again."""
        self._unreserved = ""
        self._spares = SpareDescriptors()
        self._retry_at = 0.0
        """When `retry_unsaved` may ask the store again, by the monotonic clock."""
        self.is_saving = False
        self.state = StoreState.DURABLE if store.durable else StoreState.MEMORY
        self.fault = ""
        """Why the secrets file cannot be used, or ""."""
        self.refusal = ""
        """Why the store did not save a secret or reserve room, or ""."""

    def for_another(self) -> Vault:
        """Return a Vault for another profile, with the same stores and threads."""
        keyring, file = (self._stores[which] for which in (SecretStore.KEYRING, SecretStore.FILE))
        other = file if file is not keyring else None
        return Vault(keyring, self._timeouts, file=other, workers=self._workers)

    @property
    def location(self) -> str:
        """Where the secrets are, for a message."""
        return self._store.name if self.is_file else KEYRING

    @property
    def is_file(self) -> bool:
        """Whether the store in use is the secrets file."""
        return self._store is not self._stores[SecretStore.KEYRING]

    def choose(self, which: SecretStore) -> None:
        """Use this store from now on, also for what is not saved yet.

        CONFIG means the keyring, or the file once there turns out to be no keyring.
        """
        self._may_switch = which is SecretStore.CONFIG
        self._use(SecretStore.KEYRING if self._may_switch else which)

    def load(self, name: str, *, prompt: bool = False) -> Secret | None:
        """Return the secret or None. Raises VaultLocked if the store is locked or does not answer,
        VaultError if it fails."""
        if name in self._unsaved:
            return self._unsaved[name]
        timeout = self._timeouts.person if prompt else self._timeouts.read
        try:
            value = self._worker.run(partial(self._store.get, name, prompt=prompt), timeout)
        except NoStore:
            if self._switch_to_file():
                return self.load(name, prompt=prompt)
            self.state = StoreState.MEMORY
            return self._fallback.leading(name, None)
        except VaultError as error:
            self._set_failed(StoreState.LOCKED, error)
            raise
        self._update_state()
        self._has_answered = True
        self._known[name] = stored = Secret(value) if value else None
        self._fallback.note_stored(name, stored)
        return self._fallback.leading(name, stored)

    def save(
        self, name: str, secret: Secret, *, prompt: bool = False, falls_back: bool = True
    ) -> None:
        """Save the secret. Raises VaultError if it is in memory only for now.

        If a keyring that has answered before refuses the secret, the secrets file keeps it until
        `move_back`, if it `falls_back`. If there was no keyring from the start, it stays in memory:
        nothing is raised, and `retry_unsaved_now` saves it in a keyring that appears later.
        """
        is_kept = name not in self._unsaved and self._known.get(name) == secret
        if is_kept and not self._fallback.has(name):
            return  # the macOS keychain may ask at every write
        self._unsaved[name] = secret
        self._known.pop(name, None)
        if self._has_no_room:
            raise VaultError(self.refusal)
        self.is_saving = True
        try:
            # Revealed in the worker's thread only: an error's traceback has no frames of that.
            self._write(lambda: self._store.set(name, secret.reveal(), prompt=prompt), prompt)
        except NoStore:
            if self._switch_to_file():
                self.save(name, secret, prompt=prompt)
                return
            if falls_back:
                self._keep_in_file(name, secret)
            self.state = StoreState.MEMORY
            return
        except VaultError as error:
            if falls_back and self._keep_in_file(name, secret):
                log.warning("%s: a new secret is in %s", error, self._fallback.location)
                self._set_failed(StoreState.LOCKED, error)
                return
            self._set_refused(error)
            raise
        finally:
            self.is_saving = False
        self._known[name] = self._unsaved.pop(name)
        self._fallback.note_stored(name, secret)
        self._fallback.drop(name)
        self.refusal = ""
        self._update_state()

    def reserve(self, name: str) -> None:
        """Before a token is spent, make sure that the store takes what the response brings.

        `release` gives back what that takes. Raises NoStore if there is no keyring, VaultError if
        the response would not be saved: the store is then not used for it until `begin`.
        """
        if self._has_no_room:
            raise VaultError(self.refusal)
        try:
            self._write(partial(self._store.reserve, name, _ROOM))
        except NoStore:
            if self._switch_to_file():
                self.reserve(name)
                return
            self.state = StoreState.MEMORY
            raise
        except VaultError as error:
            self._set_refused(error)
            self._has_no_room, self._unreserved = True, name
            raise
        self.refusal = ""
        self._update_state()
        self.reserve_fallback(name)

    def reserve_fallback(self, name: str) -> None:
        """Reserve space in the secrets file, too, if possible. Never raises; `release` frees it."""
        if not self.is_file:
            self._fallback.reserve(name, _ROOM)

    def release(self, name: str) -> None:
        """Free what `reserve` and `reserve_fallback` took, if no `save` has used it."""
        self._fallback.release(name)
        with suppress(VaultError):
            self._write(partial(self._store.release, name))

    def hold_descriptors(self, name: str) -> None:
        """Reserve file descriptors for saving the response under that name, before a token is
        presented and until `release_descriptors`. Raises VaultError if there are none."""
        try:
            self._spares.hold()
        except OSError as error:
            sentence = f"no file can be opened to save a new token: {error.strerror}"
            refused = (SecretFileError if self.is_file else VaultError)(sentence)
            self._set_refused(refused)
            self._unreserved = name
            raise refused from None

    def release_descriptors(self) -> None:
        """Free the descriptors that `hold_descriptors` keeps."""
        self._spares.release()

    def begin(self) -> None:
        """Begin an operation: a store without room is asked again."""
        self._has_no_room = False
        self.expire()

    def expire(self) -> None:
        """Forget what was read, because another process may have changed it."""
        self._known.clear()
        self._fallback.expire()

    def retry_unsaved(self, *, is_ending: bool = False) -> None:
        """Retry what the store did not save, if anything: a minute after the last retry, or because
        the program `is_ending`, for `StoreTimeouts.ending` at most. It may still refuse."""
        now = time.monotonic()
        if not (self._unsaved and self.refusal) or (now < self._retry_at and not is_ending):
            return
        if is_ending:
            self.shorten_timeouts()
        self._retry_at = now + _RETRY_SECONDS
        try:
            self.retry_unsaved_now()
        except VaultError as error:
            log.warning("still not saved: %s", error)

    def retry_unsaved_now(self) -> None:
        """Retry what the store did not save or reserve. Raises VaultError if it still refuses."""
        self.begin()
        for name, secret in tuple(self._unsaved.items()):
            self.save(name, secret)
        if self.refusal:
            self.reserve(self._unreserved)
            self.release(self._unreserved)

    @property
    def has_fallback(self) -> bool:
        """Whether the secrets file has something that the keyring refused, as far as is known."""
        return self._fallback.is_used

    def is_in_memory_only(self, name: str) -> bool:
        """Whether the secret is lost if this process ends now."""
        return name in self._unsaved

    def move_back(self, names: Sequence[str]) -> int:
        """Move secrets from the file into the keyring; returns how many. The caller holds the
        locks: nothing newer is saved meanwhile. Raises VaultError if the keyring still refuses."""
        self.begin()
        moved = 0
        for name in filter(self._fallback.has, names):
            secret = self.load(name)
            if secret is None or secret == self._known.get(name):
                self._fallback.drop(name)  # the keyring has a newer one
            else:
                self.save(name, secret)
                moved += self.state is StoreState.DURABLE
        self._fallback.is_used = any(map(self._fallback.has, names))
        return moved

    def remove(self, name: str, *, prompt: bool = False) -> bool:
        """Remove the secret; False if there was none. Raises VaultError."""
        was_unsaved = self._unsaved.pop(name, None) is not None or self._fallback.has(name)
        self._fallback.drop(name)
        self._known.pop(name, None)
        return self._write(partial(self._store.remove, name, prompt=prompt), prompt) or was_unsaved

    def save_pair(self, name: str, pair: Pair, *, prompt: bool = False) -> None:
        """Save two tokens in one entry. Raises as `save` does."""
        self.save(name, format_pair(pair), prompt=prompt)

    def find(self, names: Sequence[str], *, prompt: bool = False) -> tuple[tuple[str, str], ...]:
        """Return which of these secrets exist, and where: both stores may have one.

        The store that is not in use may be unavailable. Raises VaultError.
        """
        found = [(n, self.location) for n in names if self.load(n, prompt=prompt) is not None]
        other = self._other
        if other is not None:
            with suppress(VaultError):
                there = self._run_both(lambda: [n for n in names if other.get(n, prompt=False)])
                found += [(name, other.name) for name in there]
        if not self.is_file:
            found += [(n, self._fallback.location) for n in names if self._fallback.has(n)]
        return tuple(found)

    def forget(self, names: Sequence[str], *, prompt: bool = False) -> tuple[tuple[str, str], ...]:
        """Remove these secrets from both stores; returns the name and the store of each that was
        there.

        The store that is not in use may be unavailable, and keeps what it has. Raises VaultError.
        """
        kept = [n for n in names if not self.is_file and self._fallback.has(n)]
        found = [(n, self.location) for n in names if self.remove(n, prompt=prompt)]
        found += [(name, self._fallback.location) for name in kept]
        other = self._other
        if other is not None:
            with suppress(VaultError):
                gone = self._run_both(lambda: [n for n in names if other.remove(n, prompt=False)])
                found += [(name, other.name) for name in gone]
        return tuple(found)

    def migrate(
        self,
        names: SecretNames,
        is_old: Callable[[Secret], bool],
        *,
        except_for: Collection[str] = (),
    ) -> int:
        """Move this profile's secrets out of the store that is not in use; returns how many.

        Secrets that profiles share stay in the keyring as well, but not in the file. `is_old`:
        whether a secret is known to have been replaced; `except_for`: names that stay where they
        are. Raises VaultError if either store cannot be used.
        """
        former, store = self._other, self._store
        if former is None:
            return 0
        kept_too = names.shared if self.is_file else ()
        self._known.clear()
        return self._run_both(
            lambda: move_secrets(
                former, store, names, is_old, except_for=except_for, kept_too=kept_too
            )
        )

    def shorten_timeouts(self) -> None:
        """The program ends: wait for `StoreTimeouts.ending` only, from any thread.

        A secret that is not saved by then may still get into `.env`.
        """
        for worker in self._workers.values():
            worker.shorten_timeouts()

    def close(self) -> None:
        """End the threads, unless they are another Vault's."""
        if not self._shares_workers:
            for worker in self._workers.values():
                worker.close()

    def _use(self, which: SecretStore) -> None:
        if self._stores[which] is not self._store:
            self._store, self._other = self._stores[which], self._store
            self._known.clear()
            self._worker = self._workers[which]
            self._update_state()

    def _switch_to_file(self) -> bool:
        """Without a keyring, use the file from now on if that is allowed; returns whether it is."""
        if self._may_switch and not self._has_answered:
            self._may_switch = False
            self._use(SecretStore.FILE)
            return self.is_file
        return False

    def _keep_in_file(self, name: str, secret: Secret) -> bool:
        """Keep what the keyring did not take in the file; False if it is in memory only."""
        is_known = self._has_answered or self._fallback.has(name)
        if self.is_file or not is_known or not self._fallback.keep(name, secret):
            return False
        del self._unsaved[name]
        return True

    def _write(self, work: Callable[[], T], prompt: bool = False) -> T:
        return self._worker.run(work, self._timeouts.person if prompt else self._timeouts.write)

    def _run_both(self, work: Callable[[], T]) -> T:
        """Run what needs both stores in the keyring's thread: if it hangs, the file goes on."""
        return self._workers[SecretStore.KEYRING].run(work, self._timeouts.write)

    def _update_state(self) -> None:
        if self._unsaved or self.refusal:
            self.state = StoreState.REFUSED
        else:
            self.state = StoreState.DURABLE if self._store.durable else StoreState.MEMORY
            self.fault = ""

    def _set_refused(self, error: VaultError) -> None:
        self.refusal = str(error)
        self._set_failed(StoreState.REFUSED, error)

    def _set_failed(self, state: StoreState, error: VaultError) -> None:
        self.state = state
        self.fault = str(error) if isinstance(error, SecretFileError) else ""
