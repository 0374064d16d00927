"""Authorization codes: short-lived, single-use, bound to their request."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from threading import Lock
from typing import TYPE_CHECKING

from tray_app.sandbox.identifiers import opaque_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from tray_app.sandbox.registrations import Person

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


@dataclass(frozen=True)
class Challenge:
    """The PKCE challenge of an authorization request."""

    value: str
    method: str  # "S256" or "plain"

    def matches(self, verifier: str) -> bool:
        """Whether this verifier matches the challenge (RFC 7636 §4.6)."""
        if not _VERIFIER.fullmatch(verifier):
            return False
        answer = verifier
        if self.method == "S256":
            digest = sha256(verifier.encode("ascii")).digest()
            answer = urlsafe_b64encode(digest).decode().rstrip("=")
        return compare_digest(answer.encode(), self.value.encode())


@dataclass(frozen=True)
class Consent:
    """Who agreed to what for which client, and where the browser was sent."""

    person: Person
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    challenge: Challenge | None = None


class Codes:
    """The codes that are not exchanged yet. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._waiting: dict[str, tuple[Consent, datetime]] = {}

    def issue(self, consent: Consent, life: timedelta) -> str:
        """Return a new code for this consent, valid for `life`."""
        code = opaque_token(consent.person.org_uuid)
        with self._lock:
            self._waiting[code] = (consent, self._clock() + life)
        return code

    def redeem(self, code: str) -> Consent | None:
        """Return the consent of a live code. The code is used up in any case."""
        with self._lock:
            waiting = self._waiting.pop(code, None)
        if waiting is None:
            return None
        consent, expires_at = waiting
        return consent if self._clock() < expires_at else None
