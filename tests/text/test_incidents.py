"""An incident in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from tests.policy.judging import judge
from tests.policy.samples import GOOD, NOW
from tray_app.model.events import Event, EventType, reported
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Health
from tray_app.model.incident import Incident
from tray_app.text import menu
from tray_app.text.health import headline
from tray_app.text.history import sentence
from tray_app.text.incidents import incident_line
from tray_app.text.report import report

INCIDENT = Incident("APIs fail", NOW - timedelta(hours=2, minutes=48))
SAID = "Webex reports an incident since 09:12: APIs fail"


@pytest.fixture
def unanswered() -> Health:
    """Never confirmed, since Webex answers with an error."""
    failure = TransportFailure.SERVER_ERROR
    return judge(replace(GOOD, confirmed_at=None, check_failure=failure, incident=INCIDENT))


def test_the_headline_names_it_in_place_of_the_failure(unanswered: Health) -> None:
    assert headline(unanswered, NOW, UTC) == f"Cannot check the token: {SAID}"
    without = replace(unanswered, incident=None)
    assert headline(without, NOW, UTC).endswith("Webex answered with an error")


def test_the_menu_has_less_room(unanswered: Health) -> None:
    assert menu.headline(unanswered, NOW, UTC) == "Cannot check: Webex has an incident"


def test_status_and_programs_get_the_whole_name(unanswered: Health) -> None:
    name = "APIs fail " * 15
    health = replace(unanswered, incident=Incident(name.strip(), INCIDENT.since, 2))
    found = report(health, None, NOW, UTC)
    line = f"reports an incident since 09:12: {name.strip()} (and 2 more)"
    assert ["Webex", line, ""] in found["lines"]
    assert found["object"]["incident"] == {"name": name.strip(), "since": "2026-03-10T09:12:00Z"}
    assert len(found["object"]["headline"]) < 130


def test_without_an_incident_nothing_is_said(unanswered: Health) -> None:
    health = replace(unanswered, incident=None)
    assert incident_line(health, NOW, UTC) == ""
    assert report(health, None, NOW, UTC)["object"]["incident"] is None


def test_a_start_that_is_not_said_is_not_shown(unanswered: Health) -> None:
    health = replace(unanswered, incident=Incident("APIs fail"))
    assert incident_line(health, NOW, UTC) == "Webex reports an incident: APIs fail"


def test_history_has_it_with_its_start() -> None:
    said = sentence(reported(INCIDENT, NOW))
    assert said.startswith("Webex reports an incident since ")
    assert said.endswith(": APIs fail")
    assert "since" not in sentence(reported(Incident("APIs fail"), NOW))
    odd = Event(NOW, EventType.INCIDENT, outcome="later", detail="APIs fail")
    assert sentence(odd) == "Webex reports an incident: APIs fail"
