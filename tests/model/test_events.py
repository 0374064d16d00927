"""What events say, when two say the same, and the points in time that a person names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.policy.samples import ACCESS, DAY, HOUR, NOW, SITUATIONS
from tray_app.model.events import Event, EventType, verdict
from tray_app.model.failures import GRANTED, Refusal, TransportFailure
from tray_app.model.health import Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.settings import Thresholds
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import Colour
from tray_app.policy.health import evaluate
from tray_app.text.history import LONGEST, line, recent, sentence
from tray_app.text.times import parse_moment

BERLIN = ZoneInfo("Europe/Berlin")
RUNG = Event(NOW, EventType.RUNG, method=RenewalMethod.SERVICE_REFRESH, fingerprint="0a1b2c3d")
RED = Event(NOW, EventType.HEALTH, colour=Colour.RED, row=1, reason=Reason.SIGN_IN_ENDED)


def of_source(reason: Reason) -> Event:
    return Event(NOW, EventType.HEALTH, colour=Colour.AMBER, row=10, reason=reason, detail="orders")


SAID = [
    (replace(RED, fingerprint="0a1b2c3d"), "red: Token dead: the integration's sign-in has ended"),
    (RED, "red: No token in .env: the integration's sign-in has ended"),
    (
        Event(NOW, EventType.HEALTH, colour=Colour.AMBER, row=6, reason=Reason.STALE),
        "amber: Token not confirmed for long",
    ),
    (
        Event(NOW, EventType.HEALTH, Colour.GREEN, 9, Reason.WORKS, fingerprint="0a1b2c3d"),
        "green: Token works",
    ),
    (of_source(Reason.SOURCE_STOPPED), "amber: Data source orders has stopped"),
    (of_source(Reason.SOURCE_FAILING), "amber: Data source orders cannot be kept alive"),
    (
        of_source(Reason.SOURCE_ENDING),
        "amber: Data source orders is near its end, and nobody keeps it alive",
    ),
    (of_source(Reason.SOURCE_MISMATCH), "amber: Data source orders is contradicted by its token"),
    (
        of_source(Reason.SOURCE_GONE),
        "amber: Data source orders is to be kept alive, but Webex does not list it",
    ),
    (
        Event(NOW, EventType.CONFIRMED, fingerprint="0a1b2c3d"),
        "Webex confirms the token 0a1b2c3d",
    ),
    (
        Event(NOW, EventType.DIED, fingerprint="0a1b2c3d", tracking_id="ROUTER_1"),
        "The token 0a1b2c3d is dead: Webex rejected it twice (ROUTER_1)",
    ),
    (
        Event(NOW, EventType.UNANSWERED, outcome=TransportFailure.DNS),
        "No answer from Webex: the name of the Webex server is not found",
    ),
    (Event(NOW, EventType.UNANSWERED, outcome="gremlins"), "No answer from Webex: gremlins"),
    (Event(NOW, EventType.ANSWERED), "Webex answers again"),
    (Event(NOW, EventType.CONFIG_READ), "The config has changed and was read again"),
    (
        Event(NOW, EventType.ADOPTED, fingerprint="0a1b2c3d"),
        ".env: took over the token 0a1b2c3d that another program wrote there",
    ),
    (
        Event(NOW, EventType.REFRESH_ADOPTED, fingerprint="0a1b2c3d"),
        ".env: took over the refresh token 0a1b2c3d that another program wrote there",
    ),
    (Event(NOW, EventType.HEALTH, colour=Colour.AMBER), "amber: Checking the token"),
    (
        Event(NOW, EventType.HEALTH, colour=Colour.AMBER, reason=Reason.SIGN_IN_ENDED),
        "amber: Token works, but the integration's sign-in has ended",
    ),
    (
        replace(RUNG, outcome=GRANTED),
        "Rung 1, the service app's refresh token: new token 0a1b2c3d",
    ),
    (
        replace(RUNG, outcome=Refusal.REJECTED, tracking_id="ROUTER_1"),
        "Rung 1, the service app's refresh token: Webex rejected the token 0a1b2c3d (ROUTER_1)",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_PASTED, outcome=Refusal.WRONG_CLIENT),
        "Rung 2, the pasted personal access token: Webex refuses the client secret",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_INTEGRATION, outcome=Refusal.FORBIDDEN),
        "Rung 2, the integration's personal access token: Webex does not allow it",
    ),
    (
        replace(RUNG, method=RenewalMethod.MINT_CANDIDATE, outcome=Refusal.BAD_REQUEST),
        "Rung 4, the sign-in in the browser: Webex does not know the app or the organization",
    ),
    (
        replace(RUNG, outcome=TransportFailure.TIMEOUT),
        "Rung 1, the service app's refresh token: no answer, Webex does not answer in time",
    ),
    (Event(NOW, EventType.RUNG, outcome="x"), "A rung: no answer, x"),
    (
        Event(NOW, EventType.WRITTEN_BACK, fingerprint="0a1b2c3d", detail="was rejected"),
        ".env: the token there was rejected; put ours back (0a1b2c3d)",
    ),
    (
        Event(NOW, EventType.CONFIG_FAULTY, detail="{not} valid"),
        "The config cannot be used: {not} valid",
    ),
    (
        Event(NOW, EventType.SECRETS_MOVED, detail="4 from the config into the keyring"),
        "Secrets moved: 4 from the config into the keyring",
    ),
    (
        Event(NOW, EventType.SIGN_IN, outcome=SignInResult.TIMED_OUT),
        "Sign-in: Nobody signed in in time. Nothing has changed.",
    ),
    (Event(NOW, EventType.SIGN_IN, outcome="by-telepathy"), "Sign-in: by-telepathy"),
    (
        Event(NOW, EventType.EXTENDED, outcome=GRANTED, detail="orders"),
        "Data source orders: extended",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=TransportFailure.DNS, detail="orders"),
        "Data source orders: not extended, the name of the Webex server is not found",
    ),
    (
        Event(
            NOW, EventType.EXTENDED, outcome=Refusal.FORBIDDEN, detail="a", tracking_id="ROUTER_1"
        ),
        "Data source a: not extended, Webex does not allow it (ROUTER_1)",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=Refusal.REJECTED, detail="a"),
        "Data source a: not extended, Webex rejected the token",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome=Refusal.BAD_REQUEST, detail="a"),
        "Data source a: not extended, Webex does not accept it",
    ),
    (
        Event(NOW, EventType.EXTENDED, outcome="it is disabled", detail="a"),
        "Data source a: not extended, it is disabled",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "said"), SAID, ids=[said for _, said in SAID])
def test_an_event_is_one_sentence(event: Event, said: str) -> None:
    """With the tracking id where Webex gave one."""
    assert sentence(event) == said


@pytest.mark.parametrize("what", EventType)
def test_every_kind_has_a_sentence_even_with_nothing_in_it(what: EventType) -> None:
    """What is read from a file may lack anything."""
    assert sentence(Event(NOW, what)).strip()


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_every_verdict_is_told_as_its_headline_was(situation: object) -> None:
    """But for the times in it, and for what lasts."""
    from tests.policy.samples import Situation

    assert isinstance(situation, Situation)
    health = evaluate(situation.facts, NOW, Thresholds())
    event = verdict(health, situation.facts.token, NOW)
    assert (event.colour, event.row, event.reason) == (health.colour, health.row, health.reason)
    said = sentence(event)
    assert said.startswith(f"{health.colour}: ")
    if health.problem is not None:
        assert f"Data source {health.problem.watched.name} " in said
    elif health.reason not in (Reason.STALE, Reason.CANNOT_CHECK) and health.failure is None:
        begins = situation.headline.split(" until ")[0].split(",")[0].split(". ")[0]
        assert said.split(": ", 1)[1].startswith(begins)


def test_a_line_of_the_menu_is_short_and_says_when() -> None:
    """Without the tracking id, which is for `history`."""
    died = Event(NOW - DAY, EventType.DIED, fingerprint="0a1b2c3d", tracking_id="ROUTER_1")
    told = "Mon 9 Mar 12:00  The token 0a1b2c3d is dead: Webex rejected it twice"
    assert line(died, NOW, UTC) == told
    long = Event(NOW, EventType.CONFIG_FAULTY, detail="x" * 200)
    assert line(long, NOW, UTC).startswith("12:00  The config cannot be used: xxx")
    assert len(line(long, NOW, UTC)) == LONGEST == 90


def test_the_menu_shows_the_last_eight() -> None:
    """And not one more: the menu would be longer than it has rows. All of fewer."""
    events = [Event(NOW, EventType.CONFIG_FAULTY, detail=f"fault {number}") for number in range(9)]
    shown = recent(events, NOW, UTC)
    assert shown == tuple(line(event, NOW, UTC) for event in events[:8])
    assert shown[-1] == "12:00  The config cannot be used: fault 7"
    assert recent(events[:8], NOW, UTC) == shown
    assert len(recent(events[:3], NOW, UTC)) == 3


def test_a_verdict_names_the_token_by_its_fingerprint() -> None:
    """And by nothing else of it."""
    health = evaluate(SITUATIONS[0].facts, NOW, Thresholds())
    assert verdict(health, ACCESS, NOW).fingerprint == ACCESS.fingerprint
    assert verdict(health, None, NOW).fingerprint == ""


def test_the_kinds_are_named_as_the_history_keeps_them() -> None:
    """In its database and in `--json`: another name would not be read again."""
    assert [str(what) for what in EventType] == [
        "health",
        "token-confirmed",
        "token-died",
        "webex-answers",
        "webex-unanswered",
        "rung",
        "env-adopted",
        "env-refresh-adopted",
        "env-written-back",
        "config-read",
        "config-faulty",
        "secrets-moved",
        "sign-in",
        "data-source-extended",
    ]
    assert GRANTED == "granted"


def test_what_an_event_does_not_say_is_empty() -> None:
    """A verdict that is about no data source has no detail either."""
    bare = Event(NOW, EventType.ANSWERED)
    assert (bare.outcome, bare.fingerprint, bare.tracking_id, bare.detail) == ("", "", "", "")
    assert verdict(evaluate(SITUATIONS[0].facts, NOW, Thresholds()), None, NOW).detail == ""


def test_two_events_say_the_same_whenever_and_of_whichever_token() -> None:
    """A colour, a reason or a trouble makes the difference."""
    assert RED.says_the_same(replace(RED, at=NOW + DAY, fingerprint="ffffffff", tracking_id="x"))
    for change in (
        replace(RED, colour=Colour.AMBER),
        replace(RED, row=2),
        replace(RED, reason=Reason.FORBIDDEN),
        replace(RED, outcome="x"),
        replace(RED, detail="x"),
        replace(RED, method=RenewalMethod.MINT_PASTED),
        replace(RED, what=EventType.ANSWERED),
    ):
        assert not RED.says_the_same(change)


def test_answers_and_their_lack_are_one_strand_that_begins_with_answers() -> None:
    """Nobody needs to read that Webex answers before it once has not."""
    answered, unanswered = Event(NOW, EventType.ANSWERED), Event(NOW, EventType.UNANSWERED)
    assert answered.stream == unanswered.stream != RED.stream
    assert answered.is_implied_initially
    assert not unanswered.is_implied_initially
    assert not RED.is_implied_initially


TIMES = [
    ("45m", NOW - timedelta(minutes=45)),
    (" 3h ", NOW - 3 * HOUR),
    ("2d", NOW - 2 * DAY),
    ("1w", NOW - 7 * DAY),
    ("0d", NOW),
    ("2026-03-09", datetime(2026, 3, 8, 23, tzinfo=UTC)),
    ("2026-03-09T03:10", datetime(2026, 3, 9, 2, 10, tzinfo=UTC)),
    ("2026-03-09 03:10:05", datetime(2026, 3, 9, 2, 10, 5, tzinfo=UTC)),
    ("2026-03-09T03:10Z", datetime(2026, 3, 9, 3, 10, tzinfo=UTC)),
    ("2026-03-09T03:10-05:00", datetime(2026, 3, 9, 8, 10, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_a_point_in_time_is_named_as_a_person_would(text: str, at: datetime) -> None:
    """What names no offset is in the person's own zone."""
    assert parse_moment(text, NOW, BERLIN) == at


def test_without_a_zone_it_is_the_machine_s() -> None:
    """An aware time all the same."""
    local = datetime(2026, 3, 9, 3, 10).astimezone()
    assert parse_moment("2026-03-09T03:10", NOW) == local


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2", "2y", "-2d", "2.5h", "999999w", "2026-13-01", "03:10", "²d"]
)
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    """With the forms that are understood."""
    with pytest.raises(ValueError, match="is no time") as refused:
        parse_moment(text, NOW)
    assert str(refused.value) == (
        f"{text!r} is no time: name one as 45m, 3h, 2d or 1w ago, as a date (2026-11-24), or as"
        " 2026-11-24T03:10"
    )
