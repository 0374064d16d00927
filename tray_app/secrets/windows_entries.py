"""Entries of the Windows Credential Manager: each under a service name of its own, long ones split.

keyring's backend has one entry per service name. A second user name moves the first one aside in
several steps, and two processes that do this undo each other's writes. Earlier versions kept every
secret under one service name; those entries are still read, and removed at the next write.

Windows takes 2,560 bytes for an entry. A longer secret is kept in pieces, in one of two generations
(a, b). The entry then says which generation, how many pieces, and the SHA-256 of the whole. New
pieces go into the other generation and count once the entry names it, which is one write: after a
crash the entry leads to a whole secret, the old one or the new one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from tray_app.model.errors import VaultError
from tray_app.secrets.store import KEYRING

if TYPE_CHECKING:
    from keyring.backends.Windows import WinVaultKeyring

LARGEST = 1280
"""UTF-16 units in an entry: 2,560 bytes (wincred.h, CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

_PIECE = LARGEST // 2
"""Characters in a piece; a character has at most two UTF-16 units."""

_READS = 3
_INDEX = re.compile(r"pieces on ([ab]): ([1-9]\d{0,3}), sha256 ([0-9a-f]{64})\Z")


class _Index(NamedTuple):
    generation: str
    number: int
    digest: str

    def __str__(self) -> str:
        return f"pieces on {self.generation}: {self.number}, sha256 {self.digest}"


class WindowsEntries:
    """Has the methods of keyring's backend for Windows, for secrets of any length.

    `service`: the service name under which earlier versions kept every secret.
    """

    def __init__(self, backend: WinVaultKeyring) -> None:
        backend.persist = "local machine"  # not with a roaming profile
        self._backend = backend
        self.name = backend.name

    def get_password(self, service: str, name: str) -> str | None:
        """Return the secret; None if there is none, or if a piece of it is missing."""
        own, shared = self._entries(service, name)
        value = own.read()
        return shared.read() if value is None else value

    def set_password(self, service: str, name: str, value: str) -> None:
        """Keep the secret. If this fails, the former one is still whole."""
        own, shared = self._entries(service, name)
        own.write(value)
        shared.remove()

    def delete_password(self, service: str, name: str) -> None:
        """Remove the secret. The shared entry goes first: after a crash it must not count again."""
        for entry in reversed(self._entries(service, name)):
            entry.remove()

    def _entries(self, service: str, name: str) -> tuple[_Entry, _Entry]:
        def own_service(user: str) -> str:
            # A digest keeps the target name short: keyring appends it to the user name.
            return f"{service} {_digest(user)[:16]}"

        own = _Entry(self._backend, name, own_service)
        return own, _Entry(self._backend, name, lambda _: service)


class _Entry:
    """One entry and its pieces. `service_of`: the service name for a user name."""

    def __init__(self, backend: Any, name: str, service_of: Callable[[str], str]) -> None:
        self._backend = backend
        self._name = name
        self._service_of = service_of

    def read(self) -> str | None:
        for _ in range(_READS):
            entry = self._get(self._name)
            index = _parse_index(entry)
            if index is None:
                return entry
            pieces = [self._get(self._piece(index.generation, n)) for n in range(index.number)]
            value = "".join(piece or "" for piece in pieces)
            if _digest(value) == index.digest:
                return value
            # Another process may have saved a newer secret and removed these pieces: read again.
        return None

    def write(self, value: str) -> None:
        if self.read() == value:
            return
        former = _parse_index(self._get(self._name))
        if len(value.encode("utf-16-le", "surrogatepass")) <= 2 * LARGEST:
            self._set(self._name, value)
            if former is not None:
                self._clear_pieces()
            return
        new, old = ("b", "a") if former is not None and former.generation == "a" else ("a", "b")
        pieces = [value[at : at + _PIECE] for at in range(0, len(value), _PIECE)]
        for number, piece in enumerate(pieces):
            self._set(self._piece(new, number), piece)
        self._set(self._name, str(_Index(new, len(pieces), _digest(value))))
        self._clear(old)
        self._clear(new, len(pieces))

    def remove(self) -> None:
        """Remove the entry before its pieces: pieces that a crash leaves behind are not read."""
        if self._get(self._name) is not None:
            self._delete(self._name)
        self._clear_pieces()

    def _clear_pieces(self) -> None:
        self._clear("a")
        self._clear("b")

    def _clear(self, generation: str, first: int = 0) -> None:
        """Remove the pieces from this number on. The last goes first: a crash must not leave a gap
        that hides the pieces behind it."""
        end = first
        while self._get(self._piece(generation, end)) is not None:
            end += 1
        for number in reversed(range(first, end)):
            self._delete(self._piece(generation, number))

    def _piece(self, generation: str, number: int) -> str:
        return f"{self._name}/{generation}/{number}"

    def _get(self, user: str) -> str | None:
        found: str | None = self._backend.get_password(self._service_of(user), user)
        return found

    def _set(self, user: str, value: str) -> None:
        service = self._service_of(user)
        # `set_password` would first copy the former secret to an entry with a longer name: there it
        # stays, and that name may be refused.
        self._backend._set_password(service, user, value)  # noqa: SLF001
        if self._backend.get_password(service, user) != value:
            raise VaultError(f"{KEYRING} ({self._backend.name}) did not keep the secret")

    def _delete(self, user: str) -> None:
        self._backend.delete_password(self._service_of(user), user)


def _parse_index(entry: str | None) -> _Index | None:
    """Where the pieces are; None if the entry holds the secret itself."""
    found = _INDEX.match(entry or "")
    return _Index(found[1], int(found[2]), found[3]) if found else None


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
