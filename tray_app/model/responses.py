"""What Webex said: the values that the HTTP adapter hands to the engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from tray_app.model.data_sources import DataSource
    from tray_app.model.secret import Secret


class Verdict(StrEnum):
    """What a probe says about the token."""

    WORKS = "works"
    UNDER_SCOPED = "under-scoped"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Probe:
    """An answered probe. `skew`: Webex's clock minus ours, None without a Date header; `sources`:
    the data sources, None where the answer lists none (not the same as an empty list)."""

    verdict: Verdict
    skew: timedelta | None = None
    tracking_id: str = ""
    sources: tuple[DataSource, ...] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token endpoint gave. Lives are timedeltas from now, None when not told or absurd;
    `scopes` is None where the answer did not name them."""

    access: Secret
    access_life: timedelta | None
    refresh: Secret | None
    refresh_life: timedelta | None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Whose account a token belongs to. "" for what Webex did not say."""

    name: str = ""
    email: str = ""
    org_uuid: str = ""


UNKNOWN_PERSON = Person()
