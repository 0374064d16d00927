"""Headlines and next steps about data sources."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tray_app.model.data_sources import Extension, ExtensionFailure, TopProblem
from tray_app.model.failures import Refusal, trace_of
from tray_app.model.health import Health, Reason
from tray_app.text.failures import failure_name, traced
from tray_app.text.times import date_and_time

REASONS = (
    Reason.SOURCE_STOPPED,
    Reason.SOURCE_FAILING,
    Reason.SOURCE_ENDING,
    Reason.SOURCE_MISMATCH,
    Reason.SOURCE_GONE,
    Reason.SOURCES_UNSEEN,
)
"""The reasons that are about data sources."""

TIMELESS = {
    Reason.SOURCE_STOPPED: "Data source {} stopped: its token expired",
    Reason.SOURCE_FAILING: "Data source {} cannot be kept alive",
    Reason.SOURCE_ENDING: "Data source {} expires soon and is not kept alive",
    Reason.SOURCE_MISMATCH: "Data source {} does not match its token",
    Reason.SOURCE_GONE: "Data source {} should be kept alive, but Webex does not list it",
}
"""Headlines without times, for the history. Takes the name of the data source."""

RIGHTS = (
    "Add spark-admin:datasource_read and spark-admin:datasource_write to the service app"
    " (developer.webex.com), then have it authorized again in Control Hub"
)
"""The next step if Webex does not let the service app list its data sources."""

UNSEEN = "The service app may not list data sources"


def source_headline(health: Health, now: datetime, zone: tzinfo | None) -> str:
    """Describe the data source that the health is about."""
    if health.problem is None:
        return f"Data sources cannot be kept alive: {UNSEEN[0].lower()}{UNSEEN[1:]}"
    problem = health.problem
    more = f"; and {problem.more} more" if problem.more else ""
    name = problem.watched.name
    return f"Data source {name}{_predicate(health.reason, problem, now, zone)}{more}"


def _predicate(reason: Reason, problem: TopProblem, now: datetime, zone: tzinfo | None) -> str:
    watched = problem.watched
    ends, failing = watched.source.ends, watched.failing
    when = date_and_time(ends, now, zone) if ends else ""
    cause = f"extending fails: {failure_name(failing.failure, failing.detail)}" if failing else ""
    match reason:
        case Reason.SOURCE_STOPPED:
            return f" stopped: its token expired {when}" + (f"; {cause}" if cause else "")
        case Reason.SOURCE_FAILING if when:
            return f" expires {when}; {cause}"
        case Reason.SOURCE_FAILING:
            return f": {cause}" if cause else " cannot be kept alive: its expiry is unknown"
        case Reason.SOURCE_ENDING:
            return f" {'expired' if watched.ended else 'expires'} {when} and is not kept alive"
        case Reason.SOURCE_MISMATCH:
            return f": {watched.mismatch}"
    return " should be kept alive, but Webex does not list it"


def source_step(health: Health) -> str:
    """Return the next step for that data source."""
    failing = health.problem.watched.failing if health.problem else None
    match health.reason:
        case Reason.SOURCE_STOPPED | Reason.SOURCE_FAILING:
            return f"{RIGHTS}, then extend it" if _is_forbidden(failing) else "Extend it"
        case Reason.SOURCE_ENDING:
            return "Extend it, or tick Keep alive"
        case Reason.SOURCE_MISMATCH:
            return "Extend it to get a new token, or correct what is wrong"
        case Reason.SOURCE_GONE:
            return "Register it again, or untick Keep alive"
    return RIGHTS


def extension_outcome(
    done: Extension, now: datetime, zone: tzinfo | None = None, *, ids: bool = True
) -> str:
    """Describe the result of extending a data source. `ids`: with HTTP status and tracking id if
    Webex failed."""
    if not done.succeeded:
        why = failure_name(done.failure, done.detail.rstrip("."))
        trace = trace_of(done.http_status, done.tracking_id) if ids else ""
        return f"{traced(f'Data source {done.name} was not extended: {why}', trace)}."
    until = f" until {date_and_time(done.until, now, zone)}" if done.until else ""
    return f"Data source {done.name} was extended{until}."


def _is_forbidden(failing: ExtensionFailure | None) -> bool:
    return failing is not None and failing.refusal is Refusal.FORBIDDEN
