"""The authorization code grant, as far as it is thought and not done: PKCE, addresses, the answer.

RFC 6749 §4.1, RFC 7636 (PKCE), RFC 8252 (programs on a person's own machine).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from tray_app.core.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

MINT_SCOPE = "spark:applications_token"
"""What the personal access token needs to mint."""

DEFAULT_REDIRECT = "http://localhost:3000/callback"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ODD = re.compile(r"[^\x21-\x7e]|\\")
_MOVED = re.compile(r"/\.{1,2}(?:/|\Z)")  # a browser asks for another path than is written
_CODE = re.compile(r"[\x21-\x7e]{1,4096}\Z")  # VSCHAR without the space, RFC 6749 §A.11
_ERROR = re.compile(r"[a-z_]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where Webex sends the browser back to. `uri` is used byte for byte in every request (RFC
    9700 §2.1); `host`, `port` and `path` are what the listener goes by."""

    uri: str
    host: str
    port: int
    path: str

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers that are meant for us; any other one is a rebinding attack."""
        names = [f"[{name}]" if ":" in name else name for name in _LOOPBACK]
        ports = [f":{self.port}"] + ([""] if self.port == 80 else [])
        return frozenset(name + port for name in names for port in ports)


def redirect_of(uri: str) -> Redirect:
    """Read a registered redirect URI. Raises ValueError with what is wrong, as a predicate."""
    try:
        parts = urlsplit(uri)
        port = 80 if parts.port is None else parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.username is not None:
        raise ValueError(f"must lead to this machine, as in {DEFAULT_REDIRECT}")
    if _ODD.search(uri) or _MOVED.search(parts.path) or port == 0 or "?" in uri or "#" in uri:
        raise ValueError(f"must be host, port and path and no more, as in {DEFAULT_REDIRECT}")
    return Redirect(uri, parts.hostname, port, parts.path or "/")


LOCALHOST = redirect_of(DEFAULT_REDIRECT)


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


def new_request(client_id: str, redirect: Redirect, random: Callable[[], str]) -> SignInRequest:
    """Return a new question. `random` gives 256 fresh bits as 43 unreserved characters."""
    return SignInRequest(client_id, redirect, Secret(random()), Secret(random()))


def challenge(verifier: Secret) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 §4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Code:
    """Yes: what is to be exchanged, once."""

    value: Secret


@dataclass(frozen=True, slots=True)
class Declined:
    """No, with the name of RFC 6749 §4.1.2.1; one that is no such name is "other"."""

    error: str


def read_callback(query: str, state: Secret) -> Code | Declined | None:
    """Read the query of a redirect; None where it is no answer to the question with this state.

    State comes first, for yes and for no: else any web page could end a sign-in with a forged
    error. What appears twice is no answer (RFC 6749 §3.1).
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return None
    fields = dict(pairs)
    if len(fields) != len(pairs) or Secret(fields.get("state", "")) != state:
        return None
    code, error = fields.get("code"), fields.get("error")
    if code is not None and error is None and _CODE.match(code):
        return Code(Secret(code))
    if error is not None and code is None:
        return Declined(error if _ERROR.match(error) else "other")
    return None


def read_address(address: str, request: SignInRequest) -> Code | Declined | None:
    """Read the whole redirected address, as a person pastes it; None where it is no answer."""
    place, mark, query = address.strip().partition("?")
    # A browser adds the slash of an empty path.
    if not mark or place.rstrip("/") != request.redirect.uri.rstrip("/"):
        return None
    return read_callback(query.partition("#")[0], request.state)
