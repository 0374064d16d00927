"""Facts to judge: a profile on which all is well, and changes to it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings

from tray_app.model.credentials import (
    Credentials,
    Effect,
    Integration,
    Lifespan,
    Pair,
    ServiceApp,
    Usage,
)
from tray_app.model.data_sources import Claims, DataSource
from tray_app.model.health import Observations
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.secret import Secret

PROFILE = os.environ.get("HYPOTHESIS_PROFILE")
EXAMPLES = {"long": 10_000, "few": 30}

often = settings(max_examples=EXAMPLES.get(PROFILE or "", 50), deadline=None)
"""How many examples a rule gets: HYPOTHESIS_PROFILE=long asks for 10,000; "few" is for what runs
the tests thousands of times."""

each = settings(max_examples=EXAMPLES.get(PROFILE or "", 25), deadline=None)
"""The same for a rule that is asked once for each of many cases."""

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)

ACCESS, REFRESH = Secret("value-of-access"), Secret("value-of-refresh")
PASTED, PERSONAL, SIGN_IN = Secret("value-pasted"), Secret("value-minting"), Secret("value-signed")
CANDIDATE = Pair(Secret("value-just-signed"), Secret("value-just-signed-refresh"))
APP_SECRET, INTEGRATION_SECRET = Secret("value-of-app"), Secret("value-of-integration")

ORG = "1f2e3d4c-0000-4000-8000-0123456789ab"

CREDENTIALS = Credentials(
    app=ServiceApp("app-id", "app-client", APP_SECRET, ORG),
    pair=Pair(ACCESS, REFRESH),
    personal_token=PASTED,
    integration=Integration("integration-client", INTEGRATION_SECRET, SIGN_IN),
    integration_access=PERSONAL,
)
SIGNED_IN = replace(CREDENTIALS, candidate=CANDIDATE)
"""Somebody has just signed in; whether that account may mint for this app is not known yet."""

PROVEN = tuple(method for method in RenewalMethod if method is not RenewalMethod.MINT_CANDIDATE)
READY = dict.fromkeys(PROVEN, Availability.READY) | {
    RenewalMethod.MINT_CANDIDATE: Availability.MISSING
}
GOOD = Observations(
    credentials=CREDENTIALS,
    token=ACCESS,
    availabilities=READY,
    lifespans={
        ACCESS.digest: Lifespan(NOW - DAY, NOW + 13 * DAY),
        REFRESH.digest: Lifespan(NOW - DAY, NOW + 89 * DAY),
        PERSONAL.digest: Lifespan(NOW - DAY, NOW + 13 * DAY),
        SIGN_IN.digest: Lifespan(NOW - DAY, NOW + 89 * DAY),
    },
    confirmed_at=NOW - 2 * MINUTE,
    checked_at=NOW - 2 * MINUTE,
    skew=timedelta(seconds=1),
    next_try_at=NOW + 3 * MINUTE,
)


def source_until(ends: datetime | None, place: str = "orders", **changes: Any) -> DataSource:
    """A data source with a token of a day, as record and JWS agree on."""
    url = f"https://byods.example.com/{place}"
    claims = Claims(
        audience="Example",
        subject="callAudioData",
        url=url,
        schema_id="5397013b-7920-4ffc-807c-e8a3e0a18f43",
        org_uuid=ORG,
        began=ends - DAY if ends else None,
        ends=ends,
    )
    source = DataSource(
        id=f"{place}-0123-4567",
        url=url,
        schema_id=claims.schema_id,
        audience=claims.audience,
        subject=claims.subject,
        status="active",
        ends=ends,
        lifetime=DAY,
        claims=claims,
    )
    return replace(source, **changes)


FRESH = source_until(NOW + 20 * HOUR)
NEAR = source_until(NOW + 30 * MINUTE)
STOPPED = source_until(NOW - HOUR, "calls")
CONTRADICTED = replace(FRESH, url="https://byods.example.com/other")


def but(facts: Observations = GOOD, **changes: Any) -> Observations:
    """The same facts with these changes."""
    return replace(facts, **changes)


def closed(
    availability: Availability, *methods: RenewalMethod
) -> dict[RenewalMethod, Availability]:
    """Standings in which these rungs (all, if none is named) stand so; the rest is missing."""
    return dict.fromkeys(RenewalMethod, Availability.MISSING) | dict.fromkeys(
        methods or RenewalMethod, availability
    )


def with_life(token: Secret, began: datetime, ends: datetime) -> dict[str, Lifespan]:
    """The good lifespans, with this one instead."""
    return {**GOOD.lifespans, token.digest: Lifespan(began, ends)}


def used(
    token: Secret, effect: Effect, at: datetime = NOW - DAY, facts: Observations = GOOD
) -> dict[str, Usage]:
    """The usages of these facts, with a renewal by this token."""
    return {**facts.usages, token.digest: Usage(NOW - 30 * DAY, at, effect)}


def without(**changes: Any) -> Credentials:
    """The credentials with these changes."""
    return replace(CREDENTIALS, **changes)


def lacking(**changes: Any) -> Credentials:
    """The credentials with these changes to the integration."""
    assert CREDENTIALS.integration is not None
    return replace(CREDENTIALS, integration=replace(CREDENTIALS.integration, **changes))
