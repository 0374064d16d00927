"""What a person reads where it is about a data source: headline and next step of its rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tray_app.model.data_sources import Extension, ExtensionFailure, TopProblem
from tray_app.model.failures import Refusal
from tray_app.model.health import Health, Reason

Say = Callable[[datetime], str]
"""Puts a time as a person reads it."""

REASONS = (
    Reason.SOURCE_STOPPED,
    Reason.SOURCE_FAILING,
    Reason.SOURCE_ENDING,
    Reason.SOURCE_MISMATCH,
    Reason.SOURCE_GONE,
    Reason.SOURCES_UNSEEN,
)
"""Those that are about data sources."""

TIMELESS = {
    Reason.SOURCE_STOPPED: "Data source {} has stopped",
    Reason.SOURCE_FAILING: "Data source {} cannot be kept alive",
    Reason.SOURCE_ENDING: "Data source {} is near its end, and nobody keeps it alive",
    Reason.SOURCE_MISMATCH: "Data source {} is contradicted by its token",
    Reason.SOURCE_GONE: "Data source {} is to be kept alive, but Webex does not list it",
}
"""The same without times, for the history; with the name of the data source."""

RIGHTS = (
    "Have the service app granted spark-admin:datasource_read and spark-admin:datasource_write"
    " (developer.webex.com), and authorized anew in Control Hub"
)
"""What is to be done where Webex does not let the service app list its data sources."""

UNSEEN = "The service app may not list data sources"


def source_headline(health: Health, why: str, say: Say) -> str:
    """Say what is so with the data source that the health is about. `why`: the trouble, or ""."""
    if health.problem is None:
        return f"Data sources cannot be kept alive: {UNSEEN[0].lower()}{UNSEEN[1:]}"
    problem = health.problem
    more = f"; and {problem.more} more" if problem.more else ""
    return f"Data source {problem.watched.name}{_predicate(health.reason, problem, why, say)}{more}"


def _predicate(reason: Reason, problem: TopProblem, why: str, say: Say) -> str:
    watched = problem.watched
    ends, failing = watched.source.ends, watched.failing
    when = say(ends) if ends else ""
    cause = f"fails: {why or failing.detail}" if failing else ""
    match reason:
        case Reason.SOURCE_STOPPED if cause:
            return f" has stopped: its token ended {when}; extending {cause}"
        case Reason.SOURCE_STOPPED:
            return f" has stopped: its token ended {when}"
        case Reason.SOURCE_FAILING if when:
            return f" ends {when}, and keeping it alive {cause}"
        case Reason.SOURCE_FAILING if cause:
            return f": extending {cause}"
        case Reason.SOURCE_FAILING:
            return " cannot be kept alive: Webex does not tell when its token ends"
        case Reason.SOURCE_ENDING:
            return f" {'ended' if watched.ended else 'ends'} {when} and nobody keeps it alive"
        case Reason.SOURCE_MISMATCH:
            return f": {watched.mismatch}"
    return " is to be kept alive, but Webex does not list it"


def source_step(health: Health) -> str:
    """Say the one thing to do about it."""
    failing = health.problem.watched.failing if health.problem else None
    match health.reason:
        case Reason.SOURCE_STOPPED | Reason.SOURCE_FAILING:
            return f"{RIGHTS}, then extend it" if _is_forbidden(failing) else "Extend it"
        case Reason.SOURCE_ENDING:
            return "Extend it, or tick Keep alive"
        case Reason.SOURCE_MISMATCH:
            return "Extend it to have it signed anew, or correct what is wrong"
        case Reason.SOURCE_GONE:
            return "Register it anew, or untick Keep alive"
    return RIGHTS


def extension_line(done: Extension, why: str, say: Say) -> str:
    """Say what came of extending one. `why`: the trouble, or ""."""
    if not done.succeeded:
        return f"Data source {done.name} is not extended: {why or done.detail.rstrip('.')}."
    until = f" until {say(done.until)}" if done.until else ""
    return f"Data source {done.name} is extended{until}."


def _is_forbidden(failing: ExtensionFailure | None) -> bool:
    return failing is not None and failing.refusal is Refusal.FORBIDDEN
