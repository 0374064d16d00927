"""AES for the session with the Secret Service, from the OpenSSL that Python itself has loaded.

`secretstorage` takes it from `cryptography`, which brings an OpenSSL of its own: seven megabytes
that the tray would hold for good, for one cipher.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

_BLOCK = 16
_NAMES = (
    "cryptography",
    "cryptography.hazmat",
    "cryptography.hazmat.backends",
    "cryptography.hazmat.primitives",
    "cryptography.hazmat.primitives.ciphers",
)


class AES(NamedTuple):
    """The algorithm with its key of 16 bytes."""

    key: bytes


class CBC(NamedTuple):
    """The mode with its initialization vector."""

    vector: bytes


class Cipher:
    """Encrypts or decrypts whole blocks with AES-128-CBC. The part of `cryptography` of this name
    that `secretstorage` calls."""

    def __init__(self, algorithm: AES, mode: CBC, _backend: object = None) -> None:
        self._key, self._vector = algorithm.key, mode.vector
        self._encrypts = 0

    def encryptor(self) -> Cipher:
        """Return what encrypts."""
        self._encrypts = 1
        return self

    def decryptor(self) -> Cipher:
        """Return what decrypts."""
        return self

    def update(self, data: bytes) -> bytes:
        """Return all of the data encrypted or decrypted. Raises ValueError."""
        if len(self._key) != _BLOCK or len(self._vector) != _BLOCK or len(data) % _BLOCK:
            raise ValueError("not whole blocks, or not a key of AES-128")
        crypto = _openssl()
        made, length = ctypes.create_string_buffer(len(data)), ctypes.c_int()
        context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
        try:
            kind = ctypes.c_void_p(crypto.EVP_aes_128_cbc())
            done = crypto.EVP_CipherInit_ex(
                context, kind, None, self._key, self._vector, self._encrypts
            )
            crypto.EVP_CIPHER_CTX_set_padding(context, 0)
            done &= crypto.EVP_CipherUpdate(context, made, ctypes.byref(length), data, len(data))
        finally:
            crypto.EVP_CIPHER_CTX_free(context)
        if done != 1 or length.value != len(data):
            raise ValueError("OpenSSL refuses")
        return made.raw

    def finalize(self) -> bytes:
        """Return nothing: `update` has returned all."""
        return b""


_FIRST_UNKNOWN = (3, 6)
"""The first version of secretstorage whose use of `cryptography` is not known."""

_USES_OWN = threading.Event()


def use_own_cipher() -> None:
    """Have `import_secretstorage` do without `cryptography` from now on. Only for a process that is
    this program: while it imports, another thread that imports `cryptography` gets what is here."""
    _USES_OWN.set()


def import_secretstorage() -> None:
    """Import it without `cryptography`, if `use_own_cipher` was called and it is possible."""
    if not _USES_OWN.is_set() or "secretstorage" in sys.modules:
        return
    try:
        with _standing_in():
            import secretstorage
    except ImportError:  # whoever imports it next gets it with `cryptography`
        return
    if getattr(secretstorage, "__version_tuple__", _FIRST_UNKNOWN) >= _FIRST_UNKNOWN:
        for name in [each for each in sys.modules if each.partition(".")[0] == "secretstorage"]:
            del sys.modules[name]


@contextmanager
def _standing_in() -> Iterator[None]:
    """What `secretstorage` imports of `cryptography` in this block is the cipher above, unless that
    is loaded already, or Python's OpenSSL cannot be reached."""
    if _NAMES[0] in sys.modules or not _is_usable():
        yield
        return
    parts: dict[str, Any] = {name: ModuleType(name) for name in _NAMES}
    parts[_NAMES[2]].default_backend = lambda: None
    ciphers = parts[_NAMES[4]]
    ciphers.Cipher = Cipher
    ciphers.algorithms, ciphers.modes = ModuleType("algorithms"), ModuleType("modes")
    ciphers.algorithms.AES, ciphers.modes.CBC = AES, CBC
    sys.modules.update(parts)
    try:
        yield
    finally:
        for name in _NAMES:
            sys.modules.pop(name, None)


def _openssl() -> ctypes.CDLL:
    """Raises ImportError, OSError, AttributeError if it cannot be reached."""
    import _ssl

    # Not by the library's name: that might be another version. What a module has loaded is found
    # through the module.
    crypto = ctypes.CDLL(_ssl.__file__)
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_128_cbc.restype = ctypes.c_void_p
    return crypto


def _is_usable() -> bool:
    """Whether it is there, and encrypts as FIPS 197 (appendix C.1) says."""
    key, plain = bytes(range(16)), bytes.fromhex("00112233445566778899aabbccddeeff")
    try:
        made = Cipher(AES(key), CBC(bytes(_BLOCK))).encryptor().update(plain)
    except (ImportError, OSError, AttributeError, ValueError):
        return False
    return made.hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"
