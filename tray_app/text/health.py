"""The forecast in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo

from tray_app.model.data_sources import Extension
from tray_app.model.failures import TransportFailure
from tray_app.model.health import ExpectedFailure, Health, Link, LinkName, LinkState, Owner, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.text.data_sources import REASONS, extension_line, source_headline, source_step
from tray_app.text.times import clock, day, on_the_day

_NAMES = {
    LinkName.ACCESS: "the service app token",
    LinkName.REFRESH: "its refresh token",
    LinkName.PERSONAL: "the personal access token",
    LinkName.DATA_SOURCE: "data source",
}


def forecast(found: ExpectedFailure, say: Callable[[datetime], str]) -> str:
    """Say what breaks, and when; a sign-in by what a person has to do. `say`: puts a time as a
    person reads it."""
    when = say(found.at) if found.at else "when is not known"
    if found.link is LinkName.SIGN_IN:
        return f"Browser sign-in needed by {when}"
    name = f"{_NAMES[found.link]} {found.subject}".rstrip()
    return f"Breaks first: {name}, {when}"


TOOLTIP_LIMIT = 127
"""Windows refuses longer ones."""

FAILURE_NAMES = {
    TransportFailure.DNS: "the name of the Webex server is not found",
    TransportFailure.CONNECTION: "Webex cannot be reached",
    TransportFailure.TIMEOUT: "Webex does not answer in time",
    TransportFailure.TLS: "the TLS certificate is not trusted",
    TransportFailure.PROXY: "the proxy does not let us through",
    TransportFailure.THROTTLED: "Webex asks us to wait",
    TransportFailure.SERVER_ERROR: "Webex has an error of its own",
    TransportFailure.ODD_REPLY: "the answer is not from Webex",
    TransportFailure.BUSY: "another process is renewing it",
}

_LINK_NAMES = {
    LinkName.ACCESS: "Service app token",
    LinkName.REFRESH: "Its refresh token",
    LinkName.PERSONAL: "Personal access token",
    LinkName.SIGN_IN: "Integration sign-in",
    LinkName.DATA_SOURCE: "Data source",
}

_LINK_STATES = {
    LinkState.WORKS: "works",
    LinkState.UNDER_SCOPED: "works, without the right to list data sources",
    LinkState.PRESENT: "present",
    LinkState.MISSING: "none",
    LinkState.REJECTED: "rejected by Webex",
    LinkState.EXPIRED: "expired",
    LinkState.ON_DEMAND: "ended, is renewed when it is needed",
    LinkState.FORBIDDEN: "lacks the right",
    LinkState.WRONG_CLIENT: "waits for a correct config",
    LinkState.LOCKED: "cannot be read",
    LinkState.DISABLED: "disabled",
}

_SOURCE_STATES = {LinkState.PRESENT: "live", LinkState.MISSING: "not listed by Webex"}

# What is wrong, after "Token dead: ", "No token in .env: " or "Token works, but ".
_CAUSES = {
    Reason.KEYRING_LOCKED: "the keyring is locked",
    Reason.KEYRING_UNREACHABLE: "the keyring with its secrets is not within reach from here",
    Reason.STORE_FAULT: "the file of secrets cannot be used",
    Reason.APP_SECRET_MISSING: "the service app's client secret is missing",
    Reason.WRONG_APP_SECRET: "Webex refuses the service app's client secret",
    Reason.WRONG_APP_IDS: "Webex does not know this service app or organization",
    Reason.INTEGRATION_SECRET_MISSING: "the integration's client secret is missing",
    Reason.WRONG_INTEGRATION_SECRET: "Webex refuses the integration's client secret",
    Reason.FORBIDDEN: "Webex does not allow a new one to be issued",
    Reason.SIGN_IN_ENDED: "the integration's sign-in has ended",
    Reason.SIGN_IN_MISSING: "nobody has signed in to the integration",
    Reason.PERSONAL_TOKEN_ENDED: "the personal access token has ended",
    Reason.NOTHING_TO_RENEW_WITH: "there is nothing to renew it with",
    Reason.SIGN_IN_DUE: "the integration's sign-in ends soon",
    Reason.REFRESH_DUE: "its refresh token ends soon, and nothing else could renew it",
    Reason.RENEWAL_DUE: "nothing is running that renews it",
    Reason.EXERCISE_DUE: "what renews it has not been used lately, and may expire unused",
    Reason.MEMORY_ONLY: "there is no keyring: renewed tokens are lost at exit",
    Reason.SAVE_REFUSED: "new tokens cannot be saved",
    Reason.ENV_FAULT: ".env cannot be used",
    Reason.FOREIGN_ORG: ".env holds a token of another organization",
    Reason.CONFIG_FAULT: "token-config.json cannot be used",
    Reason.CLOCK_OFF: "this machine's clock is wrong",
}

_PASTE = "Paste a new personal access token (developer.webex.com) into token-config.json"
_SIGN_IN = "Re-authorize in the browser"
_IF_DUE = "Run webex-token-tray refresh --if-due (by itself: start the tray or watch)"
_APP_CLIENT = "Put the current serviceApp.clientSecret into token-config.json"
_INTEGRATION_CLIENT = "Put the current tokenManager.integration.clientSecret into token-config.json"

_STEPS = {
    Reason.KEYRING_LOCKED: "Unlock the keyring, then refresh the token",
    Reason.KEYRING_UNREACHABLE: "Run it in your desktop session, or set tray.secretStore to"
    ' "file" and start it there once',
    Reason.STORE_FAULT: "Repair the file of secrets",
    Reason.APP_SECRET_MISSING: _APP_CLIENT,
    Reason.WRONG_APP_SECRET: _APP_CLIENT,
    Reason.WRONG_APP_IDS: "Correct appId, clientSecret and targetOrgId in token-config.json",
    Reason.INTEGRATION_SECRET_MISSING: _INTEGRATION_CLIENT,
    Reason.WRONG_INTEGRATION_SECRET: _INTEGRATION_CLIENT,
    Reason.FORBIDDEN: "Authorize the service app in Control Hub, then refresh the token",
    Reason.SIGN_IN_ENDED: _SIGN_IN,
    Reason.SIGN_IN_MISSING: _SIGN_IN,
    Reason.SIGN_IN_DUE: _SIGN_IN,
    Reason.PERSONAL_TOKEN_ENDED: _PASTE,
    Reason.NOTHING_TO_RENEW_WITH: _PASTE,
    Reason.REFRESH_DUE: _PASTE,
    Reason.RENEWAL_DUE: _IF_DUE,
    Reason.EXERCISE_DUE: _IF_DUE,
    Reason.MEMORY_ONLY: "Start or install a keyring (gnome-keyring, KWallet, KeePassXC), or on a"
    ' server set tray.secretStore to "file"',
    Reason.SAVE_REFUSED: "Unlock or repair the keyring, or make room on the disk, before you quit",
    Reason.ENV_FAULT: "Make .env a writable text file",
    Reason.FOREIGN_ORG: "Refresh the token to replace it, or correct targetOrgId",
    Reason.CONFIG_FAULT: "Correct token-config.json",
    Reason.NOT_SET_UP: "Open config and fill it in",
    Reason.CLOCK_OFF: "Set the machine's clock",
    Reason.OWN_FAULT: "Open the log, report what it says, then start the program again",
}

UNREACHABLE = f"The keyring is not within reach from here. {_STEPS[Reason.KEYRING_UNREACHABLE]}."

METHOD_NAMES = {
    RenewalMethod.MINT_CANDIDATE: "rung 4, the sign-in in the browser",
    RenewalMethod.SERVICE_REFRESH: "rung 1, the service app's refresh token",
    RenewalMethod.MINT_PASTED: "rung 2, the pasted personal access token",
    RenewalMethod.MINT_INTEGRATION: "rung 2, the integration's personal access token",
    RenewalMethod.INTEGRATION_REFRESH: "rung 3, the integration's sign-in",
}


def headline(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say in one line what is so, and until when."""
    why = f": {FAILURE_NAMES[health.failure]}" if health.failure else ""
    match health.reason:
        case Reason.WORKS:
            foretold = forecast_line(health, now, zone)
            return (
                f"Token works. {foretold}"
                if foretold
                else f"Token works{_until(health, now, zone)}"
            )
        case Reason.CHECKING:
            return "Checking the token"
        case Reason.CANNOT_CHECK:
            return f"Cannot check the token{why}"
        case Reason.NOT_SET_UP:
            return "Not set up yet: token-config.json needs your values"
        case Reason.OWN_FAULT:
            return "Cannot check the token: this program has failed"
        case Reason.STALE:
            last = clock(health.confirmed_at, now, zone) if health.confirmed_at else "never"
            return f"Token last confirmed {last}{why}"
        case Reason.RENEWING:
            return f"{_dead(health)}, renewing{why}"
        case Reason.RENEWAL_FAILS if health.row == 2:
            return f"{_dead(health)}, renewing fails{why}"
        case reason if reason in REASONS:
            return source_headline(
                health, why.removeprefix(": "), lambda at: on_the_day(at, now, zone)
            )
        case Reason.RENEWAL_FAILS:
            return f"Token works{_until(health, now, zone)}, but renewing fails{why}"
    cause = _CAUSES[health.reason]
    if health.row == 1:
        return f"{_dead(health)}: {cause}"
    return f"Token works{_until(health, now, zone)}, but {cause}"


def next_step(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say the one thing to do, or when the program tries by itself; "" when all is well."""
    if health.reason is Reason.WORKS:
        return ""
    if health.reason is Reason.RENEWAL_FAILS and health.row == 7:
        return "Refresh the token"
    if health.reason is Reason.STALE:
        return "Check again"
    if health.reason in REASONS:
        return source_step(health)
    step = _STEPS.get(health.reason)
    if step is None:
        return _by_itself(health, now, zone)
    if health.detail:
        step = f"{step} ({health.detail})"
    if health.due_at is not None:
        step = f"{step}, before {clock(health.due_at, now, zone)}"
    return step


def step_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say the next step and whose it is, in one line; "" when all is well."""
    step = next_step(health, now, zone)
    match health.who:
        case None:
            return ""
        case Owner.ITSELF:
            return step
        case Owner.WEBEX | Owner.NETWORK:
            return f"{step} (it is up to {health.who})"
    return f"Next ({health.who}): {step}"


def worded(health: Health, now: datetime, zone: tzinfo | None = None) -> Health:
    """Return the health with its words in it."""
    said, step = headline(health, now, zone), next_step(health, now, zone)
    return replace(health, headline=said, next_step=step)


def not_renewed(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say that a renewal brought nothing, what is so, and what to do."""
    said = ["The token was not renewed", headline(health, now, zone), step_line(health, now, zone)]
    return " ".join(f"{sentence}." for sentence in said if sentence)


def forecast_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what will break first while nobody does anything, and when; "" where nothing will."""
    found = health.breaks_first
    if found is None:
        return ""
    say = day if found.link is LinkName.SIGN_IN else on_the_day
    return forecast(found, lambda at: say(at, now, zone))


def link_line(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    """Say one link of the chain: its state, and until when or that nobody has told."""
    return f"{link_name(link)}: {link_state(link, now, zone)}"


def link_name(link: Link) -> str:
    """Say which link it is."""
    return f"{_LINK_NAMES[link.name]} {link.label}".rstrip()


def source_line(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    """Say the link of a data source in a list of them: "orders: live until 17:40"."""
    return f"{link.label}: {link_state(link, now, zone)}"


def link_state(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    """Say how a link is, and until when or that nobody has told."""
    of_source = link.name is LinkName.DATA_SOURCE
    text, ends = _LINK_STATES[link.state], link.expires_at
    if of_source:
        text = _SOURCE_STATES.get(link.state, text)
    if link.state is LinkState.EXPIRED and of_source and ends is not None:
        return f"{text} {clock(ends, now, zone)}"
    if link.state not in (LinkState.WORKS, LinkState.UNDER_SCOPED, LinkState.PRESENT):
        return text
    return f"{text} until {clock(ends, now, zone)}" if ends else f"{text}, end not known"


def checked_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say when Webex was last asked about the token, and why it was not asked since."""
    text = "Not checked yet"
    if health.checked_at is not None:
        text = f"Checked {clock(health.checked_at, now, zone)}"
    if health.waits_until is not None:
        until = clock(health.waits_until, now, zone)
        return f"{text}; waiting until {until}, as Webex asked"
    if health.checked_at is None:
        return text
    return f"{text}: {FAILURE_NAMES[health.unanswered]}" if health.unanswered else text


def renewal_line(health: Health) -> str:
    """Say why the last renewal failed; "" where it did not."""
    if not health.renewing.failures:
        return ""
    failure = health.renewing.failure
    return (
        f"Last renewal failed: {FAILURE_NAMES[failure] if failure else 'no way of renewing worked'}"
    )


def outcome(health: Health, answered: RenewalMethod | None) -> str:
    """Say what came of a renewal that a person asked for. `answered`: the rung that renewed."""
    if health.renewing.failures:
        return "Not renewed."
    if answered is None:
        return "Another process has just renewed it; .env has that token."
    return f"Renewed: {METHOD_NAMES[answered]}."


def extension(done: Extension, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what came of extending a data source, in one sentence."""
    why = FAILURE_NAMES[done.failure] if done.failure else ""
    return extension_line(done, why, lambda at: on_the_day(at, now, zone))


def tooltip(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the headline in at most 127 characters."""
    return shorten(f"Webex token: {headline(health, now, zone)}", TOOLTIP_LIMIT)


def shorten(text: str, limit: int) -> str:
    """Cut to `limit` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _until(health: Health, now: datetime, zone: tzinfo | None) -> str:
    return f" until {clock(health.until, now, zone)}" if health.until else ""


def _dead(health: Health) -> str:
    missing = any(
        link.name is LinkName.ACCESS and link.state is LinkState.MISSING for link in health.links
    )
    return "No token in .env" if missing else "Token dead"


def _by_itself(health: Health, now: datetime, zone: tzinfo | None) -> str:
    """The program acts; where it will not (`status` has ended by then), a person can."""
    checking = health.reason in (Reason.CHECKING, Reason.CANNOT_CHECK)
    if health.next_try_at is None and health.reason is Reason.RENEWING:
        return "Wait: the tray or watch is renewing it"
    if health.next_try_at is None and health.reason is Reason.CHECKING:
        return "Wait for the answer"
    if health.next_try_at is None and checking and health.waits_until is not None:
        return f"Check again after {clock(health.waits_until, now, zone)}"
    if health.next_try_at is None:
        return "Check again" if checking else "Refresh the token"
    what = "check" if checking else "retry"
    return f"Automatic {what} at {clock(health.next_try_at, now, zone)}"
