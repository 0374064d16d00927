"""Facts of every kind, most of them nearly good: else nearly all would be red."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from tests.policy.samples import (
    ACCESS,
    CANDIDATE,
    CREDENTIALS,
    DAY,
    FRESH,
    HOUR,
    MINUTE,
    NOW,
    PASTED,
    PERSONAL,
    READY,
    REFRESH,
    SIGN_IN,
    SIGNED_IN,
    TICK,
    lacking,
    without,
)
from tests.policy.situation import NO_APP_SECRET, NO_SIGN_IN
from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.data_sources import NO_CLAIMS, ExtensionFailure
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Observations
from tray_app.model.incident import Incident
from tray_app.model.renewal import Availability, RenewalMethod, Renewing, StoreState

T = TypeVar("T")

_near = [TICK, MINUTE - TICK, MINUTE, MINUTE + TICK, 5 * MINUTE, 15 * MINUTE]
_far = [HOUR, DAY, 3 * DAY, 14 * DAY, 90 * DAY]
spans = st.sampled_from(_near + _far) | st.integers(1, 100 * 86_400_000_000).map(
    lambda count: count * TICK
)


SOURCE_IDS = [f"{letter}-data-source" for letter in "abc"]


def mostly(good: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.one_of(st.just(good), st.just(good), st.just(good), other)


moments = st.builds(lambda span, sign: NOW + sign * span, spans, st.sampled_from([-1, -1, -1, 1]))
troubles = st.none() | st.sampled_from(TransportFailure)


def _life(began: datetime, length: timedelta) -> Lifespan:
    return Lifespan(began, began + length)


_lives = st.builds(_life, moments, spans)
_good_life = Lifespan(NOW - DAY, NOW + 13 * DAY)
_lifespans = st.fixed_dictionaries(
    {},
    optional={
        token.digest: mostly(_good_life, _lives)
        for token in (ACCESS, REFRESH, PASTED, PERSONAL, SIGN_IN, CANDIDATE.access)
    },
)
_usages = st.dictionaries(
    st.sampled_from([token.digest for token in (ACCESS, REFRESH, SIGN_IN)]),
    st.builds(Usage, moments, st.none() | moments, st.sampled_from(Effect)),
)
_credentials = st.sampled_from(
    [
        CREDENTIALS,
        CREDENTIALS,
        NO_SIGN_IN,
        NO_APP_SECRET,
        lacking(refresh_token=None),
        lacking(client_secret=None),
        without(pair=None),
        without(personal_token=None),
        without(personal_token=None, integration_access=None),
        replace(CREDENTIALS, locked=True),
        SIGNED_IN,
        replace(lacking(refresh_token=None), candidate=CANDIDATE),
    ]
)
_candidate = st.sampled_from([Availability.MISSING, Availability.READY]) | st.sampled_from(
    Availability
)
availabilities = mostly(
    READY,
    st.fixed_dictionaries(
        {
            method: mostly(Availability.READY, st.sampled_from(Availability))
            for method in RenewalMethod
        }
        | {RenewalMethod.MINT_CANDIDATE: _candidate}
    )
    | st.fixed_dictionaries(
        {
            method: st.sampled_from([s for s in Availability if s is not Availability.READY])
            for method in RenewalMethod
        }
    ),
)

_failing = st.builds(
    ExtensionFailure,
    failures=st.integers(1, 3),
    again_at=moments,
    failure=troubles,
    refusal=st.none() | st.sampled_from(Refusal),
)
_source = st.builds(
    replace,
    st.just(FRESH),
    id=st.sampled_from(SOURCE_IDS),
    url=mostly(FRESH.url, st.just("https://byods.example.com/other")),
    status=mostly("active", st.sampled_from(["disabled", "", "odd"])),
    ends=mostly(FRESH.ends, st.none() | moments),
    lifetime=mostly(DAY, st.none() | spans),
    claims=mostly(FRESH.claims, st.just(NO_CLAIMS)),
)
_sources = st.lists(_source, max_size=3, unique_by=lambda source: source.id).map(tuple)

facts = st.builds(
    Observations,
    credentials=_credentials,
    token=mostly(ACCESS, st.none()),
    availabilities=availabilities,
    lifespans=_lifespans,
    usages=_usages,
    confirmed_at=mostly(NOW - MINUTE, st.none() | moments),
    rejected=mostly(False, st.just(True)),
    under_scoped=st.booleans(),
    checked_at=st.none() | moments,
    check_failure=troubles,
    renewing=mostly(
        Renewing(), st.builds(Renewing, st.integers(0, 3), st.none() | moments, troubles)
    ),
    store=mostly(StoreState.DURABLE, st.sampled_from(StoreState)),
    store_fault=mostly("", st.just("/x/secrets.json cannot be read")),
    env_fault=mostly("", st.just("/x/.env cannot be written")),
    config_fault=mostly("", st.just("serviceApp.appId is missing")),
    foreign_org=mostly(False, st.just(True)),
    skew=mostly(timedelta(0), st.none() | st.timedeltas(-10 * MINUTE, 10 * MINUTE)),
    next_try_at=st.none() | moments,
    poll_seconds=st.sampled_from([15.0, 300.0, 301.0, 3600.0]),
    lead=st.none() | st.sampled_from([DAY, 30 * DAY]),
    sources=mostly((), st.none() | _sources),
    kept=mostly(frozenset(), st.frozensets(st.sampled_from(SOURCE_IDS))),
    attended=mostly(True, st.just(False)),
    can_write_back=mostly(False, st.just(True)),
    incident=mostly(None, st.builds(Incident, st.just("APIs fail"), st.none() | moments)),
    keeping=mostly({}, st.dictionaries(st.sampled_from(SOURCE_IDS), _failing, max_size=2)),
)
