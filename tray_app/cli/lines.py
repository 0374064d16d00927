"""A line a change, for logs and pipes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tray_app.model.health import Health, Reason
from tray_app.model.renewal import RenewalMethod, Renewing
from tray_app.model.signs import Colour
from tray_app.text import health as health_text

_ERROR, _WARNING, _NOTICE, _INFO = 3, 4, 5, 6
_PASSING = (Reason.CHECKING, Reason.CANNOT_CHECK, Reason.RENEWING)
_SEVERITIES = {Colour.RED: _ERROR, Colour.AMBER: _WARNING, Colour.GREEN: _INFO}


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `severity`: as syslog counts it, 3 an error and 6 information."""

    text: str
    severity: int = _NOTICE


def health_line(health: Health, now: datetime, answered: RenewalMethod | None = None) -> Line:
    """Say what is so, and the next step. `answered`: the rung that has just renewed the token."""
    parts = [health_text.headline(health, now), health_text.step_line(health, now)]
    if answered is not None:
        parts.insert(0, health_text.outcome(health, answered).rstrip("."))
    text = ". ".join(part for part in parts if part)
    severity = _NOTICE if health.reason in _PASSING else _SEVERITIES[health.colour]
    return Line(f"{health.colour}: {text}", severity)


def differs(one: Health, other: Health) -> bool:
    """Whether a reader of the lines should hear of it: not of the time of a check or a next try."""
    return _told(one) != _told(other)


def _told(health: Health) -> Health:
    """The health with everything blank that a line does not tell, or that changes all the time."""
    return replace(
        health,
        links=(),
        checked_at=None,
        waits_until=None,
        confirmed_at=None,
        next_try_at=None,
        unanswered=None,
        renewing=Renewing(),
    )
