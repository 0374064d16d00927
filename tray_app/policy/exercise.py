"""Upkeep: which rung is exercised while all is well, so that none dies of never being used.

Pure. A refresh token that nobody uses ends; one that is used mostly does not. Whether it does is
told by the answers, never assumed (docs/webex-api.md, "What a refresh does to the refresh token").
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
"""Of a life that passes before a token is renewed for its own sake: a token of 60 days outlives
three weeks of holidays that begin on any day. A sign-in is used once a week at least: then a
consent that was withdrawn is known within days, while nothing depends on it yet."""

FIRST_USE = timedelta(hours=1)
"""After which a token whose end nobody has told is used, so that its end becomes known."""

MAX_USE_INTERVAL = timedelta(days=7)
"""Between two uses of a sign-in, and of a token whose end the answers do not tell."""

MIN_USE_INTERVAL = timedelta(hours=25)
"""Webex renews a refresh token once in 24 hours: a use that comes sooner shows
nothing, and gains nothing. An hour more, since clocks differ."""

_EXTENDED_BY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A rung to exercise, and when (UTC). A minting `method` stands for all of rung 2 and 3."""

    method: RenewalMethod
    due_at: datetime


def due_exercises(facts: Observations, now: datetime) -> tuple[Exercise, ...]:
    """Return what is to be kept alive, the first to fall due first; it may be overdue."""
    # At the same time the sign-in comes before the pair: what it brings may mint.
    found = [exercise for exercise in (_of_sign_in(facts), _of_pair(facts, now)) if exercise]
    return tuple(sorted(found, key=lambda exercise: exercise.due_at))


def effect_on_expiry(
    usage: Usage | None, before: Lifespan | None, ends: datetime | None, now: datetime
) -> Effect:
    """Say what a renewal at `now` did to a refresh token's end.

    `usage`, `before`: what was known of the token that was used; `ends`: what the answer told of
    that token or of the one that takes its place.
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
    """When a token ends; None where that is not known."""
    life = known_life(facts, token)
    return life.ends if life else None


def known_life(facts: Observations, token: Secret | None) -> Lifespan | None:
    """The life of a token; None where nobody told, or a later renewal did not tell any more."""
    return None if effect(facts, token) is Effect.NOT_REPORTED else _life(facts, token)


def effect(facts: Observations, token: Secret | None) -> Effect:
    """What the last renewal did to the end of a refresh token."""
    usage = _usage(facts, token)
    return usage.effect if usage else Effect.UNKNOWN


def can_mint(facts: Observations, now: datetime) -> bool:
    """Whether a new pair could be minted without a person, as far as is known."""
    if facts.availabilities.get(RenewalMethod.INTEGRATION_REFRESH) is Availability.READY:
        return True
    return any(
        facts.availabilities.get(method) is Availability.READY
        and (
            (ends := known_expiry(facts, token_for(method, facts.credentials))) is None
            or ends > now
        )
        for method in (RenewalMethod.MINT_PASTED, RenewalMethod.MINT_INTEGRATION)
    )


def untracked_tokens(facts: Observations) -> list[Secret]:
    """The tokens of which neither an end nor a first sight is known."""
    creds = facts.credentials
    tokens = [
        facts.token,
        token_for(RenewalMethod.SERVICE_REFRESH, creds),
        token_for(RenewalMethod.INTEGRATION_REFRESH, creds),
    ]
    known = (facts.lifespans, facts.usages)
    return [t for t in tokens if t is not None and not any(t.digest in of for of in known)]


def _of_sign_in(facts: Observations) -> Exercise | None:
    """The integration's refresh token; where a rotated one could not be kept, not by choice."""
    ready = facts.availabilities.get(RenewalMethod.INTEGRATION_REFRESH) is Availability.READY
    if not ready or facts.store is not StoreState.DURABLE:
        return None
    token = token_for(RenewalMethod.INTEGRATION_REFRESH, facts.credentials)
    return _earliest(
        RenewalMethod.INTEGRATION_REFRESH,
        [_due_to_use(facts, token), _due_after_a_week(facts, token)],
    )


def _of_pair(facts: Observations, now: datetime) -> Exercise | None:
    """The pair of `.env`: by its refresh token, or by minting where that one cannot be kept."""
    pair = facts.credentials.pair
    if pair is None or facts.token != pair.access or facts.env_fault or facts.foreign_org:
        return None
    usable = facts.availabilities.get(RenewalMethod.SERVICE_REFRESH) is Availability.READY
    mints = can_mint(facts, now)
    if usable and not (mints and effect(facts, pair.refresh) is Effect.UNCHANGED):
        dues = [_due_to_use(facts, pair.refresh), _due_to_learn_expiry(facts, pair.access)]
        return _earliest(RenewalMethod.SERVICE_REFRESH, dues)
    if not mints:
        return None
    dead = facts.availabilities.get(RenewalMethod.SERVICE_REFRESH) is Availability.DEAD
    dues = [
        now if dead else _due_after_a_quarter(facts, pair.refresh),
        _due_to_learn_expiry(facts, pair.access),
    ]
    return _earliest(RenewalMethod.MINT_INTEGRATION, dues)


def _earliest(method: RenewalMethod, dues: list[datetime | None]) -> Exercise | None:
    due = min((at for at in dues if at is not None), default=None)
    return Exercise(method, due) if due else None


def _due_to_use(facts: Observations, token: Secret | None) -> datetime | None:
    """When a refresh token is to be used for its own sake; None where it was never seen."""
    life = known_life(facts, token)
    if life is None:
        return _due_to_learn_expiry(facts, token)
    reported_at = _reported_at(life, _usage(facts, token))
    left = life.ends - reported_at
    return reported_at + max(left * LIFE_SHARE, min(MIN_USE_INTERVAL, left / 2))


def _due_to_learn_expiry(facts: Observations, token: Secret | None) -> datetime | None:
    """When to renew so that an end becomes known; None where it is, or the token is not seen."""
    usage = _usage(facts, token)
    if usage is None or known_expiry(facts, token) is not None:
        return None
    if usage.used_at is None:
        return usage.seen_at + FIRST_USE
    return usage.used_at + MAX_USE_INTERVAL


def _due_after_a_week(facts: Observations, token: Secret | None) -> datetime | None:
    """A week after the end of a refresh token was last told."""
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
    """When its end was last told."""
    used_at = usage.used_at if usage else None
    return max(life.began, used_at) if used_at else life.began
