"""The health table, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import strategies
from tests.policy.judging import LOOKS, judge
from tests.policy.samples import (
    ACCESS,
    DAY,
    HOUR,
    MINUTE,
    NEAR,
    NOW,
    READY,
    SIGN_IN,
    STOPPED,
    TICK,
    but,
    closed,
    lacking,
    often,
    with_life,
)
from tests.policy.situation import DEAD, NO_SIGN_IN, Situation
from tests.policy.situations import SITUATIONS
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState
from tray_app.model.signs import Colour
from tray_app.policy.health import not_set_up
from tray_app.policy.organization import FOREIGN_TOKEN

# --- the rows -----------------------------------------------------------------------------------


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
    assert {situation.row for situation in SITUATIONS} == set(range(1, 12))
    assert {situation.reason for situation in SITUATIONS} == set(Reason) - {
        Reason.OWN_FAULT,
        Reason.NOT_SET_UP,
    }


IN_WINDOW_AND_FAILING: dict[str, Any] = {
    "lifespans": with_life(ACCESS, NOW - 12 * DAY, NOW + 2 * DAY),
    "renewing": Renewing(1, NOW - TICK, TransportFailure.DNS),
}
# What each row needs beyond the facts of all rows below it.
ADDED: dict[int, dict[str, Any]] = {
    10: {"sources": (NEAR,)},
    9: {"foreign_org": True},
    8: {"availabilities": READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}},
    7: IN_WINDOW_AND_FAILING,
    6: {"confirmed_at": NOW - HOUR},
    5: {"confirmed_at": None},
    4: {"rejected": True},
    3: {"sources": (NEAR, STOPPED), "kept": frozenset({STOPPED.id})},
    2: {"renewing": Renewing(2, NOW - TICK, TransportFailure.DNS)},
    1: {"availabilities": closed(Availability.DEAD)},
}


@pytest.mark.parametrize("row", ADDED)
def test_the_first_row_that_matches_wins(row: int) -> None:
    """Where the facts of this row and of all later ones hold at once, this row is shown."""
    changes: dict[str, Any] = {}
    for later in range(10, row - 1, -1):
        changes |= ADDED[later]
    assert judge(but(**changes)).row == row


NO_RIGHT = dict.fromkeys(
    (RenewalMethod.MINT_PASTED, RenewalMethod.MINT_INTEGRATION, RenewalMethod.INTEGRATION_REFRESH),
    Availability.FORBIDDEN,
)
BROKEN_AROUND: list[tuple[dict[str, Any], Reason]] = [
    ({"store_fault": "fault"}, Reason.STORE_FAULT),
    ({"store": StoreState.MEMORY}, Reason.MEMORY_ONLY),
    ({"env_fault": "fault"}, Reason.ENV_FAULT),
    ({"output_fault": "fault"}, Reason.OUTPUT_FAULT),
    ({"foreign_org": True}, Reason.FOREIGN_ORG),
    ({"config_fault": "fault"}, Reason.CONFIG_FAULT),
    ({"skew": 6 * MINUTE}, Reason.CLOCK_OFF),
    ({"availabilities": READY | NO_RIGHT}, Reason.FORBIDDEN),
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
    ({RenewalMethod.SERVICE_REFRESH: Availability.LOCKED}, Reason.KEYRING_LOCKED),
    ({"config_fault": "fault"}, Reason.CONFIG_FAULT),
    ({RenewalMethod.MINT_PASTED: Availability.WRONG_CLIENT}, Reason.WRONG_APP_SECRET),
    ({RenewalMethod.MINT_INTEGRATION: Availability.BAD_REQUEST}, Reason.WRONG_APP_IDS),
    ({RenewalMethod.INTEGRATION_REFRESH: Availability.FORBIDDEN}, Reason.BLOCKED),
    (
        {RenewalMethod.INTEGRATION_REFRESH: Availability.WRONG_CLIENT},
        Reason.WRONG_INTEGRATION_SECRET,
    ),
    ({"credentials": lacking(client_secret=None)}, Reason.INTEGRATION_SECRET_MISSING),
    ({RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}, Reason.SIGN_IN_ENDED),
]


@pytest.mark.parametrize("first", range(len(CAUSES)))
def test_of_several_causes_the_one_whose_cure_helps_first_is_named(first: int) -> None:
    """Nothing pasted into a config that cannot be read is seen, and so on down the list."""
    changes: dict[str, Any] = {}
    availabilities = closed(Availability.DEAD)
    for change, _ in reversed(CAUSES[first:]):
        for name, value in change.items():
            if isinstance(name, RenewalMethod):
                availabilities[name] = value
            else:
                changes[name] = value
    assert judge(but(DEAD, availabilities=availabilities, **changes)).reason is CAUSES[first][1]


@pytest.mark.parametrize(
    ("method", "availability", "reason"),
    [
        (RenewalMethod.INTEGRATION_REFRESH, Availability.MISSING, Reason.SIGN_IN_MISSING),
        (RenewalMethod.MINT_PASTED, Availability.FORBIDDEN, Reason.FORBIDDEN),
        (RenewalMethod.MINT_PASTED, Availability.BAD_REQUEST, Reason.WRONG_APP_IDS),
    ],
)
def test_an_organization_id_that_does_not_look_like_one_is_the_first_suspect_until_a_token_comes(
    method: RenewalMethod, availability: Availability, reason: Reason
) -> None:
    """It was doubted before it was saved, and nobody named it again."""
    known = lacking(refresh_token=None)
    odd = replace(known, app=replace(known.app, target_org_id="Y2lz-cut-off"))
    facts = but(
        DEAD,
        credentials=odd,
        availabilities=closed(Availability.MISSING) | {method: availability},
    )
    health = judge(facts)
    assert (health.reason, health.who) == (reason, Fixer.YOU)
    assert health.detail == "the organization id does not look like one"
    assert judge(replace(facts, credentials=known)).detail == ""
    signed_in = replace(lacking(), app=odd.app)
    assert judge(but(credentials=signed_in)).detail == ""


@pytest.mark.parametrize("method", RenewalMethod)
def test_one_ready_rung_is_enough_to_hope(method: RenewalMethod) -> None:
    """A dead token that one rung could still renew is amber, whichever rung it is."""
    ready = closed(Availability.DEAD) | {method: Availability.READY}
    assert judge(but(DEAD, availabilities=ready)).row == 4


@pytest.mark.parametrize(
    "method",
    [method for method in RenewalMethod if method is not RenewalMethod.INTEGRATION_REFRESH],
    ids=str,
)
def test_the_service_apps_secret_is_blamed_for_each_of_its_rungs(method: RenewalMethod) -> None:
    """Every rung presents it but one, which presents the integration's."""
    health = judge(but(DEAD, availabilities=closed(Availability.WRONG_CLIENT, method)))
    assert health.reason is Reason.WRONG_APP_SECRET


@pytest.mark.parametrize(
    ("methods", "row"),
    [
        (NO_RIGHT, 9),
        ({RenewalMethod.MINT_PASTED: Availability.FORBIDDEN}, 11),
        (
            {
                RenewalMethod.MINT_PASTED: Availability.FORBIDDEN,
                RenewalMethod.INTEGRATION_REFRESH: Availability.TRIED,
            },
            11,
        ),
        ({**NO_RIGHT, RenewalMethod.MINT_PASTED: Availability.READY}, 11),
        ({**NO_RIGHT, RenewalMethod.MINT_CANDIDATE: Availability.READY}, 11),
        ({**NO_RIGHT, RenewalMethod.MINT_CANDIDATE: Availability.FORBIDDEN}, 9),
    ],
)
def test_one_account_that_may_mint_is_enough(
    methods: dict[RenewalMethod, Availability], row: int
) -> None:
    """The other's missing right is nobody's worry."""
    assert judge(but(availabilities=READY | methods)).row == row


@pytest.mark.parametrize("availability", [Availability.WRONG_CLIENT, Availability.BAD_REQUEST])
def test_a_spare_way_up_that_a_config_fault_closes_is_amber(availability: Availability) -> None:
    """It works today, and a person can mend it before it is needed."""
    assert judge(but(availabilities=READY | {RenewalMethod.MINT_PASTED: availability})).row == 9


def test_a_pasted_token_that_has_ended_alone_is_no_trouble() -> None:
    """Portal tokens end after twelve hours; where another rung is ready, that is green."""
    assert (
        judge(but(availabilities=READY | {RenewalMethod.MINT_PASTED: Availability.DEAD})).row == 11
    )


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
    availabilities = closed(Availability.DEAD) if dead else READY
    health = judge(but(rejected=dead, availabilities=availabilities, config_fault="a is missing"))
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
    assert (health.row, health.reason, health.who) == (1, Reason.NOT_SET_UP, Fixer.YOU)
    assert (health.colour, health.shape) == LOOKS[1]
    assert (health.detail, health.links) == (detail, ())


def test_near_its_end_with_no_rung_left_the_cause_is_named_not_the_failure() -> None:
    """`Refresh token now` would be idle advice where no rung can act."""
    facts = but(**IN_WINDOW_AND_FAILING, availabilities=closed(Availability.DEAD))
    assert (judge(facts).row, judge(facts).reason) == (8, Reason.SIGN_IN_ENDED)
    assert judge(facts).due_at == NOW + 2 * DAY


def test_no_sign_in_is_asked_for_where_no_integration_is_configured() -> None:
    """Rung 1 renews by itself: green without any integration."""
    assert judge(but(credentials=NO_SIGN_IN)).row == 11


def test_a_sign_in_without_its_client_secret_is_amber() -> None:
    """What a person configured cannot work, though nothing needs it yet."""
    health = judge(but(credentials=lacking(client_secret=None)))
    assert (health.row, health.reason) == (8, Reason.INTEGRATION_SECRET_MISSING)


@pytest.mark.parametrize("lost", [{"refresh_token": None}, {}])
def test_nobody_is_asked_to_sign_in_without_the_client_secret_that_it_takes(
    lost: dict[str, Any],
) -> None:
    """The page would open and the code could not be exchanged: the secret comes first."""
    creds = lacking(client_secret=None, **lost)
    for facts in (but(credentials=creds), but(DEAD, availabilities=closed(Availability.DEAD))):
        judged = judge(but(facts, credentials=creds))
        assert (judged.reason, judged.who) == (
            Reason.INTEGRATION_SECRET_MISSING,
            Fixer.DEVELOPER,
        )


# --- a sign-in that has not proven itself ---------------------------------------------------------

NO_SIGN_IN_IN_TIME: dict[str, dict[str, Any]] = {
    "missing": {"credentials": lacking(refresh_token=None)},
    "refused": {"availabilities": READY | {RenewalMethod.INTEGRATION_REFRESH: Availability.DEAD}},
    "over": {"lifespans": with_life(SIGN_IN, NOW - 90 * DAY, NOW)},
    "due": {"lifespans": with_life(SIGN_IN, NOW - 80 * DAY, NOW + 10 * DAY)},
}


@pytest.mark.parametrize("old", NO_SIGN_IN_IN_TIME.values(), ids=NO_SIGN_IN_IN_TIME)
def test_who_has_just_signed_in_is_not_asked_to(old: dict[str, Any]) -> None:
    """Whatever became of the sign-in before: the new one is about to be proven."""
    facts = but(**old)
    assert judge(facts).row == 8
    anew = but(
        facts,
        availabilities={**facts.availabilities, RenewalMethod.MINT_CANDIDATE: Availability.READY},
    )
    assert judge(anew).row == 11


def test_a_sign_in_alone_is_a_way_up() -> None:
    """Dead, and nothing else left: it is being repaired."""
    only = closed(Availability.DEAD) | {RenewalMethod.MINT_CANDIDATE: Availability.READY}
    health = judge(but(DEAD, availabilities=only, credentials=lacking(refresh_token=None)))
    assert (health.row, health.reason, health.who) == (4, Reason.RENEWING, Fixer.ITSELF)


WITHOUT_CANDIDATE: list[tuple[Observations, Reason]] = [
    (but(availabilities=closed(Availability.DEAD)), Reason.SIGN_IN_ENDED),
    (
        but(availabilities=closed(Availability.MISSING), credentials=lacking(refresh_token=None)),
        Reason.SIGN_IN_MISSING,
    ),
    (
        but(availabilities=closed(Availability.DEAD), credentials=lacking(client_secret=None)),
        Reason.INTEGRATION_SECRET_MISSING,
    ),
    (
        but(availabilities=closed(Availability.FORBIDDEN, RenewalMethod.MINT_INTEGRATION)),
        Reason.FORBIDDEN,
    ),
]


@pytest.mark.parametrize(("facts", "reason"), WITHOUT_CANDIDATE)
@pytest.mark.parametrize("dead", [True, False])
def test_a_wrong_account_needs_no_administrator(
    facts: Observations, reason: Reason, dead: bool
) -> None:
    """Its 403 speaks of that account alone; a person is to sign in with the right one."""
    refused = {**facts.availabilities, RenewalMethod.MINT_CANDIDATE: Availability.FORBIDDEN}
    health = judge(but(facts, rejected=dead, availabilities=refused))
    never = reason is Reason.SIGN_IN_MISSING  # then it says all that is known
    expected = Reason.FORBIDDEN if never else reason
    assert (health.row, health.reason) == (1 if dead else 8, expected)
    assert health.who is not Fixer.ADMIN or not never


@pytest.mark.parametrize(
    ("availability", "reason"),
    [
        (Availability.WRONG_CLIENT, Reason.WRONG_APP_SECRET),
        (Availability.BAD_REQUEST, Reason.WRONG_APP_IDS),
    ],
)
def test_what_a_candidate_is_refused_for_the_configs_sake_is_the_configs_fault(
    availability: Availability, reason: Reason
) -> None:
    """Every mint presents these values; here it is the only one that has any token."""
    assert (
        judge(but(DEAD, availabilities=closed(availability, RenewalMethod.MINT_CANDIDATE))).reason
        is reason
    )


@often
@given(
    strategies.facts,
    st.sampled_from([Availability.FORBIDDEN, Availability.DEAD, Availability.TRIED]),
)
def test_a_sign_in_that_is_refused_leaves_everything_as_it_was(
    facts: Observations, availability: Availability
) -> None:
    """Whatever else is so, it is judged as if nobody had signed in; but if nobody ever had, the
    refusal is named."""
    before = but(
        facts,
        availabilities={**facts.availabilities, RenewalMethod.MINT_CANDIDATE: Availability.MISSING},
    )
    after = but(
        facts, availabilities={**facts.availabilities, RenewalMethod.MINT_CANDIDATE: availability}
    )
    expected = judge(before)
    if availability is Availability.FORBIDDEN and expected.reason is Reason.SIGN_IN_MISSING:
        doubt = FOREIGN_TOKEN if facts.foreign_org else expected.detail
        expected = replace(expected, reason=Reason.FORBIDDEN, detail=doubt)
    assert judge(after) == expected


BLAME = {
    TransportFailure.THROTTLED: Fixer.WEBEX,
    TransportFailure.SERVER_ERROR: Fixer.WEBEX,
    TransportFailure.BUSY: Fixer.ITSELF,
    TransportFailure.DNS: Fixer.NETWORK,
    TransportFailure.CONNECTION: Fixer.NETWORK,
    TransportFailure.TIMEOUT: Fixer.NETWORK,
    TransportFailure.TLS: Fixer.NETWORK,
    TransportFailure.PROXY: Fixer.NETWORK,
    TransportFailure.ODD_REPLY: Fixer.NETWORK,
    None: Fixer.YOU,
}


@pytest.mark.parametrize("failure", [*TransportFailure, None])
def test_every_trouble_has_somebody_who_can_end_it(failure: TransportFailure | None) -> None:
    """The same one, whether it stopped a renewal or a check."""
    assert judge(but(DEAD, renewing=Renewing(2, NOW, failure))).who is BLAME[failure]
    assert judge(but(confirmed_at=NOW - HOUR, check_failure=failure)).who is BLAME[failure]
