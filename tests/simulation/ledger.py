"""What is counted: time with a dead token in `.env`, sign-ins, requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tests.simulation.calendar import HOUR, MINUTE


class Because(StrEnum):
    """Why the token in `.env` was dead while the machine was awake and Webex answered."""

    NOTICED = "not noticed yet"  # at most one interval since it was revoked, or since waking
    PERSON = "waiting for a person"
    ADMIN = "the app is not authorized"
    AVOIDABLE = "avoidable"  # its end could be foreseen, or it was not renewed when it could be


@dataclass
class Ledger:
    """The sums of one life."""

    dead: Counter[Because] = field(default_factory=Counter)
    curve: list[tuple[datetime, float]] = field(default_factory=list)
    """How many hours the token had been dead by then."""
    avoidable: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When it was dead though that could be avoided."""
    sign_ins: list[datetime] = field(default_factory=list)
    avoidable_sign_ins: int = 0
    checks: int = 0
    renewals: int = 0
    requests: int = 0
    intervals: float = 0
    """How many checks the time awake has room for, with one for each start and each waking."""
    crowded: int = 0
    """Checks that came sooner than an interval after the last, although that one was answered,
    nothing was renewed at it and the machine had not slept in between."""

    def note_dead(self, begin: datetime, end: datetime, because: Because) -> None:
        """The token was dead from then till then."""
        self.dead[because] += int((end - begin) / timedelta(milliseconds=1))
        if not self.curve or self.curve[-1][0] < begin:
            self.curve.append((begin, self.hours))
        self.curve.append((end, self.dead_hours))
        if because is Because.AVOIDABLE:
            self.avoidable.append((begin, end))

    @property
    def hours(self) -> float:
        """The last point of the curve."""
        return self.curve[-1][1] if self.curve else 0.0

    @property
    def dead_hours(self) -> float:
        """Whatever the reason, but for the one that nothing here could help."""
        helpless = self.dead[Because.ADMIN]
        return (sum(self.dead.values()) - helpless) * timedelta(milliseconds=1) / HOUR

    def minutes(self, because: Because) -> float:
        """For this reason."""
        return self.dead[because] * timedelta(milliseconds=1) / MINUTE
