"""One notice: what a person reads, and what a click on it does. No secrets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from tray_app.core.keeping import Extension
from tray_app.core.model import Colour, Health, Rung, Shape
from tray_app.core.sign_in import Ending, Outcome, sentence
from tray_app.core.steps import Step, step_of
from tray_app.core.wording import (
    checked_line,
    extension,
    headline,
    outcome,
    renewal_line,
    step_line,
)

NAME = "Webex Token Tray"


class Asked(StrEnum):
    """What a person did, who therefore waits for an answer."""

    CHECK = "check"
    REFRESH = "refresh"
    SIGN_IN = "sign-in"
    EXTEND = "extend"
    START = "start"
    """Started the program although it runs already."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person waits to hear. `answered`: the rung that has renewed; `signed_in`: what came of
    a sign-in; `extended`: what came of extending a data source."""

    asked: Asked
    answered: Rung | None = None
    signed_in: Outcome | None = None
    extended: Extension | None = None

    def deserves_an_answer(self, health: Health) -> bool:
        """A check that finds nothing wrong is answered by the green icon; who cancels, knows."""
        if self.asked is Asked.SIGN_IN and self.signed_in is not None:
            return self.signed_in.ending is not Ending.CANCELLED
        found = health.colour is not Colour.GREEN or health.unanswered is not None
        return self.asked is not Asked.CHECK or found


@dataclass(frozen=True, slots=True)
class Notice:
    """What is shown, with the icon that goes with it. `step`: what its button does, None without
    one; `can_snooze`: whether a person may wish not to hear more of it."""

    summary: str
    body: str
    shape: Shape
    colour: Colour
    step: Step | None = None
    can_snooze: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it may stay until the person has seen it."""
        return self.colour is Colour.RED


def notice_of(
    health: Health, now: datetime, zone: tzinfo | None, question: Question | None = None
) -> Notice:
    """Say what is so, the answer to what was asked, and the one next step."""
    lines = [*_answer(question, health, now, zone), step_line(health, now, zone)]
    return Notice(
        summary=headline(health, now, zone),
        body="\n".join(line for line in lines if line),
        shape=health.shape,
        colour=health.colour,
        step=step_of(health),
        can_snooze=health.colour is not Colour.GREEN,
    )


def with_news(notice: Notice | None, news: tuple[str, ...], health: Health) -> Notice:
    """Return the notice with news added; where there is none, one that says only them."""
    if notice is None:
        return Notice(NAME, "\n".join(news), health.shape, health.colour)
    return replace(notice, body="\n".join((notice.body, *news)))


def _answer(
    question: Question | None, health: Health, now: datetime, zone: tzinfo | None
) -> list[str]:
    if question is None:
        return []
    match question.asked:
        case Asked.START:
            return [f"{NAME} is running already."]
        case Asked.CHECK:
            return [checked_line(health, now, zone)]
        case Asked.REFRESH:
            # Where there is a trouble, the headline names it.
            why = renewal_line(health) if health.trouble is None else ""
            return [outcome(health, question.answered), why]
        case Asked.EXTEND:
            return [extension(question.extended, now, zone)] if question.extended else []
        case Asked.SIGN_IN:  # pragma: no branch - the last there is
            return [sentence(question.signed_in, now, zone)] if question.signed_in else []
