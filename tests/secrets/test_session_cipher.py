"""The session with the Secret Service without `cryptography`: the same bytes, and a way back."""

from __future__ import annotations

import os

import pytest

from tests.said_by_python import said_by_python
from tray_app.secrets.session_cipher import AES, CBC, Cipher, _is_usable

pytestmark = pytest.mark.skipif(not _is_usable(), reason="Python's OpenSSL cannot be reached here")


@pytest.mark.parametrize("blocks", [1, 2, 200])
def test_it_encrypts_and_decrypts_as_cryptography_does(blocks: int) -> None:
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    key, vector, plain = os.urandom(16), os.urandom(16), os.urandom(16 * blocks)
    theirs = ciphers.Cipher(ciphers.algorithms.AES(key), ciphers.modes.CBC(vector))
    encryptor = theirs.encryptor()
    encrypted = encryptor.update(plain) + encryptor.finalize()
    ours = Cipher(AES(key), CBC(vector)).encryptor()
    assert ours.update(plain) + ours.finalize() == encrypted
    back = Cipher(AES(key), CBC(vector)).decryptor()
    assert back.update(encrypted) + back.finalize() == plain


@pytest.mark.parametrize(
    ("key", "vector", "data"), [(15, 16, 16), (16, 8, 16), (16, 16, 17), (32, 16, 16)]
)
def test_what_it_cannot_do_it_refuses(key: int, vector: int, data: int) -> None:
    with pytest.raises(ValueError, match="not whole blocks"):
        Cipher(AES(bytes(key)), CBC(bytes(vector))).encryptor().update(bytes(data))


ASK = """
import sys
from tray_app.secrets import session_cipher
{first}
session_cipher.import_secretstorage()
import secretstorage.util
loaded = "cryptography" in sys.modules
from cryptography.hazmat.primitives.ciphers import Cipher
print(loaded, secretstorage.util.Cipher is Cipher)
"""
OURS, THEIRS = "False False", "True True"
CASES = {
    "not asked for": ("", THEIRS),
    "asked for": ("session_cipher.use_own_cipher()", OURS),
    "in use already": ("import cryptography; session_cipher.use_own_cipher()", THEIRS),
    "a later secretstorage": (
        "session_cipher.use_own_cipher(); session_cipher._FIRST_UNKNOWN = (0,)",
        THEIRS,
    ),
    "no OpenSSL": ("session_cipher.use_own_cipher(); import _ssl; del _ssl.__file__", THEIRS),
}


@pytest.mark.process
@pytest.mark.parametrize("case", CASES)
def test_cryptography_is_left_out_only_where_that_is_safe(case: str) -> None:
    """And it can still be imported by whoever needs it."""
    pytest.importorskip("secretstorage")
    first, expected = CASES[case]
    assert said_by_python(ASK.format(first=first)) == (expected, "")
