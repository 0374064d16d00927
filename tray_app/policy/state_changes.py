"""Which changes `tray.onStateChange` hears of, each once. Pure.

What is being checked or renewed at this moment is not told: the outcome is. Without an answer from
Webex, nothing counts as better: a process that gets none knows less than the one before. What hides
another state (Webex gives no answer while you need to sign in) does not end it.
"""

from __future__ import annotations

from tray_app.model.health import PEOPLE, Health, Reason
from tray_app.model.signs import Colour
from tray_app.model.state_change import StateChange, ToldState

_PASSING = (Reason.CHECKING, Reason.RENEWING)
_UNKNOWN = (Reason.STALE, Reason.CANNOT_CHECK)
"""No answer from Webex: nothing for a person to do, whoever is to blame."""


def state_after(
    before: ToldState, health: Health, token: str, *, works: bool, renewing: bool
) -> ToldState:
    """Return the state now. `token`: the fingerprint of the one in `.env`, "" if there is none;
    `works`: whether that token is known to work; `renewing`: whether a renewal is needed or the
    last check had no answer, so that no failure in this process does not mean that none failed."""
    failing = health.renewing.failures > 0
    is_passing = health.reason in _PASSING or (
        health.unanswered is not None and health.colour.severity < before.colour.severity
    )
    return ToldState(
        colour=before.colour if is_passing else health.colour,
        token=token if works else before.token,
        failing=failing or (before.failing and renewing),
        need=before.need if is_passing else _need(before, health),
    )


def _need(before: ToldState, health: Health) -> str:
    if health.who in PEOPLE and health.reason not in _UNKNOWN:
        source = health.problem.watched.source.id if health.problem else ""
        return f"{health.reason} {source}".rstrip()
    return "" if health.colour is Colour.GREEN else before.need


def changes(before: ToldState, after: ToldState) -> tuple[StateChange, ...]:
    """Return what is to be told, in order."""
    was, now = before.colour.severity, after.colour.severity
    found = {
        StateChange.RENEWED: before.token not in ("", after.token),
        StateChange.RENEWAL_FAILED: after.failing and not before.failing,
        StateChange.WORSE: now > was,
        StateChange.BETTER: now < was,
        StateChange.PERSON_NEEDED: after.need not in ("", before.need),
    }
    return tuple(change for change, is_so in found.items() if is_so)
