"""The authorization code grant, as far as it is thought and not done: PKCE, addresses, the answer.

RFC 6749 §4.1, RFC 7636 (PKCE), RFC 8252 (programs on a person's own machine).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tray_app.model.redirect import Redirect
from tray_app.model.responses import UNKNOWN_PERSON, Person
from tray_app.model.secret import Secret

if TYPE_CHECKING:
    from tray_app.model.failures import TransportFailure


MINT_SCOPE = "spark:applications_token"
"""What the personal access token needs to mint."""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """One question to a person: may this integration act for you? Good for one answer.

    `state` ties the answer to the question (RFC 6749 §10.12), `verifier` ties the code to us (RFC
    7636): neither is ever used again.
    """

    client_id: str
    redirect: Redirect
    state: Secret
    verifier: Secret

    def url(self, api_base: str) -> str:
        """The address of Webex's consent page."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect.uri,
            "scope": MINT_SCOPE,
            "state": self.state.reveal(),
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        return f"{api_base}/authorize?{urlencode(query)}"


def challenge(verifier: Secret) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


SIGN_IN_TIMEOUT = 300.0
"""Seconds that a person has."""


class SignInResult(StrEnum):
    """Every way in which a sign-in ends."""

    RENEWED = "renewed"
    NO_REFRESH_TOKEN = "no-refresh-token"  # noqa: S105 - a name, not a value
    UNPROVEN = "unproven"
    NOT_BEGUN = "not-begun"
    NO_BROWSER = "no-browser"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"
    CONSENT_REFUSED = "consent-refused"
    SCOPE_REFUSED = "scope-refused"
    WEBEX_FAILED = "webex-failed"
    REFUSED = "refused"
    CONFIG_CHANGED = "config-changed"
    CODE_REFUSED = "code-refused"
    WRONG_CLIENT = "wrong-client"
    UNREACHABLE = "unreachable"
    SCOPE_NARROWED = "scope-narrowed"
    WRONG_ACCOUNT = "wrong-account"
    WRONG_APP_SECRET = "wrong-app-secret"  # noqa: S105 - a name, not a value
    WRONG_APP_IDS = "wrong-app-ids"


SUCCESSES = (SignInResult.RENEWED, SignInResult.NO_REFRESH_TOKEN)

DECLINED = {
    "access_denied": SignInResult.CONSENT_REFUSED,
    "invalid_scope": SignInResult.SCOPE_REFUSED,
    "server_error": SignInResult.WEBEX_FAILED,
    "temporarily_unavailable": SignInResult.WEBEX_FAILED,
}
"""What the errors of RFC 6749 §4.1.2.1 mean; every other one is REFUSED."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sign-in.

    `person`: whose account it was, as far as known; `until`: how long the sign-in is good for
    (UTC), None when not told; `failure`: why Webex did not answer; `detail`: what Webex said, or
    why it could not begin.
    """

    ending: SignInResult
    person: Person = UNKNOWN_PERSON
    until: datetime | None = None
    failure: TransportFailure | None = None
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the token was renewed with it."""
        return self.ending in SUCCESSES
