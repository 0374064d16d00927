"""RS256 signatures (RFC 7515, RFC 7518 §3.3) and their key.

Written with plain integers, because no dependency of every platform has RSA. Good enough for tests
on loopback: it is not hardened, and no secret depends on it.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from math import gcd
from secrets import randbelow, randbits
from threading import Lock
from typing import TYPE_CHECKING

from tray_app.sandbox.identifiers import new_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping

_BITS = 2048
_EXPONENT = 65537
_SMALL_PRIMES = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 §9.2 note 1


@dataclass(frozen=True)
class SigningKey:
    """An RSA key; `kid` is its name in the key set."""

    modulus: int = field(repr=False)
    private: int = field(repr=False)
    kid: str = field(default_factory=new_uuid)

    @classmethod
    def generated(cls) -> SigningKey:
        """Return a new key of 2048 bits; takes a fraction of a second."""
        while True:
            p, q = _prime(_BITS // 2), _prime(_BITS // 2)
            order = (p - 1) * (q - 1)
            if p != q and gcd(_EXPONENT, order) == 1:
                return cls(p * q, pow(_EXPONENT, -1, order))

    def sign(self, claims: Mapping[str, str | int]) -> str:
        """Return a JWS over these claims in compact form (RFC 7515 §3.1)."""
        header = {"kid": self.kid, "typ": "JWT", "alg": "RS256"}
        signed = f"{_encoded_json(header)}.{_encoded_json(claims)}"
        # EMSA-PKCS1-v1_5 (RFC 8017 §9.2)
        info = _SHA256_INFO + sha256(signed.encode()).digest()
        padded = b"\x00\x01" + b"\xff" * (_BITS // 8 - len(info) - 3) + b"\x00" + info
        signature = pow(int.from_bytes(padded), self.private, self.modulus)
        return f"{signed}.{_encoded(signature.to_bytes(_BITS // 8))}"

    def jwk(self) -> dict[str, str]:
        """Return the public key as an entry of a key set (RFC 7517, RFC 7518 §6.3.1)."""
        return {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": _encoded(self.modulus.to_bytes(_BITS // 8)),
            "e": _encoded(_EXPONENT.to_bytes(3)),
        }


_lock = Lock()
_keys: list[SigningKey] = []


def signing_key() -> SigningKey:
    """Return the process's only key, made on first use: most sandboxes never sign."""
    with _lock:
        if not _keys:
            _keys.append(SigningKey.generated())
        return _keys[0]


def _prime(bits: int) -> int:
    while True:
        # The two top bits make the product of two such primes exactly twice as long.
        candidate = randbits(bits) | (0b11 << (bits - 2)) | 1
        if all(candidate % small for small in _SMALL_PRIMES) and _probably_prime(candidate):
            return candidate


def _probably_prime(number: int, rounds: int = 8) -> bool:
    """The Miller-Rabin test: 8 rounds are enough for random numbers of this size."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(rounds):
        power = pow(2 + randbelow(number - 3), odd, number)
        squares = [power]
        for _ in range(twos - 1):
            squares.append(pow(squares[-1], 2, number))
        if power != 1 and number - 1 not in squares:
            return False
    return True


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _encoded_json(value: Mapping[str, str | int]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())
