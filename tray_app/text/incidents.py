"""An incident that Webex reports, in words."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.model.events import Event
from tray_app.model.health import Health
from tray_app.model.incident import Incident
from tray_app.text.lengths import shorten
from tray_app.text.times import clock

_IN_HEADLINE = 60
"""The most characters of its name in a headline."""


def incident_line(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say what Webex reports, "" if nothing."""
    return _sentence(health.incident, now, zone) if health.incident else ""


def cause(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Say in few words what Webex reports, as the reason of the failure; "" if nothing."""
    incident = health.incident
    if incident is None or health.failure is None:
        return ""
    short = Incident(shorten(incident.name, _IN_HEADLINE), incident.since)
    return _sentence(short, now, zone)


def past_incident(event: Event) -> str:
    """Return the sentence of the history. `event`: of an incident."""
    try:
        since = datetime.fromisoformat(event.outcome) if event.outcome else None
    except ValueError:  # written by a later version
        since = None
    return _sentence(Incident(event.detail, since), event.at, None)


def _sentence(incident: Incident, now: datetime, zone: tzinfo | None) -> str:
    since = f" since {clock(incident.since, now, zone)}" if incident.since else ""
    others = f" (and {incident.others} more)" if incident.others else ""
    return f"Webex reports an incident{since}: {incident.name}{others}"
