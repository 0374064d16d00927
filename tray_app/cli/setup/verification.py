"""Checks what was typed with Webex. Offline is never "wrong"."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from tray_app.cli.setup.prompts import good, open_question, wrong
from tray_app.model.errors import Refused, Unreachable
from tray_app.model.failures import Refusal
from tray_app.model.responses import Verdict
from tray_app.model.secret import INVALID_BEARER_TOKEN, Secret
from tray_app.text.failures import FAILURE_NAMES

if TYPE_CHECKING:
    from tray_app.webex.client import Webex


class Answer(Enum):
    """The result of a check."""

    RIGHT = auto()
    WRONG = auto()
    OPEN = auto()


class LiveVerifier:
    """Asks Webex and prints the result. Nothing is renewed or issued."""

    def __init__(self, webex: Webex) -> None:
        self._webex = webex
        self._is_offline = False

    def client(self, whose: str, client_id: str, client_secret: Secret) -> Answer:
        """Check client id and secret with an invalid refresh token: Webex checks the client first
        (RFC 6749 §6, §5.2)."""
        if self._is_offline:
            return Answer.OPEN
        try:
            self._webex.refresh(client_id, client_secret, INVALID_BEARER_TOKEN)
        except Refused as refused:
            if refused.refusal is Refusal.WRONG_CLIENT:
                wrong(f"Webex refuses {whose} client id and secret: {refused}")
                return Answer.WRONG
            good(f"Webex does not object to {whose} client id and secret.")
            return Answer.RIGHT
        except Unreachable as error:
            return self._unreachable(error)
        return Answer.OPEN

    def token(self, token: Secret) -> Answer:
        """Check the personal access token, and print whose it is."""
        if self._is_offline:
            return Answer.OPEN
        try:
            if self._webex.probe(token).verdict is Verdict.REJECTED:
                wrong("Webex rejects this token: it has expired, or is not complete.")
                return Answer.WRONG
            person = self._webex.whoami(token)
        except Unreachable as error:
            return self._unreachable(error)
        whose = person.name or person.email
        good(f"The token works{f'; it belongs to {whose}' if whose else ''}.")
        return Answer.RIGHT

    def _unreachable(self, error: Unreachable) -> Answer:
        open_question(f"not checked with Webex: {FAILURE_NAMES[error.failure]} ({error}).")
        self._is_offline = True  # do not wait again at every question
        return Answer.OPEN
