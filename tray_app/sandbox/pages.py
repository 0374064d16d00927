"""What the browser shows: the consent page, or why there is none."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING

from flask import Response, make_response, render_template, request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tray_app.sandbox.codes import Consent
    from tray_app.sandbox.registrations import Integration
    from tray_app.sandbox.webex import Webex

SCOPES_IN_WORDS = {
    "spark:applications_token": "issue tokens for your service apps",
    "spark:people_read": "read your name, e-mail address and organization",
    "spark:all": "do everything you can do in Webex",
}
START = "start"
"""The name of the start page's route."""

_DECIDED = {"decision", "account"}  # set by the buttons, never by the address


def consent_page(
    webex: Webex, integration: Integration, consent: Consent, asked: Mapping[str, str]
) -> Response:
    """Return the consent page, with a button for each account."""
    return _page(
        "consent.html",
        200,
        integration=integration,
        redirect_uri=consent.redirect_uri,
        scopes=[(scope, SCOPES_IN_WORDS.get(scope, "")) for scope in sorted(consent.scopes)],
        people=webex.people,
        owner=webex.person,
        may_mint=webex.may_mint,
        fields={name: value for name, value in asked.items() if name not in _DECIDED},
    )


def start_page(webex: Webex) -> Response:
    """Return the page at this Webex's own address: what a set-up by hand asks for, with the last
    app and integration."""
    app, integration = webex.apps[-1], webex.integrations[-1]
    answers = {
        "Service app": {
            "App id": app.app_id,
            "Client id": app.client_id,
            "Client secret": app.client_secret,
            "Organization id": app.target_org_id,
        },
        "Integration": {
            "Client id": integration.client_id,
            "Client secret": integration.client_secret,
            "Redirect URI": integration.redirect_uris[0],
        },
    }
    address = f"{request.host_url}v1"
    return _page("start.html", 200, address=address, answers=answers, owner=webex.person)


def refused_page(reason: str) -> Response:
    """Return the page for a request that must not be redirected (RFC 6749 §4.1.2.1)."""
    return _page("refused.html", 400, reason=reason)


def _page(template: str, status: int, **values: object) -> Response:
    nonce = token_urlsafe(16)
    response = make_response(render_template(template, nonce=nonce, **values), status)
    response.headers["Content-Security-Policy"] = (
        # No form-action: Chromium applies it to the redirect after the form, too, which leads to
        # the client's own address.
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"  # the address holds state and challenge
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
