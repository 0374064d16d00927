"""The health table: each row, each boundary, and what no facts whatever may bring about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core import strategies
from tests.core.samples import (
    ACCESS,
    DAY,
    DEAD,
    GOOD,
    HOUR,
    MINUTE,
    NO_SIGN_IN,
    NOW,
    READY,
    SIGN_IN,
    SITUATIONS,
    TICK,
    Situation,
    but,
    closed,
    each,
    lacking,
    often,
    with_life,
)
from tray_app.core.answers import Trouble
from tray_app.core.credentials import Lifespan
from tray_app.core.health import Limits, evaluate, is_dead, not_set_up, renewal_starts
from tray_app.core.model import (
    Colour,
    Facts,
    Health,
    Reason,
    Renewing,
    Rung,
    Shape,
    Standing,
    StoreState,
    Who,
)

LIMITS = Limits()


def judge(facts: Facts, now: datetime = NOW) -> Health:
    return evaluate(facts, now, LIMITS)


# --- the rows -----------------------------------------------------------------------------------

LOOKS = {
    1: (Colour.RED, Shape.CROSS),
    2: (Colour.RED, Shape.CROSS),
    3: (Colour.AMBER, Shape.BANG),
    4: (Colour.AMBER, Shape.QUERY),
    5: (Colour.AMBER, Shape.QUERY),
    6: (Colour.AMBER, Shape.BANG),
    7: (Colour.AMBER, Shape.BANG),
    8: (Colour.AMBER, Shape.BANG),
    9: (Colour.GREEN, Shape.CHECK),
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_each_situation_is_judged_by_its_row(situation: Situation) -> None:
    """Row, reason, who can mend it, colour and shape are those of the table."""
    health = judge(situation.facts)
    assert (health.row, health.reason, health.who) == (
        situation.row,
        situation.reason,
        situation.who,
    )
    assert (health.colour, health.shape) == LOOKS[situation.row]


def test_the_situations_leave_no_row_and_no_reason_out() -> None:
    """Every row is reachable, and every reason but those that need no facts."""
    assert {situation.row for situation in SITUATIONS} == set(range(1, 10))
    assert {situation.reason for situation in SITUATIONS} == set(Reason) - {
        Reason.OWN_FAULT,
        Reason.NOT_SET_UP,
    }


IN_WINDOW_AND_FAILING: dict[str, Any] = {
    "lifespans": with_life(ACCESS, NOW - 12 * DAY, NOW + 2 * DAY),
    "renewing": Renewing(1, NOW - TICK, Trouble.DNS),
}
# What each row needs beyond the facts of all rows below it.
ADDED: dict[int, dict[str, Any]] = {
    8: {"foreign_org": True},
    7: {"standings": READY | {Rung.INTEGRATION_REFRESH: Standing.DEAD}},
    6: IN_WINDOW_AND_FAILING,
    5: {"confirmed_at": NOW - HOUR},
    4: {"confirmed_at": None},
    3: {"rejected": True},
    2: {"renewing": Renewing(2, NOW - TICK, Trouble.DNS)},
    1: {"standings": closed(Standing.DEAD)},
}


@pytest.mark.parametrize("row", ADDED)
def test_the_first_row_that_matches_wins(row: int) -> None:
    """Where the facts of this row and of all later ones hold at once, this row is shown."""
    changes: dict[str, Any] = {}
    for later in range(8, row - 1, -1):
        changes |= ADDED[later]
    assert judge(but(**changes)).row == row


NO_RIGHT = dict.fromkeys(
    (Rung.MINT_PASTED, Rung.MINT_INTEGRATION, Rung.INTEGRATION_REFRESH), Standing.FORBIDDEN
)
BROKEN_AROUND: list[tuple[dict[str, Any], Reason]] = [
    ({"store": StoreState.MEMORY}, Reason.MEMORY_ONLY),
    ({"env_fault": "fault"}, Reason.ENV_FAULT),
    ({"foreign_org": True}, Reason.FOREIGN_ORG),
    ({"config_fault": "fault"}, Reason.CONFIG_FAULT),
    ({"skew": 6 * MINUTE}, Reason.CLOCK_OFF),
    ({"standings": READY | NO_RIGHT}, Reason.FORBIDDEN),
]


@pytest.mark.parametrize("first", range(len(BROKEN_AROUND)))
def test_of_several_broken_things_the_one_that_can_cost_most_is_named(first: int) -> None:
    """Secrets about to be lost come first, a way up that is only a spare one last."""
    changes: dict[str, Any] = {}
    for change, _ in BROKEN_AROUND[first:]:
        changes |= change
    assert judge(but(**changes)).reason is BROKEN_AROUND[first][1]


CAUSES: list[tuple[dict[str, Any], Reason]] = [
    ({"env_fault": "fault"}, Reason.ENV_FAULT),
    ({Rung.SERVICE_REFRESH: Standing.LOCKED}, Reason.KEYRING_LOCKED),
    ({"config_fault": "fault"}, Reason.CONFIG_FAULT),
    ({Rung.MINT_PASTED: Standing.WRONG_CLIENT}, Reason.WRONG_APP_SECRET),
    ({Rung.MINT_INTEGRATION: Standing.BAD_REQUEST}, Reason.WRONG_APP_IDS),
    ({Rung.INTEGRATION_REFRESH: Standing.FORBIDDEN}, Reason.FORBIDDEN),
    ({Rung.INTEGRATION_REFRESH: Standing.WRONG_CLIENT}, Reason.WRONG_INTEGRATION_SECRET),
    ({"credentials": lacking(client_secret=None)}, Reason.INTEGRATION_SECRET_MISSING),
    ({Rung.INTEGRATION_REFRESH: Standing.DEAD}, Reason.SIGN_IN_ENDED),
]


@pytest.mark.parametrize("first", range(len(CAUSES)))
def test_of_several_causes_the_one_whose_cure_helps_first_is_named(first: int) -> None:
    """Nothing pasted into a config that cannot be read is seen, and so on down the list."""
    changes: dict[str, Any] = {}
    standings = closed(Standing.DEAD)
    for change, _ in reversed(CAUSES[first:]):
        for name, value in change.items():
            if isinstance(name, Rung):
                standings[name] = value
            else:
                changes[name] = value
    assert judge(but(DEAD, standings=standings, **changes)).reason is CAUSES[first][1]


@pytest.mark.parametrize("rung", Rung)
def test_one_ready_rung_is_enough_to_hope(rung: Rung) -> None:
    """A dead token that one rung could still renew is amber, whichever rung it is."""
    ready = closed(Standing.DEAD) | {rung: Standing.READY}
    assert judge(but(DEAD, standings=ready)).row == 3


@pytest.mark.parametrize(
    "rung", [rung for rung in Rung if rung is not Rung.INTEGRATION_REFRESH], ids=str
)
def test_the_service_apps_secret_is_blamed_for_each_of_its_rungs(rung: Rung) -> None:
    """Every rung presents it but one, which presents the integration's."""
    health = judge(but(DEAD, standings=closed(Standing.WRONG_CLIENT, rung)))
    assert health.reason is Reason.WRONG_APP_SECRET


@pytest.mark.parametrize(
    ("rungs", "row"),
    [
        (NO_RIGHT, 8),
        ({Rung.MINT_PASTED: Standing.FORBIDDEN}, 9),
        ({Rung.MINT_PASTED: Standing.FORBIDDEN, Rung.INTEGRATION_REFRESH: Standing.TRIED}, 9),
        ({**NO_RIGHT, Rung.MINT_PASTED: Standing.READY}, 9),
        ({**NO_RIGHT, Rung.MINT_CANDIDATE: Standing.READY}, 9),
        ({**NO_RIGHT, Rung.MINT_CANDIDATE: Standing.FORBIDDEN}, 8),
    ],
)
def test_one_account_that_may_mint_is_enough(rungs: dict[Rung, Standing], row: int) -> None:
    """The other's missing right is nobody's worry."""
    assert judge(but(standings=READY | rungs)).row == row


@pytest.mark.parametrize("standing", [Standing.WRONG_CLIENT, Standing.BAD_REQUEST])
def test_a_spare_way_up_that_a_config_fault_closes_is_amber(standing: Standing) -> None:
    """It works today, and a person can mend it before it is needed."""
    assert judge(but(standings=READY | {Rung.MINT_PASTED: standing})).row == 8


def test_a_pasted_token_that_has_ended_alone_is_no_trouble() -> None:
    """Portal tokens end after twelve hours; where another rung is ready, that is green."""
    assert judge(but(standings=READY | {Rung.MINT_PASTED: Standing.DEAD})).row == 9


def test_a_token_without_the_right_to_list_works() -> None:
    """403 is an answer to a live token."""
    assert judge(but(under_scoped=True)).colour is Colour.GREEN


def test_a_dead_token_is_red_when_env_itself_refuses() -> None:
    """A ready rung does not help: its token would not get into the file either."""
    health = judge(but(DEAD, env_fault="/x/.env cannot be written"))
    assert (health.row, health.reason) == (1, Reason.ENV_FAULT)
    assert health.detail == "/x/.env cannot be written"


@pytest.mark.parametrize("dead", [True, False])
def test_a_config_fault_is_told_as_it_was_found(dead: bool) -> None:
    """The sentence that names field and remedy goes along, whatever the colour."""
    standings = closed(Standing.DEAD) if dead else READY
    health = judge(but(rejected=dead, standings=standings, config_fault="a is missing"))
    assert (health.reason, health.detail) == (Reason.CONFIG_FAULT, "a is missing")


@pytest.mark.parametrize(
    ("faults", "detail"),
    [
        (("a is missing",), "a is missing"),
        (("a is missing", "b is odd"), "a is missing; and 1 more"),
        (("a is missing", "b is odd", "c is odd"), "a is missing; and 2 more"),
    ],
)
def test_a_config_that_was_never_right_is_red(faults: tuple[str, ...], detail: str) -> None:
    """Row 1 without facts: a person is to fill it in, beginning with the first fault."""
    health = not_set_up(faults)
    assert (health.row, health.reason, health.who) == (1, Reason.NOT_SET_UP, Who.YOU)
    assert (health.colour, health.shape) == LOOKS[1]
    assert (health.detail, health.links) == (detail, ())


def test_near_its_end_with_no_rung_left_the_cause_is_named_not_the_failure() -> None:
    """`Refresh token now` would be idle advice where no rung can act."""
    facts = but(**IN_WINDOW_AND_FAILING, standings=closed(Standing.DEAD))
    assert (judge(facts).row, judge(facts).reason) == (7, Reason.SIGN_IN_ENDED)
    assert judge(facts).due_at == NOW + 2 * DAY


def test_no_sign_in_is_asked_for_where_no_integration_is_configured() -> None:
    """Rung 1 renews by itself: green without any integration."""
    assert judge(but(credentials=NO_SIGN_IN)).row == 9


def test_a_sign_in_without_its_client_secret_is_amber() -> None:
    """What a person configured cannot work, though nothing needs it yet."""
    health = judge(but(credentials=lacking(client_secret=None)))
    assert (health.row, health.reason) == (7, Reason.INTEGRATION_SECRET_MISSING)


@pytest.mark.parametrize("lost", [{"refresh_token": None}, {}])
def test_nobody_is_asked_to_sign_in_without_the_client_secret_that_it_takes(
    lost: dict[str, Any],
) -> None:
    """The page would open and the code could not be exchanged: the secret comes first."""
    creds = lacking(client_secret=None, **lost)
    for facts in (but(credentials=creds), but(DEAD, standings=closed(Standing.DEAD))):
        judged = judge(but(facts, credentials=creds))
        assert (judged.reason, judged.who) == (
            Reason.INTEGRATION_SECRET_MISSING,
            Who.DEVELOPER,
        )


# --- a sign-in that has not proven itself ---------------------------------------------------------

NO_SIGN_IN_IN_TIME: dict[str, dict[str, Any]] = {
    "missing": {"credentials": lacking(refresh_token=None)},
    "refused": {"standings": READY | {Rung.INTEGRATION_REFRESH: Standing.DEAD}},
    "over": {"lifespans": with_life(SIGN_IN, NOW - 90 * DAY, NOW)},
    "due": {"lifespans": with_life(SIGN_IN, NOW - 80 * DAY, NOW + 10 * DAY)},
}


@pytest.mark.parametrize("old", NO_SIGN_IN_IN_TIME.values(), ids=NO_SIGN_IN_IN_TIME)
def test_who_has_just_signed_in_is_not_asked_to(old: dict[str, Any]) -> None:
    """Whatever became of the sign-in before: the new one is about to be proven."""
    facts = but(**old)
    assert judge(facts).row == 7
    anew = but(facts, standings={**facts.standings, Rung.MINT_CANDIDATE: Standing.READY})
    assert judge(anew).row == 9


def test_a_sign_in_alone_is_a_way_up() -> None:
    """Dead, and nothing else left: it is being repaired."""
    only = closed(Standing.DEAD) | {Rung.MINT_CANDIDATE: Standing.READY}
    health = judge(but(DEAD, standings=only, credentials=lacking(refresh_token=None)))
    assert (health.row, health.reason, health.who) == (3, Reason.RENEWING, Who.ITSELF)


WITHOUT_CANDIDATE: list[tuple[Facts, Reason]] = [
    (but(standings=closed(Standing.DEAD)), Reason.SIGN_IN_ENDED),
    (
        but(standings=closed(Standing.MISSING), credentials=lacking(refresh_token=None)),
        Reason.SIGN_IN_MISSING,
    ),
    (
        but(standings=closed(Standing.DEAD), credentials=lacking(client_secret=None)),
        Reason.INTEGRATION_SECRET_MISSING,
    ),
    (
        but(standings=closed(Standing.FORBIDDEN, Rung.MINT_INTEGRATION)),
        Reason.FORBIDDEN,
    ),
]


@pytest.mark.parametrize(("facts", "reason"), WITHOUT_CANDIDATE)
@pytest.mark.parametrize("dead", [True, False])
def test_a_wrong_account_needs_no_administrator(facts: Facts, reason: Reason, dead: bool) -> None:
    """Its 403 speaks of that account alone; a person is to sign in with the right one."""
    refused = {**facts.standings, Rung.MINT_CANDIDATE: Standing.FORBIDDEN}
    health = judge(but(facts, rejected=dead, standings=refused))
    assert (health.row, health.reason) == (1 if dead else 7, reason)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (Standing.WRONG_CLIENT, Reason.WRONG_APP_SECRET),
        (Standing.BAD_REQUEST, Reason.WRONG_APP_IDS),
    ],
)
def test_what_a_candidate_is_refused_for_the_configs_sake_is_the_configs_fault(
    standing: Standing, reason: Reason
) -> None:
    """Every mint presents these values; here it is the only one that has any token."""
    assert judge(but(DEAD, standings=closed(standing, Rung.MINT_CANDIDATE))).reason is reason


@often
@given(
    strategies.facts,
    st.sampled_from([Standing.FORBIDDEN, Standing.DEAD, Standing.TRIED]),
)
def test_a_sign_in_that_is_refused_leaves_everything_as_it_was(
    facts: Facts, standing: Standing
) -> None:
    """Whatever else is so, it is judged as if nobody had signed in."""
    before = but(facts, standings={**facts.standings, Rung.MINT_CANDIDATE: Standing.MISSING})
    after = but(facts, standings={**facts.standings, Rung.MINT_CANDIDATE: standing})
    assert judge(after) == judge(before)


BLAME = {
    Trouble.THROTTLED: Who.WEBEX,
    Trouble.SERVER_ERROR: Who.WEBEX,
    Trouble.BUSY: Who.ITSELF,
    Trouble.DNS: Who.NETWORK,
    Trouble.CONNECTION: Who.NETWORK,
    Trouble.TIMEOUT: Who.NETWORK,
    Trouble.TLS: Who.NETWORK,
    Trouble.PROXY: Who.NETWORK,
    Trouble.ODD_REPLY: Who.NETWORK,
    None: Who.YOU,
}


@pytest.mark.parametrize("trouble", [*Trouble, None])
def test_every_trouble_has_somebody_who_can_end_it(trouble: Trouble | None) -> None:
    """The same one, whether it stopped a renewal or a check."""
    assert judge(but(DEAD, renewing=Renewing(2, NOW, trouble))).who is BLAME[trouble]
    assert judge(but(confirmed_at=NOW - HOUR, probe_trouble=trouble)).who is BLAME[trouble]


# --- the boundaries -----------------------------------------------------------------------------


def ending(ends: datetime, **changes: Any) -> Facts:
    return but(lifespans=with_life(ACCESS, ends - 14 * DAY, ends), **changes)


@pytest.mark.parametrize(("past", "dead"), [(MINUTE, False), (MINUTE + TICK, True)])
def test_a_token_is_dead_a_minute_past_its_end(past: timedelta, dead: bool) -> None:
    """The skew is granted in full, and no more."""
    facts = ending(NOW - past, confirmed_at=None)
    assert is_dead(facts, NOW, LIMITS) is dead
    assert (judge(facts).row == 3) is dead


@pytest.mark.parametrize(("after", "dead"), [(timedelta(0), True), (TICK, False)])
def test_a_token_that_was_seen_to_work_after_its_end_lives(after: timedelta, dead: bool) -> None:
    """What Webex accepts outweighs what it once said about the end."""
    ends = NOW - 5 * MINUTE
    health = judge(ending(ends, confirmed_at=ends + after))
    assert (health.colour is not Colour.GREEN) is dead
    assert health.until == (ends if dead else None)


def test_a_token_whose_end_nobody_told_does_not_die_of_age() -> None:
    """Only a rejection kills it."""
    assert not is_dead(but(lifespans={}), NOW + 1000 * DAY, LIMITS)


@pytest.mark.parametrize(
    ("renewing", "row"),
    [
        (Renewing(1, NOW - timedelta(seconds=60) + TICK), 3),
        (Renewing(1, NOW - timedelta(seconds=60)), 2),
        (Renewing(1, None), 3),
        (Renewing(2, NOW), 2),
    ],
)
def test_renewing_fails_after_a_minute_or_two_failures(renewing: Renewing, row: int) -> None:
    """Until then a dead token is amber: it is being repaired."""
    assert judge(but(DEAD, renewing=renewing)).row == row


@pytest.mark.parametrize(
    ("poll_seconds", "fresh"),
    [(15, 15 * MINUTE), (300, 15 * MINUTE), (301, timedelta(seconds=903))],
)
def test_a_confirmation_holds_for_a_quarter_of_an_hour_or_three_polls(
    poll_seconds: float, fresh: timedelta
) -> None:
    """The longer of the two, to the tick."""
    assert judge(but(poll_seconds=poll_seconds, confirmed_at=NOW - fresh + TICK)).row == 9
    assert judge(but(poll_seconds=poll_seconds, confirmed_at=NOW - fresh)).row == 5


@pytest.mark.parametrize(("ahead", "row"), [(MINUTE, 9), (MINUTE + TICK, 5)])
def test_a_confirmation_from_the_future_vouches_for_nothing(ahead: timedelta, row: int) -> None:
    """After the clock was set back, green would last until it has caught up."""
    assert judge(but(confirmed_at=NOW + ahead)).row == row


@pytest.mark.parametrize(
    ("length", "window"),
    [(14 * DAY, 72 * HOUR), (12 * DAY, 72 * HOUR), (8 * DAY, 48 * HOUR), (4 * HOUR, HOUR)],
)
def test_renewal_begins_72_hours_or_a_quarter_of_the_life_before_the_end(
    length: timedelta, window: timedelta
) -> None:
    """The shorter of the two, to the tick."""
    life = Lifespan(NOW - length, NOW)
    assert renewal_starts(life, LIMITS) == NOW - window
    facts = but(
        lifespans={ACCESS.digest: life},
        renewing=Renewing(1, NOW, Trouble.TLS),
        confirmed_at=NOW - window,
    )
    assert judge(facts, NOW - window - TICK).row == 9
    assert judge(facts, NOW - window).row == 6


def test_near_its_end_a_token_is_green_while_no_renewal_has_failed() -> None:
    """Renewing ahead of time is the program's business, not a person's."""
    assert judge(ending(NOW + HOUR)).row == 9


@pytest.mark.parametrize(("length", "window"), [(90 * DAY, 14 * DAY), (40 * DAY, 10 * DAY)])
def test_a_sign_in_falls_due_14_days_or_a_quarter_of_its_life_before_the_end(
    length: timedelta, window: timedelta
) -> None:
    """The shorter of the two, to the tick; from its end on, it has ended."""

    def seen(left: timedelta) -> tuple[int, Reason, datetime | None]:
        ends = NOW + left
        health = judge(but(lifespans=with_life(SIGN_IN, ends - length, ends)))
        return health.row, health.reason, health.due_at

    assert seen(window + TICK) == (9, Reason.WORKS, None)
    assert seen(window) == (7, Reason.SIGN_IN_DUE, NOW + window)
    assert seen(TICK) == (7, Reason.SIGN_IN_DUE, NOW + TICK)
    assert seen(timedelta(0)) == (7, Reason.SIGN_IN_ENDED, None)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_clock_is_wrong_beyond_five_minutes_either_way(sign: int) -> None:
    """Five minutes are still forgiven; no Date header says nothing."""
    assert judge(but(skew=sign * 5 * MINUTE)).row == 9
    assert judge(but(skew=sign * (5 * MINUTE + TICK))).reason is Reason.CLOCK_OFF
    assert judge(but(skew=None)).row == 9


def test_what_a_person_is_told_comes_from_the_facts() -> None:
    """Times and troubles pass through unchanged."""
    renewing = Renewing(1, NOW - DAY, Trouble.TIMEOUT)
    health = judge(but(renewing=renewing, probe_trouble=Trouble.PROXY))
    assert health.until == GOOD.lifespans[ACCESS.digest].ends
    assert (health.checked_at, health.confirmed_at) == (GOOD.checked_at, GOOD.confirmed_at)
    assert (health.next_try_at, health.renewing) == (GOOD.next_try_at, renewing)
    assert (health.unanswered, health.trouble, health.detail) == (Trouble.PROXY, None, "")


# --- whatever the facts -------------------------------------------------------------------------


@often
@given(strategies.facts)
def test_any_facts_are_judged_and_always_alike(facts: Facts) -> None:
    """Total and deterministic; and a verdict that is not green names somebody."""
    health = judge(facts)
    assert health == judge(facts)
    assert (health.colour, health.shape) == LOOKS[health.row]
    assert (health.who is None) == (health.colour is Colour.GREEN)


@often
@given(strategies.facts)
def test_red_always_means_that_what_reads_env_fails(facts: Facts) -> None:
    """And green that it does not, as far as Webex has lately said."""
    health, dead = judge(facts), is_dead(facts, NOW, LIMITS)
    assert dead or health.colour is not Colour.RED
    if health.colour is Colour.GREEN:
        assert not dead
        assert facts.confirmed_at is not None
        assert NOW - facts.confirmed_at < max(
            15 * MINUTE, timedelta(seconds=3 * facts.poll_seconds)
        )
        assert Standing.READY in facts.standings.values()


Worsening = Callable[[Facts, st.DataObject], Facts]


def _older(at: datetime | None, data: st.DataObject) -> datetime | None:
    return at - data.draw(strategies.spans) if at else None


def _earlier(ends: datetime, data: st.DataObject) -> datetime:
    """By a span, or at about now, where the lines are drawn."""
    return min(ends, data.draw(strategies.spans.map(lambda span: ends - span) | strategies.moments))


def _ends_earlier(facts: Facts, data: st.DataObject) -> Facts:
    known = facts.lifespan
    life = known or Lifespan(NOW - DAY, NOW + 13 * DAY)  # to have any end is worse than none
    ends = _earlier(life.ends, data)
    # An end that moves to before the last confirmation has been disproved: that is no worse.
    at = facts.confirmed_at
    assume(known is None or at is None or not ends < at <= life.ends)
    return but(facts, lifespans={**facts.lifespans, ACCESS.digest: Lifespan(life.began, ends)})


def _sign_in_ends_earlier(facts: Facts, data: st.DataObject) -> Facts:
    life = facts.lifespans.get(SIGN_IN.digest) or Lifespan(NOW - DAY, NOW + 89 * DAY)
    earlier = Lifespan(life.began, _earlier(life.ends, data))
    return but(facts, lifespans={**facts.lifespans, SIGN_IN.digest: earlier})


def _rung_closes(facts: Facts, data: st.DataObject) -> Facts:
    ready = [rung for rung, standing in facts.standings.items() if standing is Standing.READY]
    assume(ready)
    rung = data.draw(st.sampled_from(ready))
    closed_now = data.draw(st.sampled_from([s for s in Standing if s is not Standing.READY]))
    return but(facts, standings={**facts.standings, rung: closed_now})


def _without_sign_in(facts: Facts, **lost: Any) -> Facts:
    creds = facts.credentials
    assume(creds.integration is not None)
    assert creds.integration is not None
    integration = replace(creds.integration, **lost)
    return but(facts, credentials=replace(creds, integration=integration))


def _failing_longer(facts: Facts, data: st.DataObject) -> Facts:
    since = (facts.renewing.since or NOW) - data.draw(strategies.spans)
    return but(facts, renewing=replace(facts.renewing, since=since))


def _more_skew(facts: Facts, data: st.DataObject) -> Facts:
    skew = facts.skew or timedelta(0)
    more = data.draw(strategies.spans)
    return but(facts, skew=skew - more if skew < timedelta(0) else skew + more)


WORSENINGS: dict[str, Worsening] = {
    "the token is gone": lambda facts, _: but(facts, token=None),
    "the token is rejected": lambda facts, _: but(facts, rejected=True),
    "the token was never confirmed": lambda facts, _: but(facts, confirmed_at=None),
    "the confirmation is older": lambda facts, data: but(
        facts, confirmed_at=_older(facts.confirmed_at, data)
    ),
    "the token ends earlier": _ends_earlier,
    "the sign-in ends earlier": _sign_in_ends_earlier,
    "the sign-in is lost": lambda facts, _: _without_sign_in(facts, refresh_token=None),
    "the integration's secret is lost": lambda facts, _: _without_sign_in(
        facts, client_secret=None
    ),
    "a rung closes": _rung_closes,
    "one more renewal failed": lambda facts, _: but(
        facts, renewing=replace(facts.renewing, failures=facts.renewing.failures + 1)
    ),
    "renewing has failed for longer": _failing_longer,
    "the store gets worse": lambda facts, data: (
        but(facts, store=data.draw(st.sampled_from(StoreState)))
        if facts.store is StoreState.DURABLE
        else facts
    ),
    ".env refuses": lambda facts, _: but(facts, env_fault="/x/.env cannot be written"),
    "the config breaks": lambda facts, _: but(facts, config_fault="not valid JSON"),
    "the token is of another organization": lambda facts, _: but(facts, foreign_org=True),
    "the token loses a right": lambda facts, _: but(facts, under_scoped=True),
    "the last check had no answer": lambda facts, data: but(
        facts, probe_trouble=data.draw(st.sampled_from(Trouble))
    ),
    "the clock is further off": _more_skew,
}

BADNESS = [Colour.GREEN, Colour.AMBER, Colour.RED]


@pytest.mark.parametrize("worsen", WORSENINGS.values(), ids=WORSENINGS)
@each
@given(facts=strategies.facts, data=st.data())
def test_a_worse_fact_never_gives_a_better_colour(
    worsen: Worsening, facts: Facts, data: st.DataObject
) -> None:
    """Monotone in every single fact; a confirmation from the future counts for none anyway."""
    assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
    worse = worsen(facts, data)
    assert BADNESS.index(judge(worse).colour) >= BADNESS.index(judge(facts).colour)


@often
@given(strategies.facts, st.sampled_from([s for s in Standing if s is not Standing.READY]))
def test_to_have_signed_in_never_makes_it_look_worse(facts: Facts, refused: Standing) -> None:
    """Nor does a refusal of what a sign-in brought make it look better."""
    hopeful = but(facts, standings={**facts.standings, Rung.MINT_CANDIDATE: Standing.READY})
    worse = but(facts, standings={**facts.standings, Rung.MINT_CANDIDATE: refused})
    assert BADNESS.index(judge(worse).colour) >= BADNESS.index(judge(hopeful).colour)


@often
@given(strategies.facts, strategies.spans)
def test_time_alone_never_betters_the_colour(facts: Facts, span: timedelta) -> None:
    """While nothing new is heard, things can only look worse."""
    assume(facts.confirmed_at is None or facts.confirmed_at <= NOW)
    later = judge(facts, NOW + span)
    assert BADNESS.index(later.colour) >= BADNESS.index(judge(facts).colour)
