"""The forecast: which credential or data source expires first because nothing will renew it.

What this program renews or exercises by itself (policy/exercise.py) is not included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from tray_app.model.credentials import Effect, Lifespan
from tray_app.model.data_sources import Problem, WatchedDataSource
from tray_app.model.health import ExpectedFailure, LinkName, Observations
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.policy.data_sources import problem_of
from tray_app.policy.exercise import can_mint, effect, known_expiry, known_life
from tray_app.policy.renewal import token_for


def breaks_first(
    facts: Observations, sources: tuple[WatchedDataSource, ...] | None, now: datetime
) -> ExpectedFailure | None:
    """Return what expires first; None if nothing will, as far as is known."""
    return min(expected_failures(facts, sources, now), key=_expiry, default=None)


def expected_failures(
    facts: Observations, sources: tuple[WatchedDataSource, ...] | None, now: datetime
) -> list[ExpectedFailure]:
    """Return all that will expire, as far as is known."""
    return [
        found for found in _breaks(facts, sources or (), now) if found.at is None or found.at > now
    ]


def last_refresh(facts: Observations, now: datetime) -> Lifespan | None:
    """Return the life of the service app's refresh token if nothing extends or replaces it."""
    if facts.is_ready(RenewalMethod.SERVICE_REFRESH) and not can_mint(facts, now):
        return _final_lifespan(facts, RenewalMethod.SERVICE_REFRESH)
    return None


def _breaks(
    facts: Observations, sources: tuple[WatchedDataSource, ...], now: datetime
) -> Iterator[ExpectedFailure]:
    yield from _access(facts)
    yield from _refresh(facts, now)
    yield from _personal_token(facts)
    yield from _sign_in(facts)
    yield from _data_sources(sources)


def _expiry(found: ExpectedFailure) -> datetime:
    """An unknown expiry comes last: it may never come."""
    return found.at or datetime.max.replace(tzinfo=UTC)


def _access(facts: Observations) -> Iterator[ExpectedFailure]:
    """The token in `.env`, if no method can renew it."""
    if facts.token is not None and Availability.READY not in facts.availabilities.values():
        yield ExpectedFailure(LinkName.ACCESS, facts.ends_at)


def _refresh(facts: Observations, now: datetime) -> Iterator[ExpectedFailure]:
    if (life := last_refresh(facts, now)) is not None:
        yield ExpectedFailure(LinkName.REFRESH, life.ends)


def _personal_token(facts: Observations) -> Iterator[ExpectedFailure]:
    """A pasted personal access token is never renewed. It counts if everything depends on it."""
    refresh = token_for(RenewalMethod.SERVICE_REFRESH, facts.credentials)
    lasts = (
        facts.is_ready(RenewalMethod.SERVICE_REFRESH)
        and effect(facts, refresh) is not Effect.UNCHANGED
    )
    is_renewed = lasts or facts.is_ready(RenewalMethod.INTEGRATION_REFRESH)
    if facts.is_ready(RenewalMethod.MINT_PASTED) and not is_renewed:
        yield ExpectedFailure(
            LinkName.PERSONAL, known_expiry(facts, facts.credentials.personal_token)
        )


def _sign_in(facts: Observations) -> Iterator[ExpectedFailure]:
    """The integration's sign-in, if renewals do not extend it."""
    method = RenewalMethod.INTEGRATION_REFRESH
    if facts.is_ready(RenewalMethod.MINT_CANDIDATE) or not facts.is_ready(method):
        return
    if (life := _final_lifespan(facts, method)) is not None:
        yield ExpectedFailure(LinkName.SIGN_IN, life.ends)


def _data_sources(sources: tuple[WatchedDataSource, ...]) -> Iterator[ExpectedFailure]:
    for watched in sources:
        is_kept_alive = watched.kept and not watched.unattended
        lasts = is_kept_alive and problem_of(watched) is not Problem.FAILING
        if watched.source.ends is not None and not (lasts or watched.source.is_disabled):
            yield ExpectedFailure(LinkName.DATA_SOURCE, watched.source.ends, watched.name)


def _final_lifespan(facts: Observations, method: RenewalMethod) -> Lifespan | None:
    """The life of the method's refresh token, if renewals do not extend it."""
    token = token_for(method, facts.credentials)
    return known_life(facts, token) if effect(facts, token) is Effect.UNCHANGED else None
