"""`POST /v1/access_token`: codes and refresh tokens become access tokens (RFC 6749 §4.1.3, §6)."""

from __future__ import annotations

from dataclasses import replace
from hmac import compare_digest
from typing import TYPE_CHECKING

from flask import Response, jsonify, request

from tray_app.sandbox.errors import OAuthError
from tray_app.sandbox.registrations import Client

if TYPE_CHECKING:
    from tray_app.sandbox.tokens import Issued
    from tray_app.sandbox.webex import Webex


def client_credentials() -> tuple[str, str]:
    """Return the request's client id and secret, from Basic or the form (RFC 6749 §2.3.1)."""
    header = request.authorization
    if header is not None and header.type == "basic":
        return header.username or "", header.password or ""
    return request.form.get("client_id", ""), request.form.get("client_secret", "")


class AccessToken:
    """The token endpoint. PKCE does not replace the client secret."""

    def __init__(self, webex: Webex) -> None:
        self._webex = webex

    def post(self) -> Response:
        """Return a pair for a form-encoded grant. Raises OAuthError."""
        client = self._client()
        match request.form.get("grant_type", ""):
            case "authorization_code":
                issued = self._exchange_code(client)
            case "refresh_token":
                issued = self._refresh(client)
            case "":
                raise OAuthError(400, "invalid_request", "grant_type cannot be null or empty")
            case _:
                raise OAuthError(400, "unsupported_grant_type", "The grant type is not supported")
        body = issued.reply(self._webex.clock())
        if self._webex.switches.scope_in_reply:
            body["scope"] = " ".join(sorted(issued.access.terms.scopes))
        response = jsonify(body)
        response.headers["Cache-Control"] = "no-store"  # RFC 6749 §5.1
        return response

    def _client(self) -> Client:
        client_id, secret = client_credentials()
        for name, value in (("client_id", client_id), ("client_secret", secret)):
            if not value:
                raise OAuthError(400, "invalid_request", f"{name} cannot be null or empty")
        client, expected = self._webex.client(client_id)
        if client is Client.UNKNOWN or not compare_digest(secret.encode(), expected.encode()):
            raise OAuthError(
                self._webex.switches.wrong_secret_status,
                "invalid_client",
                "Invalid client credentials",
                # RFC 6749 §5.2: names the scheme that the client used.
                {"WWW-Authenticate": "Basic"} if request.authorization else {},
            )
        return client

    def _exchange_code(self, client: Client) -> Issued:
        if client is not Client.INTEGRATION:
            raise OAuthError(400, "unauthorized_client", "A service app has no user to consent")
        form = request.form
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                raise OAuthError(400, "invalid_request", f"{name} cannot be null or empty")
        consent = self._webex.codes.redeem(form["code"])
        # RFC 6749 §4.1.3: the code must have been issued to the client that presents it.
        if consent is None or consent.client_id != client_credentials()[0]:
            raise OAuthError(400, "invalid_grant", "The code is expired, used or invalid")
        if consent.redirect_uri != form["redirect_uri"]:
            raise OAuthError(400, "invalid_grant", "The redirect_uri is not that of the code")
        verifier = form.get("code_verifier", "")
        # A verifier for a code without a challenge is a downgrade (RFC 9700 §4.8.2).
        is_valid = consent.challenge.matches(verifier) if consent.challenge else not verifier
        if not is_valid:
            raise OAuthError(400, "invalid_grant", "The code_verifier does not fit the code")
        issued = self._webex.grant_integration_pair(consent.scopes, consent.person)
        return replace(
            issued, refresh_mentioned=not self._webex.switches.code_reply_without_refresh
        )

    def _refresh(self, client: Client) -> Issued:
        webex = self._webex
        text = request.form.get("refresh_token", "")
        if not text:
            raise OAuthError(400, "invalid_request", "refresh_token cannot be null or empty")
        found, client_id = webex.tokens.find(text), client_credentials()[0]
        # RFC 6749 §6: it is bound to the client to which it was issued.
        is_bound = found is None or webex.owner(found) in ("", client_id)
        issued = (
            webex.tokens.renew(text, client, webex.policy, webex.switches) if is_bound else None
        )
        if issued is None:
            raise OAuthError(
                webex.switches.dead_refresh_status,
                webex.switches.dead_refresh_error,
                "The refresh token provided is expired, revoked, malformed, or invalid.",
            )
        return issued
