"""Whether a token lives long enough for what somebody is about to do with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from tray_app.model.credentials import Lifespan
from tray_app.model.health import Health, LinkName, LinkState

_SKEW = timedelta(minutes=1)
_ONCE_IN = timedelta(days=1)
_NEW = timedelta(minutes=1)
_DEAD = (LinkState.MISSING, LinkState.REJECTED, LinkState.EXPIRED)


class Shortfall(StrEnum):
    """What the token lacks, the worst first."""

    DEAD = "dead"
    TOO_SHORT = "too-short"
    UNCONFIRMED = "unconfirmed"
    END_NOT_KNOWN = "end-not-known"


def shortfall(health: Health, now: datetime, least: timedelta) -> Shortfall | None:
    """Say what the token in `.env` lacks to be good for so long from now; None: nothing."""
    access = next((link for link in health.links if link.name is LinkName.ACCESS), None)
    if access is None or access.state in _DEAD:
        return Shortfall.DEAD
    if health.until is not None and health.until < now + least:
        return Shortfall.TOO_SHORT
    if health.unanswered is not None or health.confirmed_at is None:
        return Shortfall.UNCONFIRMED
    return Shortfall.END_NOT_KNOWN if health.until is None else None


def calls_for_renewal(found: Shortfall | None) -> bool:
    """Whether a renewal is the cure; where Webex did not answer, it most likely is none."""
    return found in (Shortfall.DEAD, Shortfall.TOO_SHORT, Shortfall.END_NOT_KNOWN)


def renewal_could_help(life: Lifespan | None, now: datetime, least: timedelta) -> bool:
    """Whether a renewal may bring a token that lives so long.

    Whoever asks for too much must not renew with every call: a new one is not renewed, and where
    this app's tokens do not live so long at all, it is tried once a day.
    """
    return life is None or now - life.began >= (_NEW if life.length >= least else _ONCE_IN)


def is_vouched_for(
    life: Lifespan | None,
    confirmed_at: datetime | None,
    now: datetime,
    *,
    least: timedelta,
    fresh: timedelta,
) -> bool:
    """Whether a token that nobody has rejected may be handed out without asking Webex again: it was
    confirmed within `fresh`, and is told to live long enough."""
    if life is None or confirmed_at is None:
        return False
    # What comes from the future was noted while the clock was wrong.
    known = life.began <= now + _SKEW and now - confirmed_at >= -_SKEW
    return known and now - confirmed_at < fresh and life.ends >= now + least
