"""The history: events as they were noted, states only where they change, bounded, no secrets."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.samples import token
from tray_app.model.credentials import Lifespan, Usage
from tray_app.model.events import Event, EventType
from tray_app.model.failures import Refusal
from tray_app.model.health import Reason
from tray_app.model.renewal import RecordedRefusal, RenewalMethod
from tray_app.model.signs import Colour
from tray_app.storage import event_log
from tray_app.storage.event_log import EventLog
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.log import REDACTOR

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FULL = Event(
    NOON,
    EventType.RENEWAL,
    colour=Colour.AMBER,
    row=4,
    reason=Reason.RENEWING,
    method=RenewalMethod.MINT_PASTED,
    outcome="rejected",
    fingerprint="0a1b2c3d",
    tracking_id="ROUTER_1",
    detail="a few words",
)
GREEN = Event(NOON, EventType.HEALTH, Colour.GREEN, 11, Reason.WORKS)
RED = Event(NOON, EventType.HEALTH, Colour.RED, 1, Reason.FORBIDDEN)


@pytest.fixture
def history(token_facts: TokenFacts) -> EventLog:
    return token_facts.history("ours")


def test_an_event_comes_back_as_it_was_noted(history: EventLog) -> None:
    """With all of its fields, or with none but what and when."""
    bare = Event(NOON, EventType.ANSWERED)
    history.record(FULL)
    history.record(bare)
    assert history.since() == (FULL, bare)


def test_they_are_told_from_a_time_on_or_the_last_first(history: EventLog) -> None:
    """Oldest first for a person who reads on, newest first for a menu."""
    events = [replace(FULL, at=NOON + number * MINUTE) for number in range(5)]
    for event in events:
        history.record(event)
    assert history.since(NOON + 3 * MINUTE) == tuple(events[3:])
    assert history.since(NOON + DAY) == ()
    assert history.latest(2) == (events[4], events[3])


def test_each_profile_has_its_own(token_facts: TokenFacts, history: EventLog) -> None:
    """Though all share one database."""
    token_facts.history("theirs").record(FULL)
    assert history.since() == ()
    assert len(token_facts.history("theirs").since()) == 1


def test_to_forget_one_profile_leaves_the_others(
    token_facts: TokenFacts, history: EventLog
) -> None:
    other = token_facts.history("other")
    history.record(FULL)
    other.record(FULL)
    history.forget()
    assert (history.since(), other.since()) == ((), (FULL,))


def test_a_state_is_noted_when_it_turns(history: EventLog) -> None:
    """However often it is found the same."""
    for event in (GREEN, GREEN, replace(GREEN, fingerprint="0"), RED, RED, GREEN):
        history.record_change(event)
    assert history.since() == (GREEN, RED, GREEN)


def test_a_state_is_not_noted_again_after_a_restart(token_facts: TokenFacts) -> None:
    """Nor by each `status` of a script."""
    for _ in range(3):
        token_facts.history("ours").record_change(RED)
    assert token_facts.history("ours").since() == (RED,)


def test_two_processes_that_see_it_differently_do_not_answer_each_other(
    token_facts: TokenFacts,
) -> None:
    """A script without a keyring is amber, say, while the tray is green."""
    tray = token_facts.history("ours")
    for _ in range(5):
        tray.record_change(GREEN)
        token_facts.history("ours").record_change(RED)
    assert tray.since() == (GREEN, RED)


def test_what_another_process_has_noted_already_is_not_noted_twice(token_facts: TokenFacts) -> None:
    """Both find the token dead."""
    tray = token_facts.history("ours")
    tray.record_change(GREEN)
    token_facts.history("ours").record_change(RED)
    tray.record_change(RED)
    assert tray.since() == (GREEN, RED)


def test_what_goes_without_saying_is_said_only_after_the_other(history: EventLog) -> None:
    """Webex answers; it does not; it does again."""
    answers, silence = (
        Event(NOON, EventType.ANSWERED),
        Event(NOON, EventType.UNANSWERED, outcome="dns"),
    )
    for event in (answers, answers, silence, silence, answers):
        history.record_change(event)
    assert history.since() == (silence, answers)


def test_there_is_a_most(history: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, while the newer are written; other profiles keep theirs."""
    monkeypatch.setattr(event_log, "MAX_EVENTS", 20)
    for number in range(200):
        history.record(replace(FULL, at=NOON + number * MINUTE))
    found = history.since()
    assert 20 <= len(found) <= 20 + 50
    assert found[-1].at == NOON + 199 * MINUTE


def test_events_that_are_too_old_are_forgotten(history: EventLog) -> None:
    """Those before the time that is named."""
    history.record(FULL)
    history.record(replace(FULL, at=NOON + DAY))
    history.forget_before(NOON + MINUTE)
    assert [event.at for event in history.since()] == [NOON + DAY]


def test_what_is_damaged_or_newer_is_passed_over(journal: Path, history: EventLog) -> None:
    """One may go back to an older version of this program."""
    history.record(FULL)
    with closing(sqlite3.connect(journal)) as other, other:
        damaged = (("at", "never"), ("at", 1e17), ("at", -1e17))  # times that no system has
        for column, value in (("what", "quantum"), *damaged, ("rung", "rope")):
            other.execute(
                "INSERT INTO event (profile, at, what, strand, colour, line, reason, rung,"
                " outcome, fingerprint, tracking_id, detail)"
                " VALUES ('ours', 1e12, 'rung', 'rung', '', NULL, '', '', '', '', '', '')"
            )
            other.execute(f"UPDATE event SET {column} = ? WHERE at = 1e12", (value,))  # noqa: S608
    assert history.since() == (FULL,)


def test_no_secret_gets_into_it(journal: Path, history: EventLog) -> None:
    """Whatever words an event brings along; and none that cannot be written stops it."""
    secret = token("s")
    REDACTOR.add([secret])
    history.record(replace(FULL, detail=f"Webex said: {secret.reveal()} \udc80" + "x" * 1000))
    (found,) = history.since()
    assert found.detail.startswith(f"Webex said: <{secret.fingerprint}> ?x")
    assert len(found.detail) == 300
    written = b"".join(file.read_bytes() for file in journal.parent.iterdir())
    assert secret.reveal()[:8].encode() not in written


# --- facts that are too old ---------------------------------------------------------------------


def test_old_facts_are_forgotten_but_for_those_in_use(token_facts: TokenFacts) -> None:
    """By the end of a life, the last check, the day of a refusal."""
    old, used, young = token("o"), token("u"), token("y")
    year = timedelta(days=365)
    for each, at in ((old, NOON), (used, NOON), (young, NOON + year)):
        token_facts.record_lifespan(each, Lifespan(at - DAY, at))
        token_facts.confirm(each, at - DAY, under_scoped=False)
        token_facts.reject(each, at)
        token_facts.supersede(each, at)
        token_facts.record_refusal(each.digest, RecordedRefusal(Refusal.REJECTED, at))
        token_facts.pause(each.digest, at)
        token_facts.record_usage(each, Usage(at - DAY, at))
    token_facts.forget_before(NOON + DAY, {used.digest})
    assert token_facts.lifespan(old) is None
    assert not token_facts.seen(old).rejected
    assert not token_facts.is_superseded(old)
    assert token_facts.paused_until(old.digest) is None
    assert token_facts.usage(old) is None
    digests = [each.digest for each in (old, used, young)]
    assert set(token_facts.refusals(digests)) == {used.digest, young.digest}
    for kept in (used, young):
        assert token_facts.lifespan(kept) is not None
        assert token_facts.seen(kept).rejected
        assert token_facts.is_superseded(kept)
        assert token_facts.paused_until(kept.digest) is not None
        assert token_facts.usage(kept) is not None
