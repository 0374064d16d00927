"""A secret that does not show itself."""

from __future__ import annotations

import hashlib
import hmac
import re

_BEARER_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*\Z")


class Secret:
    """A token or client secret. Every way of printing it gives its fingerprint only.

    `reveal()` is the one way out, so that a search for it finds every use.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    @property
    def digest(self) -> str:
        """SHA-256 in hex: the key under which facts about this secret are kept."""
        return hashlib.sha256(self._bytes).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The first 8 characters of `digest`: for people."""
        return self.digest[:8]

    @property
    def is_bearer(self) -> bool:
        """Whether the value is a bearer token by its form (b64token, RFC 6750 §2.1)."""
        return _BEARER_TOKEN.match(self._value) is not None

    @property
    def _bytes(self) -> bytes:
        # A lone surrogate, which JSON may hold, must not raise: that error would carry the value.
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
        raise TypeError("a Secret is not to be pickled or copied out of the process")


INVALID_BEARER_TOKEN = Secret("webex-token-tray-asks-with-a-token-that-is-nobodys")
"""Well-formed, and no token: what Webex says to it is about who presents it, or about the way."""
