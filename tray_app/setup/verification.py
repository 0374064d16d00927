"""Checks what was answered with Webex. Offline is never "wrong"."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from tray_app.model import webex_ids
from tray_app.model.errors import Refused, Unreachable
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.responses import Verdict
from tray_app.model.secret import INVALID_BEARER_TOKEN, Secret
from tray_app.text.failures import FAILURE_NAMES, why_unreachable

if TYPE_CHECKING:
    from tray_app.webex.client import Webex


TIMEOUT = 10.0
"""Seconds that Webex has to answer while the user waits."""


class Answer(Enum):
    """The result of a check."""

    RIGHT = auto()
    WRONG = auto()
    OPEN = auto()


class Finding(NamedTuple):
    """The result of a check, and a sentence about it; "" if there is nothing to say."""

    answer: Answer
    sentence: str = ""


class LiveVerifier:
    """Asks Webex; no more once it was not reached. Nothing is renewed or issued."""

    def __init__(self, webex: Webex) -> None:
        self._webex = webex
        self._is_offline = False

    def client(self, whose: str, client_id: str, client_secret: Secret) -> Finding:
        """Check client id and secret with an invalid refresh token: Webex checks the client first
        (RFC 6749 §6, §5.2)."""
        if self._is_offline:
            return Finding(Answer.OPEN)
        try:
            self._webex.refresh(client_id, client_secret, INVALID_BEARER_TOKEN)
        except Refused as refused:
            if refused.refusal is Refusal.WRONG_CLIENT:
                said = f"Webex refuses {whose} client id and secret: {refused}"
                return Finding(Answer.WRONG, said)
            said = f"Webex does not object to {whose} client id and secret."
            return Finding(Answer.RIGHT, said)
        except Unreachable as error:
            return self._unreachable(error)
        return Finding(Answer.OPEN)

    def token(self, token: Secret) -> Finding:
        """Check the personal access token, and say whose it is."""
        if self._is_offline:
            return Finding(Answer.OPEN)
        try:
            if self._webex.check(token).verdict is Verdict.REJECTED:
                said = "Webex rejects this token: it has expired, or is not complete."
                return Finding(Answer.WRONG, said)
            person = self._webex.whoami(token)
        except Unreachable as error:
            return self._unreachable(error)
        whose = person.name or person.email
        said = f"The token works{f'; it belongs to {whose}' if whose else ''}."
        return Finding(Answer.RIGHT, said)

    def app_token(self, token: Secret, org_id: str) -> Finding:
        """Check an access token of the service app, and say whose organization's it is."""
        if webex_ids.contradicts(token, org_id):
            other = webex_ids.token_organization(token)
            said = f"This token is for another organization, {other}, than the id that you gave."
            return Finding(Answer.WRONG, said)
        if self._is_offline:
            return Finding(Answer.OPEN)
        try:
            if self._webex.check(token).verdict is Verdict.REJECTED:
                said = "Webex rejects this access token: it has expired, or is not complete."
                return Finding(Answer.WRONG, said)
        except Unreachable as error:
            return self._unreachable(error)
        org = webex_ids.token_organization(token)
        of_org = f"; it is for the organization {org}" if org else ""
        return Finding(Answer.RIGHT, f"The access token works{of_org}.")

    def _unreachable(self, error: Unreachable) -> Finding:
        self._is_offline = True  # do not wait again at every question
        is_dns = error.failure is TransportFailure.DNS  # its name says all
        why = FAILURE_NAMES[error.failure] if is_dns else why_unreachable(error)
        base = self._webex.base
        is_short = error.failure is TransportFailure.ODD_REPLY and not base.endswith("/v1")
        hint = "it does not end with /v1; " if is_short else ""
        said = (
            f"not checked with Webex: {why}. The address asked is {base}; {hint}--api-base or"
            " WEBEX_API_BASE names another."
        )
        return Finding(Answer.OPEN, said)
