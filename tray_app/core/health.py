"""Facts in, Health out: the table of the README, first match wins.

`evaluate` is total (the last row always matches), deterministic (`now` is an argument) and
monotone (a worse fact never gives a better colour).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tray_app.core.answers import Trouble
from tray_app.core.chain import links
from tray_app.core.credentials import Lifespan
from tray_app.core.ladder import presented
from tray_app.core.model import (
    Colour,
    Facts,
    Health,
    Reason,
    Rung,
    Shape,
    Standing,
    StoreState,
    Who,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the table draws its lines. The demo passes shorter ones."""

    skew: timedelta = timedelta(minutes=1)
    clock_off: timedelta = timedelta(minutes=5)
    failing_for: timedelta = timedelta(seconds=60)
    failing_times: int = 2
    stale_after: timedelta = timedelta(minutes=15)
    stale_polls: int = 3
    renew_within: timedelta = timedelta(hours=72)
    sign_in_within: timedelta = timedelta(days=14)
    window_share: float = 0.25


def evaluate(facts: Facts, now: datetime, limits: Limits) -> Health:
    """Judge the facts at `now` (UTC)."""
    dead = is_dead(facts, now, limits)
    match = _first_match(facts, now, limits, dead=dead)
    return Health(
        row=match.row,
        colour=_COLOURS.get(match.row, Colour.AMBER),
        shape=_SHAPES.get(match.row, Shape.BANG),
        reason=match.reason,
        who=match.who,
        links=links(facts, now, dead=dead),
        until=facts.ends_at,
        checked_at=facts.checked_at,
        confirmed_at=facts.confirmed_at,
        next_try_at=facts.next_try_at,
        trouble=match.trouble,
        due_at=match.due_at,
        detail=_detail(match.reason, facts),
        unanswered=facts.probe_trouble,
        renewing=facts.renewing,
    )


class _Match(NamedTuple):
    row: int
    reason: Reason
    who: Who | None
    trouble: Trouble | None = None
    due_at: datetime | None = None


# A sign-in that has not proven itself for this app yet may be of a wrong account: what it is
# refused says nothing of the others.
_PROVEN = tuple(rung for rung in Rung if rung is not Rung.MINT_CANDIDATE)

_COLOURS = {1: Colour.RED, 2: Colour.RED, 9: Colour.GREEN}
_SHAPES = {1: Shape.CROSS, 2: Shape.CROSS, 4: Shape.QUERY, 5: Shape.QUERY, 9: Shape.CHECK}


def _first_match(facts: Facts, now: datetime, limits: Limits, *, dead: bool) -> _Match:
    """Walk the table, rows 1 to 9."""
    able = any(standing is Standing.READY for standing in facts.standings.values())
    failed, asked = facts.renewing.trouble, facts.probe_trouble
    if dead and (facts.env_fault or not able):
        return _Match(1, *why_unable(facts))
    if dead and _renewing_fails(facts, now, limits):
        return _Match(2, Reason.RENEWAL_FAILS, _blame(failed), failed)
    if dead:
        return _Match(3, Reason.RENEWING, Who.ITSELF, failed)
    if facts.confirmed_at is None:
        if asked is None:
            return _Match(4, Reason.CHECKING, Who.ITSELF)
        return _Match(4, Reason.CANNOT_CHECK, _blame(asked), asked)
    if _is_stale(facts.confirmed_at, facts.poll_seconds, now, limits):
        return _Match(5, Reason.STALE, _blame(asked), asked)
    if able and facts.renewing.failures and in_renewal_window(facts.lifespan, now, limits):
        return _Match(6, Reason.RENEWAL_FAILS, _blame(failed), failed)
    if not able:
        return _Match(7, *why_unable(facts), due_at=facts.ends_at)
    return (
        _sign_in_due(facts, now, limits) or _broken(facts, limits) or _Match(9, Reason.WORKS, None)
    )


def _renewing_fails(facts: Facts, now: datetime, limits: Limits) -> bool:
    failing = facts.renewing
    lasts = failing.since is not None and now - failing.since >= limits.failing_for
    return failing.failures >= limits.failing_times or lasts


def not_set_up(faults: tuple[str, ...]) -> Health:
    """Judge a config that cannot be used: row 1, before anything else is known."""
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Health(
        row=1,
        colour=Colour.RED,
        shape=Shape.CROSS,
        reason=Reason.NOT_SET_UP,
        who=Who.YOU,
        links=(),
        detail=faults[0] + more,
    )


def is_dead(facts: Facts, now: datetime, limits: Limits) -> bool:
    """Absent, rejected twice, or past its end by more than the skew and not confirmed since."""
    if facts.token is None or facts.rejected:
        return True
    return facts.ends_at is not None and now > facts.ends_at + limits.skew


def in_renewal_window(life: Lifespan | None, now: datetime, limits: Limits) -> bool:
    """Whether the token ends so soon that it is renewed ahead of time."""
    return life is not None and now >= renewal_starts(life, limits)


def renewal_starts(life: Lifespan, limits: Limits) -> datetime:
    """When renewal ahead of time begins: 72 h or a quarter of the life before the end."""
    return life.ends - _window(life, limits.renew_within, limits)


def _window(life: Lifespan, at_most: timedelta, limits: Limits) -> timedelta:
    return min(at_most, life.length * limits.window_share)


def stale_after(poll_seconds: float, limits: Limits) -> timedelta:
    """How old a confirmation may be before the icon stops vouching for it."""
    return max(limits.stale_after, timedelta(seconds=poll_seconds) * limits.stale_polls)


def _is_stale(confirmed_at: datetime, poll_seconds: float, now: datetime, limits: Limits) -> bool:
    # One from the future vouches for nothing: the clock was set back since.
    age = now - confirmed_at
    return age >= stale_after(poll_seconds, limits) or age < -limits.skew


def why_unable(facts: Facts) -> tuple[Reason, Who]:
    """Say why no rung can act alone, or none helps: the one cause whose cure helps first."""
    found = facts.standings

    def any_is(standing: Standing, *rungs: Rung) -> bool:
        return any(found.get(rung) is standing for rung in rungs)

    if facts.env_fault:
        return Reason.ENV_FAULT, Who.YOU
    if any_is(Standing.LOCKED, *Rung):
        return Reason.STORE_FAULT if facts.store_fault else Reason.KEYRING_LOCKED, Who.YOU
    if facts.config_fault:
        return Reason.CONFIG_FAULT, Who.YOU
    if facts.credentials.app.client_secret is None:
        return Reason.APP_SECRET_MISSING, Who.DEVELOPER
    if any_is(Standing.WRONG_CLIENT, *(r for r in Rung if r is not Rung.INTEGRATION_REFRESH)):
        return Reason.WRONG_APP_SECRET, Who.DEVELOPER
    if any_is(Standing.BAD_REQUEST, *Rung):
        return Reason.WRONG_APP_IDS, Who.YOU
    if any_is(Standing.FORBIDDEN, *_PROVEN):
        return Reason.FORBIDDEN, Who.ADMIN
    if any_is(Standing.WRONG_CLIENT, Rung.INTEGRATION_REFRESH):
        return Reason.WRONG_INTEGRATION_SECRET, Who.DEVELOPER
    if (cause := _why_not_signed_in(facts)) is not None:
        return cause
    if any_is(Standing.DEAD, Rung.MINT_PASTED):
        return Reason.PERSONAL_TOKEN_ENDED, Who.YOU
    return Reason.NOTHING_TO_RENEW_WITH, Who.YOU


def _why_not_signed_in(facts: Facts) -> tuple[Reason, Who] | None:
    """Say what the integration lacks, None where it lacks nothing or none is configured."""
    integration = facts.credentials.integration
    if integration is None or _is_signed_in_anew(facts):
        return None
    if integration.client_secret is None:
        return Reason.INTEGRATION_SECRET_MISSING, Who.DEVELOPER
    if facts.standings.get(Rung.INTEGRATION_REFRESH) is Standing.DEAD:
        return Reason.SIGN_IN_ENDED, Who.YOU
    if integration.refresh_token is None:
        return Reason.SIGN_IN_MISSING, Who.YOU
    return None


def _is_signed_in_anew(facts: Facts) -> bool:
    """Whether somebody has just signed in: it is about to be proven."""
    return facts.standings.get(Rung.MINT_CANDIDATE) is Standing.READY


def _sign_in_due(facts: Facts, now: datetime, limits: Limits) -> _Match | None:
    """Row 7, the integration's sign-in: it is missing, has ended, or ends soon."""
    if (cause := _why_not_signed_in(facts)) is not None:
        return _Match(7, *cause)
    if _is_signed_in_anew(facts):
        return None
    refresh = presented(Rung.INTEGRATION_REFRESH, facts.credentials)
    life = facts.lifespans.get(refresh.digest) if refresh else None
    if life is None or now < life.ends - _window(life, limits.sign_in_within, limits):
        return None
    if now >= life.ends:
        return _Match(7, Reason.SIGN_IN_ENDED, Who.YOU)
    return _Match(7, Reason.SIGN_IN_DUE, Who.YOU, due_at=life.ends)


def _broken(facts: Facts, limits: Limits) -> _Match | None:
    """Row 8: the token works and renews, but around it something is broken."""
    by_store = {
        StoreState.LOCKED: Reason.KEYRING_LOCKED,
        StoreState.REFUSED: Reason.SAVE_REFUSED,
        StoreState.MEMORY: Reason.MEMORY_ONLY,
    }
    if facts.store_fault:
        return _Match(8, Reason.STORE_FAULT, Who.YOU)
    if facts.store in by_store:
        return _Match(8, by_store[facts.store], Who.YOU)
    if facts.env_fault:
        return _Match(8, Reason.ENV_FAULT, Who.YOU)
    if facts.foreign_org:
        return _Match(8, Reason.FOREIGN_ORG, Who.YOU)
    if facts.config_fault:
        return _Match(8, Reason.CONFIG_FAULT, Who.YOU)
    if facts.skew is not None and abs(facts.skew) > limits.clock_off:
        return _Match(8, Reason.CLOCK_OFF, Who.YOU)
    faults = {Standing.WRONG_CLIENT, Standing.BAD_REQUEST}
    mints = (Rung.MINT_CANDIDATE, Rung.MINT_PASTED, Rung.MINT_INTEGRATION)
    if Standing.READY not in [facts.standings.get(rung) for rung in mints]:
        faults.add(Standing.FORBIDDEN)  # one account with the right is enough
    if faults & {facts.standings.get(rung) for rung in _PROVEN}:
        return _Match(8, *why_unable(facts))
    return None


def _detail(reason: Reason, facts: Facts) -> str:
    details = {
        Reason.STORE_FAULT: facts.store_fault,
        Reason.ENV_FAULT: facts.env_fault,
        Reason.CONFIG_FAULT: facts.config_fault,
    }
    return details.get(reason, "")


def _blame(trouble: Trouble | None) -> Who:
    """Who can end a trouble: Webex where Webex answered, else the network."""
    if trouble is None:
        return Who.YOU
    if trouble in (Trouble.THROTTLED, Trouble.SERVER_ERROR):
        return Who.WEBEX
    if trouble is Trouble.BUSY:
        return Who.ITSELF
    return Who.NETWORK
