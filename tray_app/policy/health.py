"""Facts in, Health out: docs/architecture.md, "Health"; the first match wins.

`evaluate` is total (the last row always matches), deterministic (`now` is an argument) and
monotone (a worse fact never gives a better colour).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tray_app.model.credentials import Lifespan
from tray_app.model.data_sources import Problem, TopProblem, WatchedDataSource
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Health, Observations, Owner, Reason
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour, Shape
from tray_app.policy.data_sources import problems, watch
from tray_app.policy.exercise import due_exercises, known_life
from tray_app.policy.forecast import breaks_first, last_refresh
from tray_app.policy.health_causes import (
    PROVEN,
    cause_of_no_renewal,
    is_signed_in_anew,
    responsible_party,
    source_owner,
    why_not_signed_in,
)
from tray_app.policy.health_links import links
from tray_app.policy.renewal import token_for


def evaluate(facts: Observations, now: datetime, limits: Thresholds) -> Health:
    """Judge the facts at `now` (UTC)."""
    dead = is_dead(facts, now, limits)
    sources = watch(facts, now, limits)
    match = _first_match(facts, sources, now, limits, dead=dead)
    return Health(
        row=match.row,
        colour=_COLOURS.get(match.row, Colour.AMBER),
        shape=_SHAPES.get(match.row, Shape.BANG),
        reason=match.reason,
        who=match.who,
        links=links(facts, sources, now, dead=dead),
        until=facts.ends_at,
        checked_at=facts.checked_at,
        waits_until=facts.waits_until,
        confirmed_at=facts.confirmed_at,
        next_try_at=facts.next_try_at,
        failure=match.failure,
        due_at=match.due_at,
        detail=_detail(match.reason, facts),
        unanswered=facts.probe_failure,
        renewing=facts.renewing,
        sources=sources,
        problem=match.problem,
        breaks_first=None if dead else breaks_first(facts, sources, now),
    )


class _Match(NamedTuple):
    row: int
    reason: Reason
    who: Owner | None
    failure: TransportFailure | None = None
    due_at: datetime | None = None
    problem: TopProblem | None = None


_COLOURS = {1: Colour.RED, 2: Colour.RED, 3: Colour.RED, 11: Colour.GREEN}
_SHAPES = {
    1: Shape.CROSS,
    2: Shape.CROSS,
    3: Shape.CROSS,
    5: Shape.QUERY,
    6: Shape.QUERY,
    11: Shape.CHECK,
}


def _first_match(
    facts: Observations,
    sources: tuple[WatchedDataSource, ...] | None,
    now: datetime,
    limits: Thresholds,
    *,
    dead: bool,
) -> _Match:
    """Walk the table, rows 1 to 11."""
    able, asked = _is_able(facts), facts.probe_failure
    found_problems = problems(sources)
    if dead and (lost := _dead_for_good(facts, now, limits)) is not None:
        return lost
    if Problem.STOPPED in found_problems:
        return _source_match(3, Reason.SOURCE_STOPPED, found_problems[Problem.STOPPED])
    if dead:
        return _Match(4, Reason.RENEWING, Owner.ITSELF, facts.renewing.failure)
    if facts.confirmed_at is None:
        if asked is None:
            return _Match(5, Reason.CHECKING, Owner.ITSELF)
        return _Match(5, Reason.CANNOT_CHECK, responsible_party(asked), asked)
    if _is_stale(facts.confirmed_at, facts.poll_seconds, now, limits):
        return _Match(6, Reason.STALE, responsible_party(asked), asked)
    if not able:
        return _Match(8, *cause_of_no_renewal(facts), due_at=facts.ends_at)
    return (
        _renewal_due(facts, now, limits)
        or _sign_in_due(facts, now, limits)
        or _refresh_due(facts, now, limits)
        or _exercise_due(facts, now, limits)
        or _other_fault(facts, limits)
        or _source_failure(facts, found_problems)
        or _Match(11, Reason.WORKS, None)
    )


def _is_able(facts: Observations) -> bool:
    """Whether a rung can act alone."""
    return Availability.READY in facts.availabilities.values()


def _dead_for_good(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    """Rows 1 and 2: dead, and nothing is about to mend it."""
    if facts.env_fault or not (_is_able(facts) or facts.can_write_back):
        return _Match(1, *cause_of_no_renewal(facts))
    if _cannot_save(facts):
        return _Match(1, _why_not_saved(facts), Owner.YOU)
    if _renewing_fails(facts, now, limits):
        failed = facts.renewing.failure
        return _Match(2, Reason.RENEWAL_FAILS, responsible_party(failed), failed)
    return None if facts.attended else _Match(1, Reason.RENEWAL_DUE, Owner.YOU)


def _renewal_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    """Row 7: works, is to be renewed, and a rung can act; but that failed, or nothing runs."""
    failed = facts.renewing.failure
    if facts.renewing.failures and in_renewal_window(facts.lifespan, now, limits):
        if _cannot_save(facts):
            return _Match(7, _why_not_saved(facts), Owner.YOU)
        return _Match(7, Reason.RENEWAL_FAILS, responsible_party(failed), failed)
    if _lacks_renewal(facts, now, limits):
        return _Match(7, Reason.RENEWAL_DUE, Owner.YOU, due_at=facts.ends_at)
    return None


def _renewing_fails(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    failing = facts.renewing
    if not facts.attended:
        return failing.failures > 0  # nothing tries again
    lasts = failing.since is not None and now - failing.since >= limits.failing_for
    return failing.failures >= limits.failing_times or lasts


def _cannot_save(facts: Observations) -> bool:
    """Whether nothing was renewed because what Webex would have given could not be saved."""
    failing = facts.renewing
    refuses = facts.store is StoreState.REFUSED
    return refuses and failing.failures > 0 and failing.failure is None


def _why_not_saved(facts: Observations) -> Reason:
    return Reason.STORE_FAULT if facts.store_fault else Reason.SAVE_REFUSED


def _lacks_renewal(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    """Whether the token ends soon, and nothing runs that renews it."""
    life = facts.lifespan
    if facts.attended or life is None:
        return False
    return now >= life.ends - (life.ends - renewal_starts(life, limits)) * limits.unattended_share


def _exercise_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    """Row 8: what renews should have been used by now, and nothing runs that uses it."""
    if facts.attended:
        return None
    overdue = any(
        exercise.due_at + limits.exercise_overdue <= now for exercise in due_exercises(facts, now)
    )
    return _Match(8, Reason.EXERCISE_DUE, Owner.YOU) if overdue else None


def not_set_up(faults: tuple[str, ...]) -> Health:
    """Judge a config that cannot be used: row 1, before anything else is known."""
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Health(
        row=1,
        colour=Colour.RED,
        shape=Shape.CROSS,
        reason=Reason.NOT_SET_UP,
        who=Owner.YOU,
        links=(),
        detail=faults[0] + more,
    )


def is_dead(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    """Absent, rejected twice, or past its end by more than the skew and not confirmed since."""
    if facts.token is None or facts.rejected:
        return True
    return has_expired(facts.lifespan, facts.confirmed_at, now, limits)


def has_expired(
    life: Lifespan | None, confirmed_at: datetime | None, now: datetime, limits: Thresholds
) -> bool:
    """Whether a token is past its end by more than the skew, and was not seen to work after it."""
    if life is None or (confirmed_at is not None and confirmed_at > life.ends):
        return False
    return now > life.ends + limits.skew


def in_renewal_window(life: Lifespan | None, now: datetime, limits: Thresholds) -> bool:
    """Whether the token ends so soon that it is renewed ahead of time."""
    return life is not None and now >= renewal_starts(life, limits)


def renewal_starts(life: Lifespan, limits: Thresholds) -> datetime:
    """When renewal ahead of time begins: 72 h or a quarter of the life before the end."""
    return life.ends - _window(life, limits.renew_within, limits)


def _window(life: Lifespan, at_most: timedelta, limits: Thresholds) -> timedelta:
    return min(at_most, life.length * limits.window_share)


def stale_after(poll_seconds: float, limits: Thresholds) -> timedelta:
    """How old a confirmation may be before the icon stops vouching for it."""
    return max(limits.stale_after, timedelta(seconds=poll_seconds) * limits.stale_polls)


def _is_stale(
    confirmed_at: datetime, poll_seconds: float, now: datetime, limits: Thresholds
) -> bool:
    # One from the future vouches for nothing: the clock was set back since.
    age = now - confirmed_at
    return age >= stale_after(poll_seconds, limits) or age < -limits.skew


def _sign_in_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    """Row 8, the integration's sign-in: it is missing, has ended, or ends soon."""
    if (cause := why_not_signed_in(facts)) is not None:
        return _Match(8, *cause)
    if is_signed_in_anew(facts):
        return None
    life = known_life(facts, token_for(RenewalMethod.INTEGRATION_REFRESH, facts.credentials))
    if life is None:
        return None
    if now < life.ends - _window(life, limits.sign_in_within, limits):
        return None
    if now >= life.ends:
        return _Match(8, Reason.SIGN_IN_ENDED, Owner.YOU)
    return _Match(8, Reason.SIGN_IN_DUE, Owner.YOU, due_at=life.ends)


def _refresh_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    """Row 8, the last that renews: no use moves its end, nothing could mint another, it is soon."""
    life = last_refresh(facts, now)
    if life is None or now < life.ends - _window(life, limits.sign_in_within, limits):
        return None
    return _Match(8, Reason.REFRESH_DUE, Owner.YOU, due_at=life.ends)


def _other_fault(facts: Observations, limits: Thresholds) -> _Match | None:
    """Row 9: the token works and renews, but around it something is broken."""
    by_store = {
        StoreState.LOCKED: Reason.KEYRING_LOCKED,
        StoreState.REFUSED: Reason.SAVE_REFUSED,
        StoreState.MEMORY: Reason.MEMORY_ONLY,
    }
    if facts.unreachable:
        return _Match(9, Reason.KEYRING_UNREACHABLE, Owner.YOU)
    if facts.store_fault:
        return _Match(9, Reason.STORE_FAULT, Owner.YOU)
    if facts.store in by_store:
        return _Match(9, by_store[facts.store], Owner.YOU)
    if facts.env_fault:
        return _Match(9, Reason.ENV_FAULT, Owner.YOU)
    if facts.foreign_org:
        return _Match(9, Reason.FOREIGN_ORG, Owner.YOU)
    if facts.config_fault:
        return _Match(9, Reason.CONFIG_FAULT, Owner.YOU)
    if facts.skew is not None and abs(facts.skew) > limits.clock_off:
        return _Match(9, Reason.CLOCK_OFF, Owner.YOU)
    faults = {Availability.WRONG_CLIENT, Availability.BAD_REQUEST}
    mints = (
        RenewalMethod.MINT_CANDIDATE,
        RenewalMethod.MINT_PASTED,
        RenewalMethod.MINT_INTEGRATION,
    )
    if Availability.READY not in [facts.availabilities.get(method) for method in mints]:
        faults.add(Availability.FORBIDDEN)  # one account with the right is enough
    if faults & {facts.availabilities.get(method) for method in PROVEN}:
        return _Match(9, *cause_of_no_renewal(facts))
    return None


_SOURCE_REASONS = {
    Problem.FAILING: Reason.SOURCE_FAILING,
    Problem.ENDING: Reason.SOURCE_ENDING,
    Problem.MISMATCH: Reason.SOURCE_MISMATCH,
    Problem.GONE: Reason.SOURCE_GONE,
}


def _source_failure(
    facts: Observations, found_problems: Mapping[Problem, TopProblem]
) -> _Match | None:
    """Row 10: all is well but for a data source, and data will stop, or may have."""
    for what, reason in _SOURCE_REASONS.items():
        if what in found_problems:
            return _source_match(10, reason, found_problems[what])
    if facts.kept and facts.under_scoped:
        return _Match(10, Reason.SOURCES_UNSEEN, Owner.ADMIN)
    return None


def _source_match(row: int, reason: Reason, problem: TopProblem) -> _Match:
    failing = problem.watched.failing
    failure = failing.failure if failing else None
    return _Match(row, reason, source_owner(failing), failure, problem=problem)


def _detail(reason: Reason, facts: Observations) -> str:
    details = {
        Reason.STORE_FAULT: facts.store_fault,
        Reason.SAVE_REFUSED: facts.save_fault,
        Reason.ENV_FAULT: facts.env_fault,
        Reason.CONFIG_FAULT: facts.config_fault,
    }
    return details.get(reason, "")
