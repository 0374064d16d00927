"""Exercises: using refresh tokens while all is well, so that none expires unused.

An unused refresh token expires; using it mostly extends it. Whether it does is read from the
responses, never assumed (docs/webex-api.md, "What a refresh does to the refresh token").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tray_app.model.credentials import Effect, Lifespan, Usage
from tray_app.model.health import Observations
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.secret import Secret
from tray_app.policy.renewal import token_for

LIFE_SHARE = 0.25
"""Share of its life after which a refresh token is used. So a token of 60 days survives three weeks
without a running program."""

FIRST_USE = timedelta(hours=1)
"""A token whose expiry is unknown is used after this time, to learn it."""

MAX_USE_INTERVAL = timedelta(days=7)
"""Longest time between two uses of a sign-in, so that a withdrawn consent is noticed within days,
and of a token whose expiry Webex does not report."""

MIN_USE_INTERVAL = timedelta(hours=25)
"""Webex extends a refresh token once in 24 hours: an earlier use shows and gains nothing. An hour
more, since clocks differ."""

ANY_MINT = RenewalMethod.MINT_INTEGRATION
"""As the method of an `Exercise`: any that mints."""

_EXTENDED_BY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A method to use, or ANY_MINT, and when (UTC)."""

    method: RenewalMethod
    due_at: datetime


def due_exercises(facts: Observations, now: datetime) -> tuple[Exercise, ...]:
    """Return the exercises in the order in which they fall due; they may be overdue."""
    # At the same time the sign-in comes first: its new access token may mint the pair.
    found = [exercise for exercise in (_of_sign_in(facts), _of_pair(facts, now)) if exercise]
    return tuple(sorted(found, key=lambda exercise: exercise.due_at))


def effect_on_expiry(
    usage: Usage | None, before: Lifespan | None, ends: datetime | None, now: datetime
) -> Effect:
    """Return what a renewal at `now` did to a refresh token's expiry.

    `usage`, `before`: what was known of the token that was used; `ends`: the expiry in the
    response, of that token or of its successor.
    """
    if ends is None:
        return Effect.NOT_REPORTED
    if before is None:
        return Effect.UNKNOWN
    if ends > before.ends + _EXTENDED_BY:
        return Effect.EXTENDED
    if now - _reported_at(before, usage) >= MIN_USE_INTERVAL:
        return Effect.UNCHANGED
    return usage.effect if usage else Effect.UNKNOWN


def known_expiry(facts: Observations, token: Secret | None) -> datetime | None:
    """Return when a token expires; None if unknown."""
    life = known_life(facts, token)
    return life.ends if life else None


def known_life(facts: Observations, token: Secret | None) -> Lifespan | None:
    """Return a token's life; None if never reported, or no longer reported."""
    return None if effect(facts, token) is Effect.NOT_REPORTED else _life(facts, token)


def effect(facts: Observations, token: Secret | None) -> Effect:
    """Return what the last renewal did to a refresh token's expiry."""
    usage = _usage(facts, token)
    return usage.effect if usage else Effect.UNKNOWN


def can_mint(facts: Observations, now: datetime) -> bool:
    """Whether a new pair can be minted without a person, as far as is known."""
    if facts.is_ready(RenewalMethod.INTEGRATION_REFRESH):
        return True
    return any(
        facts.is_ready(method)
        and (
            (ends := known_expiry(facts, token_for(method, facts.credentials))) is None
            or ends > now
        )
        for method in (RenewalMethod.MINT_PASTED, RenewalMethod.MINT_INTEGRATION)
    )


def untracked_tokens(facts: Observations) -> list[Secret]:
    """Return the tokens of which neither expiry nor first use is recorded."""
    creds = facts.credentials
    tokens = [
        facts.token,
        token_for(RenewalMethod.SERVICE_REFRESH, creds),
        token_for(RenewalMethod.INTEGRATION_REFRESH, creds),
    ]
    known = (facts.lifespans, facts.usages)
    return [t for t in tokens if t is not None and not any(t.digest in of for of in known)]


def _of_sign_in(facts: Observations) -> Exercise | None:
    """The integration's refresh token, unless a rotated one could not be saved."""
    ready = facts.is_ready(RenewalMethod.INTEGRATION_REFRESH)
    if not ready or facts.store is not StoreState.DURABLE:
        return None
    token = token_for(RenewalMethod.INTEGRATION_REFRESH, facts.credentials)
    dues = [_due_to_use(facts, token), _due_after_a_week(facts, token)]
    return _earliest(RenewalMethod.INTEGRATION_REFRESH, dues)


def _of_pair(facts: Observations, now: datetime) -> Exercise | None:
    """The pair in `.env`: by its refresh token, or by minting if using that does not extend it."""
    pair = facts.credentials.pair
    if pair is None or facts.token != pair.access or facts.env_fault or facts.foreign_org:
        return None
    usable = facts.is_ready(RenewalMethod.SERVICE_REFRESH)
    mints = can_mint(facts, now)
    if usable and not (mints and effect(facts, pair.refresh) is Effect.UNCHANGED):
        dues = [_due_to_use(facts, pair.refresh), _due_to_learn_expiry(facts, pair.access)]
        return _earliest(RenewalMethod.SERVICE_REFRESH, dues)
    if not mints:
        return None
    dead = facts.availabilities.get(RenewalMethod.SERVICE_REFRESH) is Availability.DEAD
    due = now if dead else _due_after_a_quarter(facts, pair.refresh)
    dues = [due, _due_to_learn_expiry(facts, pair.access)]
    return _earliest(ANY_MINT, dues)


def _earliest(method: RenewalMethod, dues: list[datetime | None]) -> Exercise | None:
    due = min((at for at in dues if at is not None), default=None)
    return Exercise(method, due) if due else None


def _due_to_use(facts: Observations, token: Secret | None) -> datetime | None:
    """When a refresh token is due to be used; None if it was never seen."""
    life = known_life(facts, token)
    if life is None:
        return _due_to_learn_expiry(facts, token)
    reported_at = _reported_at(life, _usage(facts, token))
    left = life.ends - reported_at
    return reported_at + max(left * LIFE_SHARE, min(MIN_USE_INTERVAL, left / 2))


def _due_to_learn_expiry(facts: Observations, token: Secret | None) -> datetime | None:
    """When to renew to learn an expiry; None if it is known, or the token was never seen."""
    usage = _usage(facts, token)
    if usage is None or known_expiry(facts, token) is not None:
        return None
    if usage.used_at is None:
        return usage.seen_at + FIRST_USE
    return usage.used_at + MAX_USE_INTERVAL


def _due_after_a_week(facts: Observations, token: Secret | None) -> datetime | None:
    life = _life(facts, token)
    return _reported_at(life, _usage(facts, token)) + MAX_USE_INTERVAL if life else None


def _due_after_a_quarter(facts: Observations, token: Secret | None) -> datetime | None:
    life = _life(facts, token)
    return life.began + life.length * LIFE_SHARE if life else None


def _life(facts: Observations, token: Secret | None) -> Lifespan | None:
    return facts.lifespans.get(token.digest) if token else None


def _usage(facts: Observations, token: Secret | None) -> Usage | None:
    return facts.usages.get(token.digest) if token else None


def _reported_at(life: Lifespan, usage: Usage | None) -> datetime:
    used_at = usage.used_at if usage else None
    return max(life.began, used_at) if used_at else life.began
