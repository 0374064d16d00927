"""When to look again: the interval, earlier near an expiry, back-off, waking from sleep."""

from __future__ import annotations

from datetime import datetime, timedelta

from tray_app.model.settings import Timing


def next_check(
    now: datetime,
    *,
    poll_seconds: float,
    failures: int,
    not_before: datetime | None,
    turning_points: tuple[datetime, ...],
    jitter: float,
    timing: Timing,
) -> datetime:
    """Return when to check next (UTC).

    `failures`: probes without answer in a row; `not_before`: what Webex asked for by Retry-After;
    `turning_points`: when a renewal is due or a life ends; `roll`: a random number in [0, 1).
    """
    # A tenth of jitter keeps many machines from asking in step.
    wait = poll_seconds * (0.95 + 0.1 * jitter)
    if failures:
        wait = back_off(failures, jitter, timing, at_least=poll_seconds)
    due = now + timedelta(seconds=wait)
    soonest = now + timedelta(seconds=min(timing.gap, poll_seconds))
    ahead = [max(soonest, point) for point in turning_points if point > now]
    due = min([due, *ahead])
    return max(due, not_before) if not_before else due


def back_off(failures: int, jitter: float, timing: Timing, *, at_least: float = 0.0) -> float:
    """Return the seconds to wait after so many failures (at least one) in a row. `at_least`: what
    the longest wait may come to, whatever the pace."""
    doubled = timing.first_retry * float(1 << min(failures - 1, 16))
    longest = min(max(timing.longest_retry, at_least), doubled)
    # Half fixed, half random: spread out, and yet never at once.
    return longest / 2 + jitter * longest / 2


def capped_retry_after(retry_after: float | None, timing: Timing) -> float:
    """Return the seconds to wait for a Retry-After, capped so that an absurd one cannot stop us."""
    return min(retry_after or 0.0, timing.longest_retry_after)


def after_unchanged(now: datetime, ends: datetime, timing: Timing) -> datetime:
    """Return when to renew next after a renewal that moved nothing.

    Half the remaining life, a day at most: a server that answers with the same token is not asked
    in a loop.
    """
    wait = min((ends - now) / 2, timedelta(seconds=timing.unchanged_at_most))
    return now + max(wait, timedelta(seconds=timing.gap))


def slept_or_clock_changed(wall_seconds: float, nap_seconds: float, drift_seconds: float) -> bool:
    """Say whether the wall clock moved as no nap explains: sleep, or a clock that was set.

    `drift_seconds`: how far it moved against the monotonic clock since the last look. That one
    stands still in sleep on Linux; where it runs on, the nap itself has been too long.
    """
    overslept = wall_seconds > nap_seconds * 1.5 + 1.0
    return overslept or abs(drift_seconds) > _STEP


_STEP = 2.0
"""Seconds; time servers move a running clock by less at a time."""
