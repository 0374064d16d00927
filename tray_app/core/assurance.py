"""Whether a token lives long enough for what somebody is about to do with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from tray_app.core.credentials import Lifespan
from tray_app.core.duration import spelled
from tray_app.core.model import Health, LinkName, LinkState
from tray_app.core.times import clock
from tray_app.core.wording import TROUBLES, headline, step_line

LEAST = timedelta(minutes=10)
"""How long a token must live from now, where nobody says otherwise."""

_SKEW = timedelta(minutes=1)
_ONCE_IN = timedelta(days=1)
_NEW = timedelta(minutes=1)
_DEAD = (LinkState.MISSING, LinkState.REJECTED, LinkState.EXPIRED)


class Lack(StrEnum):
    """What the token lacks, the worst first."""

    DEAD = "dead"
    TOO_SHORT = "too-short"
    UNCONFIRMED = "unconfirmed"
    END_NOT_KNOWN = "end-not-known"


def lack(health: Health, now: datetime, least: timedelta) -> Lack | None:
    """Say what the token in `.env` lacks to be good for so long from now; None: nothing."""
    access = next((link for link in health.links if link.name is LinkName.ACCESS), None)
    if access is None or access.state in _DEAD:
        return Lack.DEAD
    if health.until is not None and health.until < now + least:
        return Lack.TOO_SHORT
    if health.unanswered is not None or health.confirmed_at is None:
        return Lack.UNCONFIRMED
    return Lack.END_NOT_KNOWN if health.until is None else None


def calls_for_renewal(found: Lack | None) -> bool:
    """Whether a renewal is the cure; where Webex did not answer, it most likely is none."""
    return found in (Lack.DEAD, Lack.TOO_SHORT, Lack.END_NOT_KNOWN)


def may_help(life: Lifespan | None, now: datetime, least: timedelta) -> bool:
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


def sentence(found: Lack, health: Health, now: datetime, least: timedelta) -> str:
    """Say what is lacking, why, and for a dead token the next step."""
    if found is Lack.DEAD:
        said = (headline(health, now), step_line(health, now))
        return ". ".join(filter(None, said)) + "."
    ends = f"ends {clock(health.until, now)}" if health.until else ""
    if found is Lack.TOO_SHORT:
        return f"The token {ends}, sooner than in {spelled(least)}: {_why_not_renewed(health)}."
    if found is Lack.UNCONFIRMED:
        why = TROUBLES[health.unanswered] if health.unanswered else "Webex was not asked"
        told = f"as far as was told it {ends}" if ends else "nobody has told when it ends"
        return f"The token is not confirmed: {why}; {told}."
    return f"The token works, but nobody has told when it ends: {_why_not_renewed(health)}."


def _why_not_renewed(health: Health) -> str:
    if not health.renewing.failures:
        return "a renewal gives none that lives longer"
    trouble = health.renewing.trouble
    return f"not renewed, {TROUBLES[trouble] if trouble else 'no way of renewing worked'}"
