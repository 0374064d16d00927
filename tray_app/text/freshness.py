"""Why a token is not fresh enough for a caller."""

from __future__ import annotations

from datetime import datetime, timedelta

from tray_app.model.health import Health
from tray_app.policy.freshness import Shortfall
from tray_app.text.failures import failure_name, traced
from tray_app.text.health import why_not_renewed
from tray_app.text.report import terminal_headline, terminal_step
from tray_app.text.times import clock, format_duration


def sentence(found: Shortfall, health: Health, now: datetime, least: timedelta) -> str:
    """Say what is wrong, why, and for a dead token the next step."""
    if found is Shortfall.DEAD:
        parts = (terminal_headline(health, now), terminal_step(health, now))
        return ". ".join(filter(None, parts)) + "."
    expires = f"expires {clock(health.until, now)}" if health.until else ""
    if found is Shortfall.TOO_SHORT:
        limit = format_duration(least)
        return f"The token {expires}, in less than {limit}: {_why_not_renewed(health)}."
    if found is Shortfall.UNCONFIRMED:
        why = traced(failure_name(health.unanswered, "Webex was not asked"), health.trace)
        expiry = f"it {expires}" if expires else "its expiry is unknown"
        return f"The token is not confirmed: {why}; {expiry}."
    return f"The token works, but its expiry is unknown: {_why_not_renewed(health)}."


def _why_not_renewed(health: Health) -> str:
    if not health.renewing.failures:
        return "a new token would not last longer"
    return f"not renewed, {traced(why_not_renewed(health), health.renewing.trace)}"
