"""The status page's feed. In reality it is another host's: it knows no token, and stays up when
Webex is down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Response, jsonify, request

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.sandbox.clock import Clock

UNRESOLVED = "unresolved-incidents"
"""The name of its route."""


@dataclass(frozen=True)
class Incident:
    """An incident. `impact`: critical, major, minor or none; `since`: UTC."""

    name: str
    impact: str
    since: datetime
    status: str = "investigating"


class StatusPage:
    """The incidents that Webex reports, and who has asked for them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.incidents: list[Incident] = []
        self.visits: list[dict[str, str]] = []
        """The headers of each request, in lower case."""

    def report(self, name: str, impact: str = "major") -> None:
        """Report an incident from now on."""
        self.incidents.append(Incident(name, impact, self._clock()))

    def resolve_all(self) -> None:
        """Report no incident any more."""
        self.incidents.clear()

    def unresolved(self) -> Response:
        """Answer GET /status/unresolved-incidents.json."""
        self.visits.append({name.lower(): value for name, value in request.headers})
        return jsonify(incidents=[_listed(each) for each in self.incidents])


def _listed(incident: Incident) -> dict[str, object]:
    since = incident.since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": uuid4().hex,
        "name": incident.name,
        "impact": incident.impact,
        "status": incident.status,
        "incidentType": "INCIDENT",
        "commercial": True,
        "fedRAMP": False,
        "created_at": since,
        "start_at": since,
        "end_at": since,
        "updated_at": since,
        "resolved_at": None,
        "components": [],
        "incident_updates": [{"body": incident.name, "status": incident.status}],
    }
