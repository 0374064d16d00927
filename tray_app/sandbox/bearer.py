"""The access token in the `Authorization` header of the current request (RFC 6750 §2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from tray_app.sandbox.errors import ApiError
from tray_app.sandbox.tokens import Use

if TYPE_CHECKING:
    from tray_app.sandbox.tokens import Token, Tokens


def bearer_text() -> str:
    """Return the token as it was sent, "" if there is none."""
    sent = request.authorization
    return (sent.token or "") if sent is not None and sent.type == "bearer" else ""


def bearer(tokens: Tokens, *one_of: str) -> Token:
    """Return the request's live token. 401 without one, 403 if it has none of these scopes.

    Webex answers alike for an expired token and for one that never existed.
    """
    token = tokens.live(bearer_text(), Use.ACCESS)
    if token is None:
        raise ApiError(
            401, "The request requires a valid access token set in the Authorization header."
        )
    if one_of and token.terms.scopes.isdisjoint(one_of):
        raise ApiError(403, f"The access token lacks the scope {' or '.join(one_of)}.")
    return token
