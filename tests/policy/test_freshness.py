"""Whether a token lives long enough, whether a renewal may help, and the sentence if not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.policy.judging import judge
from tests.policy.samples import (
    ACCESS,
    DAY,
    GOOD,
    HOUR,
    MINUTE,
    NOW,
    TICK,
    but,
    with_life,
)
from tray_app.model.credentials import Lifespan
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Observations
from tray_app.model.settings import DEFAULT_MIN_TTL
from tray_app.policy.freshness import (
    Shortfall,
    calls_for_renewal,
    is_vouched_for,
    renewal_could_help,
    shortfall,
)
from tray_app.policy.health import not_set_up

UNTOLD = but(lifespans={})
DOWN = but(check_failure=TransportFailure.CONNECTION)
LACKING: list[tuple[str, Observations, timedelta, Shortfall | None]] = [
    ("all is well", GOOD, DEFAULT_MIN_TTL, None),
    ("it ends just then", GOOD, 13 * DAY, None),
    ("it ends a moment before", GOOD, 13 * DAY + TICK, Shortfall.TOO_SHORT),
    ("nothing is asked of its life", but(lifespans=with_life(ACCESS, NOW, NOW)), 0 * DAY, None),
    ("no token", but(token=None), DEFAULT_MIN_TTL, Shortfall.DEAD),
    ("rejected", but(rejected=True), DEFAULT_MIN_TTL, Shortfall.DEAD),
    ("rejected, and it would end soon", but(rejected=True), 30 * DAY, Shortfall.DEAD),
    (
        "expired",
        but(lifespans=with_life(ACCESS, NOW - DAY, NOW - HOUR), confirmed_at=NOW - 2 * HOUR),
        0 * DAY,
        Shortfall.DEAD,
    ),
    ("without the right to list data sources", but(under_scoped=True), DEFAULT_MIN_TTL, None),
    ("Webex did not answer", DOWN, DEFAULT_MIN_TTL, Shortfall.UNCONFIRMED),
    ("it did not answer, and it ends soon", DOWN, 14 * DAY, Shortfall.TOO_SHORT),
    ("never confirmed", but(confirmed_at=None), DEFAULT_MIN_TTL, Shortfall.UNCONFIRMED),
    ("nobody has told its end", UNTOLD, DEFAULT_MIN_TTL, Shortfall.END_NOT_KNOWN),
    (
        "nor did Webex answer",
        but(UNTOLD, check_failure=TransportFailure.DNS),
        DEFAULT_MIN_TTL,
        Shortfall.UNCONFIRMED,
    ),
    (
        "it has outlived what was told",
        but(lifespans=with_life(ACCESS, NOW - DAY, NOW - HOUR), confirmed_at=NOW - MINUTE),
        DEFAULT_MIN_TTL,
        Shortfall.END_NOT_KNOWN,
    ),
]


@pytest.mark.parametrize(
    ("facts", "least", "found"),
    [case[1:] for case in LACKING],
    ids=[case[0] for case in LACKING],
)
def test_what_a_token_lacks(facts: Observations, least: timedelta, found: Shortfall | None) -> None:
    assert shortfall(judge(facts), NOW, least) is found


def test_the_log_names_what_is_lacking() -> None:
    assert [str(found) for found in Shortfall] == [
        "dead",
        "too-short",
        "unconfirmed",
        "end-not-known",
    ]


def test_without_a_config_there_is_no_token() -> None:
    assert (
        shortfall(not_set_up(("serviceApp.appId is missing",)), NOW, DEFAULT_MIN_TTL)
        is Shortfall.DEAD
    )


def test_only_what_a_renewal_cures_calls_for_one() -> None:
    """Where Webex did not confirm the token it most likely renews none either."""
    assert [found for found in (*Shortfall, None) if calls_for_renewal(found)] == [
        Shortfall.DEAD,
        Shortfall.TOO_SHORT,
        Shortfall.END_NOT_KNOWN,
    ]


@pytest.mark.parametrize(
    ("life", "least", "helps"),
    [
        (None, DAY, True),
        (Lifespan(NOW - MINUTE, NOW - MINUTE + DAY), DAY, True),
        (Lifespan(NOW - MINUTE + TICK, NOW - MINUTE + TICK + DAY), DAY, False),
        (Lifespan(NOW - MINUTE, NOW - MINUTE + DAY), DAY + TICK, False),
        (Lifespan(NOW - DAY, NOW), 2 * DAY, True),
        (Lifespan(NOW - DAY + TICK, NOW), 2 * DAY, False),
    ],
)
def test_who_asks_for_as_much_as_tokens_live_or_more_does_not_renew_with_every_call(
    life: Lifespan | None, least: timedelta, helps: bool
) -> None:
    assert renewal_could_help(life, NOW, least) is helps


LONG = Lifespan(NOW - DAY, NOW + DAY)


@pytest.mark.parametrize(
    ("life", "confirmed_at", "vouched"),
    [
        (LONG, NOW, True),
        (LONG, NOW - 5 * MINUTE + TICK, True),
        (LONG, NOW - 5 * MINUTE, False),
        (LONG, None, False),
        (None, NOW, False),
        (Lifespan(NOW - DAY, NOW + DEFAULT_MIN_TTL), NOW, True),
        (Lifespan(NOW - DAY, NOW + DEFAULT_MIN_TTL - TICK), NOW, False),
        (LONG, NOW + MINUTE, True),
        (LONG, NOW + MINUTE + TICK, False),
        (Lifespan(NOW + MINUTE, NOW + DAY), NOW, True),
        (Lifespan(NOW + MINUTE + TICK, NOW + DAY), NOW, False),
    ],
)
def test_nobody_is_asked_where_a_fresh_check_and_a_told_life_vouch_for_it(
    life: Lifespan | None, confirmed_at: None, vouched: bool
) -> None:
    """What was noted while the clock was ahead, by more than clocks differ, vouches for nothing."""
    found = is_vouched_for(life, confirmed_at, NOW, least=DEFAULT_MIN_TTL, fresh=5 * MINUTE)
    assert found is vouched
