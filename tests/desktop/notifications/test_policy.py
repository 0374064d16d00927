"""When the user is notified: tables of what happens one after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.desktop.notifications.samples import (
    AMBER,
    AT_ONCE,
    FAILS,
    FOREIGN,
    GREEN,
    LOCKED,
    RED,
    STALE,
    UNANSWERED,
    judge,
)
from tests.policy import strategies
from tests.policy.samples import DAY, HOUR, MINUTE, NOW, STOPPED, but, closed, each, lacking
from tests.policy.situation import DEAD
from tests.policy.situations import SITUATIONS
from tray_app.desktop.notifications.content import Notification, PendingReply, with_notices
from tray_app.desktop.notifications.policy import (
    Decision,
    NotificationPreferences,
    NotifierState,
    decide,
    is_passing,
    snooze,
)
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Observations, Reason
from tray_app.model.quiet_hours import QuietHours, Snooze
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest

PREFERENCES = NotificationPreferences(zone=UTC)
FOUND = {
    "green": GREEN,
    "amber": AMBER,
    "foreign": FOREIGN,
    "secret": judge(but(credentials=lacking(client_secret=None))),
    "forbidden": judge(
        but(availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION))
    ),
    "red": RED,
    "locked": LOCKED,
    "fails": FAILS,
    "renewing": judge(DEAD),
    "unknown": judge(but(confirmed_at=None, check_failure=TransportFailure.DNS)),
    "stale": STALE,
    "unanswered": UNANSWERED,
    "broken": Health(1, Colour.RED, Shape.CROSS, Reason.OWN_FAULT, Fixer.DEVELOPER, links=()),
}
SHOW, CLOSE, NOTHING = "SHOW", "CLOSE", ""

# The health, check after check, five minutes apart (`~`: half a minute; `refresh:`: the user asked
# for it; `sign-in/renewed:`: a sign-in has ended like that; `snooze:` and so on: the user's wish),
# and what is seen of it until the next: a notification (SHOW), that it is closed (CLOSE), or
# nothing.
STORIES = {
    "all is well from the start": "green, green",
    "red is told once, until all is well": "green, red SHOW, red, red, green CLOSE, green",
    "red from the start": "red SHOW",
    "amber from the start": "amber SHOW, amber, green CLOSE",
    "worse by steps": "green, amber SHOW, red SHOW, red",
    "well, and bad again": "red SHOW, green CLOSE, red SHOW",
    "better, so what stands says what is so now": "red SHOW, amber SHOW, amber, green CLOSE",
    "better, and nobody is needed any more": "red SHOW, stale CLOSE, stale, green",
    "better, and worse again": "red SHOW, amber SHOW, red SHOW",
    "better, and the notice was closed": "red SHOW, closed:red, amber, red SHOW",
    "it repairs itself": "green, renewing, green",
    "started without a network": "unknown, unknown, green",
    "an attempt at repair is no news": "red SHOW, renewing, red, renewing",
    "an attempt that fails is": "green, renewing, fails SHOW",
    "a blip": "green, red~, green, amber~, green",
    "a blip of the network, as when a laptop wakes": "green, stale~, green, stale~, green",
    "blips that add up": "green, red~, locked~, red~ SHOW, green CLOSE",
    "not a blip, though the program tries meanwhile": "green, red~, renewing~, red~ SHOW",
    "a blip of red while amber stands": "amber SHOW, red~, amber",
    "it stays away": "green, stale SHOW, stale, green CLOSE",
    "not known is no worse than amber": "amber SHOW, stale, stale, green CLOSE",
    "another reason that needs a person": "amber SHOW, foreign SHOW, foreign, green CLOSE",
    "the app's developer": "amber SHOW, secret SHOW, secret, green CLOSE",
    "an admin": "amber SHOW, forbidden SHOW, forbidden, green CLOSE",
    "in red, too": "red SHOW, locked SHOW, locked, green CLOSE",
    "what stands in red is to be true": "red SHOW, fails SHOW, fails, green CLOSE",
    "but nobody is told of it who has closed it": "red SHOW, closed:red, fails, fails, green",
    "this program fails": "green, broken SHOW, broken, green CLOSE",
    "a refresh by hand is answered": "green, refresh:green SHOW, green",
    "so is a vain one": "red SHOW, refresh:red SHOW, refresh:red SHOW, red, green CLOSE",
    "at once": "red~, refresh:red~ SHOW, red",
    "and one that heals": "red SHOW, refresh:green SHOW, green",
    "one that has yet to succeed, and fails": "green, refresh:renewing SHOW, fails SHOW",
    "one that has yet to succeed, as was known": "red SHOW, refresh:renewing SHOW, red SHOW, red",
    "one that has yet to succeed, and does": "green, refresh:renewing SHOW, green CLOSE",
    "a check by hand finds all well": "green, check:green SHOW, green",
    "a check by hand heals": "red SHOW, check:green SHOW, green",
    "a check by hand gets no answer": "check:unanswered SHOW, unanswered",
    "a check by hand finds the same": "amber SHOW, check:amber SHOW, amber, green CLOSE",
    "a check by hand finds nothing out": "green, check:stale SHOW, stale, stale, green CLOSE",
    "a sign-in heals": "red SHOW, sign-in/renewed:green SHOW, green",
    "a sign-in fails": "red SHOW, sign-in/timed-out:red SHOW, red, green CLOSE",
    "a sign-in that cannot begin": "green, sign-in/not-begun:green SHOW, green",
    "who cancels a sign-in knows it": "red SHOW, sign-in/cancelled:red, red, green CLOSE",
    "and while all is well": "green, sign-in/cancelled:green, green",
    "but not that it has got worse meanwhile": "green, sign-in/cancelled:red SHOW, red",
    "or better": "red SHOW, sign-in/cancelled:green CLOSE, green",
    "a click to sign in while nothing is set up": "red SHOW, sign-in:red SHOW, red",
    "a second start after a cancelled sign-in": "start/cancelled:green SHOW, green",
    "a second start": "start:green SHOW, green, start:unknown SHOW, amber SHOW",
    "snoozed, and told again after an hour": "red SHOW, snooze:red CLOSE, red, hour:red SHOW, red",
    "snoozed, and healed meanwhile": "red SHOW, snooze:red CLOSE, red, green, hour:green, green",
    "snoozed before it got worse": "snooze:green, red, locked, hour:locked SHOW",
    "a snooze does not keep an answer": "snooze:green, red, refresh:red SHOW, red, hour:red",
    "nor that it heals": "snooze:green, refresh:red SHOW, green CLOSE",
    "a snooze that is called off": "red SHOW, snooze:red CLOSE, red, wake:red SHOW, red",
    "one that never was": "red SHOW, wake:red, red, green CLOSE",
    "snoozed until tomorrow": "red SHOW, tomorrow:red CLOSE, hour:red, day:red SHOW, red",
}


def what_is_seen(decision: Decision) -> str:
    if decision.notification is not None:
        assert not decision.withdraw
        return SHOW
    return CLOSE if decision.withdraw else NOTHING


class Run:
    """One run of the program, as a row of the table describes it."""

    def __init__(
        self, preferences: NotificationPreferences = PREFERENCES, now: datetime = NOW
    ) -> None:
        self.state = NotifierState()
        self.now = now
        self._preferences = preferences
        self._sights: list[str] = []

    def live(self, chapter: str) -> str:
        """What is seen of that chapter."""
        self._sights = []
        deed, _, name = chapter.rpartition(":")
        health, blip = FOUND[name.rstrip("~")], name.endswith("~")
        reply = self._do(deed)
        length = timedelta(seconds=30) if blip else 5 * MINUTE
        end, decide_at = self.now + length, self._decide(health, reply)
        while decide_at is not None and decide_at < end:
            assert decide_at > self.now, "it would be asked without end"
            self.now = decide_at
            decide_at = self._decide(health)
        self.now = end
        return " ".join(self._sights)

    def _do(self, deed: str) -> PendingReply | None:
        asked, _, ending = deed.partition("/")
        wishes = {"snooze": Snooze.SHORT, "tomorrow": Snooze.TOMORROW, "wake": Snooze.OFF}
        if asked in wishes:
            self._see(snooze(self.state, wishes[asked], self.now, self._preferences))
        elif asked in ("hour", "day"):
            self.now += HOUR if asked == "hour" else DAY
        elif asked == "closed":
            self.state = replace(self.state, standing=False)
        elif asked:
            outcome = Outcome(SignInResult(ending)) if ending else None
            return PendingReply(UserRequest(asked), RenewalMethod.SERVICE_REFRESH, outcome)
        return None

    def _decide(self, health: Health, reply: PendingReply | None = None) -> datetime | None:
        decision = decide(self.state, health, self.now, self._preferences, reply)
        self._see(decision)
        return decision.decide_at

    def _see(self, decision: Decision) -> None:
        self.state = decision.state
        sight = what_is_seen(decision)
        if sight:
            self._sights.append(sight)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_user_is_notified_once(story: str) -> None:
    """Each line of the table is one run of the program."""
    run, seen, expected = Run(), [], []
    for chapter in story.split(", "):
        found, _, sight = chapter.partition(" ")
        seen.append((chapter, run.live(found)))
        expected.append((chapter, sight))
    assert seen == expected


def test_what_gets_worse_is_shown_after_a_minute() -> None:
    """The machine says when it wants to be asked again."""
    first = decide(NotifierState(), RED, NOW, PREFERENCES)
    assert (first.notification, first.decide_at) == (None, NOW + MINUTE)
    early = decide(first.state, RED, NOW + MINUTE - timedelta.resolution, PREFERENCES)
    assert (early.notification, early.decide_at) == (None, NOW + MINUTE)
    due = decide(early.state, RED, NOW + MINUTE, PREFERENCES)
    assert due.notification is not None
    assert due.decide_at is None
    assert due.state == NotifierState(Colour.RED, RED.reason, standing=True)


def test_another_data_source_that_stops_is_shown() -> None:
    """The same reason, and yet another thing to do."""
    first = judge(but(sources=(STOPPED,), kept=frozenset({STOPPED.id})))
    assert first.problem is not None
    watched = replace(first.problem.watched, name="another one")
    second = replace(first, problem=replace(first.problem, watched=watched))
    state = decide(NotifierState(), first, NOW, AT_ONCE).state
    assert decide(state, first, NOW, AT_ONCE).notification is None
    again = decide(state, second, NOW, AT_ONCE)
    assert again.notification is not None
    assert "another one stopped" in again.notification.summary


def test_a_clock_that_is_set_back_does_not_keep_it_waiting() -> None:
    """Neither what is pending nor what is snoozed for days."""
    pending = decide(NotifierState(), RED, NOW, PREFERENCES).state
    earlier = NOW - 30 * DAY
    assert decide(pending, RED, earlier, PREFERENCES).decide_at == earlier + MINUTE
    snoozed = snooze(NotifierState(), Snooze.TOMORROW, NOW, PREFERENCES).state
    assert decide(snoozed, GREEN, earlier, PREFERENCES).state.snoozed_until is None


def test_a_snooze_until_tomorrow_lasts_however_early_it_begins() -> None:
    """Longer than a day; what is days ahead is the trace of a clock that was wrong."""
    early = datetime(2026, 3, 10, 0, 1, tzinfo=UTC)
    snoozed = snooze(NotifierState(), Snooze.TOMORROW, early, PREFERENCES).state
    assert decide(snoozed, GREEN, early, PREFERENCES).state.snoozed_until == early.replace(
        day=11, hour=8, minute=0
    )
    for ahead, kept in ((2 * DAY, True), (2 * DAY + MINUTE, False)):
        state = NotifierState(snoozed_until=NOW + ahead)
        assert (decide(state, GREEN, NOW, PREFERENCES).state.snoozed_until is not None) is kept


def test_what_stands_is_withdrawn_when_all_is_well() -> None:
    decision = decide(NotifierState(standing=True), GREEN, NOW, PREFERENCES)
    assert decision.withdraw
    assert decision.state == NotifierState()


def test_a_notification_has_no_buttons_by_default() -> None:
    plain = Notification("Token works", "", Shape.CHECK, Colour.GREEN)
    assert (plain.step, plain.can_snooze) == (None, False)


NIGHT = QuietHours(time(22), time(7))
QUIET = NotificationPreferences(quiet=NIGHT, zone=UTC)
EVENING = datetime(2026, 3, 10, 21, 50, tzinfo=UTC)
MORNING = datetime(2026, 3, 11, 7, tzinfo=UTC)


def test_what_gets_worse_in_quiet_hours_is_shown_at_their_end_if_still_true() -> None:
    late = EVENING + HOUR
    pending = decide(NotifierState(), RED, late, QUIET)
    assert (pending.notification, pending.decide_at) == (None, MORNING)
    assert decide(pending.state, RED, MORNING - MINUTE, QUIET).notification is None
    assert decide(pending.state, RED, MORNING, QUIET).notification is not None
    healed = decide(pending.state, GREEN, late + HOUR, QUIET)
    assert (healed.notification, healed.decide_at, healed.state) == (None, None, NotifierState())


def test_in_quiet_hours_what_recovers_is_withdrawn_silently() -> None:
    """Also if it only gets better; and a click is answered."""
    run = Run(QUIET, EVENING)
    assert run.live("red") == SHOW
    assert run.live("hour:red") == NOTHING
    assert run.live("amber") == CLOSE
    assert run.live("refresh:amber") == SHOW
    assert run.live("green") == CLOSE


def test_a_snooze_and_quiet_hours_end_with_the_later_of_both() -> None:
    evening = snooze(NotifierState(), Snooze.SHORT, EVENING, QUIET).state
    assert (
        decide(evening, RED, EVENING, QUIET).decide_at == EVENING + HOUR
    )  # to show that it is over
    after = decide(evening, RED, EVENING + HOUR, QUIET)
    assert after.state.snoozed_until is None
    assert after.decide_at == MORNING
    late = EVENING + HOUR
    midnight = snooze(NotifierState(), Snooze.SHORT, late, QUIET).state
    assert decide(midnight, RED, late, QUIET).decide_at == late + HOUR
    assert decide(midnight, RED, late + HOUR, QUIET).decide_at == MORNING
    long = snooze(NotifierState(), Snooze.TOMORROW, late, QUIET).state
    assert decide(long, RED, late, QUIET).decide_at == MORNING + HOUR
    night = snooze(NotifierState(), Snooze.TOMORROW, EVENING, QUIET).state
    pending = decide(night, RED, EVENING, QUIET).state
    assert decide(pending, RED, MORNING, QUIET).notification is None
    assert decide(pending, RED, MORNING + HOUR, QUIET).notification is not None


MOMENTS = st.tuples(st.sampled_from([s.facts for s in SITUATIONS]) | strategies.facts)


ANY_TOLD = st.builds(
    NotifierState,
    colour=st.sampled_from(Colour),
    reason=st.sampled_from(Reason),
    standing=st.booleans(),
    since=st.none() | st.datetimes(timezones=st.just(UTC)),
    snoozed_until=st.none() | st.datetimes(timezones=st.just(UTC)),
    notices=st.lists(st.text(), max_size=2).map(tuple),
)
ANY_CUSTOMS = st.builds(
    NotificationPreferences,
    quiet=st.none() | st.builds(QuietHours, st.times(), st.times()),
    zone=st.just(UTC),
)
ANY_QUESTION = st.none() | st.builds(
    PendingReply,
    st.sampled_from(UserRequest),
    st.none() | st.sampled_from(RenewalMethod),
    st.none() | st.builds(Outcome, st.sampled_from(SignInResult)),
)


@each
@given(ANY_TOLD, MOMENTS, ANY_CUSTOMS, ANY_QUESTION)
def test_decide_is_total(
    state: NotifierState,
    moment: tuple[Observations],
    preferences: NotificationPreferences,
    reply: PendingReply | None,
) -> None:
    """Total; asks to be asked only in the future; never a notice and a withdrawal at once; and an
    answer that a user waits for is given whatever the hour."""
    health = judge(moment[0])
    decision = decide(state, health, NOW, preferences, reply)
    assert decision.decide_at is None or decision.decide_at > NOW
    assert not (decision.notification and decision.withdraw)
    assert decision == decide(state, health, NOW, preferences, reply)
    if reply is not None and reply.is_needed:
        assert decision.notification is not None
    if health.colour is Colour.GREEN:
        assert not decision.state.standing
        assert decision.state.since is None


@each
@given(ANY_TOLD, MOMENTS, ANY_CUSTOMS)
def test_in_quiet_hours_or_while_snoozed_only_replies_are_shown(
    state: NotifierState, moment: tuple[Observations], preferences: NotificationPreferences
) -> None:
    health = judge(moment[0])
    snoozed = replace(state, snoozed_until=NOW + MINUTE)
    assert decide(snoozed, health, NOW, preferences).notification is None
    if preferences.quiet is not None and preferences.quiet.until(NOW, UTC) is not None:
        assert decide(state, health, NOW, preferences).notification is None


@each
@given(
    st.lists(st.sampled_from([*UserRequest, None]), max_size=3),
    st.lists(MOMENTS, max_size=8),
    ANY_CUSTOMS,
)
def test_the_same_state_is_never_shown_twice(
    asked: list[UserRequest | None],
    moments: list[tuple[Observations]],
    preferences: NotificationPreferences,
) -> None:
    """The same finding again, unasked, is never news."""
    state, now = NotifierState(), NOW
    for number, (facts,) in enumerate(moments):
        health = judge(facts)
        said = asked[number] if number < len(asked) else None
        state = decide(state, health, now, preferences, PendingReply(said) if said else None).state
        now += DAY  # every quiet hour, snooze and blip is over by then, or begins anew
        heard = 0
        for _ in range(10):
            decision = decide(state, health, now, preferences)
            state, now = decision.state, now + 5 * HOUR
            heard += decision.notification is not None
        assert heard <= 1
        if health.colour is Colour.GREEN:
            assert not state.standing
        elif not is_passing(health) and health.who in (Fixer.YOU, Fixer.DEVELOPER, Fixer.ADMIN):
            quiet = preferences.quiet  # less than an hour that is not quiet may be missed
            awake = quiet is None or quiet.until(now, UTC) is None
            assert state.reason is health.reason or not awake or state.since is not None


NEWS = ("4 secrets moved.", "And more.")


def test_notices_are_shown_once_and_never_replace_a_problem() -> None:
    """They wait for that, for the end of a snooze, and for the morning."""
    fresh = NotifierState(notices=NEWS)
    first = decide(fresh, GREEN, NOW, PREFERENCES)
    assert first.notification is not None
    assert first.notification.body == "4 secrets moved.\nAnd more."
    assert first.state == NotifierState()
    standing = replace(decide(NotifierState(), RED, NOW, AT_ONCE).state, notices=NEWS)
    assert decide(standing, RED, NOW, PREFERENCES).notification is None
    locked = decide(standing, LOCKED, NOW, PREFERENCES)
    assert (locked.notification, locked.decide_at) == (None, NOW + MINUTE)
    healed = decide(standing, GREEN, NOW, PREFERENCES)
    assert healed.notification is not None
    assert not healed.withdraw
    answered = decide(standing, RED, NOW, PREFERENCES, PendingReply(UserRequest.REFRESH))
    assert answered.notification is not None
    assert answered.notification.body.endswith("And more.")
    assert answered.state.notices == ()
    snoozed = replace(fresh, snoozed_until=NOW + HOUR)
    assert decide(snoozed, GREEN, NOW, PREFERENCES).decide_at == NOW + HOUR
    assert decide(snoozed, GREEN, NOW + HOUR, PREFERENCES).notification is not None
    late = decide(fresh, GREEN, EVENING + HOUR, QUIET)
    assert (late.notification, late.decide_at) == (None, MORNING)


def test_notices_are_added_to_a_notification_or_make_one() -> None:
    """What is said once beside the health is never lost to it."""
    health = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, links=())
    alone = with_notices(None, ("4 secrets moved.", "And more."), health)
    assert (alone.summary, alone.body) == ("Webex Token Tray", "4 secrets moved.\nAnd more.")
    assert not alone.urgent
    added = with_notices(
        Notification("Webex token rejected", "Do this.", Shape.CROSS, Colour.RED),
        ("News.",),
        health,
    )
    assert (added.summary, added.body) == ("Webex token rejected", "Do this.\nNews.")
    assert added.urgent
    odd = with_notices(added, ("a\nb\x1b \u202e",), health)
    assert odd.body == "Do this.\nNews.\na\\nb\\x1b \\u202e", "others may have named that file"
