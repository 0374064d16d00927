"""Keeps in the secrets file what the keyring refused, until the keyring accepts it.

A keyring may fail after a refresh token was presented and before the response arrives, whose tokens
then exist only once. Each entry names what the keyring held: if that has changed, another process
has saved something newer there, and the entry is obsolete.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from tray_app.model.errors import VaultError
from tray_app.model.secret import Secret
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import Store
from tray_app.secrets.worker import StoreWorker

log = logging.getLogger(__name__)

T = TypeVar("T")

_MAX_PREDECESSORS = 20
_ANYTHING = "*"


class FileFallback:
    """The fallback of one profile. `is_used`: whether the file has something for the store.

    Nothing is kept if there is no file. Blocks for `timeout` seconds at most.
    """

    def __init__(self, file: Store | None, worker: StoreWorker, timeout: float) -> None:
        self._file = file
        self._worker = worker
        self._timeout = timeout
        self._stored: dict[str, str] = {}
        """The digest of what the store was last known to hold; "" for nothing."""
        self._kept: dict[str, tuple[Secret, list[str]] | None] = {}
        """What the file holds (read since `expire`), with the digests of older values."""
        self.is_used = False

    @property
    def location(self) -> str:
        """The file, for a message."""
        return self._file.name if self._file else ""

    def expire(self) -> None:
        """Forget what was read: it may be out of date."""
        self._kept.clear()

    def note_stored(self, name: str, stored: Secret | None) -> None:
        """Remember what the store holds."""
        self._stored[name] = stored.digest if stored else ""

    def leading(self, name: str, stored: Secret | None) -> Secret | None:
        """Return the newer of what the file and the store hold. Never raises."""
        kept = self._read(name)
        if kept is None:
            return stored
        secret, predecessors = kept
        is_newer = stored is None or not {stored.digest, _ANYTHING}.isdisjoint(predecessors)
        if not is_newer or secret == stored:
            return stored
        self.is_used = True
        return secret

    def has(self, name: str) -> bool:
        """Whether the file has something for that name."""
        return self._read(name) is not None

    def keep(self, name: str, secret: Secret) -> bool:
        """Write the secret into the file; False if that fails."""
        if self._file is None:
            return False
        former = self._read(name)
        if former is not None and former[0] == secret:
            return True
        predecessors = [self._stored.get(name, "" if former else _ANYTHING)]
        if former is not None:
            predecessors += [former[0].digest, *former[1]]
        known = [each for each in dict.fromkeys(predecessors) if each][:_MAX_PREDECESSORS]
        entry, file = SecretNames.fallback(name), self._file
        try:
            # Revealed in the worker's thread only: an error's traceback has no frames of that.
            self._run(lambda: file.set(entry, _format(secret, known), prompt=False))
        except VaultError as error:
            log.error("it cannot be saved in %s either: %s", self.location, error)
            return False
        self._kept[name] = secret, known
        self.is_used = True
        return True

    def drop(self, name: str) -> None:
        """Remove it: the store has it now, or something newer. Never raises."""
        file = self._file
        if file is None or not self.has(name):
            return
        try:
            self._run(partial(file.remove, SecretNames.fallback(name), prompt=False))
        except VaultError as error:  # it names its predecessors, so it is known as old
            log.info("an obsolete entry stays in %s: %s", self.location, error)
        self._kept[name] = None

    def reserve(self, name: str, size: int) -> None:
        """Reserve `size` bytes, if possible. Never raises; `release` frees them."""
        if self._file is not None:
            try:
                self._run(partial(self._file.reserve, SecretNames.fallback(name), size))
            except VaultError as error:
                log.info("no space is reserved in case the keyring fails: %s", error)

    def release(self, name: str) -> None:
        """Free what `reserve` took, if `keep` has not used it."""
        if self._file is not None:
            with suppress(VaultError):
                self._run(partial(self._file.release, SecretNames.fallback(name)))

    def _read(self, name: str) -> tuple[Secret, list[str]] | None:
        if name not in self._kept:
            self._kept[name] = None
            if self._file is not None:
                get = partial(self._file.get, SecretNames.fallback(name), prompt=False)
                try:
                    self._kept[name] = _parse(self._run(get))
                except VaultError as error:
                    log.warning("secrets that the keyring refused cannot be read: %s", error)
        return self._kept[name]

    def _run(self, work: Callable[[], T]) -> T:
        return self._worker.run(work, self._timeout)


def _format(secret: Secret, predecessors: list[str]) -> str:
    return json.dumps({"secret": secret.reveal(), "after": " ".join(predecessors)})


def _parse(entry: str | None) -> tuple[Secret, list[str]] | None:
    try:
        found = json.loads(entry or "null")
        secret, predecessors = found["secret"], found["after"].split()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return (Secret(secret), predecessors) if isinstance(secret, str) else None
