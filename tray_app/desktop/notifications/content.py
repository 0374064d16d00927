"""One notice: what a person reads, and what a click on it does. No secrets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from tray_app.model.data_sources import Extension
from tray_app.model.health import Health
from tray_app.model.printable import printable
from tray_app.model.renewal import RenewalMethod
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest
from tray_app.model.steps import UserAction, action_for
from tray_app.text.health import checked_line, extension, headline, outcome, renewal_line, step_line
from tray_app.text.sign_in import sentence

NAME = "Webex Token Tray"


@dataclass(frozen=True, slots=True)
class PendingReply:
    """What a person waits to hear. `answered`: the rung that has renewed; `signed_in`: what came of
    a sign-in; `extended`: what came of extending a data source."""

    asked: UserRequest
    answered: RenewalMethod | None = None
    signed_in: Outcome | None = None
    extended: Extension | None = None

    def deserves_an_answer(self, health: Health) -> bool:
        """A check that finds nothing wrong is answered by the green icon; who cancels, knows."""
        if self.asked is UserRequest.SIGN_IN and self.signed_in is not None:
            return self.signed_in.ending is not SignInResult.CANCELLED
        found = health.colour is not Colour.GREEN or health.unanswered is not None
        return self.asked is not UserRequest.CHECK or found


@dataclass(frozen=True, slots=True)
class Notification:
    """What is shown, with the icon that goes with it. `step`: what its button does, None without
    one; `can_snooze`: whether a person may wish not to hear more of it."""

    summary: str
    body: str
    shape: Shape
    colour: Colour
    step: UserAction | None = None
    can_snooze: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it may stay until the person has seen it."""
        return self.colour is Colour.RED


def notification_of(
    health: Health, now: datetime, zone: tzinfo | None, question: PendingReply | None = None
) -> Notification:
    """Say what is so, the answer to what was asked, and the one next step."""
    lines = [*_answer(question, health, now, zone), step_line(health, now, zone)]
    return Notification(
        summary=printable(headline(health, now, zone)),
        body=_body(lines),
        shape=health.shape,
        colour=health.colour,
        step=action_for(health),
        can_snooze=health.colour is not Colour.GREEN,
    )


def with_notices(
    notice: Notification | None, notices: tuple[str, ...], health: Health
) -> Notification:
    """Return the notice with news added; where there is none, one that says only them."""
    if notice is None:
        return Notification(NAME, _body(notices), health.shape, health.colour)
    return replace(notice, body="\n".join((notice.body, _body(notices))))


def _body(lines: Iterable[str]) -> str:
    """One line for each that is not empty; a line feed in a name or path begins none."""
    return "\n".join(printable(line) for line in lines if line)


def _answer(
    question: PendingReply | None, health: Health, now: datetime, zone: tzinfo | None
) -> list[str]:
    if question is None:
        return []
    match question.asked:
        case UserRequest.START:
            return [f"{NAME} is running already."]
        case UserRequest.CHECK:
            return [checked_line(health, now, zone)]
        case UserRequest.REFRESH:
            # Where there is a trouble, the headline names it.
            why = renewal_line(health) if health.failure is None else ""
            return [outcome(health, question.answered), why]
        case UserRequest.EXTEND:
            return [extension(question.extended, now, zone)] if question.extended else []
        case UserRequest.SIGN_IN:  # pragma: no branch - the last there is
            return [sentence(question.signed_in, now, zone)] if question.signed_in else []
