"""Health as `status` reports it: the object of `--json`, and lines of label and text for people.

A report is plain JSON, so that it can be stored and shown later without evaluating the health.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, TypedDict

from tray_app.model.health import ExpectedFailure, Health, Link, LinkState, Reason
from tray_app.model.incident import Incident
from tray_app.model.steps import UserAction, action_for
from tray_app.text.details import step_command
from tray_app.text.failures import traced
from tray_app.text.health import (
    checked_line,
    forecast_line,
    headline,
    link_name,
    link_state,
    next_step,
    renewal_line,
    step_line,
)
from tray_app.text.incidents import incident_line


class Report(TypedDict):
    """`object`: for programs, by the schema; `step`: the next step and who can take it;
    `forecast`: what expires first, "" if the headline says it already; `lines`: label, text and
    tone ("good", "bad" or "")."""

    object: dict[str, Any]
    step: str
    forecast: str
    lines: list[list[str]]


_TAKEN_BY_COMMANDS = (
    UserAction.SIGN_IN,
    UserAction.SET_UP,
    UserAction.REFRESH,
    UserAction.EXTEND,
)

_TONES = {
    LinkState.WORKS: "good",
    LinkState.UNDER_SCOPED: "good",
    LinkState.REJECTED: "bad",
    LinkState.EXPIRED: "bad",
    LinkState.FORBIDDEN: "bad",
    LinkState.WRONG_CLIENT: "bad",
    LinkState.LOCKED: "bad",
    LinkState.UNSAVED: "bad",
}


def report(
    health: Health, env_file: str | None, now: datetime, zone: tzinfo | None = None
) -> Report:
    """Return the report. `zone`: of the times in its texts; None: this machine's."""
    lines = [
        [link_name(link), link_state(link, now, zone), _TONES.get(link.state, "")]
        for link in health.links
    ]
    checked, failed = checked_line(health, now, zone), renewal_line(health)
    lines.append(["Checked", checked.removeprefix("Checked "), ""])
    if incident := incident_line(health, now, zone):
        lines.append(["Webex", incident.removeprefix("Webex "), ""])
    if failed:
        lines.append(["Last renewal", failed.removeprefix("Last renewal "), ""])
    if env_file is not None:
        lines.append([".env", env_file, ""])
    if health.plain_text_store:
        lines.append(["Secrets", f"in {health.plain_text_store}, plain text", ""])
    forecast = forecast_line(health, now, zone)
    return {
        "object": _object(health, env_file, now, zone),
        "step": terminal_step(health, now, zone),
        "forecast": "" if forecast in headline(health, now, zone) else forecast,
        "lines": lines,
    }


def terminal_headline(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the headline, with HTTP status and tracking id if Webex failed."""
    is_renewal = health.reason in (Reason.RENEWING, Reason.RENEWAL_FAILS)
    trace = health.renewing.trace if is_renewal else health.trace
    return traced(headline(health, now, zone), trace if health.failure else "")


def terminal_step(health: Health, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the next step with the command that does it; "" if all is well. Pages and notices
    have something to click instead."""
    step, command = step_line(health, now, zone), step_command(health, ())
    takes = action_for(health) in _TAKEN_BY_COMMANDS
    return f"{step}: {command}" if step and command and takes else step


def iso(at: datetime | None) -> str | None:
    """Format a time for `--json`: ISO 8601, UTC, whole seconds."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _object(
    health: Health, env_file: str | None, now: datetime, zone: tzinfo | None
) -> dict[str, Any]:
    """Contains no secret, only fingerprints."""
    return {
        "colour": str(health.colour),
        "shape": str(health.shape),
        "row": health.row,
        "reason": str(health.reason),
        "headline": headline(health, now, zone),
        "next_step": next_step(health, now, zone) or None,
        "who": str(health.who) if health.who else None,
        "until": iso(health.until),
        "checked_at": iso(health.checked_at),
        "confirmed_at": iso(health.confirmed_at),
        "breaks_first": _break(health.breaks_first) if health.breaks_first else None,
        "incident": _incident(health.incident) if health.incident else None,
        "env_file": env_file,
        "links": [_link(link) for link in health.links],
    }


def _break(found: ExpectedFailure) -> dict[str, str | None]:
    return {"name": str(found.link), "subject": found.subject or None, "at": iso(found.at)}


def _incident(found: Incident) -> dict[str, str | None]:
    return {"name": found.name, "since": iso(found.since)}


def _link(link: Link) -> dict[str, str | None]:
    return {
        "name": str(link.name),
        "state": str(link.state),
        "expires_at": iso(link.expires_at),
        "fingerprint": link.fingerprint,
        "data_source": link.source_id or None,
    }
