"""The errors of this Webex.

ApiError              {message, errors, trackingId}, on every endpoint
└── OAuthError        from the token endpoint: also available in the shape of RFC 6749 §5.2
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Response, g, jsonify

if TYPE_CHECKING:
    from collections.abc import Mapping


def tracking_id() -> str:
    """Return the support id of the current request, the same in header and body."""
    if "tracking_id" not in g:
        g.tracking_id = f"ROUTER_{str(uuid4()).upper()}"
    return str(g.tracking_id)


def wrapped(status: int, description: str) -> Response:
    """Return an error in the shape of webexapis.com (docs/webex-api.md, "Errors of the token
    endpoint")."""
    response = jsonify(
        message=description,
        errors=[{"description": description}],
        trackingId=tracking_id(),
    )
    response.status_code = status
    return response


class ApiError(Exception):
    """Ends the request with a status and a sentence."""

    def __init__(
        self, status: int, description: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.headers = headers or {}

    def wrapped(self) -> Response:
        """Return the response in Webex's own shape."""
        response = wrapped(self.status, self.description)
        response.headers.update(self.headers)
        return response


class OAuthError(ApiError):
    """A refusal by the token endpoint; `error` is the code of RFC 6749 §5.2."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, description, headers)
        self.error = error

    def rfc6749(self) -> Response:
        """Return the response in idbroker's shape, which adds a tracking id to RFC 6749."""
        response = jsonify(
            error=self.error,
            error_description=self.description,
            trackingID=tracking_id(),
        )
        response.status_code = self.status
        response.headers.update(self.headers)
        return response
