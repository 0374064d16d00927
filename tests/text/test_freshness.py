"""Why a token is not fresh enough, in one sentence."""

from __future__ import annotations

from dataclasses import replace
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
    READY,
    but,
    closed,
    with_life,
)
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Observations
from tray_app.model.renewal import Availability, Renewing
from tray_app.model.settings import DEFAULT_MIN_TTL
from tray_app.policy.freshness import Shortfall, shortfall
from tray_app.text.freshness import sentence
from tray_app.text.times import clock

UNTOLD = but(lifespans={})
DOWN = but(check_failure=TransportFailure.CONNECTION)
FAILED = Renewing(1, NOW, TransportFailure.CONNECTION)
SOON = but(lifespans=with_life(ACCESS, NOW - DAY, NOW + 5 * MINUTE))


@pytest.mark.parametrize(
    ("facts", "least", "words"),
    [
        (
            but(rejected=True, availabilities=closed(Availability.MISSING)),
            DEFAULT_MIN_TTL,
            ["Webex token rejected: ", ". Next (you): ", "."],
        ),
        (
            but(SOON, renewing=FAILED),
            DEFAULT_MIN_TTL,
            ["The token expires ", ", in less than 10m: not renewed, Webex cannot be reached."],
        ),
        (
            but(SOON, renewing=Renewing(1, NOW)),
            HOUR,
            [", in less than 1h: not renewed, no renewal method worked."],
        ),
        (GOOD, 30 * DAY, [", in less than 30d: a new token would not last longer."]),
        (
            DOWN,
            DEFAULT_MIN_TTL,
            ["The token is not confirmed: Webex cannot be reached; it expires "],
        ),
        (
            but(UNTOLD, confirmed_at=None),
            DEFAULT_MIN_TTL,
            ["not confirmed: Webex was not asked; its expiry is unknown."],
        ),
        (
            but(UNTOLD, renewing=FAILED),
            DEFAULT_MIN_TTL,
            ["works, but its expiry is unknown: not renewed, Webex cannot be reached."],
        ),
    ],
)
def test_the_sentence_says_what_is_lacking_and_why(
    facts: Observations, least: timedelta, words: list[str]
) -> None:
    health = judge(facts)
    found = shortfall(health, NOW, least)
    assert found is not None
    said = sentence(found, health, NOW, least)
    for piece in words:
        assert piece in said
    assert said.endswith(".")
    assert ".." not in said
    assert "\n" not in said


def test_a_dead_token_with_nothing_to_be_done_by_a_person_is_one_sentence() -> None:
    health = replace(judge(but(rejected=True, availabilities=READY)), who=None)
    assert (
        sentence(Shortfall.DEAD, health, NOW, DEFAULT_MIN_TTL) == "Webex token rejected, renewing."
    )


def test_the_end_is_said_as_a_clock_shows_it() -> None:
    health = judge(GOOD)
    said = sentence(Shortfall.TOO_SHORT, health, NOW, 30 * DAY)
    assert health.until is not None
    assert said.startswith(f"The token expires {clock(health.until, NOW)}, in less than 30d: ")
