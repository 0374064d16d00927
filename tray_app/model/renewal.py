"""Renewal methods, whether they are available, and failed renewals."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.failures import Refusal, TransportFailure


@dataclass(frozen=True, slots=True)
class RecordedRefusal:
    """A refusal and when it was received (UTC)."""

    refusal: Refusal
    at: datetime


class RenewalMethod(StrEnum):
    """The renewal methods that need no person, in the order in which they are tried: a new sign-in
    is completed first."""

    MINT_CANDIDATE = "mint-candidate"
    SERVICE_REFRESH = "service-refresh"
    MINT_PASTED = "mint-pasted"
    MINT_INTEGRATION = "mint-integration"
    INTEGRATION_REFRESH = "integration-refresh"

    @property
    def number(self) -> int:
        """The number in docs/guide.md, "How the token is renewed"."""
        return _NUMBERS[self]


_NUMBERS = {
    RenewalMethod.SERVICE_REFRESH: 1,
    RenewalMethod.MINT_PASTED: 2,
    RenewalMethod.MINT_INTEGRATION: 2,
    RenewalMethod.INTEGRATION_REFRESH: 3,
    RenewalMethod.MINT_CANDIDATE: 4,
}


class Availability(StrEnum):
    """Whether a method can act without a person, and if not, why."""

    READY = "ready"
    MISSING = "missing"
    DEAD = "dead"
    FORBIDDEN = "forbidden"
    WRONG_CLIENT = "wrong-client"
    BAD_REQUEST = "bad-request"
    LOCKED = "locked"
    TRIED = "tried"
    UNSAVED = "unsaved"  # the new tokens would be lost: no store, and the program ends soon


class StoreState(StrEnum):
    """The state of the secret store."""

    DURABLE = "durable"
    LOCKED = "locked"
    MEMORY = "memory"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Renewing:
    """Failed renewals in a row: how many, since when (UTC), and why the last one failed; `trace`:
    HTTP status and tracking id of that response, "" if there was none."""

    failures: int = 0
    since: datetime | None = None
    failure: TransportFailure | None = None
    trace: str = field(default="", compare=False)
