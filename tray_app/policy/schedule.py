"""When to check again: the interval, earlier near an expiry, retry delays, waking from sleep."""

from __future__ import annotations

from datetime import datetime, timedelta

from tray_app.model.settings import Timing


def next_check(
    now: datetime,
    *,
    poll_seconds: float,
    failures: int,
    is_offline: bool,
    not_before: datetime | None,
    turning_points: tuple[datetime, ...],
    jitter: float,
    timing: Timing,
) -> datetime:
    """Return when to check next (UTC).

    `failures`: unanswered checks in a row; `is_offline`: whether the last one had no connection;
    `not_before`: from Retry-After; `turning_points`: when a renewal is due or a token expires;
    `jitter`: a random number in [0, 1).
    """
    # A tenth of jitter, so that many machines do not ask at the same time.
    wait = poll_seconds * (0.95 + 0.1 * jitter)
    if failures and is_offline:
        wait = offline_retry(jitter, timing)
    elif failures:
        wait = back_off(failures, jitter, timing, at_least=poll_seconds)
    due = now + timedelta(seconds=wait)
    soonest = now + timedelta(seconds=min(timing.gap, poll_seconds))
    ahead = [max(soonest, point) for point in turning_points if point > now]
    due = min([due, *ahead])
    return max(due, not_before) if not_before else due


def back_off(failures: int, jitter: float, timing: Timing, *, at_least: float = 0.0) -> float:
    """Return the retry delay in seconds after so many failures in a row (at least one).

    `at_least`: lower limit of the longest delay."""
    doubled = timing.first_retry * float(1 << min(failures - 1, 16))
    longest = min(max(timing.longest_retry, at_least), doubled)
    # Half fixed, half random: spread out, but never immediate.
    return longest / 2 + jitter * longest / 2


def offline_retry(jitter: float, timing: Timing) -> float:
    """Return the retry delay in seconds while there is no connection to Webex.

    It does not grow, so that a check soon follows the network's return; until then, no request is
    sent."""
    return timing.first_retry * (2 + jitter) / 4


def capped_retry_after(retry_after: float | None, timing: Timing) -> float:
    """Return the seconds to wait for a Retry-After, at most `longest_retry_after`."""
    return min(retry_after or 0.0, timing.longest_retry_after)


def after_unchanged(now: datetime, ends: datetime, timing: Timing) -> datetime:
    """Return when to renew after a renewal that did not extend the token: after half of its
    remaining life, at most a day, so that a server that returns the same token is not asked again
    and again."""
    wait = min((ends - now) / 2, timedelta(seconds=timing.unchanged_at_most))
    return now + max(wait, timedelta(seconds=timing.gap))


def slept_or_clock_changed(wall_seconds: float, nap_seconds: float, drift_seconds: float) -> bool:
    """Whether the machine slept, or its clock was set, during a wait of `nap_seconds`.

    `drift_seconds`: how far the wall clock moved against the monotonic clock, which stands still
    during sleep on Linux. Elsewhere it runs on, and the wait was too long.
    """
    overslept = wall_seconds > nap_seconds * 1.5 + 1.0
    return overslept or abs(drift_seconds) > _STEP


_STEP = 2.0
"""Seconds; time servers adjust a running clock by less at a time."""
