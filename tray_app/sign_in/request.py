"""The pure part of the authorization code grant: the request and how its answer is read.

RFC 6749 §4.1, RFC 7636 (PKCE), RFC 8252 (native apps).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tray_app.model.redirect import Redirect
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest

if TYPE_CHECKING:
    from collections.abc import Callable


_CODE = re.compile(r"[\x21-\x7e]{1,4096}\Z")  # VSCHAR without the space, RFC 6749 §A.11
_ERROR = re.compile(r"[a-z_]{1,40}\Z")


def new_request(client_id: str, redirect: Redirect, random: Callable[[], str]) -> SignInRequest:
    """Return a new request. `random` returns 256 random bits as 43 unreserved characters."""
    return SignInRequest(client_id, redirect, Secret(random()), Secret(random()))


@dataclass(frozen=True, slots=True)
class Code:
    """The person agreed: a code that can be exchanged once."""

    value: Secret


@dataclass(frozen=True, slots=True)
class Declined:
    """The person or Webex refused: an error of RFC 6749 §4.1.2.1, or "other"."""

    error: str


def read_callback(query: str, state: Secret) -> Code | Declined | None:
    """Read the query of a redirect; None if it does not answer the request with this state.

    Errors need the right state, too: otherwise any web page could end a sign-in with a forged one.
    A query that repeats a parameter is not an answer (RFC 6749 §3.1).
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
    """Read the whole address that a person pasted; None if it is not an answer."""
    uri, mark, query = address.strip().partition("?")
    # A browser adds the slash of an empty path.
    if not mark or uri.rstrip("/") != request.redirect.uri.rstrip("/"):
        return None
    return read_callback(query.partition("#")[0], request.state)
