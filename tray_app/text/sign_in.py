"""How a sign-in in the browser ended, and the sentence that says so."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.model.responses import Person
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.text.health import FAILURE_NAMES, shorten
from tray_app.text.times import clock

LONGEST = 254
"""Characters of a sentence: a notice on Windows takes 255."""
_LEAST_DETAIL = 40

_KEPT = "Nothing has changed."
_FAILURES = {
    SignInResult.NO_BROWSER: (
        "No browser could be opened: webex-token-tray authorize --no-browser shows the address."
    ),
    SignInResult.CANCELLED: f"Sign-in cancelled. {_KEPT}",
    SignInResult.TIMED_OUT: f"Nobody signed in in time. {_KEPT}",
    SignInResult.CONSENT_REFUSED: f"The sign-in was refused in the browser. {_KEPT}",
    SignInResult.SCOPE_REFUSED: "Webex refused the scope: add spark:applications_token to the"
    " integration at developer.webex.com, then re-authorize.",
    SignInResult.WEBEX_FAILED: f"Webex had an error of its own during the sign-in. {_KEPT}",
    SignInResult.REFUSED: f"Webex refused the sign-in ({{detail}}). {_KEPT}",
    SignInResult.CONFIG_CHANGED: (
        "The config was changed during the sign-in: re-authorize once more."
    ),
    SignInResult.CODE_REFUSED: (
        f"Webex refused the sign-in's code: {{detail}}. {_KEPT} Re-authorize."
    ),
    SignInResult.WRONG_CLIENT: "Webex refuses the integration's client secret: correct"
    " tokenManager.integration.clientSecret, then re-authorize.",
    SignInResult.UNREACHABLE: (
        f"The sign-in could not be completed: {{failure}}. {_KEPT} Re-authorize."
    ),
    SignInResult.SCOPE_NARROWED: (
        "{Account} was granted less than asked for: spark:applications_token is"
        " missing. The old sign-in stays; re-authorize and allow it."
    ),
    SignInResult.WRONG_ACCOUNT: (
        "{Account} may not issue tokens for this service app ({detail}). The old"
        " sign-in stays; sign in as the app's owner, or have it authorized."
    ),
    SignInResult.WRONG_APP_SECRET: (
        "{Signed}, but Webex refuses the service app's client secret. Once"
        " it is corrected, the sign-in is used by itself."
    ),
    SignInResult.WRONG_APP_IDS: (
        "{Signed}, but Webex does not know this service app or organization."
        " Once that is corrected, the sign-in is used by itself."
    ),
    SignInResult.UNPROVEN: (
        "{Signed}, but no token yet: {failure}. The sign-in is kept, and is used by"
        " itself as soon as possible."
    ),
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
        case SignInResult.NOT_BEGUN:
            return shorten(outcome.detail, LONGEST)
        case SignInResult.RENEWED:
            good = f", good until {clock(outcome.until, now, zone)}" if outcome.until else ""
            return f"{signed}{good}. Token renewed."
        case SignInResult.NO_REFRESH_TOKEN:
            return (
                f"{signed}. Token renewed, but Webex gave no refresh token: the sign-in does not"
                " renew itself."
            )
    return _FAILURES[outcome.ending].format(
        Account=account[:1].upper() + account[1:] if account else "This account",
        Signed=signed,
        failure=FAILURE_NAMES[outcome.failure] if outcome.failure else "no answer",
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
