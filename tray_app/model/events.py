"""What happens to one profile, as the history keeps it: changes only, and never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.health import Health, Reason
    from tray_app.model.renewal import RenewalMethod
    from tray_app.model.secret import Secret
    from tray_app.model.signs import Colour


class EventType(StrEnum):
    """The kinds of events. A new one needs its sentence in `history_wording`."""

    HEALTH = "health"
    CONFIRMED = "token-confirmed"
    DIED = "token-died"
    ANSWERED = "webex-answers"
    UNANSWERED = "webex-unanswered"
    RENEWAL = "rung"
    ADOPTED = "env-adopted"
    REFRESH_ADOPTED = "env-refresh-adopted"
    WRITTEN_BACK = "env-written-back"
    CONFIG_READ = "config-read"
    CONFIG_FAULTY = "config-faulty"
    SECRETS_MOVED = "secrets-moved"
    SIGN_IN = "sign-in"
    EXTENDED = "data-source-extended"


_STREAMS = {EventType.ANSWERED: "webex", EventType.UNANSWERED: "webex"}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at `at` (UTC). Empty is what says nothing.

    `colour`, `row` and `reason` are those of a verdict; `method`: which one was tried; `outcome`:
    how it ended, by the name that its own kind has for that (GRANTED, a refusal, a trouble, an
    ending); `fingerprint`: the token's (8 hex digits); `tracking_id`: Webex's support id; `detail`:
    a few words that the other fields do not have.
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
        """Which lasting state it is about: of two in a row that say the same, one is kept."""
        return _STREAMS.get(self.event_type, str(self.event_type))

    @property
    def is_implied_initially(self) -> bool:
        """Whether a strand begins in this state: it is worth a word only after another one."""
        return self.event_type is EventType.ANSWERED

    def says_the_same(self, other: Event) -> bool:
        """Whether both say the same of a lasting state, whenever and of whichever token."""
        return self._state == other._state

    @property
    def _state(self) -> tuple[object, ...]:
        return (
            self.event_type,
            self.colour,
            self.row,
            self.reason,
            self.method,
            self.outcome,
            self.detail,
        )


def verdict(health: Health, token: Secret | None, now: datetime) -> Event:
    """Return the event of a verdict on `token`."""
    return Event(
        now,
        EventType.HEALTH,
        colour=health.colour,
        row=health.row,
        reason=health.reason,
        fingerprint=token.fingerprint if token else "",
        detail=health.problem.watched.name if health.problem else "",
    )
