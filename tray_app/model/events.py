"""Events in the history of a profile: changes only, never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.health import Health, Reason
    from tray_app.model.incident import Incident
    from tray_app.model.renewal import RenewalMethod
    from tray_app.model.secret import Secret
    from tray_app.model.signs import Colour


class EventType(StrEnum):
    """A new type needs its sentence in text/history.py."""

    HEALTH = "health"
    CONFIRMED = "token-confirmed"
    DIED = "token-died"
    ANSWERED = "webex-answers"
    UNANSWERED = "webex-unanswered"
    RENEWAL = "rung"
    ADOPTED = "env-adopted"
    REFRESH_ADOPTED = "env-refresh-adopted"
    WRITTEN_BACK = "env-written-back"
    GIVEN = "tokens-given"
    CONFIG_READ = "config-read"
    CONFIG_FAULTY = "config-faulty"
    SECRETS_MOVED = "secrets-moved"
    SIGN_IN = "sign-in"
    EXTENDED = "data-source-extended"
    INCIDENT = "webex-incident"


_STREAMS = {EventType.ANSWERED: "webex", EventType.UNANSWERED: "webex"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event at `at` (UTC). Fields that do not apply are empty.

    `colour`, `row`, `reason`: of a health; `method`: the one that was tried; `outcome`: GRANTED,
    the value of a refusal, failure or sign-in result, or when an incident began; `fingerprint`: of
    the token (8 hex digits); `tracking_id`: Webex's support id; `detail`: anything else, in a few
    words.
    """

    at: datetime
    event_type: EventType
    colour: Colour | None = None
    row: int | None = None
    reason: Reason | None = None
    method: RenewalMethod | None = None
    outcome: str = ""
    fingerprint: str = ""
    tracking_id: str = ""
    detail: str = ""

    @property
    def stream(self) -> str:
        """The state that it is about: of two equal events in a row, only one is stored."""
        return _STREAMS.get(self.event_type, str(self.event_type))

    @property
    def is_implied_initially(self) -> bool:
        """Whether its stream starts in this state, so that only a return to it is stored."""
        return self.event_type is EventType.ANSWERED

    def says_the_same(self, other: Event) -> bool:
        """Whether both describe the same state, apart from time and token."""
        return self._state == other._state

    @property
    def _state(self) -> tuple[object, ...]:
        health = self.colour, self.row, self.reason
        return self.event_type, *health, self.method, self.outcome, self.detail


def reported(incident: Incident, now: datetime) -> Event:
    """Return the event for an incident that Webex reports."""
    since = incident.since.isoformat(timespec="seconds") if incident.since else ""
    return Event(now, EventType.INCIDENT, outcome=since, detail=incident.name)


def verdict(health: Health, token: Secret | None, now: datetime) -> Event:
    """Return the event for the health of `token`."""
    return Event(
        now,
        EventType.HEALTH,
        colour=health.colour,
        row=health.row,
        reason=health.reason,
        fingerprint=token.fingerprint if token else "",
        detail=health.problem.watched.name if health.problem else "",
    )
