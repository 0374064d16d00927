"""The result of a sign-in, as a sentence."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.model.failures import trace_of
from tray_app.model.responses import Person
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.text.failures import failure_name, traced
from tray_app.text.health import CHECK_ORGANIZATION
from tray_app.text.lengths import shorten
from tray_app.text.times import clock

LONGEST = 254
"""Characters of a sentence: a notification on Windows takes 255."""
_LEAST_DETAIL = 40

_KEPT = "Nothing has changed."
_FAILURES = {
    SignInResult.NO_BROWSER: (
        "No browser could be opened: webex-token-tray authorize --no-browser shows the address."
    ),
    SignInResult.CANCELLED: f"Sign-in cancelled. {_KEPT}",
    SignInResult.TIMED_OUT: f"The sign-in timed out. {_KEPT}",
    SignInResult.CONSENT_REFUSED: f"The sign-in was declined in the browser. {_KEPT}",
    SignInResult.SCOPE_REFUSED: "Webex refused the scope: add spark:applications_token to the"
    " integration at developer.webex.com, then sign in again.",
    SignInResult.WEBEX_FAILED: f"Webex answered the sign-in with an error. {_KEPT}",
    SignInResult.REFUSED: f"Webex refused the sign-in ({{detail}}). {_KEPT}",
    SignInResult.CONFIG_CHANGED: ("The config was changed during the sign-in: sign in again."),
    SignInResult.CODE_REFUSED: (
        f"Webex refused the sign-in's code: {{detail}}. {_KEPT} Sign in again."
    ),
    SignInResult.WRONG_CLIENT: "Webex refuses the integration's client secret: correct"
    " tokenManager.integration.clientSecret, then sign in again.",
    SignInResult.UNREACHABLE: (
        f"The sign-in could not be completed: {{failure}}. {_KEPT} Sign in again."
    ),
    SignInResult.SCOPE_NARROWED: (
        "{Account} was not granted spark:applications_token.{old} Sign in again and allow it."
    ),
    SignInResult.WRONG_ACCOUNT: ("{Account} gets no token from Webex: {detail}.{old} {step}."),
    SignInResult.WRONG_APP_SECRET: (
        "{Signed}, but Webex refuses the service app's client secret. Once you correct it, the"
        " sign-in is used automatically."
    ),
    SignInResult.WRONG_APP_IDS: (
        "{Signed}, but Webex does not know this service app or organization. Once you correct"
        " that, the sign-in is used automatically."
    ),
    SignInResult.UNPROVEN: (
        "{Signed}, but no token yet: {failure}. The sign-in is kept and used automatically as"
        " soon as possible."
    ),
}
_NOT_COMPLETED = {
    SignInResult.NOT_BEGUN,
    SignInResult.NO_BROWSER,
    SignInResult.CANCELLED,
    SignInResult.TIMED_OUT,
    SignInResult.CONSENT_REFUSED,
    SignInResult.SCOPE_REFUSED,
    SignInResult.WEBEX_FAILED,
    SignInResult.REFUSED,
}


def failure_title(outcome: Outcome) -> str:
    """Return the title of a sign-in that did not succeed."""
    if outcome.ending in _NOT_COMPLETED:
        return "The sign-in was not completed"
    return "You signed in, but got no token"


def sentence(
    outcome: Outcome, now: datetime, zone: tzinfo | None = None, *, ids: bool = True
) -> str:
    """Say who signed in and until when that is good, or what went wrong.

    `ids`: with the id of the account's organization, and with HTTP status and tracking id if Webex
    failed. Without, it stands below a title, which says that the token was renewed. If it is too
    long for a notification, Webex's words are cut first, then the account.
    """
    account = _account(outcome.person, ids=ids)
    detail = outcome.detail.rstrip(".") or "no reason given"
    text = _compose(outcome, account, detail, now, zone, ids=ids)
    if len(text) > LONGEST:
        detail = shorten(detail, max(_LEAST_DETAIL, len(detail) - len(text) + LONGEST))
        text = _compose(outcome, account, detail, now, zone, ids=ids)
    if len(text) > LONGEST:
        account = shorten(account, len(account) - len(text) + LONGEST)
        text = _compose(outcome, account, detail, now, zone, ids=ids)
    return traced(text, trace_of(outcome.http_status, outcome.tracking_id) if ids else "")


def _compose(
    outcome: Outcome,
    account: str,
    detail: str,
    now: datetime,
    zone: tzinfo | None,
    *,
    ids: bool,
) -> str:
    signed = f"Signed in as {account}" if account else "Signed in"
    match outcome.ending:
        case SignInResult.NOT_BEGUN:
            return shorten(outcome.detail, LONGEST)
        case SignInResult.RENEWED:
            good = f", good until {clock(outcome.until, now, zone)}" if outcome.until else ""
            return f"{signed}{good}.{' Token renewed.' if ids else ''}"
        case SignInResult.NO_REFRESH_TOKEN:
            return (
                f"{signed}. Token renewed, but Webex gave no refresh token: you will have to sign"
                " in again."
            )
    return _FAILURES[outcome.ending].format(
        Account=account[:1].upper() + account[1:] if account else "This account",
        Signed=signed,
        old=" The old sign-in stays." if outcome.has_old else "",
        step="Sign in as the app's owner" if outcome.has_worked else CHECK_ORGANIZATION,
        failure=failure_name(outcome.failure, "no answer"),
        detail=detail,
    )


def _account(person: Person, *, ids: bool) -> str:
    """Describe the account: "Sam (sam@example.com) of organization 1f…"; "" if unknown."""
    name = shorten(person.name or person.email, 60)
    mail = f" ({shorten(person.email, 60)})" if person.name and person.email else ""
    if not (ids and person.org_uuid):
        return name + mail
    whose = f"{name}{mail} of" if name else "an account of"
    return f"{whose} organization {person.org_uuid}"
