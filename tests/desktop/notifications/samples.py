"""Verdicts, and what a user reads of them to whom everything is shown at once."""

from __future__ import annotations

from datetime import UTC, timedelta

from tests.policy.samples import GOOD, HOUR, NOW, but, closed
from tests.policy.situation import DEAD, NO_SIGN_IN
from tray_app.desktop.notifications.content import Notification, PendingReply
from tray_app.desktop.notifications.policy import (
    NotificationPreferences,
    NotifierState,
    decide,
)
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Health, Observations
from tray_app.model.quiet_hours import NotificationTiming
from tray_app.model.renewal import Availability, Renewing
from tray_app.model.settings import Thresholds
from tray_app.policy.health import evaluate

AT_ONCE = NotificationPreferences(NotificationTiming(delay=timedelta()), zone=UTC)


def judge(facts: Observations) -> Health:
    return evaluate(facts, NOW, Thresholds())


def told_at_once(
    health: Health, reply: PendingReply | None = None, state: NotifierState | None = None
) -> Notification:
    """What a user reads to whom everything is shown at once."""
    notification = decide(state or NotifierState(), health, NOW, AT_ONCE, reply).notification
    assert notification is not None
    return notification


GREEN = judge(GOOD)
RED = judge(but(DEAD, availabilities=closed(Availability.DEAD)))
ENDED = judge(but(DEAD, availabilities=closed(Availability.MISSING), credentials=NO_SIGN_IN))
FAILS = judge(but(DEAD, renewing=Renewing(2, NOW, TransportFailure.CONNECTION)))
STALE = judge(but(confirmed_at=NOW - 3 * HOUR, check_failure=TransportFailure.DNS))
AMBER = judge(but(skew=HOUR))
LOCKED = judge(but(DEAD, availabilities=closed(Availability.LOCKED)))
FOREIGN = judge(but(foreign_org=True))
UNANSWERED = judge(but(check_failure=TransportFailure.TIMEOUT))
