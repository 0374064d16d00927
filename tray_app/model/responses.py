"""Successful responses of Webex."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from tray_app.model.data_sources import DataSource
    from tray_app.model.secret import Secret


class Verdict(StrEnum):
    """The result of a check of the token."""

    WORKS = "works"
    UNDER_SCOPED = "under-scoped"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """An answered check. `skew`: Webex's clock minus ours, None without a Date header; `sources`:
    the data sources, None if the response has no list (not the same as an empty list)."""

    verdict: Verdict
    skew: timedelta | None = None
    tracking_id: str = ""
    sources: tuple[DataSource, ...] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens from a token endpoint. Lifetimes count from now, None if not reported or absurd;
    `scopes`: None if not reported."""

    access: Secret
    access_life: timedelta | None
    refresh: Secret | None
    refresh_life: timedelta | None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The account of a token. "" for what Webex did not report."""

    name: str = ""
    email: str = ""
    org_uuid: str = ""


UNKNOWN_PERSON = Person()
