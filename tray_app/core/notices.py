"""When a person is told something, and what: once when it gets worse, never at every check.

`decide` is pure: what has been told and what is so now go in, what is to be done comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from tray_app.core.model import Colour, Health, Reason, Rung, Shape
from tray_app.core.sign_in import Ending, Outcome, sentence
from tray_app.core.wording import checked_line, headline, outcome, renewal_line, step_line


class Asked(StrEnum):
    """What a person did, who therefore waits for an answer."""

    CHECK = "check"
    REFRESH = "refresh"
    SIGN_IN = "sign-in"
    START = "start"
    """Started the program although it runs already."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person reads, with the icon that goes with it. No secrets."""

    summary: str
    body: str
    shape: Shape
    colour: Colour

    @property
    def urgent(self) -> bool:
        """Whether it may stay until the person has seen it."""
        return self.colour is Colour.RED


@dataclass(frozen=True, slots=True)
class Told:
    """What a person knows from us.

    `colour`: how bad it is; `standing`: our notice of something wrong may still be on the screen;
    `doubtful`: the check before this one could not confirm the token either.
    """

    colour: Colour = Colour.GREEN
    standing: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, and what a person knows then. With a `notice` there is nothing to withdraw."""

    told: Told
    notice: Notice | None = None
    withdraw: bool = False


def decide(
    told: Told,
    health: Health,
    now: datetime,
    *,
    asked: Asked | None = None,
    answered: Rung | None = None,
    signed_in: Outcome | None = None,
    zone: tzinfo | None = None,
) -> Decision:
    """Decide on a finished check, renewal or sign-in.

    `answered`: the rung that has renewed the token; `signed_in`: what came of a sign-in.
    """
    colour = told.colour if _is_passing(health) else health.colour
    if asked is not None and _deserves_an_answer(asked, health, signed_in):
        notice = _notice(health, now, zone, asked=asked, answered=answered, signed_in=signed_in)
        return Decision(Told(colour, standing=health.colour is not Colour.GREEN), notice)
    if _is_passing(health):
        return Decision(told)
    if health.reason is Reason.STALE and not told.doubtful:
        # A laptop that wakes has no network yet: only the second time is it worth a word.
        return Decision(replace(told, doubtful=True))
    doubtful = health.reason is Reason.STALE
    if _BADNESS[colour] > _BADNESS[told.colour]:
        told = Told(colour, standing=True, doubtful=doubtful)
        return Decision(told, _notice(health, now, zone))
    better = _BADNESS[colour] < _BADNESS[told.colour] or colour is Colour.GREEN
    standing = told.standing and not better
    return Decision(Told(colour, standing, doubtful), withdraw=told.standing and better)


def with_news(notice: Notice | None, news: tuple[str, ...], health: Health) -> Notice:
    """Return the notice with news added; where there is none, one that says only them."""
    if notice is None:
        return Notice("Webex Token Tray", "\n".join(news), health.shape, health.colour)
    return replace(notice, body="\n".join((notice.body, *news)))


_BADNESS = {Colour.GREEN: 0, Colour.AMBER: 1, Colour.RED: 2}


def _is_passing(health: Health) -> bool:
    """Rows 4 and 5: the program is about to find out or to repair it by itself."""
    return health.row in (4, 5) and health.reason is not Reason.OWN_FAULT


def _deserves_an_answer(asked: Asked, health: Health, signed_in: Outcome | None) -> bool:
    """A check that finds nothing wrong is answered by the green icon; who cancels, knows."""
    if asked is Asked.SIGN_IN and signed_in is not None:
        return signed_in.ending is not Ending.CANCELLED
    found = health.colour is not Colour.GREEN or health.unanswered is not None
    return asked is not Asked.CHECK or found


def _notice(
    health: Health,
    now: datetime,
    zone: tzinfo | None,
    *,
    asked: Asked | None = None,
    answered: Rung | None = None,
    signed_in: Outcome | None = None,
) -> Notice:
    lines: list[str] = []
    match asked:
        case Asked.START:
            lines = ["Webex Token Tray is running already."]
        case Asked.CHECK:
            lines = [checked_line(health, now, zone)]
        case Asked.REFRESH:
            lines = [outcome(health, answered)]
            if health.trouble is None:  # else the headline names it
                lines.append(renewal_line(health))
        case Asked.SIGN_IN if signed_in is not None:
            lines = [sentence(signed_in, now, zone)]
    lines.append(step_line(health, now, zone))
    return Notice(
        summary=headline(health, now, zone),
        body="\n".join(line for line in lines if line),
        shape=health.shape,
        colour=health.colour,
    )
