"""A line a change: what it says, how severe it is, and what is no change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.policy.judging import judge
from tests.policy.samples import GOOD, NOW, but, closed
from tests.policy.situation import DEAD, Situation
from tests.policy.situations import SITUATIONS
from tray_app.cli.status import differs, health_line
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Reason
from tray_app.model.renewal import Availability, RenewalMethod, Renewing
from tray_app.model.signs import Colour


def test_all_is_well_is_a_short_line() -> None:
    line = health_line(judge(GOOD), NOW)
    assert line.text.startswith("green: Token works until ")
    assert line.severity == 6


def test_what_is_wrong_comes_with_the_next_step_and_whose_it_is() -> None:
    line = health_line(judge(but(DEAD, availabilities=closed(Availability.MISSING))), NOW)
    assert line.text.startswith("red: Webex token rejected: ")
    assert ". Next (you): " in line.text
    assert line.severity == 3


def test_a_renewal_names_its_rung() -> None:
    line = health_line(judge(GOOD), NOW, RenewalMethod.SERVICE_REFRESH)
    assert line.text.startswith(
        "green: Renewed with the service app's refresh token. Token works until "
    )


@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_each_situation_is_one_line(situation: Situation) -> None:
    """What passes by itself is a notice, the rest as bad as its colour."""
    health = judge(situation.facts)
    line = health_line(health, NOW)
    assert line.text.isprintable()
    assert ".." not in line.text
    severities = {Colour.GREEN: 6, Colour.AMBER: 4, Colour.RED: 3}
    passing = (Reason.CHECKING, Reason.CANNOT_CHECK, Reason.RENEWING)
    assert line.severity == (5 if health.reason in passing else severities[health.colour])


def test_the_time_of_a_check_or_of_the_next_try_is_no_change() -> None:
    """A line every five minutes would be read by nobody."""
    health = judge(GOOD)
    later = replace(
        health,
        checked_at=NOW,
        confirmed_at=NOW,
        next_try_at=NOW,
        unanswered=TransportFailure.DNS,
        renewing=Renewing(1),
        links=(),
    )
    assert not differs(health, later)


@pytest.mark.parametrize(
    "change",
    [
        {"until": NOW},
        {"detail": "other"},
        {"failure": TransportFailure.DNS},
        {"due_at": NOW},
        {"row": 8},
    ],
    ids=str,
)
def test_what_a_line_tells_is_a_change(change: dict[str, object]) -> None:
    health = judge(GOOD)
    assert differs(health, replace(health, **change))  # type: ignore[arg-type]
    assert differs(health, replace(health, until=NOW + timedelta(days=1)))
