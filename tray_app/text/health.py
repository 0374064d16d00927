"""Health in words: headline, next step, and the lines of `status`. menu.py has the menu's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Link, LinkName, LinkState, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.text.data_sources import REASONS, source_headline, source_step
from tray_app.text.failures import FAILURE_NAMES, failure_name, traced
from tray_app.text.incidents import cause
from tray_app.text.rows import CHECKING
from tray_app.text.times import clock, date_and_time, day

_LINK_NAMES = {
    LinkName.ACCESS: "Service app token",
    LinkName.REFRESH: "Its refresh token",
    LinkName.PERSONAL: "Personal access token",
    LinkName.SIGN_IN: "Integration sign-in",
    LinkName.DATA_SOURCE: "Data source",
}

_EXPECTED_FAILURES = {
    LinkName.ACCESS: "the service app token",
    LinkName.REFRESH: "its refresh token",
    LinkName.PERSONAL: "the personal access token",
    LinkName.DATA_SOURCE: "data source",
}

_LINK_STATES = {
    LinkState.WORKS: "works{until}",
    LinkState.UNDER_SCOPED: "works{until}, cannot list data sources",
    LinkState.PRESENT: "available{until}",
    LinkState.MISSING: "none",
    LinkState.REJECTED: "rejected by Webex",
    LinkState.EXPIRED: "expired",
    LinkState.ON_DEMAND: "expired, renewed when needed",
    LinkState.FORBIDDEN: "lacks the permission",
    LinkState.WRONG_CLIENT: "waiting for a correct config",
    LinkState.LOCKED: "cannot be read",
    LinkState.UNSAVED: "in memory only",
    LinkState.DISABLED: "disabled",
}

_SOURCE_STATES = {LinkState.PRESENT: "live{until}", LinkState.MISSING: "not listed by Webex"}

CAUSES = {
    Reason.KEYRING_LOCKED: "the keyring is locked",
    Reason.KEYRING_UNREACHABLE: "no keyring is reachable",
    Reason.STORE_FAULT: "the secrets file is unusable",
    Reason.APP_SECRET_MISSING: "the app's client secret is missing",
    Reason.WRONG_APP_SECRET: "Webex refuses the app's client secret",
    Reason.WRONG_APP_IDS: "Webex does not know the app or organization",
    Reason.INTEGRATION_SECRET_MISSING: "the integration's client secret is missing",
    Reason.WRONG_INTEGRATION_SECRET: "Webex refuses the integration's client secret",
    Reason.FORBIDDEN: "Webex does not allow a new one",
    Reason.BLOCKED: "the service app is blocked or not authorized",
    Reason.SIGN_IN_ENDED: "sign-in needed",
    Reason.SIGN_IN_MISSING: "you have not signed in yet",
    Reason.PERSONAL_TOKEN_ENDED: "the personal access token expired",
    Reason.NOTHING_TO_RENEW_WITH: "nothing can renew it",
    Reason.SIGN_IN_DUE: "your sign-in expires soon",
    Reason.REFRESH_DUE: "its refresh token expires soon",
    Reason.RENEWAL_DUE: "nothing is running to renew it",
    Reason.EXERCISE_DUE: "a refresh token may expire unused",
    Reason.MEMORY_ONLY: "there is no keyring to keep new tokens",
    Reason.SAVE_REFUSED: "new tokens cannot be saved",
    Reason.ENV_FAULT: ".env cannot be used",
    Reason.OUTPUT_FAULT: "an output does not hold it",
    Reason.FOREIGN_ORG: ".env holds another organization's token",
    Reason.CONFIG_FAULT: "token-config.json cannot be used",
    Reason.CLOCK_OFF: "this machine's clock is wrong",
}
"""What is wrong, after "Webex token expired: " or "Token works, but "."""

CHECK_ORGANIZATION = "Check the organization id; if it is right, sign in as the app's owner"
_PASTE = "Paste a new personal access token (developer.webex.com) into token-config.json"
_SIGN_IN = "Sign in through the browser"
_IF_DUE = "Run webex-token-tray refresh --if-due, or start the tray or watch"
_APP_CLIENT = "Put the current serviceApp.clientSecret into token-config.json"
_INTEGRATION_CLIENT = "Put the current tokenManager.integration.clientSecret into token-config.json"

_STEPS = {
    Reason.KEYRING_LOCKED: "Unlock the keyring, then refresh the token",
    Reason.KEYRING_UNREACHABLE: "Run it in your desktop session, or set tray.secretStore to"
    ' "file" and start it there once',
    Reason.STORE_FAULT: "Repair the secrets file",
    Reason.APP_SECRET_MISSING: _APP_CLIENT,
    Reason.WRONG_APP_SECRET: _APP_CLIENT,
    Reason.WRONG_APP_IDS: "Correct appId, clientSecret and targetOrgId in token-config.json",
    Reason.INTEGRATION_SECRET_MISSING: _INTEGRATION_CLIENT,
    Reason.WRONG_INTEGRATION_SECRET: _INTEGRATION_CLIENT,
    Reason.FORBIDDEN: "Authorize the service app in Control Hub, then refresh the token",
    Reason.BLOCKED: "Unblock or authorize the service app in Control Hub, then refresh the token",
    Reason.SIGN_IN_ENDED: _SIGN_IN,
    Reason.SIGN_IN_MISSING: _SIGN_IN,
    Reason.SIGN_IN_DUE: _SIGN_IN,
    Reason.PERSONAL_TOKEN_ENDED: _PASTE,
    Reason.NOTHING_TO_RENEW_WITH: _PASTE,
    Reason.REFRESH_DUE: _PASTE,
    Reason.RENEWAL_DUE: _IF_DUE,
    Reason.EXERCISE_DUE: _IF_DUE,
    Reason.MEMORY_ONLY: "Start or install a keyring (gnome-keyring, KWallet, KeePassXC; on Windows"
    ' Credential Manager), or on a server set tray.secretStore to "file"',
    Reason.SAVE_REFUSED: "Unlock or repair the keyring, or make room on the disk, before you quit",
    Reason.ENV_FAULT: "Make .env a writable text file",
    Reason.OUTPUT_FAULT: "Repair that output",
    Reason.FOREIGN_ORG: "Refresh the token to replace it, or correct the organization id",
    Reason.CONFIG_FAULT: "Correct token-config.json",
    Reason.NOT_SET_UP: "Answer the set-up questions",
    Reason.CLOCK_OFF: "Set this machine's clock",
    Reason.OWN_FAULT: "Open the log, report what it says, then restart the program",
}

UNREACHABLE = f"No keyring is reachable. {_STEPS[Reason.KEYRING_UNREACHABLE]}."

METHOD_NAMES = {
    RenewalMethod.MINT_CANDIDATE: "your new sign-in",
    RenewalMethod.SERVICE_REFRESH: "the service app's refresh token",
    RenewalMethod.MINT_PASTED: "your personal access token",
    RenewalMethod.MINT_INTEGRATION: "the integration's personal access token",
    RenewalMethod.INTEGRATION_REFRESH: "the integration's sign-in",
}


def headline(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Describe the health in one line."""
    why = cause(health, now, zone) or failure_name(health.failure)
    why = f": {why}" if why else ""
    if said := plain_headline(health, now, zone):
        return said + why
    match health.reason:
        case Reason.WORKS if forecast := forecast_line(health, now, zone):
            return f"Token works. {forecast}"
        case Reason.WORKS:
            until = f" until {clock(health.until, now, zone)}" if health.until else ""
            return f"Token works{until}"
        case Reason.CANNOT_CHECK:
            return f"Cannot check the token{why}"
        case Reason.OWN_FAULT:
            return "Cannot check the token: this program failed"
        case Reason.RENEWAL_FAILS:
            expires = (
                f"Token expires {clock(health.until, now, zone)}" if health.until else "Token works"
            )
            return f"{expires}, but renewal fails{why}"
        case reason if reason in REASONS:
            return source_headline(health, now, zone)
    return beginning(health) + CAUSES[health.reason]


def plain_headline(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the headline without its cause, if the menu says the same; "" otherwise."""
    match health.reason:
        case Reason.CHECKING:
            return CHECKING
        case Reason.NOT_SET_UP:
            return "Not set up yet"
        case Reason.STALE:
            last = clock(health.confirmed_at, now, zone) if health.confirmed_at else "never"
            return f"Token last confirmed {last}"
        case Reason.RENEWING:
            return f"{dead_token(health)}, renewing"
        case Reason.RENEWAL_FAILS if health.row == 2:
            return f"{dead_token(health)}, renewal fails"
    return ""


def beginning(health: Health) -> str:
    """Return what stands before the cause: "Webex token expired: "."""
    return f"{dead_token(health)}: " if health.row == 1 else "Token works, but "


def next_step(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the one thing to do, or when the program tries again; "" if all is well."""
    if health.reason is Reason.WORKS:
        return ""
    if health.reason is Reason.RENEWAL_FAILS and health.row == 7:
        return "Refresh the token"
    if health.reason is Reason.STALE:
        return "Check again"
    if health.reason in REASONS:
        return source_step(health)
    step = _STEPS.get(health.reason)
    if health.reason is Reason.FORBIDDEN and health.who is Fixer.YOU:
        step = CHECK_ORGANIZATION
    if step is None:
        return _automatic_step(health, now, zone)
    if health.detail:
        step = f"{step} ({health.detail})"
    if health.due_at is not None:
        step = f"{step}, before {clock(health.due_at, now, zone)}"
    return step


def step_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the next step and who can take it, in one line; "" if all is well."""
    step = next_step(health, now, zone)
    match health.who:
        case None:
            return ""
        case Fixer.ITSELF:
            return step
        case Fixer.WEBEX | Fixer.NETWORK:
            return f"{step} (waiting for {health.who})"
    return f"Next ({health.who}): {step}"


def with_text(health: Health, now: datetime, zone: tzinfo | None = None) -> Health:
    """Return the health with `headline` and `next_step` filled in."""
    return replace(
        health, headline=headline(health, now, zone), next_step=next_step(health, now, zone)
    )


def not_renewed(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say that a renewal failed, what the health is now, and what to do."""
    parts = ["The token was not renewed", headline(health, now, zone), step_line(health, now, zone)]
    return " ".join(f"{part}." for part in parts if part)


def forecast_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what expires first if you do nothing, and when; "" if nothing will."""
    found = health.breaks_first
    if found is None:
        return ""
    if found.link is LinkName.SIGN_IN:
        when = day(found.at, now, zone) if found.at else "an unknown date"
        return f"Browser sign-in needed by {when}"
    when = date_and_time(found.at, now, zone) if found.at else "date unknown"
    name = f"{_EXPECTED_FAILURES[found.link]} {found.subject}".rstrip()
    return f"Expires first: {name}, {when}"


def link_name(link: Link) -> str:
    """Return the name of a link; a data source's includes its own name."""
    return f"{_LINK_NAMES[link.name]} {link.label}".rstrip()


def source_line(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    """Return a data source's link as a row of a list: "orders: live until 17:40"."""
    return f"{link.label}: {link_state(link, now, zone)}"


def link_state(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the state of a link, and its expiry if it can still be used."""
    text = _LINK_STATES[link.state]
    when = clock(link.expires_at, now, zone) if link.expires_at else ""
    if link.name is LinkName.DATA_SOURCE:
        if link.state is LinkState.EXPIRED:
            return f"{text} {when}".rstrip()
        text = _SOURCE_STATES.get(link.state, text)
    return text.format(until=f" until {when}" if when else ", expiry unknown")


def checked_line(
    health: Health, now: datetime, zone: tzinfo | None = None, *, ids: bool = True
) -> str:
    """Say when Webex was last asked about the token, and why not since then. `ids`: with HTTP
    status and tracking id."""
    text = f"Checked {clock(health.checked_at, now, zone)}" if health.checked_at else ""
    if health.waits_until is not None:
        until = clock(health.waits_until, now, zone)
        # Another process may have checked before: "yet" would deny it.
        return f"{text or 'Not checked now'}; waiting until {until}, as Webex asked"
    if not text:
        return "Not checked yet"
    if health.unanswered is None:
        return text
    return traced(f"{text}: {FAILURE_NAMES[health.unanswered]}", health.trace if ids else "")


def unanswered_line(health: Health) -> str:
    """Say that the last check of a token that works had no answer; "" otherwise: then the headline
    says it, or something more important."""
    if health.unanswered is None or health.reason is not Reason.WORKS:
        return ""
    has_answered = health.unanswered in (TransportFailure.THROTTLED, TransportFailure.SERVER_ERROR)
    return FAILURE_NAMES[health.unanswered if has_answered else TransportFailure.CONNECTION]


def should_work(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what is known of a token while Webex gives no answer."""
    until = f" until {day(health.until, now, zone)}" if health.until else ""
    return f"The token should still work{until}; trying again by itself"


def renewal_line(health: Health, *, ids: bool = True) -> str:
    """Say why the last renewal failed; "" if it did not. `ids`: with HTTP status and tracking
    id."""
    if not health.renewing.failures:
        return ""
    text = f"Last renewal failed: {why_not_renewed(health)}"
    return traced(text, health.renewing.trace if ids else "")


def why_not_renewed(health: Health) -> str:
    """Say why the last renewal failed."""
    unwritten = health.reason is Reason.ENV_FAULT
    otherwise = ".env cannot be written" if unwritten else "no renewal method worked"
    return failure_name(health.renewing.failure, otherwise)


def renewal_outcome(health: Health, method: RenewalMethod | None) -> str:
    """Describe the result of a renewal that you asked for. `method`: the one that worked."""
    if health.renewing.failures:
        unwritten = method is not None and health.reason is Reason.ENV_FAULT
        return "A new token has come, but .env cannot be written." if unwritten else "Not renewed."
    if method is None:
        return "Another process has just renewed it; .env has that token."
    return f"Renewed with {METHOD_NAMES[method]}."


def dead_token(health: Health) -> str:
    """Say what is known of a token that does not work: "Webex token expired"."""
    states = {link.state for link in health.links if link.name is LinkName.ACCESS}
    if LinkState.MISSING in states:
        return "No token in .env"
    checked_at, until = health.checked_at, health.until
    # Not by the current time: a label that changes closes an open menu.
    was_over = checked_at is not None and until is not None and checked_at >= until
    if LinkState.EXPIRED in states or was_over:
        return "Webex token expired"
    return "Webex token rejected" if LinkState.REJECTED in states else "Webex token invalid"


def _automatic_step(health: Health, now: datetime, zone: tzinfo | None) -> str:
    """Return when the program acts; if it will not (a command ends), what you can do."""
    checking = health.reason in (Reason.CHECKING, Reason.CANNOT_CHECK)
    if health.next_try_at is not None:
        what = "check" if checking else "retry"
        return f"Automatic {what} at {clock(health.next_try_at, now, zone)}"
    if health.reason is Reason.RENEWING:
        return "Wait: the tray or watch is renewing it"
    if health.reason is Reason.CHECKING:
        return "Wait for the answer"
    if checking and health.waits_until is not None:
        return f"Check again after {clock(health.waits_until, now, zone)}"
    return "Check again" if checking else "Refresh the token"
