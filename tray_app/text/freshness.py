"""Whether a token lives long enough for what somebody is about to do with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tray_app.model.health import Health
from tray_app.policy.freshness import Shortfall
from tray_app.text.health import FAILURE_NAMES, headline, step_line
from tray_app.text.times import clock, format_duration


def sentence(found: Shortfall, health: Health, now: datetime, least: timedelta) -> str:
    """Say what is lacking, why, and for a dead token the next step."""
    if found is Shortfall.DEAD:
        said = (headline(health, now), step_line(health, now))
        return ". ".join(filter(None, said)) + "."
    ends = f"ends {clock(health.until, now)}" if health.until else ""
    if found is Shortfall.TOO_SHORT:
        sooner = f"sooner than in {format_duration(least)}"
        return f"The token {ends}, {sooner}: {_why_not_renewed(health)}."
    if found is Shortfall.UNCONFIRMED:
        why = FAILURE_NAMES[health.unanswered] if health.unanswered else "Webex was not asked"
        told = f"as far as was told it {ends}" if ends else "nobody has told when it ends"
        return f"The token is not confirmed: {why}; {told}."
    return f"The token works, but nobody has told when it ends: {_why_not_renewed(health)}."


def _why_not_renewed(health: Health) -> str:
    if not health.renewing.failures:
        return "a renewal gives none that lives longer"
    failure = health.renewing.failure
    return f"not renewed, {FAILURE_NAMES[failure] if failure else 'no way of renewing worked'}"
