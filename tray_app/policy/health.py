"""The health: observations in, health out. The first row that matches counts.

The table of the rows is in docs/architecture.md, "Health"; a test compares it with the program. The
numbers are `Thresholds`; a window is also at most a quarter of the token's life.

`evaluate` is total (row 11 always matches), deterministic (`now` is an argument) and monotone (a
worse fact never gives a better colour).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from tray_app.model.credentials import Lifespan
from tray_app.model.data_sources import Problem, TopProblem, WatchedDataSource
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.settings import Thresholds
from tray_app.model.signs import Colour, Shape
from tray_app.policy import organization
from tray_app.policy.data_sources import problems, watch
from tray_app.policy.exercise import due_exercises, known_life
from tray_app.policy.forecast import breaks_first, last_refresh
from tray_app.policy.health_causes import (
    PROVEN,
    cause_of_no_renewal,
    failure_fixer,
    is_signed_in_anew,
    source_fixer,
    why_not_signed_in,
)
from tray_app.policy.health_links import links
from tray_app.policy.outlook import with_outlook
from tray_app.policy.renewal import is_mint, token_for


def evaluate(facts: Observations, now: datetime, limits: Thresholds) -> Health:
    """Return the health at `now` (UTC)."""
    dead = is_dead(facts, now, limits)
    sources = watch(facts, now, limits)
    match = _first_match(facts, sources, now, limits, dead=dead)
    return Health(
        row=match.row,
        colour=_COLOURS.get(match.row, Colour.AMBER),
        shape=_SHAPES.get(match.row, Shape.BANG),
        reason=match.reason,
        who=match.who,
        links=with_outlook(
            links(facts, sources, now, dead=dead),
            facts,
            sources,
            now,
            limits,
            renew_at=renewal_starts(facts.lifespan, limits) if facts.lifespan else None,
        ),
        until=facts.ends_at,
        checked_at=facts.checked_at,
        waits_until=facts.waits_until,
        confirmed_at=facts.confirmed_at,
        next_try_at=facts.next_try_at,
        failure=match.failure,
        due_at=match.due_at,
        detail=_detail(match.reason, facts),
        unanswered=facts.check_failure,
        trace=facts.check_trace,
        renewing=facts.renewing,
        plain_text_store=facts.plain_text_store,
        sources=sources,
        problem=match.problem,
        incident=facts.incident,
        breaks_first=None if dead else breaks_first(facts, sources, now),
    )


class _Match(NamedTuple):
    row: int
    reason: Reason
    who: Fixer | None
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
    found = problems(sources)
    if dead:
        return (
            _rows_1_and_2(facts, now, limits)
            or _row_3(found)
            or _Match(4, Reason.RENEWING, Fixer.ITSELF, facts.renewing.failure)
        )
    return (
        _row_3(found)
        or _rows_5_and_6(facts, now, limits)
        or _row_7(facts, now, limits)
        or _row_8(facts, now, limits)
        or _row_9(facts, limits)
        or _row_10(facts, found)
        or _Match(11, Reason.WORKS, None)
    )


def _rows_1_and_2(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    if facts.env_fault or not (_is_able(facts) or facts.can_write_back):
        return _Match(1, *cause_of_no_renewal(facts))
    if _cannot_save(facts):
        return _Match(1, _why_not_saved(facts), Fixer.YOU)
    if _renewal_fails(facts, now, limits):
        return _renewal_failure(2, facts)
    return None if facts.attended else _Match(1, Reason.RENEWAL_DUE, Fixer.YOU)


def _row_3(found: Mapping[Problem, TopProblem]) -> _Match | None:
    stopped = found.get(Problem.STOPPED)
    return _source_match(3, Reason.SOURCE_STOPPED, stopped) if stopped else None


def _rows_5_and_6(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    failure = facts.check_failure
    if facts.confirmed_at is None:
        if failure is None:
            return _Match(5, Reason.CHECKING, Fixer.ITSELF)
        return _Match(5, Reason.CANNOT_CHECK, failure_fixer(failure), failure)
    if _is_stale(facts.confirmed_at, facts.poll_seconds, now, limits):
        return _Match(6, Reason.STALE, failure_fixer(failure), failure)
    return None


def _row_7(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    if not _is_able(facts):
        return None
    if facts.renewing.failures and in_renewal_window(facts.lifespan, now, limits):
        if _cannot_save(facts):
            return _Match(7, _why_not_saved(facts), Fixer.YOU)
        return _renewal_failure(7, facts)
    if _nothing_renews(facts, now, limits):
        return _Match(7, Reason.RENEWAL_DUE, Fixer.YOU, due_at=facts.ends_at)
    return None


def _row_8(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    if not _is_able(facts):
        return _Match(8, *cause_of_no_renewal(facts), due_at=facts.ends_at)
    return (
        _sign_in_due(facts, now, limits)
        or _refresh_due(facts, now, limits)
        or _exercise_due(facts, now, limits)
    )


def _row_9(facts: Observations, limits: Thresholds) -> _Match | None:
    clock_is_wrong = facts.skew is not None and abs(facts.skew) > limits.clock_off
    causes = (
        (facts.unreachable, Reason.KEYRING_UNREACHABLE),
        (facts.store_fault, Reason.STORE_FAULT),
        (facts.store is StoreState.LOCKED, Reason.KEYRING_LOCKED),
        (facts.store is StoreState.REFUSED, Reason.SAVE_REFUSED),
        (facts.store is StoreState.MEMORY, Reason.MEMORY_ONLY),
        (facts.env_fault, Reason.ENV_FAULT),
        (facts.output_fault, Reason.OUTPUT_FAULT),
        (facts.foreign_org, Reason.FOREIGN_ORG),
        (facts.config_fault, Reason.CONFIG_FAULT),
        (clock_is_wrong, Reason.CLOCK_OFF),
    )
    for applies, reason in causes:
        if applies:
            return _Match(9, reason, Fixer.YOU)
    refused = {Availability.WRONG_CLIENT, Availability.BAD_REQUEST}
    minting = {facts.availabilities.get(method) for method in RenewalMethod if is_mint(method)}
    if Availability.READY not in minting:  # one account with the permission is enough
        refused.add(Availability.FORBIDDEN)
    if refused & {facts.availabilities.get(method) for method in PROVEN}:
        return _Match(9, *cause_of_no_renewal(facts))
    return None


_SOURCE_REASONS = {
    Problem.FAILING: Reason.SOURCE_FAILING,
    Problem.ENDING: Reason.SOURCE_ENDING,
    Problem.MISMATCH: Reason.SOURCE_MISMATCH,
    Problem.GONE: Reason.SOURCE_GONE,
}


def _row_10(facts: Observations, found: Mapping[Problem, TopProblem]) -> _Match | None:
    for problem, reason in _SOURCE_REASONS.items():
        if problem in found:
            return _source_match(10, reason, found[problem])
    if facts.kept and facts.under_scoped:
        return _Match(10, Reason.SOURCES_UNSEEN, Fixer.ADMIN)
    return None


# --- conditions -----------------------------------------------------------------------------------


def _is_able(facts: Observations) -> bool:
    """Whether a method can act without a person."""
    return Availability.READY in facts.availabilities.values()


def _renewal_fails(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    failing = facts.renewing
    if not facts.attended:
        return failing.failures > 0
    lasts = failing.since is not None and now - failing.since >= limits.failing_for
    return failing.failures >= limits.failing_times or lasts


def _renewal_failure(row: int, facts: Observations) -> _Match:
    failure = facts.renewing.failure
    return _Match(row, Reason.RENEWAL_FAILS, failure_fixer(failure), failure)


def _cannot_save(facts: Observations) -> bool:
    """Whether nothing was renewed because the store would not have taken the new tokens."""
    failing = facts.renewing
    refuses = facts.store is StoreState.REFUSED
    return refuses and failing.failures > 0 and failing.failure is None


def _why_not_saved(facts: Observations) -> Reason:
    return Reason.STORE_FAULT if facts.store_fault else Reason.SAVE_REFUSED


def _nothing_renews(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    """Whether too much of the renewal window has passed and nothing is running."""
    life = facts.lifespan
    if facts.attended or life is None:
        return False
    return now >= life.ends - (life.ends - renewal_starts(life, limits)) * limits.unattended_share


def _sign_in_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    if (cause := why_not_signed_in(facts)) is not None:
        return _Match(8, *cause)
    if is_signed_in_anew(facts):
        return None
    life = known_life(facts, token_for(RenewalMethod.INTEGRATION_REFRESH, facts.credentials))
    if life is None or now < life.ends - _lead(life, facts, limits):
        return None
    if now >= life.ends:
        return _Match(8, Reason.SIGN_IN_ENDED, Fixer.YOU)
    return _Match(8, Reason.SIGN_IN_DUE, Fixer.YOU, due_at=life.ends)


def _refresh_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    life = last_refresh(facts, now)
    if life is None or now < life.ends - _lead(life, facts, limits):
        return None
    return _Match(8, Reason.REFRESH_DUE, Fixer.YOU, due_at=life.ends)


def _exercise_due(facts: Observations, now: datetime, limits: Thresholds) -> _Match | None:
    if facts.attended:
        return None
    latest = now - limits.exercise_overdue
    overdue = any(exercise.due_at <= latest for exercise in due_exercises(facts, now))
    return _Match(8, Reason.EXERCISE_DUE, Fixer.YOU) if overdue else None


def _source_match(row: int, reason: Reason, problem: TopProblem) -> _Match:
    failing = problem.watched.failing
    failure = failing.failure if failing else None
    return _Match(row, reason, source_fixer(failing), failure, problem=problem)


def is_dead(facts: Observations, now: datetime, limits: Thresholds) -> bool:
    """Whether the token is missing, was rejected, or expired and was not confirmed since."""
    if facts.token is None or facts.rejected:
        return True
    return has_expired(facts.lifespan, facts.confirmed_at, now, limits)


def has_expired(
    life: Lifespan | None, confirmed_at: datetime | None, now: datetime, limits: Thresholds
) -> bool:
    """Whether a token expired, and was not seen to work after that."""
    if life is None or (confirmed_at is not None and confirmed_at > life.ends):
        return False
    return now > life.ends + limits.skew


def in_renewal_window(life: Lifespan | None, now: datetime, limits: Thresholds) -> bool:
    """Whether the token expires so soon that it is renewed ahead of time."""
    return life is not None and now >= renewal_starts(life, limits)


def renewal_starts(life: Lifespan, limits: Thresholds) -> datetime:
    """Return when the renewal window begins (UTC)."""
    return life.ends - _window(life, limits.renew_within, limits)


def _window(life: Lifespan, at_most: timedelta, limits: Thresholds) -> timedelta:
    return min(at_most, life.length * limits.window_share)


def _lead(life: Lifespan, facts: Observations, limits: Thresholds) -> timedelta:
    """How long before its end a person is asked. Who asks for a longer lead than the default gets
    more of a short life."""
    lead = facts.lead or limits.sign_in_within
    if lead > limits.sign_in_within:
        return min(lead, life.length * limits.longer_lead_share)
    return _window(life, lead, limits)


def stale_after(poll_seconds: float, limits: Thresholds) -> timedelta:
    """Return the age at which a confirmation no longer counts."""
    return max(limits.stale_after, timedelta(seconds=poll_seconds) * limits.stale_polls)


def _is_stale(
    confirmed_at: datetime, poll_seconds: float, now: datetime, limits: Thresholds
) -> bool:
    # A confirmation from the future does not count: the clock has been set back since.
    age = now - confirmed_at
    return age >= stale_after(poll_seconds, limits) or age < -limits.skew


# --- the rest of the health -----------------------------------------------------------------------


def not_set_up(faults: tuple[str, ...]) -> Health:
    """Return the health if the config cannot be used: row 1, with nothing else known."""
    more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Health(
        row=1,
        colour=Colour.RED,
        shape=Shape.CROSS,
        reason=Reason.NOT_SET_UP,
        who=Fixer.YOU,
        links=(),
        detail=faults[0] + more,
    )


def _detail(reason: Reason, facts: Observations) -> str:
    details = {
        Reason.STORE_FAULT: facts.store_fault,
        Reason.SAVE_REFUSED: facts.save_fault,
        Reason.ENV_FAULT: facts.env_fault,
        Reason.OUTPUT_FAULT: facts.output_fault,
        Reason.CONFIG_FAULT: facts.config_fault,
    }
    return details.get(reason, "") or organization.doubt(reason, facts)
