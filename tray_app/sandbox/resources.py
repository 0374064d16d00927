"""Read-only endpoints on which a token can be tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, jsonify

from tray_app.sandbox.bearer import bearer
from tray_app.sandbox.identifiers import api_id

if TYPE_CHECKING:
    from tray_app.sandbox.webex import Webex


class Resources:
    """401 for a dead token, 403 for one without the scope."""

    def __init__(self, webex: Webex) -> None:
        self._webex = webex

    def people_me(self) -> Response:
        """Return the account of the token."""
        person = bearer(self._webex.tokens, "spark:people_read", "spark:all").terms.person
        return jsonify(
            id=api_id("PEOPLE", person.uuid),
            emails=[person.email],
            displayName=person.display_name,
            orgId=api_id("ORGANIZATION", person.org_uuid),
            created="2024-05-20T15:50:06.754Z",
            type="person",
        )

    def token_expiry(self) -> Response:
        """Return when the token expires, in milliseconds since 1970."""
        token = bearer(self._webex.tokens)
        return jsonify(exp=int(token.expires_at.timestamp() * 1000))
