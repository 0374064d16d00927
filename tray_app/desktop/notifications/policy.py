"""When the user is notified: once when it gets worse and stays so, never at every check.

A state machine. `decide` is pure and total: what the user knows and the health now go in; what to
do comes out, and when to decide again if nothing else happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from tray_app.desktop.notifications.content import (
    Notification,
    PendingReply,
    notification_of,
    with_notices,
)
from tray_app.model.health import PEOPLE, Health, Reason
from tray_app.model.quiet_hours import NotificationTiming, QuietHours, Snooze, snooze_end
from tray_app.model.signs import Colour

_MAX_SNOOZE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NotifierState:
    """What the user knows from us.

    `colour`, `reason`, `source_name`: how bad it is, why, and with which data source; `standing`:
    our notification of it may still be on the screen; `since`: since when it has been worse than
    that (UTC), None if it is not; `snoozed_until`: UTC; `notices`: messages beside the health that
    are still to be shown.
    """

    colour: Colour = Colour.GREEN
    reason: Reason = Reason.WORKS
    source_name: str = ""
    standing: bool = False
    since: datetime | None = None
    snoozed_until: datetime | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and what the user knows then. With a `notification` nothing is withdrawn.

    `decide_at` (UTC): decide again then; None if only a new snapshot can change the decision.
    """

    state: NotifierState
    notification: Notification | None = None
    withdraw: bool = False
    decide_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """How this user wants to be notified. `zone`: None is the machine's."""

    notification_timing: NotificationTiming = field(default_factory=NotificationTiming)
    quiet: QuietHours | None = None
    zone: tzinfo | None = None


def decide(
    state: NotifierState,
    health: Health,
    now: datetime,
    preferences: NotificationPreferences,
    reply: PendingReply | None = None,
) -> Decision:
    """Decide on the health now. `reply`: what the user waits for, if this is the answer."""
    state = _without_ended_snooze(state, now)
    if reply is not None and reply.is_needed:
        standing = health.colour is not Colour.GREEN
        known = replace(_with_health(state, health), standing=standing, since=None)
        return _with_notices(
            Decision(known, notification_of(health, now, preferences.zone, reply)),
            health,
            now,
            preferences,
        )
    return _with_notices(_decide_unasked(state, health, now, preferences), health, now, preferences)


def snooze(
    state: NotifierState, choice: Snooze, now: datetime, preferences: NotificationPreferences
) -> Decision:
    """Snooze, and withdraw what stands; what is still true afterwards is shown again."""
    if choice is Snooze.OFF:
        return Decision(replace(state, snoozed_until=None))
    until = snooze_end(choice, now, preferences.notification_timing, preferences.zone)
    return Decision(
        NotifierState(since=state.since, snoozed_until=until, notices=state.notices),
        withdraw=state.standing,
    )


def is_passing(health: Health) -> bool:
    """Rows 4 and 5: the program is about to find out, or to repair it automatically."""
    return health.row in (4, 5)


def _decide_unasked(
    state: NotifierState, health: Health, now: datetime, preferences: NotificationPreferences
) -> Decision:
    if is_passing(health):
        return Decision(state)
    if health.colour.severity < state.colour.severity or health.colour is Colour.GREEN:
        return _decide_improvement(state, health, now, preferences)
    if not _is_worse_or_other(state, health):
        return Decision(replace(state, since=None))
    since = min(state.since or now, now)  # later than now: the clock was set back
    due = max(
        since + preferences.notification_timing.delay, _silent_until(state, now, preferences) or now
    )
    if now < due:
        return Decision(replace(state, since=since), decide_at=due)
    return _notify(state, health, now, preferences)


def _decide_improvement(
    state: NotifierState, health: Health, now: datetime, preferences: NotificationPreferences
) -> Decision:
    """What stands is no longer true: replace it if the user is still needed, else withdraw it."""
    still = health.who in PEOPLE
    if state.standing and still and _silent_until(state, now, preferences) is None:
        return _notify(state, health, now, preferences)
    known = replace(_with_health(state, health), standing=False, since=None)
    return Decision(known, withdraw=state.standing)


def _is_worse_or_other(state: NotifierState, health: Health) -> bool:
    """Whether the colour is worse than the user knows, or another reason needs the user. What
    stands in red must stay true in any case."""
    if health.colour.severity > state.colour.severity:
        return True
    is_stale = state.standing and health.colour is Colour.RED
    is_other = (health.reason, _source_name(health)) != (state.reason, state.source_name)
    return is_other and (health.who in PEOPLE or is_stale)


def _with_health(state: NotifierState, health: Health) -> NotifierState:
    return replace(
        state, colour=health.colour, reason=health.reason, source_name=_source_name(health)
    )


def _source_name(health: Health) -> str:
    return health.problem.watched.name if health.problem else ""


def _notify(
    state: NotifierState, health: Health, now: datetime, preferences: NotificationPreferences
) -> Decision:
    known = replace(_with_health(state, health), standing=True, since=None)
    return Decision(known, notification_of(health, now, preferences.zone))


def _with_notices(
    decision: Decision, health: Health, now: datetime, preferences: NotificationPreferences
) -> Decision:
    """Add the notices to the notification, or make one of them; never replace one that stands."""
    state, silent_until = decision.state, _silent_until(decision.state, now, preferences)
    moments = [at for at in (decision.decide_at, state.snoozed_until) if at is not None]
    may_show = silent_until is None and not state.standing
    if state.notices and (decision.notification is not None or may_show):
        notification = with_notices(decision.notification, state.notices, health)
        state = replace(state, notices=())
        decision = Decision(state, notification)
    elif state.notices and silent_until is not None:
        moments.append(silent_until)
    return replace(decision, decide_at=min(moments, default=None))


def _silent_until(
    state: NotifierState, now: datetime, preferences: NotificationPreferences
) -> datetime | None:
    """Return until when nothing is shown that the user did not ask for; None if it may be now."""
    quiet = preferences.quiet.until(now, preferences.zone) if preferences.quiet else None
    return max((at for at in (state.snoozed_until, quiet) if at is not None), default=None)


def _without_ended_snooze(state: NotifierState, now: datetime) -> NotifierState:
    """A snooze ends at its time, or if the clock was set back by days."""
    until = state.snoozed_until
    if until is None or now < until <= now + _MAX_SNOOZE:
        return state
    return replace(state, snoozed_until=None)
