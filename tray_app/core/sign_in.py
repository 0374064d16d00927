"""How a sign-in in the browser ended, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.core.answers import NOBODY, Person
from tray_app.core.times import clock
from tray_app.core.wording import TROUBLES, shorten

if TYPE_CHECKING:
    from tray_app.core.answers import Trouble


PATIENCE = 300.0
"""Seconds that a person has."""


class Ending(StrEnum):
    """Every way in which a sign-in ends."""

    RENEWED = "renewed"
    NO_REFRESH_TOKEN = "no-refresh-token"  # noqa: S105 - a name, not a value
    UNPROVEN = "unproven"
    NOT_BEGUN = "not-begun"
    NO_BROWSER = "no-browser"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed-out"
    CONSENT_REFUSED = "consent-refused"
    SCOPE_REFUSED = "scope-refused"
    WEBEX_FAILED = "webex-failed"
    REFUSED = "refused"
    CONFIG_CHANGED = "config-changed"
    CODE_REFUSED = "code-refused"
    WRONG_CLIENT = "wrong-client"
    UNREACHABLE = "unreachable"
    SCOPE_NARROWED = "scope-narrowed"
    WRONG_ACCOUNT = "wrong-account"
    WRONG_APP_SECRET = "wrong-app-secret"  # noqa: S105 - a name, not a value
    WRONG_APP_IDS = "wrong-app-ids"


SUCCESSES = (Ending.RENEWED, Ending.NO_REFRESH_TOKEN)

DECLINED = {
    "access_denied": Ending.CONSENT_REFUSED,
    "invalid_scope": Ending.SCOPE_REFUSED,
    "server_error": Ending.WEBEX_FAILED,
    "temporarily_unavailable": Ending.WEBEX_FAILED,
}
"""What the errors of RFC 6749 §4.1.2.1 mean; every other one is REFUSED."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sign-in.

    `person`: whose account it was, as far as known; `until`: how long the sign-in is good for
    (UTC), None when not told; `trouble`: why Webex did not answer; `detail`: what Webex said, or
    why it could not begin.
    """

    ending: Ending
    person: Person = NOBODY
    until: datetime | None = None
    trouble: Trouble | None = None
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the token was renewed with it."""
        return self.ending in SUCCESSES


LONGEST = 254
"""Characters of a sentence: a notice on Windows takes 255."""
_LEAST_DETAIL = 40

_KEPT = "Nothing has changed."
_FAILURES = {
    Ending.NO_BROWSER: "No browser could be opened: webex-token-tray authorize --no-browser shows"
    " the address.",
    Ending.CANCELLED: f"Sign-in cancelled. {_KEPT}",
    Ending.TIMED_OUT: f"Nobody signed in in time. {_KEPT}",
    Ending.CONSENT_REFUSED: f"The sign-in was refused in the browser. {_KEPT}",
    Ending.SCOPE_REFUSED: "Webex refused the scope: add spark:applications_token to the"
    " integration at developer.webex.com, then re-authorize.",
    Ending.WEBEX_FAILED: f"Webex had an error of its own during the sign-in. {_KEPT}",
    Ending.REFUSED: f"Webex refused the sign-in ({{detail}}). {_KEPT}",
    Ending.CONFIG_CHANGED: "The config was changed during the sign-in: re-authorize once more.",
    Ending.CODE_REFUSED: f"Webex refused the sign-in's code: {{detail}}. {_KEPT} Re-authorize.",
    Ending.WRONG_CLIENT: "Webex refuses the integration's client secret: correct"
    " tokenManager.integration.clientSecret, then re-authorize.",
    Ending.UNREACHABLE: f"The sign-in could not be completed: {{trouble}}. {_KEPT} Re-authorize.",
    Ending.SCOPE_NARROWED: "{Account} was granted less than asked for: spark:applications_token is"
    " missing. The old sign-in stays; re-authorize and allow it.",
    Ending.WRONG_ACCOUNT: "{Account} may not issue tokens for this service app ({detail}). The old"
    " sign-in stays; sign in as the app's owner, or have it authorized.",
    Ending.WRONG_APP_SECRET: "{Signed}, but Webex refuses the service app's client secret. Once"
    " it is corrected, the sign-in is used by itself.",
    Ending.WRONG_APP_IDS: "{Signed}, but Webex does not know this service app or organization."
    " Once that is corrected, the sign-in is used by itself.",
    Ending.UNPROVEN: "{Signed}, but no token yet: {trouble}. The sign-in is kept, and is used by"
    " itself as soon as possible.",
}


def sentence(outcome: Outcome, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what came of it: who signed in, until when that is good, or what went wrong.

    It fits into a notice: where it would not, Webex's words are cut, and then the account.
    """
    account, detail = _account(outcome.person), outcome.detail.rstrip(".") or "no reason given"
    text = _worded(outcome, account, detail, now, zone)
    if len(text) > LONGEST:
        detail = shorten(detail, max(_LEAST_DETAIL, len(detail) - len(text) + LONGEST))
        text = _worded(outcome, account, detail, now, zone)
    if len(text) > LONGEST:
        account = shorten(account, len(account) - len(text) + LONGEST)
        text = _worded(outcome, account, detail, now, zone)
    return text


def _worded(outcome: Outcome, account: str, detail: str, now: datetime, zone: tzinfo | None) -> str:
    signed = f"Signed in as {account}" if account else "Signed in"
    match outcome.ending:
        case Ending.NOT_BEGUN:
            return shorten(outcome.detail, LONGEST)
        case Ending.RENEWED:
            good = f", good until {clock(outcome.until, now, zone)}" if outcome.until else ""
            return f"{signed}{good}. Token renewed."
        case Ending.NO_REFRESH_TOKEN:
            return (
                f"{signed}. Token renewed, but Webex gave no refresh token: the sign-in does not"
                " renew itself."
            )
    return _FAILURES[outcome.ending].format(
        Account=account[:1].upper() + account[1:] if account else "This account",
        Signed=signed,
        trouble=TROUBLES[outcome.trouble] if outcome.trouble else "no answer",
        detail=detail,
    )


def _account(person: Person) -> str:
    """Whose account, as Webex has told: "Sam (sam@example.com) of organization 1f…"; or ""."""
    name = shorten(person.name or person.email, 60)
    mail = f" ({shorten(person.email, 60)})" if person.name and person.email else ""
    if not person.org_uuid:
        return name + mail
    whose = f"{name}{mail} of" if name else "an account of"
    return f"{whose} organization {person.org_uuid}"
