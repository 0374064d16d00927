"""The rows of the menu that follow the state. None is longer than `WIDTH` characters, because a
panel makes the menu as wide as its longest row. The details page has the rest."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED, TransportFailure
from tray_app.model.health import Fixer, Health, Link, LinkName, LinkState, Reason
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import RECENT, Colour
from tray_app.model.steps import UserAction, action_for
from tray_app.text.data_sources import REASONS
from tray_app.text.failures import FAILURE_NAMES, traced
from tray_app.text.health import CAUSES, beginning, link_state, plain_headline, unanswered_line
from tray_app.text.history import health_then
from tray_app.text.incidents import cause
from tray_app.text.lengths import middle, shorten
from tray_app.text.rows import CHECKING, CHECKING_TITLE, MARK_OF, WIDTH
from tray_app.text.times import clock, day

TOOLTIP_LIMIT = 127
"""Characters that Windows allows."""

_ONE_DEED = timedelta(minutes=1)
"""Events of one minute may tell the same."""

_NEAR = timedelta(days=7)
"""A deadline that only you can move stands in the first row from then on."""

# What is shorter here than elsewhere.
_CAUSES = CAUSES | {
    Reason.STORE_FAULT: "secrets file is unusable",
    Reason.APP_SECRET_MISSING: "client secret is missing",
    Reason.WRONG_APP_SECRET: "the client secret is wrong",
    Reason.WRONG_APP_IDS: "Webex rejects the app's IDs",
    Reason.INTEGRATION_SECRET_MISSING: "integration secret missing",
    Reason.WRONG_INTEGRATION_SECRET: "integration secret is wrong",
    Reason.FORBIDDEN: "renewal is not allowed",
    Reason.SIGN_IN_MISSING: "not signed in yet",
    Reason.BLOCKED: "app blocked or unauthorized",
    Reason.PERSONAL_TOKEN_ENDED: "personal token expired",
    Reason.REFRESH_DUE: "refresh token expires soon",
    Reason.RENEWAL_DUE: "renewal is not running",
    Reason.EXERCISE_DUE: "a refresh token is unused",
    Reason.MEMORY_ONLY: "no keyring for new tokens",
    Reason.FOREIGN_ORG: ".env has another org's token",
    Reason.CONFIG_FAULT: "the config cannot be used",
    Reason.CLOCK_OFF: "the clock is wrong",
}

_FAILURES = FAILURE_NAMES | {
    TransportFailure.DNS: "Webex's host was not found",
    TransportFailure.TIMEOUT: "no answer in time",
    TransportFailure.TLS: "certificate is not trusted",
    TransportFailure.PROXY: "the proxy refused",
    TransportFailure.ODD_REPLY: "answer is not from Webex",
    TransportFailure.BUSY: "another process renews it",
}

_SOURCES = {
    Reason.SOURCE_STOPPED: "stopped",
    Reason.SOURCE_FAILING: "is not extended",
    Reason.SOURCE_MISMATCH: "differs from its token",
    Reason.SOURCE_GONE: "is not listed",
}

_PASTE = "Paste a new personal access token…"
_ORGANIZATION = "Check the organization id…"
_APP_SECRET = "Put the client secret into the config…"  # noqa: S105 - a row of the menu
_INTEGRATION_SECRET = "Put the integration's secret into the config…"  # noqa: S105 - likewise

# A click does the step, or opens the details page, which says it in full.
_STEP_ROWS = {
    Reason.KEYRING_LOCKED: "Unlock the keyring…",
    Reason.KEYRING_UNREACHABLE: "Start a keyring…",
    Reason.STORE_FAULT: "Repair the secrets file…",
    Reason.APP_SECRET_MISSING: _APP_SECRET,
    Reason.WRONG_APP_SECRET: _APP_SECRET,
    Reason.WRONG_APP_IDS: "Correct the app's IDs in the config…",
    Reason.INTEGRATION_SECRET_MISSING: _INTEGRATION_SECRET,
    Reason.WRONG_INTEGRATION_SECRET: _INTEGRATION_SECRET,
    Reason.FORBIDDEN: "Authorize the app in Control Hub…",
    Reason.BLOCKED: "Unblock the app in Control Hub…",
    Reason.SIGN_IN_ENDED: "Sign in through the browser…",
    Reason.SIGN_IN_MISSING: "Sign in through the browser…",
    Reason.SIGN_IN_DUE: "Sign in through the browser…",
    Reason.PERSONAL_TOKEN_ENDED: _PASTE,
    Reason.NOTHING_TO_RENEW_WITH: _PASTE,
    Reason.REFRESH_DUE: _PASTE,
    Reason.MEMORY_ONLY: "Start or install a keyring…",
    Reason.SAVE_REFUSED: "Fix saving of tokens before you quit…",
    Reason.ENV_FAULT: "Make .env a writable text file…",
    Reason.OUTPUT_FAULT: "Repair that output…",
    Reason.FOREIGN_ORG: "Replace the token in .env",
    Reason.CONFIG_FAULT: "Correct the config…",
    Reason.NOT_SET_UP: "Set up in the browser…",
    Reason.CLOCK_OFF: "Set this machine's clock…",
    Reason.OWN_FAULT: "Open the log…",
    Reason.STALE: "Check again",
    Reason.SOURCE_GONE: "Register it again, or untick Keep alive…",
    Reason.SOURCES_UNSEEN: "Let the app list its data sources…",
}

BUTTONS = {
    UserAction.SIGN_IN: "Sign in…",
    UserAction.SET_UP: "Set up…",
    UserAction.EDIT_CONFIG: "Open config",
    UserAction.FETCH_AND_EDIT: "Open portal",
    UserAction.CONTROL_HUB: "Control Hub",
    UserAction.REFRESH: "Refresh",
    UserAction.CHECK: "Check",
    UserAction.EXTEND: "Extend",
    UserAction.SHOW_ENV: "Open folder",
    UserAction.SHOW_LOG: "Open log",
}
"""The button that does it, in a notice: short, because LXQt cuts longer ones, and the text, too."""

_TITLES = (
    ("Token", "Webex token"),
    ("No token", "No Webex token"),
    (CHECKING, CHECKING_TITLE),
    ("Cannot check", "Cannot check the Webex token"),
    ("Data source", "Webex token: data source"),
    ("Not set", "Webex token: not set"),
)

_EVENTS = {
    EventType.CONFIRMED: "Token confirmed",
    EventType.DIED: "Webex rejected the token",
    EventType.ANSWERED: "Webex answers again",
    EventType.ADOPTED: "Took over the token in .env",
    EventType.GIVEN: "The app's token was entered",
    EventType.REFRESH_ADOPTED: "Took over .env's refresh token",
    EventType.WRITTEN_BACK: "Put our token back in .env",
    EventType.CONFIG_READ: "Config reloaded",
    EventType.CONFIG_FAULTY: "Config cannot be used",
    EventType.SECRETS_MOVED: "Secrets moved",
    EventType.INCIDENT: "Webex reports an incident",
}

_SIGN_INS = {
    str(SignInResult.RENEWED): "Signed in",
    SignInResult.NO_REFRESH_TOKEN: "Signed in",
    SignInResult.UNPROVEN: "Signed in, no token yet",
    SignInResult.CANCELLED: "Sign-in cancelled",
    SignInResult.TIMED_OUT: "Sign-in timed out",
}


def headline(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the first row: how the token is."""
    if said := plain_headline(health, now, zone):
        return said.replace("Webex token", "Token")
    match health.reason:
        case Reason.WORKS:
            return _works(health, now, zone)
        case Reason.CANNOT_CHECK:
            why = _FAILURES[health.failure] if health.failure else "no usable answer"
            return f"Cannot check: {'Webex has an incident' if health.incident else why}"
        case Reason.OWN_FAULT:
            return "Cannot check: this program failed"
        case Reason.RENEWAL_FAILS:
            ends = f"expires {day(health.until, now, zone)}" if health.until else "works"
            return f"Token {ends}, but renewal fails"
        case reason if reason in REASONS:
            return _source_headline(health, now, zone)
    start = beginning(health).replace("Webex token", "Token")
    return shorten(start + _CAUSES[health.reason], WIDTH)


def title(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the headline so that it says whose token: for notices and the tooltip."""
    text = headline(health, now, zone)
    for start, named in _TITLES:
        if text.startswith(start):
            return f"{named}{text[len(start) :]}"
    return f"Webex token: {text}"


def tooltip(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the title and why, in at most 127 characters."""
    said, reasons = title(health, now, zone), (Reason.RENEWING, Reason.RENEWAL_FAILS, Reason.STALE)
    if health.failure is not None and health.reason in reasons:
        said = f"{said}: {cause(health, now, zone) or FAILURE_NAMES[health.failure]}"
    return shorten(said, TOOLTIP_LIMIT)


def step(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the row of the next step; "" if you need not do anything, or only what another row
    does. While a token works, it says if Webex gives no answer."""
    if said := unanswered_line(health):
        return f"{said}, trying again"
    if health.who in (None, Fixer.ITSELF):
        return ""
    action = action_for(health)
    if action is UserAction.EXTEND and health.problem is not None:
        return f"Extend {middle(health.problem.watched.name, WIDTH - 11)} now"
    if action is UserAction.CONTROL_HUB and health.reason in REASONS:
        return _STEP_ROWS[Reason.SOURCES_UNSEEN]
    if action is UserAction.SET_UP and health.reason is Reason.FORBIDDEN:
        return _ORGANIZATION
    if health.reason is Reason.SIGN_IN_DUE and health.due_at is not None:
        return f"Sign in before {day(health.due_at, now, zone)}…"
    return _STEP_ROWS.get(health.reason, "")


def source(
    link: Link, watched: WatchedDataSource, now: datetime, zone: tzinfo | None = None
) -> str:
    """Return the row of a data source: "orders: live until 17:40"."""
    state = link_state(link, now, zone)
    if watched.kept and watched.is_open and link.state is LinkState.PRESENT:
        state = "kept alive"
    return f"{middle(link.label, WIDTH - 2 - len(state))}: {state}"


def recent(events: tuple[Event, ...], now: datetime, zone: tzinfo | None = None) -> tuple[str, ...]:
    """Return the rows of the latest events. `events`: the newest first."""
    told = [event for event in events if not _is_implied(event, events)]
    return tuple(
        shorten(f"{clock(event.at, now, zone)}  {_event(event)}", WIDTH) for event in told[:RECENT]
    )


def _is_implied(event: Event, events: tuple[Event, ...]) -> bool:
    """Whether another row says the same: a renewed token works, and Webex has confirmed it."""
    near = [other for other in events if abs(other.at - event.at) <= _ONE_DEED]
    renewed = any(o.event_type is EventType.RENEWAL and o.outcome == GRANTED for o in near)
    if event.event_type is EventType.CONFIRMED:
        return renewed or any(other.colour is Colour.GREEN for other in near)
    return renewed and event.colour is Colour.GREEN


def _works(health: Health, now: datetime, zone: tzinfo | None) -> str:
    found = health.breaks_first
    if found is not None and found.at is not None and found.at - now <= _NEAR:
        when = day(found.at, now, zone)
        if found.link is LinkName.SIGN_IN:
            return f"Token works, sign in before {when}"
        if found.link in (LinkName.REFRESH, LinkName.PERSONAL):
            return f"Token works, act before {when}"
    if health.until is None:
        return "Token works"
    at = clock(health.until, now, zone)
    is_today = len(at) == len("17:40")
    return f"Token works until {at if is_today else day(health.until, now, zone)}"


def _source_headline(health: Health, now: datetime, zone: tzinfo | None) -> str:
    if health.problem is None:
        return "Data sources cannot be listed"
    watched = health.problem.watched
    said = _SOURCES.get(health.reason, "")
    if health.reason is Reason.SOURCE_ENDING:
        when = f" {clock(watched.source.ends, now, zone)}" if watched.source.ends else ""
        said = f"{'expired' if watched.ended else 'expires'}{when}"
    more = f" (+{health.problem.more})" if health.problem.more else ""
    full = f"Data source {watched.name} {said}{more}"
    if len(full) <= WIDTH:
        return full
    return f"{middle(watched.name, WIDTH - len(f' {said}{more}'))} {said}{more}"


def _event(event: Event) -> str:
    match event.event_type:
        case EventType.HEALTH:
            return _verdict(event)
        case EventType.RENEWAL:
            failed = traced("A renewal failed", event.detail)
            return "Token renewed" if event.outcome == GRANTED else failed
        case EventType.UNANSWERED:
            status = f"({event.detail})" if event.detail else "from Webex"
            return f"No usable answer {status}"
        case EventType.SIGN_IN:
            return _SIGN_INS.get(event.outcome, "Sign-in failed")
        case EventType.EXTENDED:
            done = "extended" if event.outcome == GRANTED else "not extended"
            return f"{middle(event.detail, 16)} {done}"
    return _EVENTS[event.event_type]


def _verdict(event: Event) -> str:
    """The headline of that time, without times in it."""
    said = {**_SOURCES, Reason.SOURCE_ENDING: "expires soon"}
    if event.reason in said:
        text = f"{middle(event.detail, 16)} {said[event.reason]}"
    elif event.reason is Reason.STALE:
        text = "Token not confirmed"
    else:
        text = headline(health_then(event), event.at)
    return f"{MARK_OF[event.colour]} {text}" if event.colour else text
