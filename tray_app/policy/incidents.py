"""Webex's status feed: when it is asked, and what follows (docs/webex-api.md, "Status feed")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tray_app.model.failures import TransportFailure
from tray_app.model.incident import Incident
from tray_app.model.printable import one_line

ASK_AGAIN = timedelta(minutes=5)
"""How long to wait before the feed is asked again."""

_GOOD_FOR = timedelta(minutes=15)
"""How long an answer counts while the feed does not give another one."""

_EXPLAINED = (
    TransportFailure.SERVER_ERROR,
    TransportFailure.CONNECTION,
    TransportFailure.TIMEOUT,
)
_IMPACTS = ("none", "minor", "major", "critical")
_LONGEST_NAME = 200
_MOST = 100
"""Incidents to read."""


def may_explain(failure: TransportFailure | None) -> bool:
    """Whether an incident may be why Webex gave no answer. If the network is missing, the feed does
    not answer either."""
    return failure in _EXPLAINED


def still_counts(heard_at: datetime, now: datetime) -> bool:
    """Whether an answer of the feed still counts. One from the future does not: the clock has been
    set back since."""
    return timedelta(0) <= now - heard_at < _GOOD_FOR


def parse_incidents(body: Mapping[str, object]) -> Incident | None:
    """Return the worst incident of the feed, of several the newest; None if it reports none.

    Raises ValueError if this is no feed.
    """
    listed = body.get("incidents")
    if not isinstance(listed, list):
        raise ValueError("no list of incidents")  # noqa: TRY004 - not our own value
    found = [each for each in listed[:_MOST] if isinstance(each, dict) and _is_current(each)]
    if not found:
        return None
    worst = max(found, key=_weight)
    return Incident(_name(worst), _since(worst), len(found) - 1)


def _is_current(incident: Mapping[str, object]) -> bool:
    """Whether it concerns the commercial Webex, is no maintenance, and is not over."""
    is_over = incident.get("status") in ("resolved", "completed") or incident.get("resolved_at")
    kind = incident.get("incidentType", "INCIDENT")
    return not is_over and kind == "INCIDENT" and incident.get("commercial") is not False


def _weight(incident: Mapping[str, object]) -> tuple[int, float]:
    impact, since = incident.get("impact"), _since(incident)
    weight = _IMPACTS.index(impact) if isinstance(impact, str) and impact in _IMPACTS else 0
    return weight, since.timestamp() if since else 0.0


def _name(incident: Mapping[str, object]) -> str:
    name = incident.get("name")
    text = one_line(name[:1000]) if isinstance(name, str) else ""
    return text[:_LONGEST_NAME].rstrip() or "without a name"


def _since(incident: Mapping[str, object]) -> datetime | None:
    for key in ("start_at", "created_at"):
        text = incident.get(key)
        try:
            at = datetime.fromisoformat(text[:40]) if isinstance(text, str) else None
            if at is not None and at.tzinfo is not None:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
