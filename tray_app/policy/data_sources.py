"""Keeping data sources alive: when each gets its next token, and which has a problem.

Opt-in: `kept` are the ids that you ticked. A disabled data source never has a problem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from tray_app.model.data_sources import (
    DataSource,
    ExtensionFailure,
    Problem,
    TopProblem,
    WatchedDataSource,
)
from tray_app.model.failures import Refusal
from tray_app.policy.data_source_records import mismatch, names

if TYPE_CHECKING:
    from tray_app.model.health import Observations
    from tray_app.model.settings import Thresholds


def watch(
    facts: Observations, now: datetime, limits: Thresholds
) -> tuple[WatchedDataSource, ...] | None:
    """Return those that Webex lists, then kept ones that it does not; None if not known."""
    if facts.sources is None:
        return None
    named = names(facts.sources)
    target = facts.credentials.app.target_org_id
    listed = [
        WatchedDataSource(
            source,
            named[source.id],
            kept=source.id in facts.kept,
            ended=is_ended(source, now, limits),
            near=_expires_soon(source, now, limits),
            mismatch=mismatch(source, target),
            failing=facts.keeping.get(source.id),
            unattended=not facts.attended,
        )
        for source in facts.sources
    ]
    gone = sorted(facts.kept - set(named))
    return (*listed, *(WatchedDataSource(DataSource(i), i[:8], kept=True, gone=True) for i in gone))


def chosen(text: str, sources: tuple[WatchedDataSource, ...]) -> tuple[WatchedDataSource, ...]:
    """Return those that the text may mean: by id or name, else by the start of the id."""
    exact = tuple(each for each in sources if text in (each.source.id, each.name))
    return exact or tuple(each for each in sources if text and each.source.id.startswith(text))


def is_ended(source: DataSource, now: datetime, limits: Thresholds) -> bool:
    """Whether its token expired, and its data stopped."""
    return source.ends is not None and now > source.ends + limits.skew


def _expires_soon(source: DataSource, now: datetime, limits: Thresholds) -> bool:
    if source.ends is None:
        return False
    within = limits.source_within
    if source.length is not None:
        within = min(within, source.length * limits.window_share)
    return now >= source.ends - within


def due_at(source: DataSource, limits: Thresholds) -> datetime | None:
    """Return when a kept one is to be extended (UTC); None if its expiry is unknown.

    A quarter of its life before the expiry, at least ten minutes, at most half of a short life; and
    up to half of that earlier, by its own share, so that they do not all fall due together.
    """
    if source.ends is None:
        return None
    lead = limits.extend_ahead
    if source.length is not None:
        lead = min(max(lead, source.length * limits.window_share), source.length / 2)
    return source.ends - lead * (1 + _share(source.id) / 2)


def _share(source_id: str) -> float:
    """A number in [0, 1), always the same for this data source."""
    return int.from_bytes(sha256(source_id.encode()).digest()[:4]) / 2**32


LONGEST_WAIT = timedelta(minutes=30)


def longest_wait(source: DataSource | None, now: datetime) -> timedelta:
    """Return the longest retry delay: half an hour, or a tenth of its remaining life if shorter."""
    if source is None or source.ends is None:
        return LONGEST_WAIT
    return min(LONGEST_WAIT, max(source.ends - now, timedelta(0)) / 10)


def next_due(
    source: DataSource,
    failing: ExtensionFailure | None,
    now: datetime,
    limits: Thresholds,
    longest: timedelta,
) -> datetime | None:
    """Return when to extend a kept one next, after failures, too (UTC); None for never.

    `longest`: the longest retry delay. One that seems longer began before the clock was set back.
    """
    due = None if source.is_disabled else due_at(source, limits)
    if due is None or failing is None or failing.again_at - now > longest:
        return due
    return max(due, failing.again_at)


def problem_of(watched: WatchedDataSource) -> Problem | None:
    """Return what is wrong with it; None if nothing is, or it is disabled."""
    failing, source = watched.failing, watched.source
    if source.is_disabled:
        return None
    if watched.gone:
        return Problem.GONE
    if watched.kept and watched.ended:
        return Problem.STOPPED
    # A rejected service app token shows in rows 1 to 4 of the health table.
    refused = (
        failing is not None and failing.failure is None and failing.refusal is not Refusal.REJECTED
    )
    # Without a known expiry it cannot be kept alive.
    if watched.kept and (source.ends is None or refused or (failing and watched.near)):
        return Problem.FAILING
    if watched.near and (watched.unattended or not watched.kept):
        return Problem.ENDING
    return Problem.MISMATCH if watched.mismatch else None


def problems(watched: tuple[WatchedDataSource, ...] | None) -> Mapping[Problem, TopProblem]:
    """Return for each problem the data source to name: the one that expires first."""
    found: dict[Problem, list[WatchedDataSource]] = {}
    for each in watched or ():
        what = problem_of(each)
        if what is not None:
            found.setdefault(what, []).append(each)
    return {
        what: TopProblem(min(all_, key=_expiry_order), len(all_) - 1)
        for what, all_ in found.items()
    }


def _expiry_order(watched: WatchedDataSource) -> tuple[float, str]:
    ends = watched.source.ends
    return ends.timestamp() if ends else math.inf, watched.source.id
