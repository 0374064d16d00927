"""A secret too long for one entry of a keyring: kept in several, and never half of one.

The entry itself then says where they are: on which of two shelves, how many, and the SHA-256 of
the whole. New pieces go onto the other shelf, and count once the entry names it, which is one
write: wherever a crash strikes, the entry leads to a whole secret, the old one or the new one.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tray_app.model.errors import VaultError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "webex-token-tray"

LARGEST = 1280
"""UTF-16 units: Windows takes 2560 bytes (wincred.h, CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

_STEP = LARGEST // 2
"""Characters of a piece; none has more than two units."""

_LOOKS = 3
_PLACE = re.compile(r"pieces on ([ab]): ([1-9]\d{0,3}), sha256 ([0-9a-f]{64})\Z")


class _Place(NamedTuple):
    shelf: str
    pieces: int
    digest: str

    def __str__(self) -> str:
        return f"pieces on {self.shelf}: {self.pieces}, sha256 {self.digest}"


def joined(backend: KeyringBackend, name: str, entry: str | None) -> str | None:
    """Return the secret that this entry holds or leads to; None if there is none, or if pieces are
    damaged."""
    for _ in range(_LOOKS):
        place = _place(entry)
        if place is None:
            return entry
        found = [
            backend.get_password(SERVICE, _piece(name, place.shelf, n)) for n in range(place.pieces)
        ]
        value = "".join(piece or "" for piece in found)
        if _digest(value) == place.digest:
            return value
        # Another process may have saved a newer one, and cleared this one away: look again.
        entry = backend.get_password(SERVICE, name)
    return None


def keep(backend: KeyringBackend, name: str, value: str) -> None:
    """Keep the secret, reading back each write. Raises VaultError, and what backends raise."""
    if not _is_small(backend):
        _write(backend, name, value)
        return
    entry = backend.get_password(SERVICE, name)  # it says where the former pieces are
    former = _place(entry)
    if value == joined(backend, name, entry):
        return
    if not _is_too_long(value):
        _write(backend, name, value)
        if former is not None:
            _clear_shelves(backend, name)
        return
    shelf = "b" if former is not None and former.shelf == "a" else "a"
    parts = [value[at : at + _STEP] for at in range(0, len(value), _STEP)]
    for number, part in enumerate(parts):
        _write(backend, _piece(name, shelf, number), part)
    _write(backend, name, str(_Place(shelf, len(parts), _digest(value))))
    _clear(backend, name, "a" if shelf == "b" else "b")
    _clear(backend, name, shelf, len(parts))


def reserved(name: str) -> str:
    """Where `try_out` writes; a crash may leave it behind. It holds no secret."""
    return f"{name}/reserved"


def try_out(backend: KeyringBackend, name: str, size: int) -> None:
    """See whether so much more can be kept. Raises VaultError, and what backends raise.

    By writing an entry, but for the macOS keychain: it may ask the person about each one. There the
    disk on which it lies is tried.
    """
    if type(backend).__module__.startswith("keyring.backends.macOS"):
        _try_disk(backend, size)
        return
    filling = os.urandom((LARGEST if _is_small(backend) else size) // 2).hex()
    _write(backend, reserved(name), filling)
    backend.delete_password(SERVICE, reserved(name))


def _try_disk(backend: KeyringBackend, size: int) -> None:
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=Path.home()) as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise VaultError(f"the keyring ({backend.name}) could not save: {why}") from None


def drop(backend: KeyringBackend, name: str) -> bool:
    """Remove the secret; False where there was none. The entry goes first: what is left behind by
    a crash leads nowhere, and goes the next time."""
    there = backend.get_password(SERVICE, name) is not None
    if there:
        backend.delete_password(SERVICE, name)
    if _is_small(backend):
        _clear_shelves(backend, name)
    return there


def _is_small(backend: KeyringBackend) -> bool:
    """Whether its entries have a limit that tokens can reach: a JSON web token does."""
    return type(backend).__module__.endswith(".Windows")


def _is_too_long(value: str) -> bool:
    return len(value.encode("utf-16-le", "surrogatepass")) > 2 * LARGEST


def _place(entry: str | None) -> _Place | None:
    """Where the pieces are; None for an entry that holds the secret itself."""
    found = _PLACE.match(entry or "")
    return _Place(found[1], int(found[2]), found[3]) if found else None


def _piece(name: str, shelf: str, number: int) -> str:
    return f"{name}/{shelf}/{number}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def _write(backend: KeyringBackend, name: str, value: str) -> None:
    backend.set_password(SERVICE, name, value)
    if backend.get_password(SERVICE, name) != value:
        raise VaultError(f"the keyring ({backend.name}) did not keep the secret")


def _clear_shelves(backend: KeyringBackend, name: str) -> None:
    for shelf in ("a", "b"):
        _clear(backend, name, shelf)


def _clear(backend: KeyringBackend, name: str, shelf: str, first: int = 0) -> None:
    """Remove the pieces from this number on: the last one first, so that a crash leaves no gap
    behind which the others would never be found."""
    end = first
    while backend.get_password(SERVICE, _piece(name, shelf, end)) is not None:
        end += 1
    for number in reversed(range(first, end)):
        backend.delete_password(SERVICE, _piece(name, shelf, number))
