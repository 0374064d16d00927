"""`/v1/authorize`: the consent page in the browser (RFC 6749 §4.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, make_response, redirect, request

from tray_app.sandbox.codes import Challenge, Consent
from tray_app.sandbox.pages import consent_page, refused_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tray_app.sandbox.registrations import Integration, Person
    from tray_app.sandbox.webex import Webex

_PLAIN = "plain"  # what a challenge without a method means (RFC 7636 §4.3)


class _RefusedPageError(Exception):
    """The request must not be answered by a redirect: the browser shows a page."""


class _RefusedRedirectError(Exception):
    """The request is refused on the redirect, with an error code of RFC 6749 §4.1.2.1."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


class Authorize:
    """Shows the consent page, and sends the browser back with the decision.

    The page carries the whole request in hidden fields, so there is no session: the decision is
    posted to the same address and checked again from the start. With "allow" comes `account`, the
    uuid of the account that signs in, by default the owner's.
    """

    def __init__(self, webex: Webex) -> None:
        self._webex = webex

    def get(self) -> Response:
        """Return the consent page; a redirect if the request is wrong or consent is automatic."""
        decision = "allow" if self._webex.switches.auto_consent else ""
        return self._answer(request.args, decision, self._webex.person.uuid)

    def post(self) -> Response:
        """Return the redirect with the decision."""
        form = request.form
        account = form.get("account", self._webex.person.uuid)
        return self._answer(form, form.get("decision", ""), account)

    def _answer(self, asked: Mapping[str, str], decision: str, account: str) -> Response:
        try:
            integration = self._integration(asked)
            redirect_uri = _redirect_uri(asked, integration)
            person = self._person(account)
        except _RefusedPageError as refused:
            return refused_page(str(refused))
        state = {"state": asked["state"]} if "state" in asked else {}
        try:
            consent = _consent(asked, integration, redirect_uri, person, decision)
        except _RefusedRedirectError as refused:
            error = {"error": refused.error, "error_description": str(refused)}
            return _redirected(redirect_uri, error | state)
        if decision != "allow":
            return consent_page(self._webex, integration, consent, asked)
        code = self._webex.codes.issue(consent, self._webex.lifetimes.code)
        return _redirected(redirect_uri, {"code": code} | state)

    def _integration(self, asked: Mapping[str, str]) -> Integration:
        client_id = asked.get("client_id", "")
        if not client_id:
            raise _RefusedPageError("invalid_request: Parameter:client_id is blank")
        integration = self._webex.integration_with(client_id)
        if integration is None:
            raise _RefusedPageError("invalid_client: Client Id is invalid")
        return integration

    def _person(self, account: str) -> Person:
        for person in self._webex.people:
            if person.uuid == account:
                return person
        raise _RefusedPageError("invalid_request: There is no such account")


def _redirect_uri(asked: Mapping[str, str], integration: Integration) -> str:
    """The redirect URI, once it is known to be right."""
    registered = integration.redirect_uris
    wanted = asked.get("redirect_uri", registered[0] if len(registered) == 1 else "")
    if wanted not in registered:  # by exact string: localhost is not 127.0.0.1
        raise _RefusedPageError("invalid_request: The redirect_uri is not registered")
    return wanted


def _consent(
    asked: Mapping[str, str],
    integration: Integration,
    redirect_uri: str,
    person: Person,
    decision: str,
) -> Consent:
    if asked.get("response_type") != "code":
        raise _RefusedRedirectError("unsupported_response_type", "Use response_type=code.")
    scopes = frozenset(asked.get("scope", "").split())
    if not scopes or not scopes.issubset(integration.scopes):
        raise _RefusedRedirectError("invalid_scope", "The requested scope is invalid.")
    if asked.get("prompt") == "none":
        raise _RefusedRedirectError("login_required", "There is no session here.")
    challenge = _challenge(asked)
    if decision == "deny":
        raise _RefusedRedirectError("access_denied", "The user denied the request.")
    return Consent(person, integration.client_id, redirect_uri, scopes, challenge)


def _challenge(asked: Mapping[str, str]) -> Challenge | None:
    value = asked.get("code_challenge", "")
    if not value:
        return None
    method = asked.get("code_challenge_method", _PLAIN)
    if method not in {_PLAIN, "S256"}:
        raise _RefusedRedirectError("invalid_request", "Unknown code_challenge_method.")
    return Challenge(value, method)


def _redirected(redirect_uri: str, answer: Mapping[str, str]) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    return make_response(redirect(f"{redirect_uri}{joint}{urlencode(answer)}"))
