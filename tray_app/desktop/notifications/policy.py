"""When a person is told something: once when it gets worse and stays so, never at every check.

A state machine. `decide` is pure and total: what a person knows and what is so now go in, what is
to be done comes out, and when it wants to be asked again though nothing has been heard since.
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
from tray_app.model.health import Health, Owner, Reason
from tray_app.model.quiet_hours import NotificationTiming, QuietHours, Snooze, snooze_end
from tray_app.model.signs import Colour

_BADNESS = {Colour.GREEN: 0, Colour.AMBER: 1, Colour.RED: 2}
_PEOPLE = (Owner.YOU, Owner.DEVELOPER, Owner.ADMIN)
_LONGEST_SNOOZE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NotifierState:
    """What a person knows from us.

    `colour`, `reason` and `about`: how bad it is, why, and of which data source; `standing`: our
    notice of that may still be on the screen; `since`: since when it has been worse than that
    (UTC), None where it is not; `snoozed_until`: not before then (UTC); `notices`: what is to be
    told beside the health.
    """

    colour: Colour = Colour.GREEN
    reason: Reason = Reason.WORKS
    about: str = ""
    standing: bool = False
    since: datetime | None = None
    snoozed_until: datetime | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and what a person knows then. With a `notice` there is nothing to withdraw.

    `ask_at` (UTC): decide again then, None where only something new can change it.
    """

    told: NotifierState
    notice: Notification | None = None
    withdraw: bool = False
    ask_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotificationPreferences:
    """How this person wants to be told. `zone`: None is the machine's."""

    notification_timing: NotificationTiming = field(default_factory=NotificationTiming)
    quiet: QuietHours | None = None
    zone: tzinfo | None = None


def decide(
    told: NotifierState,
    health: Health,
    now: datetime,
    customs: NotificationPreferences,
    question: PendingReply | None = None,
) -> Decision:
    """Decide on what is so now. `question`: what a person has asked for, if this answers it."""
    told = _awake(told, now)
    if question is not None and question.deserves_an_answer(health):
        standing = health.colour is not Colour.GREEN
        known = replace(_knowing(told, health), standing=standing, since=None)
        return _with_notices(
            Decision(known, notification_of(health, now, customs.zone, question)),
            health,
            now,
            customs,
        )
    return _with_notices(_unasked(told, health, now, customs), health, now, customs)


def snooze(
    told: NotifierState, choice: Snooze, now: datetime, customs: NotificationPreferences
) -> Decision:
    """Say no more for a while, and take down what stands; what is still so then is told anew."""
    if choice is Snooze.OFF:
        return Decision(replace(told, snoozed_until=None))
    until = snooze_end(choice, now, customs.notification_timing, customs.zone)
    return Decision(
        NotifierState(since=told.since, snoozed_until=until, notices=told.notices),
        withdraw=told.standing,
    )


def is_passing(health: Health) -> bool:
    """Rows 4 and 5: the program is about to find out or to repair it by itself."""
    return health.row in (4, 5)


def _unasked(
    told: NotifierState, health: Health, now: datetime, customs: NotificationPreferences
) -> Decision:
    if is_passing(health):
        return Decision(told)
    if _BADNESS[health.colour] < _BADNESS[told.colour] or health.colour is Colour.GREEN:
        return _better(told, health, now, customs)
    if not _is_news(told, health):
        return Decision(replace(told, since=None))
    since = min(told.since or now, now)  # from the future: the clock was set back since
    due = max(since + customs.notification_timing.delay, _held_until(told, now, customs) or now)
    if now < due:
        return Decision(replace(told, since=since), ask_at=due)
    return _tell(told, health, now, customs)


def _better(
    told: NotifierState, health: Health, now: datetime, customs: NotificationPreferences
) -> Decision:
    """What stands is no longer so: it says what is so now, where a person is still needed."""
    still = health.who in _PEOPLE
    if told.standing and still and _held_until(told, now, customs) is None:
        return _tell(told, health, now, customs)
    known = replace(_knowing(told, health), standing=False, since=None)
    return Decision(known, withdraw=told.standing)


def _is_news(told: NotifierState, health: Health) -> bool:
    """Whether it is worse than what a person knows: by its colour, or by another reason that needs
    a person. What stands in red is to stay true in any case."""
    if _BADNESS[health.colour] > _BADNESS[told.colour]:
        return True
    lies = told.standing and health.colour is Colour.RED
    is_other = (health.reason, _about(health)) != (told.reason, told.about)
    return is_other and (health.who in _PEOPLE or lies)


def _knowing(told: NotifierState, health: Health) -> NotifierState:
    return replace(told, colour=health.colour, reason=health.reason, about=_about(health))


def _about(health: Health) -> str:
    return health.problem.watched.name if health.problem else ""


def _tell(
    told: NotifierState, health: Health, now: datetime, customs: NotificationPreferences
) -> Decision:
    known = replace(_knowing(told, health), standing=True, since=None)
    return Decision(known, notification_of(health, now, customs.zone))


def _with_notices(
    decision: Decision, health: Health, now: datetime, customs: NotificationPreferences
) -> Decision:
    """Add the news to a notice, or make one of them; not in the place of one that is to stay."""
    told, held = decision.told, _held_until(decision.told, now, customs)
    asks = [at for at in (decision.ask_at, told.snoozed_until) if at is not None]
    if told.notices and (decision.notice is not None or (held is None and not told.standing)):
        notice = with_notices(decision.notice, told.notices, health)
        told = replace(told, notices=())
        decision = Decision(told, notice)
    elif told.notices and held is not None:
        asks.append(held)
    return replace(decision, ask_at=min(asks, default=None))


def _held_until(
    told: NotifierState, now: datetime, customs: NotificationPreferences
) -> datetime | None:
    """Until when nothing is said unasked, None where nothing speaks against it."""
    quiet = customs.quiet.until(now, customs.zone) if customs.quiet else None
    return max((at for at in (told.snoozed_until, quiet) if at is not None), default=None)


def _awake(told: NotifierState, now: datetime) -> NotifierState:
    """The snooze is over when its time has come, or when the clock was set back by days."""
    until = told.snoozed_until
    if until is None or now < until <= now + _LONGEST_SNOOZE:
        return told
    return replace(told, snoozed_until=None)
