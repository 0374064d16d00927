"""What a worker publishes: the health and its current activity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.data_sources import Extension
    from tray_app.model.events import Event
    from tray_app.model.quiet_hours import QuietHours
    from tray_app.model.sign_in import Outcome


class Activity(StrEnum):
    """What the worker is doing."""

    NOTHING = "nothing"
    CHECKING = "checking"
    REFRESHING = "refreshing"
    SIGNING_IN = "signing-in"
    EXTENDING = "extending"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What icon, menu and notifications show.

    If this snapshot ends a task: `asked`: your request; `last_method`: the one that renewed;
    `signed_in`, `extended`: the outcome. `sign_in_until`: a page waits for you until then (UTC);
    `notices`: sentences to show once; `waits`: the first check has not begun; `recent`: the latest
    events, newest first; `quiet`: the quiet hours.
    """

    health: Health
    activity: Activity = Activity.NOTHING
    last_method: RenewalMethod | None = None
    asked: UserRequest | None = None
    signed_in: Outcome | None = None
    extended: Extension | None = None
    sign_in_until: datetime | None = None
    notices: tuple[str, ...] = ()
    waits: bool = False
    recent: tuple[Event, ...] = ()
    quiet: QuietHours | None = None


STARTING = Snapshot(
    Health(5, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Fixer.ITSELF, links=()), Activity.CHECKING
)
"""Shown until the first check ends."""

FAILED = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.OWN_FAULT, Fixer.DEVELOPER, links=()))
"""Shown while this program itself fails: nothing is known, and nothing renews."""


def waiting(next_try_at: datetime | None) -> Snapshot:
    """Return what is shown before the first check, due at `next_try_at` (UTC)."""
    return Snapshot(replace(STARTING.health, next_try_at=next_try_at), waits=True)


class UserRequest(StrEnum):
    """What you asked for. It gets an answer."""

    CHECK = "check"
    CHECK_ALL = "check-all"
    """Of several profiles, answered together."""
    REFRESH = "refresh"
    SIGN_IN = "sign-in"
    EXTEND = "extend"
    START = "start"
    """A second start of the program."""
