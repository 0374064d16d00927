"""A sign-in: the authorization request with PKCE (RFC 6749 §4.1, RFC 7636), and its result."""

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
"""The scope that minting needs."""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """One authorization request, for one answer.

    `state` ties the answer to the request (RFC 6749 §10.12), `verifier` ties the code to this
    program (RFC 7636). Both are used once.
    """

    client_id: str
    redirect: Redirect
    state: Secret
    verifier: Secret

    def url(self, api_base: str) -> str:
        """Return the address of Webex's consent page."""
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
"""Seconds to sign in."""


class SignInResult(StrEnum):
    """How a sign-in ended."""

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
"""The results of the errors in RFC 6749 §4.1.2.1; any other one is REFUSED."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a sign-in.

    `person`: the account, as far as known; `until`: when the sign-in expires (UTC), None if
    unknown; `failure`: why Webex did not answer; `detail`: what Webex said, or why it could not
    begin; `http_status`, `tracking_id`: of an answer that was of no use; `has_old`:
    whether there is an older sign-in, which stays; `has_worked`: whether a token of this
    organization has worked before, so that its id is right.
    """

    ending: SignInResult
    person: Person = UNKNOWN_PERSON
    until: datetime | None = None
    failure: TransportFailure | None = None
    detail: str = ""
    has_old: bool = False
    has_worked: bool = False
    http_status: str = ""
    tracking_id: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the token was renewed with it."""
        return self.ending in SUCCESSES
