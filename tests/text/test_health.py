"""Health in sentences: each situation, each line of the menu, and every word that is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.samples import DAY, GOOD, HOUR, MINUTE, NOW, SIGN_IN, but, often, used
from tests.policy.situation import Situation
from tests.policy.situations import SITUATIONS
from tray_app.model.credentials import Effect
from tray_app.model.data_sources import Extension
from tray_app.model.failures import Refusal, TransportFailure
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
from tray_app.model.renewal import RenewalMethod, Renewing, StoreState
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour, Shape
from tray_app.policy.health import evaluate
from tray_app.text import health as health_text
from tray_app.text import menu
from tray_app.text.data_sources import extension_outcome
from tray_app.text.failures import FAILURE_NAMES

BERLIN = ZoneInfo("Europe/Berlin")
KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def judge(facts: Observations, now: datetime = NOW) -> Health:
    return evaluate(facts, now, Thresholds())


def test_a_health_in_words_is_the_same_health() -> None:
    """Words have times in them that change by themselves: they decide nothing."""
    for situation in SITUATIONS:
        bare = judge(situation.facts)
        said = health_text.with_text(bare, NOW, UTC)
        assert (said.headline, said.next_step) == (situation.headline, situation.step)
        assert (said == bare, bare.headline, bare.next_step) == (True, "", "")


def test_what_was_not_renewed_is_said_in_whole_sentences() -> None:
    """With the next step, and whose it is; where all is well, there is none."""
    missing = judge(but(token=None, env_fault="/x/.env is a directory", rejected=True))
    assert health_text.not_renewed(missing, NOW, UTC) == (
        "The token was not renewed. No token in .env: .env cannot be used."
        " Next (you): Make .env a writable text file (/x/.env is a directory)."
    )
    well = health_text.not_renewed(judge(GOOD), NOW, UTC)
    assert well == f"The token was not renewed. {health_text.headline(judge(GOOD), NOW, UTC)}."


def link_line(link: Link, now: datetime, zone: tzinfo | None = None) -> str:
    return f"{health_text.link_name(link)}: {health_text.link_state(link, now, zone)}"


def every_text(health: Health, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """All that a person may read of a health."""
    return (
        health_text.headline(health, now, zone),
        health_text.next_step(health, now, zone),
        health_text.checked_line(health, now, zone),
        health_text.renewal_line(health),
        menu.tooltip(health, now, zone),
        health_text.step_line(health, now, zone),
        health_text.forecast_line(health, now, zone),
        *(link_line(link, now, zone) for link in health.links),
    )


# --- headline and next step ---------------------------------------------------------------------


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_each_situation_is_said_in_one_line_with_one_step(situation: Situation) -> None:
    """The texts stand beside the facts, so that they can be read as a person would."""
    health = judge(situation.facts)
    assert health_text.headline(health, NOW, UTC) == situation.headline
    assert health_text.next_step(health, NOW, UTC) == situation.step


def test_a_program_that_has_failed_says_so_of_itself() -> None:
    """The worker's own verdict, which no facts give."""
    failed = Health(1, Colour.RED, Shape.CROSS, Reason.OWN_FAULT, Fixer.DEVELOPER, links=())
    assert health_text.headline(failed, NOW) == "Cannot check the token: this program failed"
    assert health_text.next_step(failed, NOW) == (
        "Open the log, report what it says, then restart the program"
    )


def test_before_a_config_is_filled_in_that_is_all_there_is_to_say() -> None:
    """Nothing is broken yet, and nothing can be checked."""
    new = Health(1, Colour.RED, Shape.CROSS, Reason.NOT_SET_UP, Fixer.YOU, links=())
    assert health_text.headline(new, NOW) == "Not set up yet"
    assert health_text.step_line(new, NOW) == "Next (you): Answer the set-up questions"


def test_the_step_says_whose_it_is() -> None:
    """A person is named first; network and Webex behind what the program does meanwhile."""

    def said(facts: Observations) -> str:
        return health_text.step_line(judge(facts), NOW, UTC)

    assert said(GOOD) == ""
    assert said(but(token=None)) == "Automatic retry at 12:03"
    assert said(but(skew=HOUR)) == "Next (you): Set this machine's clock"
    assert said(but(confirmed_at=None, check_failure=TransportFailure.DNS)) == (
        "Automatic check at 12:03 (waiting for the network)"
    )
    assert said(but(confirmed_at=None, check_failure=TransportFailure.THROTTLED)) == (
        "Automatic check at 12:03 (waiting for Webex)"
    )


def test_before_anything_is_known_the_token_is_being_checked() -> None:
    """What the icon says while the program starts."""
    starting = Health(5, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Fixer.ITSELF, links=())
    assert health_text.headline(starting, NOW) == "Checking the token"
    assert health_text.next_step(starting, NOW) == "Wait for the answer"
    assert health_text.checked_line(starting, NOW) == "Not checked yet"


def test_a_stale_health_without_a_confirmation_is_still_worded() -> None:
    """A record that evaluate never makes, but whose parts are all allowed."""
    odd = Health(6, Colour.AMBER, Shape.QUERY, Reason.STALE, Fixer.YOU, links=())
    assert health_text.headline(odd, NOW) == "Token last confirmed never"


def test_whoever_lacks_a_sign_in_is_sent_to_the_browser_and_nobody_else() -> None:
    """Dead or not: one click brings the token back and renews by itself from then on."""
    is_incomplete = (Reason.SIGN_IN_ENDED, Reason.SIGN_IN_MISSING, Reason.SIGN_IN_DUE)
    for found in SITUATIONS:
        step = health_text.next_step(judge(found.facts), NOW, UTC)
        assert step.startswith("Sign in through the browser") is (found.reason in is_incomplete)


@often
@given(strategies.facts)
def test_whatever_the_facts_somebody_is_told_what_to_do(facts: Observations) -> None:
    """What, who and one next step, unless all is well; and no text has a hole in it."""
    health = judge(facts)
    line = health_text.headline(health, NOW, UTC)
    step = health_text.next_step(health, NOW, UTC)
    assert line
    if health.colour is Colour.GREEN:
        assert step == ""
        assert health.who is None
    else:
        assert step
        assert health.who
    for text in every_text(health, NOW, UTC):
        assert "None" not in text
        assert "  " not in text
        assert text == text.strip()


@often
@given(strategies.facts, st.integers(0, 86_399), st.integers(0, 86_399))
def test_texts_do_not_change_while_the_day_lasts(facts: Observations, one: int, other: int) -> None:
    """A label that changes closes an open menu: clock times, no running counters."""
    health = judge(facts)
    midnight = datetime(2026, 3, 10, tzinfo=BERLIN)
    early, late = (midnight + timedelta(seconds=seconds) for seconds in (one, other))
    assert every_text(health, early, BERLIN) == every_text(health, late, BERLIN)


# --- every word -----------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", TransportFailure)
def test_every_trouble_is_named(failure: TransportFailure) -> None:
    """In the headline, in the line about the last check and in that about the last renewal."""
    words = FAILURE_NAMES[failure]
    health = judge(
        but(confirmed_at=None, check_failure=failure, renewing=Renewing(1, NOW, failure))
    )
    assert health_text.headline(health, NOW).endswith(f": {words}")
    assert health_text.checked_line(health, NOW).endswith(f": {words}")
    assert health_text.renewal_line(health) == f"Last renewal failed: {words}"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (TransportFailure.THROTTLED, "Webex asked us to wait"),
        (TransportFailure.ODD_REPLY, "the answer is not from Webex"),
    ],
)
def test_an_answer_that_says_nothing_of_the_token_is_told_as_such(
    failure: TransportFailure, words: str
) -> None:
    """Webex's own wish to be left alone, or somebody else's page."""
    health = judge(but(confirmed_at=None, check_failure=failure))
    assert health_text.headline(health, NOW) == f"Cannot check the token: {words}"


@pytest.mark.parametrize("name", LinkName)
@pytest.mark.parametrize("state", LinkState)
@pytest.mark.parametrize("ends", [None, NOW + HOUR])
def test_every_link_has_a_line(name: LinkName, state: LinkState, ends: datetime | None) -> None:
    """Only what can still be used has an end worth telling."""
    line = link_line(Link(name, state, ends, "0123abcd"), NOW, UTC)
    usable = state in (LinkState.WORKS, LinkState.UNDER_SCOPED, LinkState.PRESENT)
    assert ("until 13:00" in line) is (usable and ends is not None)
    assert ("expiry unknown" in line) is (usable and ends is None)


def test_every_member_has_words_of_its_own() -> None:
    """No two rungs, troubles, links, states or causes read alike."""
    tables: list[tuple[dict[Any, str], Any]] = [
        (FAILURE_NAMES, TransportFailure),
        (health_text.METHOD_NAMES, RenewalMethod),
        (health_text._LINK_NAMES, LinkName),
        (health_text._LINK_STATES, LinkState),
        (health_text.CAUSES, health_text.CAUSES),
    ]
    for table, members in tables:
        assert list(table) == list(members)
        assert len(set(table.values())) == len(table)
    assert len({str(who) for who in Fixer}) == len(Fixer)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LinkState.UNDER_SCOPED, "works until 13:00, cannot list data sources"),
        (LinkState.MISSING, "none"),
        (LinkState.REJECTED, "rejected by Webex"),
        (LinkState.EXPIRED, "expired"),
        (LinkState.ON_DEMAND, "expired, renewed when needed"),
        (LinkState.FORBIDDEN, "lacks the permission"),
        (LinkState.WRONG_CLIENT, "waiting for a correct config"),
        (LinkState.LOCKED, "cannot be read"),
        (LinkState.UNSAVED, "in memory only"),
    ],
)
def test_a_link_that_is_not_simply_there_says_why(state: LinkState, words: str) -> None:
    """In a few words, after its name."""
    line = link_line(Link(LinkName.PERSONAL, state, NOW + HOUR), NOW, UTC)
    assert line == f"Personal access token: {words}"


@pytest.mark.parametrize(
    ("state", "ends", "words"),
    [
        (LinkState.PRESENT, NOW + HOUR, "live until 13:00"),
        (LinkState.PRESENT, None, "live, expiry unknown"),
        (LinkState.EXPIRED, NOW - HOUR, "expired 11:00"),
        (LinkState.EXPIRED, None, "expired"),
        (LinkState.DISABLED, NOW + HOUR, "disabled"),
        (LinkState.MISSING, None, "not listed by Webex"),
    ],
)
def test_a_data_source_is_told_by_its_name(
    state: LinkState, ends: datetime | None, words: str
) -> None:
    """In the chain as what it is, in a list of data sources by its name alone."""
    link = Link(LinkName.DATA_SOURCE, state, ends, source_id="1", label="orders")
    assert link_line(link, NOW, UTC) == f"Data source orders: {words}"
    assert health_text.source_line(link, NOW, UTC) == f"orders: {words}"


def test_the_lines_of_the_chain_read_as_the_menu_shows_them() -> None:
    """One each, as examples."""
    lines = [link_line(link, NOW, UTC) for link in judge(but(lifespans={})).links]
    assert lines == [
        "Service app token: works, expiry unknown",
        "Its refresh token: available, expiry unknown",
        "Personal access token: available, expiry unknown",
        "Integration sign-in: available, expiry unknown",
    ]
    assert link_line(judge(GOOD).links[0], NOW, UTC) == (
        "Service app token: works until Mon 23 Mar 12:00"
    )


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (None, ""),
        (ExpectedFailure(LinkName.SIGN_IN, NOW + 5 * DAY), "Browser sign-in needed by Sun 15 Mar"),
        (ExpectedFailure(LinkName.SIGN_IN, NOW + HOUR), "Browser sign-in needed by today 13:00"),
        (
            ExpectedFailure(LinkName.REFRESH, NOW + 400 * DAY),
            "Expires first: its refresh token, Wed 14 Apr 2027 12:00",
        ),
        (
            ExpectedFailure(LinkName.ACCESS, NOW + HOUR),
            "Expires first: the service app token, today 13:00",
        ),
        (
            ExpectedFailure(LinkName.DATA_SOURCE, NOW + HOUR, "byods.example.com/Orders"),
            "Expires first: data source byods.example.com/Orders, today 13:00",
        ),
        (
            ExpectedFailure(LinkName.PERSONAL, None),
            "Expires first: the personal access token, date unknown",
        ),
    ],
)
def test_what_breaks_first_is_said_with_its_day(found: ExpectedFailure | None, line: str) -> None:
    """With the time where it is today; on its own, and in the headline while all else is well."""
    health = replace(judge(GOOD), breaks_first=found)
    assert health_text.forecast_line(health, NOW, UTC) == line
    works = "Token works until Mon 23 Mar 12:00" if found is None else f"Token works. {line}"
    assert health_text.headline(health, NOW, UTC) == works


def test_what_is_wrong_now_is_said_before_what_will_be() -> None:
    """The forecast has a line of its own then."""
    health = judge(but(store=StoreState.MEMORY, usages=used(SIGN_IN, Effect.UNCHANGED)))
    assert health.breaks_first == ExpectedFailure(LinkName.SIGN_IN, NOW + 89 * DAY)
    assert health_text.headline(health, NOW, UTC).endswith("no keyring to keep new tokens")
    assert health_text.forecast_line(health, NOW, UTC) == "Browser sign-in needed by Sun 7 Jun"


def test_the_last_check_and_renewal_are_told() -> None:
    """When, and what went wrong; nothing where nothing did."""
    assert health_text.checked_line(judge(GOOD), NOW, UTC) == "Checked 11:58"
    assert health_text.renewal_line(judge(GOOD)) == ""
    lost = judge(but(check_failure=TransportFailure.TLS, renewing=Renewing(3, NOW)))
    assert health_text.checked_line(lost, NOW, UTC) == (
        "Checked 11:58: the TLS certificate is not trusted"
    )
    assert health_text.renewal_line(lost) == "Last renewal failed: no renewal method worked"


def test_a_check_that_asked_nobody_is_not_said_to_have_been_made() -> None:
    """It said "Checked 11:57" although Webex had asked us to wait."""
    waits = but(waits_until=NOW + 5 * MINUTE, check_failure=TransportFailure.THROTTLED)
    skipped = judge(waits)
    assert health_text.checked_line(skipped, NOW, UTC) == (
        "Checked 11:58; waiting until 12:05, as Webex asked"
    )
    never = judge(but(waits, checked_at=None, confirmed_at=None, next_try_at=None))
    assert health_text.checked_line(never, NOW, UTC) == (
        "Not checked now; waiting until 12:05, as Webex asked"
    )
    assert health_text.next_step(never, NOW, UTC) == "Check again after 12:05"
    offline = judge(but(checked_at=None, confirmed_at=None, next_try_at=None))
    assert health_text.checked_line(offline, NOW, UTC) == "Not checked yet"


@pytest.mark.parametrize(
    ("done", "line"),
    [
        (
            Extension("an-id", "orders", until=NOW + HOUR),
            "Data source orders was extended until today 13:00.",
        ),
        (
            Extension("an-id", "orders", failure=TransportFailure.CONNECTION),
            "Data source orders was not extended: Webex cannot be reached.",
        ),
        (
            Extension("an-id", "orders", detail="it is disabled"),
            "Data source orders was not extended: it is disabled.",
        ),
        (
            Extension("an-id", "orders", refusal=Refusal.FORBIDDEN, detail="No right."),
            "Data source orders was not extended: No right.",
        ),
        (Extension("an-id", "orders"), "Data source orders was extended."),
    ],
)
def test_a_person_who_extends_a_data_source_is_told_what_came_of_it(
    done: Extension, line: str
) -> None:
    """Why there was no answer, or what was said."""
    assert extension_outcome(done, NOW, UTC) == line


def test_an_extension_that_webex_failed_says_http_status_and_tracking_id_but_in_no_notice() -> None:
    failed = TransportFailure.SERVER_ERROR
    done = Extension("an-id", "orders", failure=failed, http_status="HTTP 503", tracking_id="R_1")
    line = "Data source orders was not extended: Webex answered with an error"
    assert extension_outcome(done, NOW, UTC) == f"{line} (HTTP 503, R_1)."
    assert extension_outcome(done, NOW, UTC, ids=False) == f"{line}."


def test_a_renewal_names_its_method() -> None:
    """Each by a name of its own."""
    assert [health_text.renewal_outcome(judge(GOOD), method) for method in RenewalMethod] == [
        "Renewed with your new sign-in.",
        "Renewed with the service app's refresh token.",
        "Renewed with your personal access token.",
        "Renewed with the integration's personal access token.",
        "Renewed with the integration's sign-in.",
    ]


def test_a_renewal_that_brought_nothing_is_said_to_have_failed_or_come_too_late() -> None:
    failed = judge(but(renewing=Renewing(1, NOW)))
    assert health_text.renewal_outcome(failed, None) == "Not renewed."
    assert health_text.renewal_outcome(judge(GOOD), None).startswith("Another process")


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        (None, "Not renewed."),
        (RenewalMethod.MINT_PASTED, "A new token has come, but .env cannot be written."),
    ],
)
def test_a_new_token_that_env_cannot_take_is_not_called_a_renewal_without_one(
    method: RenewalMethod | None, outcome: str
) -> None:
    """Without a method, none was asked for."""
    health = replace(judge(GOOD), reason=Reason.ENV_FAULT, renewing=Renewing(1, NOW))
    assert health_text.renewal_outcome(health, method) == outcome
    assert health_text.renewal_line(health) == "Last renewal failed: .env cannot be written"


def test_whether_an_administrator_or_the_organization_id_is_asked_for() -> None:
    forbidden = Health(1, Colour.RED, Shape.CROSS, Reason.FORBIDDEN, Fixer.ADMIN, ())
    assert health_text.next_step(forbidden, NOW).startswith("Authorize the service app in Control")
    yours = replace(forbidden, who=Fixer.YOU)
    assert health_text.next_step(yours, NOW) == health_text.CHECK_ORGANIZATION


def test_a_token_that_was_over_when_it_was_checked_has_expired() -> None:
    dead = Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_ENDED, Fixer.YOU, (), until=NOW)
    assert health_text.dead_token(replace(dead, checked_at=NOW)) == "Webex token expired"
    before = replace(dead, checked_at=NOW - timedelta.resolution)
    assert health_text.dead_token(before) == "Webex token invalid"
    link = Link(LinkName.ACCESS, LinkState.EXPIRED)
    assert health_text.dead_token(replace(dead, links=(link,))) == "Webex token expired"


def test_what_is_not_known_is_not_said() -> None:
    """An end, a date, or what a renewal has brought."""
    fails = Health(7, Colour.AMBER, Shape.BANG, Reason.RENEWAL_FAILS, Fixer.YOU, ())
    assert health_text.headline(fails, NOW, UTC) == "Token works, but renewal fails"
    unknown = replace(fails, breaks_first=ExpectedFailure(LinkName.SIGN_IN, None))
    assert (
        health_text.forecast_line(unknown, NOW, UTC) == "Browser sign-in needed by an unknown date"
    )
    failed = replace(fails, renewing=Renewing(1, NOW))
    assert health_text.renewal_outcome(failed, RenewalMethod.MINT_PASTED) == "Not renewed."
