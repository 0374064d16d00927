"""What the worker publishes: the health, and what is going on beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.model.health import Health, Owner, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.data_sources import Extension
    from tray_app.model.events import Event
    from tray_app.model.quiet_hours import QuietHours
    from tray_app.model.sign_in import Outcome


class Activity(StrEnum):
    """What the worker is at."""

    NOTHING = "nothing"
    CHECKING = "checking"
    REFRESHING = "refreshing"
    SIGNING_IN = "signing-in"
    EXTENDING = "extending"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a person may see.

    `answered`: the rung of the renewal that this snapshot ends; `asked`: what a person asked for,
    if this snapshot ends it; `signed_in`, `extended`: what came of a sign-in, and of extending a
    data source, if this snapshot ends one;
    `sign_in_until`: a page in the browser waits for a person until then (UTC); `notices`: what to
    say once, beside the health; `waits`: the first check has yet to begin; `recent`: the last
    events, the newest first; `quiet`: when nobody is to be told anything unasked.
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
    Health(5, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Owner.ITSELF, links=()), Activity.CHECKING
)
"""What is shown until the first check has ended."""

FAILED = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.OWN_FAULT, Owner.DEVELOPER, links=()))
"""What is shown while this program itself is at fault: nothing is known, and nothing renews."""


def waiting(next_try_at: datetime | None) -> Snapshot:
    """Return what is shown while the first check waits for its turn (UTC)."""
    return Snapshot(replace(STARTING.health, next_try_at=next_try_at), waits=True)


class UserRequest(StrEnum):
    """What a person did, who therefore waits for an answer."""

    CHECK = "check"
    REFRESH = "refresh"
    SIGN_IN = "sign-in"
    EXTEND = "extend"
    START = "start"
    """Started the program although it runs already."""
