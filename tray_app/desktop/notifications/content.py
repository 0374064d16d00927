"""A notification: its texts, and what a click on it does. No secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from tray_app.model.data_sources import Extension
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.printable import printable
from tray_app.model.renewal import RenewalMethod
from tray_app.model.sign_in import SUCCESSES, Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest
from tray_app.model.steps import UserAction, action_for
from tray_app.text.data_sources import extension_outcome
from tray_app.text.failures import FAILURE_NAMES
from tray_app.text.health import (
    checked_line,
    next_step,
    renewal_line,
    renewal_outcome,
    should_work,
    unanswered_line,
)
from tray_app.text.lengths import middle
from tray_app.text.menu import headline, title
from tray_app.text.sign_in import sentence

NAME = "Webex Token Tray"
_CHECKS = (UserRequest.CHECK, UserRequest.CHECK_ALL)


@dataclass(frozen=True, slots=True)
class PendingReply:
    """What a user waits for. `last_method`: the method that has renewed the token; `signed_in`: the
    result of a sign-in; `extended`: the result of extending a data source."""

    request: UserRequest
    last_method: RenewalMethod | None = None
    signed_in: Outcome | None = None
    extended: Extension | None = None

    @property
    def is_needed(self) -> bool:
        """Not for a sign-in that was cancelled."""
        cancelled = self.signed_in is not None and self.signed_in.ending is SignInResult.CANCELLED
        return not (cancelled and self.request is UserRequest.SIGN_IN)


@dataclass(frozen=True, slots=True)
class Notification:
    """What is shown, with its icon. `step`: what its button does, None if it has none;
    `can_snooze`: whether it has a button to snooze."""

    summary: str
    body: str
    shape: Shape
    colour: Colour
    step: UserAction | None = None
    can_snooze: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it may stay until the user has seen it."""
        return self.colour is Colour.RED


def notification_of(
    health: Health, now: datetime, zone: tzinfo | None, reply: PendingReply | None = None
) -> Notification:
    """Return the next step, the health, and the answer to what the user waits for."""
    said = unanswered_line(health)
    if said and reply is not None and reply.request in _CHECKS:
        return _unanswered(said, health, now, zone)
    done = _success(reply, health)
    summary = done or title(health, now, zone)
    answer = _answer(reply, health, now, zone)
    lines = [_step(health, now, zone), *(answer or _why(health))]
    if health.reason is Reason.FORBIDDEN and reply is not None and reply.signed_in is not None:
        lines = answer  # it ends with the step
    if done:
        lines.append(f"{headline(health, now, zone)}.")
    return Notification(
        summary=printable(summary),
        body=_body(lines),
        shape=health.shape,
        colour=health.colour,
        step=action_for(health),
        can_snooze=health.colour is not Colour.GREEN,
    )


def _unanswered(said: str, health: Health, now: datetime, zone: tzinfo | None) -> Notification:
    """The answer to a check while the token works: not with the icon's green."""
    lines = [should_work(health, now, zone), checked_line(health, now, zone, ids=False)]
    return Notification(said, _body(lines), Shape.QUERY, Colour.AMBER)


def _success(reply: PendingReply | None, health: Health) -> str:
    """The title if what the user asked for was done; "" otherwise."""
    if reply is None:
        return ""
    signed_in, extended = reply.signed_in, reply.extended
    match reply.request:
        case UserRequest.SIGN_IN if signed_in is not None and signed_in.ending in SUCCESSES:
            return "Webex token renewed"
        case UserRequest.REFRESH if not health.renewing.failures:
            return "Webex token renewed"
        case UserRequest.CHECK | UserRequest.CHECK_ALL if reply.last_method is not None:
            return "Webex token renewed"
        case UserRequest.EXTEND if extended is not None and extended.succeeded:
            return f"Webex token: {middle(extended.name, 30)} extended"
    return ""


def _why(health: Health) -> list[str]:
    """Why Webex gave no answer, if the title leaves that out."""
    if health.failure is None or health.reason is Reason.CANNOT_CHECK:
        return []
    name = FAILURE_NAMES[health.failure]
    return [f"{name[:1].upper()}{name[1:]}"]


def _step(health: Health, now: datetime, zone: tzinfo | None) -> str:
    """The next step, and who can take it if that is somebody else."""
    step = next_step(health, now, zone)
    is_other = health.who in (Fixer.DEVELOPER, Fixer.ADMIN)
    return f"{step} ({health.who})" if is_other else step


def with_notices(
    notification: Notification | None, notices: tuple[str, ...], health: Health
) -> Notification:
    """Return the notification with the notices added, or one of the notices alone."""
    if notification is None:
        return Notification(NAME, _body(notices), health.shape, health.colour)
    return replace(notification, body="\n".join((notification.body, _body(notices))))


def _body(lines: Iterable[str]) -> str:
    """Join the lines that are not empty; line feeds in names and paths are escaped."""
    return "\n".join(printable(line) for line in lines if line)


def _answer(
    reply: PendingReply | None, health: Health, now: datetime, zone: tzinfo | None
) -> list[str]:
    if reply is None:
        return []
    match reply.request:
        case UserRequest.START:
            return [f"{NAME} is running already."]
        case UserRequest.CHECK | UserRequest.CHECK_ALL:
            return [checked_line(health, now, zone, ids=False)]
        case UserRequest.REFRESH:
            if health.renewing.failures:
                return [renewal_outcome(health, reply.last_method), renewal_line(health, ids=False)]
            return [] if reply.last_method else [renewal_outcome(health, None)]
        case UserRequest.EXTEND if reply.extended:
            return [extension_outcome(reply.extended, now, zone, ids=False)]
        case UserRequest.SIGN_IN if reply.signed_in:
            return [sentence(reply.signed_in, now, zone, ids=False)]
    return []
