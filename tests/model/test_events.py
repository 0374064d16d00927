"""What events say, when two say the same, and the points in time that a person names."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tests.policy.samples import ACCESS, DAY, NOW
from tests.policy.situations import SITUATIONS
from tray_app.model.events import Event, EventType, reported, verdict
from tray_app.model.failures import GRANTED
from tray_app.model.health import Reason
from tray_app.model.incident import Incident
from tray_app.model.renewal import RenewalMethod
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour
from tray_app.policy.health import evaluate

BERLIN = ZoneInfo("Europe/Berlin")
RUNG = Event(NOW, EventType.RENEWAL, method=RenewalMethod.SERVICE_REFRESH, fingerprint="0a1b2c3d")
RED = Event(NOW, EventType.HEALTH, colour=Colour.RED, row=1, reason=Reason.SIGN_IN_ENDED)


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
        "tokens-given",
        "config-read",
        "config-faulty",
        "secrets-moved",
        "sign-in",
        "data-source-extended",
        "webex-incident",
    ]
    assert GRANTED == "granted"


def test_what_an_event_does_not_say_is_empty() -> None:
    """A verdict that is about no data source has no detail either."""
    bare = Event(NOW, EventType.ANSWERED)
    assert (bare.outcome, bare.fingerprint, bare.tracking_id, bare.detail) == ("", "", "", "")
    assert verdict(evaluate(SITUATIONS[0].facts, NOW, Thresholds()), None, NOW).detail == ""


def test_an_incident_is_told_with_when_it_began() -> None:
    """If Webex says so."""
    told = reported(Incident("Down", NOW), NOW + DAY)
    assert told == Event(NOW + DAY, EventType.INCIDENT, outcome=NOW.isoformat(), detail="Down")
    assert reported(Incident("Down"), NOW).outcome == ""


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
        replace(RED, event_type=EventType.ANSWERED),
    ):
        assert not RED.says_the_same(change)


def test_answers_and_their_lack_are_one_strand_that_begins_with_answers() -> None:
    """Nobody needs to read that Webex answers before it once has not."""
    answered, unanswered = Event(NOW, EventType.ANSWERED), Event(NOW, EventType.UNANSWERED)
    assert answered.stream == unanswered.stream != RED.stream
    assert answered.is_implied_initially
    assert not unanswered.is_implied_initially
    assert not RED.is_implied_initially
