"""Whether a token will live long enough for a caller."""

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
    """What is wrong with the token, worst first."""

    DEAD = "dead"
    TOO_SHORT = "too-short"
    UNCONFIRMED = "unconfirmed"
    END_NOT_KNOWN = "end-not-known"


def shortfall(health: Health, now: datetime, least: timedelta) -> Shortfall | None:
    """Return why the token in `.env` may not last for `least`; None if it will."""
    access = next((link for link in health.links if link.name is LinkName.ACCESS), None)
    if access is None or access.state in _DEAD:
        return Shortfall.DEAD
    if health.until is not None and health.until < now + least:
        return Shortfall.TOO_SHORT
    if health.unanswered is not None or health.confirmed_at is None:
        return Shortfall.UNCONFIRMED
    return Shortfall.END_NOT_KNOWN if health.until is None else None


def calls_for_renewal(found: Shortfall | None) -> bool:
    """Whether a renewal may help. If Webex did not answer, it most likely does not."""
    return found in (Shortfall.DEAD, Shortfall.TOO_SHORT, Shortfall.END_NOT_KNOWN)


def renewal_could_help(life: Lifespan | None, now: datetime, least: timedelta) -> bool:
    """Whether a renewal could bring a token that lives for `least`.

    A caller that asks for too much must not cause a renewal with every call: a new token is not
    renewed, and if this app's tokens never live so long, it is tried once a day.
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
    """Whether a token that was not rejected can be used without asking Webex again: confirmed
    within `fresh`, and it lives for `least`."""
    if life is None or confirmed_at is None:
        return False
    # Times in the future were recorded while the clock was wrong.
    known = life.began <= now + _SKEW and now - confirmed_at >= -_SKEW
    return known and now - confirmed_at < fresh and life.ends >= now + least
