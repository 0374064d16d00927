"""The frozen values that travel from the outside world to the engine and on to a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.failures import Refusal, TransportFailure


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """A refusal, remembered: it belongs to the values that were presented, by `key`."""

    refusal: Refusal
    at: datetime


class RenewalMethod(StrEnum):
    """The ways up that need no person any more, in their order: what a person has begun by
    signing in is finished first. `number` counts as the documents do."""

    MINT_CANDIDATE = "mint-candidate"
    SERVICE_REFRESH = "service-refresh"
    MINT_PASTED = "mint-pasted"
    MINT_INTEGRATION = "mint-integration"
    INTEGRATION_REFRESH = "integration-refresh"

    @property
    def number(self) -> int:
        """1 service app refresh, 2 mint, 3 integration refresh, 4 sign-in."""
        numbers = {
            RenewalMethod.SERVICE_REFRESH: 1,
            RenewalMethod.INTEGRATION_REFRESH: 3,
            RenewalMethod.MINT_CANDIDATE: 4,
        }
        return numbers.get(self, 2)


class Availability(StrEnum):
    """Whether a rung could act alone, and if not, why."""

    READY = "ready"
    MISSING = "missing"
    DEAD = "dead"
    FORBIDDEN = "forbidden"
    WRONG_CLIENT = "wrong-client"
    BAD_REQUEST = "bad-request"
    LOCKED = "locked"
    TRIED = "tried"
    UNSAVED = "unsaved"  # what it brings would be lost: no store, and the program ends soon


# --- what is known, and what it means ---------------------------------------------------------


class StoreState(StrEnum):
    """What the secret store can do for us."""

    DURABLE = "durable"
    LOCKED = "locked"
    MEMORY = "memory"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Renewing:
    """Failed renewals in a row: how many, since when (UTC), and why the last one."""

    failures: int = 0
    since: datetime | None = None
    failure: TransportFailure | None = None
