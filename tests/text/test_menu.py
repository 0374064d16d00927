"""The rows of the menu: short, and one wording for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.judging import judge
from tests.policy.samples import DAY, FRESH, GOOD, HOUR, NEAR, NOW, STOPPED, but, often
from tests.policy.situation import Situation
from tests.policy.situations import SITUATIONS
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED, TransportFailure
from tray_app.model.health import (
    ExpectedFailure,
    Fixer,
    Health,
    Link,
    LinkName,
    LinkState,
    Observations,
    Reason,
)
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import RECENT, Colour, Shape
from tray_app.model.steps import UserAction
from tray_app.text import menu, rows
from tray_app.text.lengths import middle
from tray_app.text.rows import WIDTH

FIXED = {
    "CHECKING": "Checking the token",
    "CHECKING_TITLE": "Checking the Webex token",
    "REFRESH": "Refresh token now",
    "REFRESHING": "Refreshing token…",
    "AUTHORIZE": "Sign in through the browser…",
    "SIGNING_IN": "Signing in…",
    "OPEN_AGAIN": "Open the sign-in page again",
    "CANCEL": "Cancel sign-in",
    "DATA_SOURCES": "Data sources",
    "EXTEND": "Extend now",
    "EXTENDING": "Extending…",
    "KEEP": "Keep alive",
    "RECENT": "Recent events",
    "DETAILS": "Details…",
    "OPTIONS": "Options",
    "CHECK": "Check now",
    "CHECK_RUNS": "Checking…",
    "CHECK_ALL": "Check all now",
    "CHANGE_SETUP": "Change the set-up…",
    "OPEN_CONFIG": "Open config",
    "OPEN_ENV": "Open .env folder",
    "OPEN_LOG": "Open log",
    "SNOOZE_HOUR": "Snooze notices for 1 hour",
    "SNOOZE_DAY": "Snooze notices until tomorrow",
    "RESUME": "Resume notices (snoozed until {})",
    "LOGIN": "Start at login",
    "QUIT": "Quit",
    "MORE": "More",
    "NOT_CHECKED": "Not checked yet",
    "ALL_WELL": "All well",
}


def test_the_fixed_rows() -> None:
    texts = {name: text for name, text in vars(rows).items() if name.isupper()}
    assert {name: text for name, text in texts.items() if isinstance(text, str)} == FIXED
    assert max(map(len, FIXED.values())) <= WIDTH == 45
    assert len(rows.RESUME.format("Wed 31 Dec 23:59")) <= 50


# --- the first row --------------------------------------------------------------------------------

HEADLINES = {
    Reason.ENV_FAULT: "No token in .env: .env cannot be used",
    Reason.KEYRING_LOCKED: "Token rejected: the keyring is locked",
    Reason.FORBIDDEN: "Token rejected: renewal is not allowed",
    Reason.BLOCKED: "Token rejected: app blocked or unauthorized",
    Reason.SIGN_IN_ENDED: "Token rejected: sign-in needed",
    Reason.RENEWAL_FAILS: "Token rejected, renewal fails",
    Reason.RENEWING: "Token rejected, renewing",
    Reason.CHECKING: "Checking the token",
    Reason.CANNOT_CHECK: "Cannot check: Webex answered with an error",
    Reason.STALE: "Token last confirmed 09:00",
    Reason.SIGN_IN_DUE: "Token works, but your sign-in expires soon",
    Reason.OUTPUT_FAULT: "Token works, but an output does not hold it",
    Reason.WORKS: "Token works until Mon 23 Mar",
    Reason.SOURCE_STOPPED: "byods.example.com/calls stopped",
    Reason.KEYRING_UNREACHABLE: "Token rejected: no keyring is reachable",
    Reason.STORE_FAULT: "Token rejected: secrets file is unusable",
    Reason.APP_SECRET_MISSING: "Token rejected: client secret is missing",
    Reason.WRONG_APP_SECRET: "Token rejected: the client secret is wrong",
    Reason.WRONG_APP_IDS: "Token rejected: Webex rejects the app's IDs",
    Reason.INTEGRATION_SECRET_MISSING: "Token rejected: integration secret missing",
    Reason.WRONG_INTEGRATION_SECRET: "Token rejected: integration secret is wrong",
    Reason.SIGN_IN_MISSING: "Token rejected: not signed in yet",
    Reason.PERSONAL_TOKEN_ENDED: "Token rejected: personal token expired",
    Reason.NOTHING_TO_RENEW_WITH: "No token in .env: nothing can renew it",
    Reason.REFRESH_DUE: "Token works, but refresh token expires soon",
    Reason.RENEWAL_DUE: "Token rejected: renewal is not running",
    Reason.EXERCISE_DUE: "Token works, but a refresh token is unused",
    Reason.MEMORY_ONLY: "Token rejected: no keyring for new tokens",
    Reason.SAVE_REFUSED: "Token rejected: new tokens cannot be saved",
    Reason.FOREIGN_ORG: "Token works, but .env has another org's token",
    Reason.CONFIG_FAULT: "Token rejected: the config cannot be used",
    Reason.CLOCK_OFF: "Token works, but the clock is wrong",
    Reason.SOURCE_FAILING: "byods.example.com/orders is not extended",
    Reason.SOURCE_ENDING: "byods.example.com/orders expires 12:30",
    Reason.SOURCE_MISMATCH: "byods.examp….com/other differs from its token",
    Reason.SOURCE_GONE: "Data source 01234567 is not listed",
    Reason.SOURCES_UNSEEN: "Data sources cannot be listed",
}


@pytest.mark.parametrize("reason", HEADLINES)
def test_the_first_row_says_how_it_is(reason: Reason) -> None:
    found = next(each for each in SITUATIONS if each.reason is reason)
    assert menu.headline(judge(found.facts), NOW, UTC).endswith(HEADLINES[reason])


@pytest.mark.parametrize(
    ("health", "row"),
    [
        (replace(judge(GOOD), until=NOW + HOUR), "Token works until 13:00"),
        (replace(judge(GOOD), until=None), "Token works"),
        (Health(5, Colour.AMBER, Shape.QUERY, Reason.NOT_SET_UP, Fixer.YOU, ()), "Not set up yet"),
        (
            Health(5, Colour.AMBER, Shape.QUERY, Reason.CANNOT_CHECK, Fixer.ITSELF, ()),
            "Cannot check: no usable answer",
        ),
        (
            Health(5, Colour.RED, Shape.CROSS, Reason.OWN_FAULT, Fixer.YOU, ()),
            "Cannot check: this program failed",
        ),
        (
            Health(6, Colour.AMBER, Shape.QUERY, Reason.STALE, Fixer.NETWORK, ()),
            "Token last confirmed never",
        ),
        (
            Health(7, Colour.AMBER, Shape.BANG, Reason.RENEWAL_FAILS, Fixer.YOU, ()),
            "Token works, but renewal fails",
        ),
        (
            Health(10, Colour.AMBER, Shape.BANG, Reason.SOURCE_GONE, Fixer.YOU, ()),
            "Data sources cannot be listed",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rare_first_rows(health: Health, row: str) -> None:
    assert menu.headline(health, NOW, UTC) == row


@pytest.mark.parametrize(
    ("link", "subject", "after", "row"),
    [
        (LinkName.SIGN_IN, "", 7 * DAY, "Token works, sign in before Tue 17 Mar"),
        (LinkName.SIGN_IN, "", 8 * DAY, "Token works until Mon 23 Mar"),
        (LinkName.SIGN_IN, "", None, "Token works until Mon 23 Mar"),
        (LinkName.PERSONAL, "", DAY, "Token works, act before Wed 11 Mar"),
        (LinkName.DATA_SOURCE, "orders", HOUR, "Token works until Mon 23 Mar"),
        (LinkName.ACCESS, "", DAY, "Token works until Mon 23 Mar"),
    ],
)
def test_while_green_a_deadline_is_shown_once_it_is_near(
    link: LinkName, subject: str, after: timedelta | None, row: str
) -> None:
    """A week before; until then the details page has it. Data sources always end within a day."""
    expected = ExpectedFailure(link, NOW + after if after else None, subject)
    health = replace(judge(GOOD), breaks_first=expected)
    assert menu.headline(health, NOW, UTC) == row


@pytest.mark.parametrize(
    ("watched", "row"),
    [
        (NEAR, "byods.example.com/orders expires 12:30"),
        (STOPPED, "Data source byods.example.com/calls stopped"),
        (replace(NEAR, url="https://x.example"), "Data source x.example expires 12:30"),
        (
            replace(NEAR, url="https://x.example/" + "long/" * 6),
            "x.example/long/…/long/long/long expires 12:30",
        ),
    ],
)
def test_a_data_source_is_named(watched: WatchedDataSource, row: str) -> None:
    facts = but(sources=(watched,), kept=frozenset({STOPPED.id}))
    health = judge(facts)
    assert menu.headline(health, NOW, UTC) == row
    assert health.problem is not None
    short = replace(health.problem, watched=replace(health.problem.watched, name="o"), more=2)
    assert menu.headline(replace(health, problem=short), NOW, UTC).endswith(" (+2)")


@often
@given(strategies.facts, strategies.moments)
def test_no_row_is_wider_than_the_menu(facts: Observations, now: datetime) -> None:
    health = judge(facts)
    assert 0 < len(menu.headline(health, now, UTC)) <= WIDTH
    assert len(menu.step(health, now, UTC)) <= WIDTH
    links = {link.source_id: link for link in health.links}
    for watched in health.sources or ():
        assert len(menu.source(links[watched.source.id], watched, now, UTC)) <= WIDTH


@often
@given(strategies.facts, strategies.moments)
def test_title_and_tooltip_say_whose_token(facts: Observations, now: datetime) -> None:
    """Windows takes 63 and 127 characters."""
    health = judge(facts)
    title = menu.title(health, now, UTC)
    assert "Webex token" in title
    assert len(title) <= 63
    tooltip = menu.tooltip(health, now, UTC)
    assert tooltip.startswith(title)
    assert len(tooltip) <= menu.TOOLTIP_LIMIT == 127


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        (Reason.SIGN_IN_ENDED, "Webex token rejected: sign-in needed"),
        (Reason.ENV_FAULT, "No Webex token in .env: .env cannot be used"),
        (Reason.CHECKING, "Checking the Webex token"),
        (Reason.CANNOT_CHECK, "Cannot check the Webex token: Webex answered with an error"),
        (Reason.SOURCE_STOPPED, "Webex token: data source byods.example.com/calls stopped"),
    ],
)
def test_titles(reason: Reason, title: str) -> None:
    found = next(each for each in SITUATIONS if each.reason is reason)
    assert menu.title(judge(found.facts), NOW, UTC) == title


def test_a_title_names_the_token_whatever_the_headline_begins_with() -> None:
    facts = but(sources=(replace(NEAR, url="https://x.example/" + "long/" * 6),))
    assert menu.title(judge(facts), NOW, UTC).startswith("Webex token: x.example/long/")
    assert rows.counted(rows.MORE, 2) == "More (2)"


def test_the_tooltip_says_why_a_renewal_fails() -> None:
    found = next(each for each in SITUATIONS if each.reason is Reason.RENEWAL_FAILS)
    assert menu.tooltip(judge(found.facts), NOW, UTC) == (
        "Webex token rejected, renewal fails: Webex cannot be reached"
    )


# --- the next step --------------------------------------------------------------------------------

STEPS = {
    Reason.KEYRING_LOCKED: "Unlock the keyring…",
    Reason.FORBIDDEN: "Authorize the app in Control Hub…",
    Reason.BLOCKED: "Unblock the app in Control Hub…",
    Reason.SIGN_IN_ENDED: "Sign in through the browser…",
    Reason.SIGN_IN_DUE: "Sign in before Fri 20 Mar…",
    Reason.PERSONAL_TOKEN_ENDED: "Paste a new personal access token…",
    Reason.CLOCK_OFF: "Set this machine's clock…",
    Reason.SOURCE_ENDING: "Extend byods.example.com/orders now",
    Reason.SOURCES_UNSEEN: "Let the app list its data sources…",
    Reason.STALE: "Check again",
    Reason.RENEWAL_FAILS: "",
    Reason.RENEWING: "",
    Reason.CHECKING: "",
    Reason.WORKS: "",
    Reason.CANNOT_CHECK: "",
    Reason.KEYRING_UNREACHABLE: "Start a keyring…",
    Reason.STORE_FAULT: "Repair the secrets file…",
    Reason.APP_SECRET_MISSING: "Put the client secret into the config…",
    Reason.WRONG_APP_SECRET: "Put the client secret into the config…",
    Reason.WRONG_APP_IDS: "Correct the app's IDs in the config…",
    Reason.INTEGRATION_SECRET_MISSING: "Put the integration's secret into the config…",
    Reason.WRONG_INTEGRATION_SECRET: "Put the integration's secret into the config…",
    Reason.SIGN_IN_MISSING: "Sign in through the browser…",
    Reason.NOTHING_TO_RENEW_WITH: "Paste a new personal access token…",
    Reason.REFRESH_DUE: "Paste a new personal access token…",
    Reason.RENEWAL_DUE: "",
    Reason.EXERCISE_DUE: "",
    Reason.MEMORY_ONLY: "Start or install a keyring…",
    Reason.SAVE_REFUSED: "Fix saving of tokens before you quit…",
    Reason.ENV_FAULT: "Make .env a writable text file…",
    Reason.OUTPUT_FAULT: "Repair that output…",
    Reason.FOREIGN_ORG: "Replace the token in .env",
    Reason.CONFIG_FAULT: "Correct the config…",
    Reason.SOURCE_STOPPED: "Extend byods.example.com/calls now",
    Reason.SOURCE_FAILING: "Extend byods.example.com/orders now",
    Reason.SOURCE_MISMATCH: "Extend byods.example.com/other now",
    Reason.SOURCE_GONE: "Register it again, or untick Keep alive…",
}


@pytest.mark.parametrize("reason", STEPS)
def test_the_next_step(reason: Reason) -> None:
    """Empty if there is none, or if the row below it does it."""
    found = next(each for each in SITUATIONS if each.reason is reason)
    assert menu.step(judge(found.facts), NOW, UTC) == STEPS[reason]


@pytest.mark.parametrize(
    ("failure", "row"),
    [
        (TransportFailure.SERVER_ERROR, "Webex answered with an error, trying again"),
        (TransportFailure.TLS, "Webex cannot be reached, trying again"),
        (TransportFailure.THROTTLED, "Webex asked us to wait, trying again"),
        (None, ""),
    ],
)
def test_a_check_without_an_answer_shows_while_the_token_works(
    failure: TransportFailure | None, row: str
) -> None:
    assert menu.step(judge(but(check_failure=failure)), NOW, UTC) == row
    ending = judge(but(check_failure=failure, skew=HOUR))
    assert menu.step(ending, NOW, UTC) == STEPS[Reason.CLOCK_OFF]  # that comes first


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_whoever_is_needed_finds_a_step_or_the_row_of_it(situation: Situation) -> None:
    """Without a tray nothing renews; the others have a row of their own."""
    health = judge(situation.facts)
    alone = (Reason.RENEWAL_DUE, Reason.EXERCISE_DUE, Reason.RENEWAL_FAILS)
    needed = health.who in (Fixer.YOU, Fixer.DEVELOPER, Fixer.ADMIN)
    if needed and health.reason not in alone:
        assert menu.step(health, NOW, UTC)


def test_what_the_program_does_itself_is_no_step() -> None:
    found = next(each for each in SITUATIONS if each.reason is Reason.CLOCK_OFF)
    assert menu.step(replace(judge(found.facts), who=Fixer.ITSELF), NOW, UTC) == ""


def test_a_long_name_is_cut_in_the_step_that_extends_it() -> None:
    name = "x.example/" + "0123456789" * 3
    near = replace(NEAR, url=f"https://{name}")
    step = menu.step(judge(but(sources=(near,))), NOW, UTC)
    assert step == f"Extend {middle(name, WIDTH - len('Extend  now'))} now"
    assert len(step) == WIDTH


def test_if_the_admin_must_act_first_extending_is_not_the_step() -> None:
    found = [each for each in SITUATIONS if each.reason is Reason.SOURCE_STOPPED]
    steps = {each.who: menu.step(judge(each.facts), NOW, UTC) for each in found}
    assert steps[Fixer.ADMIN] == "Let the app list its data sources…"


# --- other rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watched", "state", "row"),
    [
        (WatchedDataSource(FRESH, "orders"), LinkState.PRESENT, "orders: live until 17:00"),
        (WatchedDataSource(FRESH, "orders", kept=True), LinkState.PRESENT, "orders: kept alive"),
        (WatchedDataSource(FRESH, "orders", kept=True), LinkState.EXPIRED, "orders: expired 17:00"),
        (
            WatchedDataSource(replace(FRESH, status="disabled"), "orders", kept=True),
            LinkState.DISABLED,
            "orders: disabled",
        ),
    ],
)
def test_a_data_source_is_one_row(watched: WatchedDataSource, state: LinkState, row: str) -> None:
    link = Link(LinkName.DATA_SOURCE, state, NOW + 5 * HOUR, source_id=FRESH.id, label="orders")
    assert menu.source(link, watched, NOW, UTC) == row


EVENTS = {
    Event(NOW, EventType.CONFIRMED, fingerprint="0a1b2c3d"): "Token confirmed",
    Event(NOW, EventType.DIED, tracking_id="ROUTER_1"): "Webex rejected the token",
    Event(NOW, EventType.UNANSWERED, outcome="connection"): "No usable answer from Webex",
    Event(
        NOW, EventType.UNANSWERED, outcome="server-error", detail="HTTP 503", tracking_id="ROUTER_1"
    ): "No usable answer (HTTP 503)",
    Event(NOW, EventType.RENEWAL, outcome=GRANTED, fingerprint="0a1b2c3d"): "Token renewed",
    Event(NOW, EventType.RENEWAL, outcome="rejected"): "A renewal failed",
    Event(
        NOW, EventType.RENEWAL, outcome="server-error", detail="HTTP 503", tracking_id="ROUTER_1"
    ): "A renewal failed (HTTP 503)",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.RENEWED): "Signed in",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.NO_REFRESH_TOKEN): "Signed in",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.UNPROVEN): "Signed in, no token yet",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.CANCELLED): "Sign-in cancelled",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.TIMED_OUT): "Sign-in timed out",
    Event(NOW, EventType.SIGN_IN, outcome=SignInResult.WRONG_ACCOUNT): "Sign-in failed",
    Event(NOW, EventType.ANSWERED): "Webex answers again",
    Event(NOW, EventType.ADOPTED): "Took over the token in .env",
    Event(NOW, EventType.GIVEN): "The app's token was entered",
    Event(NOW, EventType.REFRESH_ADOPTED): "Took over .env's refresh token",
    Event(NOW, EventType.WRITTEN_BACK): "Put our token back in .env",
    Event(NOW, EventType.CONFIG_READ): "Config reloaded",
    Event(NOW, EventType.CONFIG_FAULTY): "Config cannot be used",
    Event(NOW, EventType.SECRETS_MOVED): "Secrets moved",
    Event(NOW, EventType.INCIDENT): "Webex reports an incident",
    Event(NOW, EventType.EXTENDED, outcome=GRANTED, detail="orders"): "orders extended",
    Event(NOW, EventType.EXTENDED, outcome="x", detail="orders"): "orders not extended",
    Event(NOW, EventType.EXTENDED, outcome=GRANTED, detail="0123456789abcdef"): (
        "0123456789abcdef extended"
    ),
    Event(NOW, EventType.EXTENDED, outcome=GRANTED, detail="0123456789abcdefg"): (
        "01234567…abcdefg extended"
    ),
    Event(
        NOW, EventType.HEALTH, Colour.AMBER, 10, Reason.SOURCE_ENDING, detail="0123456789abcdef"
    ): ("! 0123456789abcdef expires soon"),
    Event(
        NOW, EventType.HEALTH, Colour.AMBER, 10, Reason.SOURCE_ENDING, detail="0123456789abcdefg"
    ): ("! 01234567…abcdefg expires soon"),
    Event(
        NOW, EventType.HEALTH, Colour.RED, 1, Reason.SIGN_IN_ENDED
    ): "× No token in .env: sign-in needed",  # noqa: RUF001
    Event(
        NOW, EventType.HEALTH, Colour.GREEN, 11, Reason.WORKS, fingerprint="0a1b2c3d"
    ): "✓ Token works",
    Event(NOW, EventType.HEALTH, Colour.AMBER, 6, Reason.STALE): "! Token not confirmed",
    Event(
        NOW, EventType.HEALTH, Colour.AMBER, 10, Reason.SOURCE_ENDING, detail="orders"
    ): "! orders expires soon",
}


@pytest.mark.parametrize(("event", "said"), EVENTS.items(), ids=EVENTS.values())
def test_an_event_is_a_row_without_ids(event: Event, said: str) -> None:
    assert menu.recent((event,), NOW, UTC) == (f"12:00  {said}",)


WORKS = Event(NOW, EventType.HEALTH, Colour.GREEN, 11, Reason.WORKS, fingerprint="0a1b2c3d")
CONFIRMED = Event(NOW, EventType.CONFIRMED, fingerprint="0a1b2c3d")
RENEWED = Event(NOW, EventType.RENEWAL, outcome=GRANTED, fingerprint="0a1b2c3d")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((WORKS, CONFIRMED, RENEWED), ["Token renewed"]),
        ((WORKS, CONFIRMED), ["✓ Token works"]),
        ((CONFIRMED, replace(RENEWED, at=NOW - MINUTE)), ["Token renewed"]),
        (
            (CONFIRMED, replace(RENEWED, at=NOW - MINUTE - timedelta.resolution)),
            ["Token confirmed", "Token renewed"],
        ),
        (
            (WORKS, CONFIRMED, replace(RENEWED, outcome="rejected")),
            ["✓ Token works", "A renewal failed"],
        ),
        ((replace(WORKS, colour=Colour.AMBER), RENEWED), ["! Token works", "Token renewed"]),
    ],
)
def test_what_happened_once_is_one_row(events: tuple[Event, ...], said: list[str]) -> None:
    rows = menu.recent(events, NOW, UTC)
    assert [row.split("  ", 1)[1] for row in rows] == said


def test_that_nobody_has_signed_in_yet_is_not_cut() -> None:
    missing = Event(NOW, EventType.HEALTH, Colour.RED, 1, Reason.SIGN_IN_MISSING)
    (row,) = menu.recent((missing,), NOW, UTC)
    assert row == "12:00  × No token in .env: not signed in yet"  # noqa: RUF001


@pytest.mark.parametrize("what", EventType)
def test_every_kind_of_event_has_a_row_even_with_nothing_in_it(what: EventType) -> None:
    """What is read from a file may lack anything."""
    (row,) = menu.recent((Event(NOW, what),), NOW, UTC)
    assert row.removeprefix("12:00  ").strip()


@given(st.sampled_from(EventType), st.sampled_from(Reason), st.text(max_size=80))
def test_no_event_is_wider_than_the_menu(what: EventType, reason: Reason, detail: str) -> None:
    event = Event(NOW, what, Colour.AMBER, 9, reason, detail=detail)
    (row,) = menu.recent((event,), NOW + 400 * DAY, UTC)
    assert len(row) <= WIDTH


def test_the_last_eight_are_shown() -> None:
    events = tuple(Event(NOW, EventType.CONFIG_READ) for _ in range(RECENT + 1))
    assert len(menu.recent(events, NOW, UTC)) == RECENT == 8
    assert len(menu.recent(events[:3], NOW, UTC)) == 3


@pytest.mark.parametrize(
    ("name", "headline", "row"),
    [
        ("acme", "Token works until Fri 11 Dec", "✓ acme: Token works until Fri 11 Dec"),
        (
            "a-customer-with-a-long-name-1",
            "Token rejected: sign-in needed",
            "✓ a-customer-wi…a-long-name-1: sign-in needed",
        ),
        ("a" * 20, "Token works, but fine", f"✓ {'a' * 20}: Token works, but fine"),
        ("a" * 21, "Token works, but fine", f"✓ {'a' * 21}: fine"),
    ],
)
def test_a_profile_is_one_row(name: str, headline: str, row: str) -> None:
    assert rows.profile(name, Shape.CHECK, headline) == row


@given(st.text(max_size=80), st.text(min_size=1, max_size=WIDTH))
def test_no_profile_is_wider_than_the_menu(name: str, headline: str) -> None:
    assert len(rows.profile(name, Shape.CROSS, headline)) <= WIDTH
    assert len(rows.group(name)) <= WIDTH


FAILURES = {
    TransportFailure.DNS: "Webex's host was not found",
    TransportFailure.TIMEOUT: "no answer in time",
    TransportFailure.TLS: "certificate is not trusted",
    TransportFailure.PROXY: "the proxy refused",
    TransportFailure.ODD_REPLY: "answer is not from Webex",
    TransportFailure.BUSY: "another process renews it",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_first_row_says_why_webex_cannot_be_asked(failure: TransportFailure) -> None:
    health = Health(
        5, Colour.AMBER, Shape.QUERY, Reason.CANNOT_CHECK, Fixer.NETWORK, (), failure=failure
    )
    assert menu.headline(health, NOW) == f"Cannot check: {FAILURES[failure]}"


def test_every_failure_has_a_short_name() -> None:
    for failure in TransportFailure:
        health = Health(
            5, Colour.AMBER, Shape.QUERY, Reason.CANNOT_CHECK, Fixer.NETWORK, (), failure=failure
        )
        assert len(menu.headline(health, NOW)) <= WIDTH
    for reason in Reason:
        health = Health(1, Colour.RED, Shape.CROSS, reason, Fixer.YOU, ())
        assert menu.headline(health, NOW)


def test_who_has_to_act_if_webex_gives_no_token() -> None:
    forbidden = Health(1, Colour.RED, Shape.CROSS, Reason.FORBIDDEN, Fixer.ADMIN, ())
    assert menu.step(forbidden, NOW) == "Authorize the app in Control Hub…"
    assert menu.step(replace(forbidden, who=Fixer.YOU), NOW) == "Check the organization id…"


def test_every_step_has_a_label() -> None:
    """Short enough for a button: LXQt cuts longer ones."""
    assert menu.BUTTONS == {
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
    assert set(menu.BUTTONS) == set(UserAction)
    assert max(map(len, menu.BUTTONS.values())) <= 11
