"""`POST /v1/applications/{id}/token`: mints a service app pair."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from flask import Response, jsonify, request

from tray_app.sandbox.bearer import bearer
from tray_app.sandbox.errors import ApiError

if TYPE_CHECKING:
    from tray_app.sandbox.registrations import ServiceApp
    from tray_app.sandbox.webex import Webex


class Applications:
    """Mints for an account that may act for the service app and knows its secret."""

    def __init__(self, webex: Webex) -> None:
        self._webex = webex

    def mint(self, app_id: str) -> Response:
        """Return a pair without `scope` (docs/webex-api.md, "Order of checks when minting")."""
        webex = self._webex
        token = bearer(webex.tokens, "spark:applications_token")
        apps = [app for app in webex.apps if app.app_id == app_id]
        if not apps:
            raise ApiError(404, "Application not found.")
        if not webex.may_mint(token.terms.person):
            raise ApiError(403, "The account is not allowed to issue tokens for this service app.")
        body = _body()
        # The bare uuid is not documented, but published clients send it. An empty organization
        # passes here: the completeness check below refuses it.
        org = body["targetOrgId"]
        authorized = [app for app in apps if org in (app.target_org_id, app.org_uuid, "")]
        if not webex.app_authorized or not authorized:
            raise ApiError(403, "The service app is not authorized by this organization.")
        for name, value in body.items():
            if not value:
                raise ApiError(400, f"{name} is required")
        app = authorized[0]
        self._check_credentials(app, body["clientId"], body["clientSecret"])
        response = jsonify(webex.grant_service_pair(app).reply(webex.clock()))
        response.headers["Cache-Control"] = "no-store"
        return response

    def _check_credentials(self, app: ServiceApp, client_id: str, secret: str) -> None:
        right_secret = compare_digest(secret.encode(), app.client_secret.encode())
        if client_id != app.client_id or not right_secret:
            raise ApiError(
                self._webex.switches.mint_wrong_secret_status, "Invalid client credentials"
            )


def _body() -> dict[str, str]:
    """The three documented fields, "" if missing. Form fields count, too."""
    sent = request.get_json(silent=True)
    fields = sent if isinstance(sent, dict) else request.form
    return {
        name: str(fields.get(name) or "") for name in ("clientId", "clientSecret", "targetOrgId")
    }
