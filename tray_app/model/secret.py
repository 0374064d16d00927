"""A secret that is never printed."""

from __future__ import annotations

import hashlib
import hmac
import re

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")


class Secret:
    """A token or client secret. Printing it shows its fingerprint only.

    `reveal()` is the only access to the value, so that a search finds every use.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value."""
        return self._value

    @property
    def digest(self) -> str:
        """SHA-256 in hex: the key for facts about this secret."""
        return hashlib.sha256(self._bytes).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The first 8 characters of `digest`, to show to people."""
        return self.digest[:8]

    @property
    def is_bearer(self) -> bool:
        """Whether the value has the form of a bearer token (b64token, RFC 6750 §2.1)."""
        return _BEARER_TOKEN.match(self._value) is not None

    @property
    def _bytes(self) -> bytes:
        # JSON may contain a lone surrogate. It must not raise: that error would contain the value.
        return self._value.encode("utf-8", "surrogatepass")

    def __repr__(self) -> str:
        return f"Secret({self.fingerprint})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._bytes, other._bytes)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a Secret cannot be pickled or copied")


INVALID_BEARER_TOKEN = Secret("webex-token-tray-asks-with-a-token-that-is-nobodys")
"""Well-formed, but not a token: for checks of client and network."""
