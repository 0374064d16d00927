"""Sentences of the details page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Health, Link, LinkName, LinkState, Reason
from tray_app.model.local_time import local
from tray_app.model.printable import quoted
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.model.steps import UserAction, action_for
from tray_app.policy.days import Day
from tray_app.text.health import METHOD_NAMES
from tray_app.text.history import sentence, state

PROGRAM = "webex-token-tray"

_LOST = (LinkState.REJECTED, LinkState.EXPIRED, LinkState.FORBIDDEN, LinkState.MISSING)
_NEEDS_YOU = {
    LinkName.ACCESS: "Nothing can renew it",
    LinkName.REFRESH: "Renewing does not extend it: paste a personal access token in time",
    LinkName.PERSONAL: "Only you can replace it: paste a new one (developer.webex.com)",
    LinkName.SIGN_IN: "Only you can renew it: sign in through the browser",
    LinkName.DATA_SOURCE: "Nothing extends it: extend it, or tick Keep alive",
}
_COMMANDS = {
    UserAction.SIGN_IN: ("authorize",),
    UserAction.SET_UP: ("setup",),
    UserAction.REFRESH: ("refresh",),
    UserAction.CHECK: ("status",),
    UserAction.EXTEND: ("data-sources", "extend"),
    UserAction.SHOW_LOG: ("doctor",),
    UserAction.SHOW_ENV: ("doctor",),
}
_COMMANDS_BY_REASON = {
    Reason.RENEWAL_DUE: ("refresh", "--if-due"),
    Reason.EXERCISE_DUE: ("refresh", "--if-due"),
    Reason.CONFIG_FAULT: ("doctor",),
}
_MOST_EVENTS = 4


def renewal_of(link: Link, watched: WatchedDataSource | None = None) -> str:
    """Say what renews a link, or why you are needed; "" if there is nothing to say.

    `watched`: the data source, if it is one.
    """
    outlook = link.outlook
    if outlook.needs_you:
        return _NEEDS_YOU[link.name]
    if watched is not None:
        return "Kept alive by this program" if watched.kept and watched.is_open else ""
    if outlook.method is None:
        is_spare = link.name is LinkName.PERSONAL and link.state not in _LOST
        return "Entered by hand; nothing renews it" if is_spare else ""
    name = METHOD_NAMES[outlook.method]
    match link.name:
        case LinkName.SIGN_IN:
            return "Each use extends it"
        case LinkName.PERSONAL:
            return f"Renewed with {name}, when needed"
        case LinkName.REFRESH if outlook.method is RenewalMethod.SERVICE_REFRESH:
            return "Renewed together with the token"
    return f"Renewed with {name}"


def step_command(health: Health, options: Sequence[str]) -> str:
    """Return the command that does the next step; "" if no command can.

    `options`: what names the profile.
    """
    words = _COMMANDS_BY_REASON.get(health.reason, ())
    action = action_for(health)
    if action is not None and not words:
        words = _COMMANDS.get(action, ())
    if action is UserAction.EXTEND and health.problem is not None:
        words = (*words, health.problem.watched.source.id)
    return quoted(PROGRAM, *words, *options) if words else ""


def day_line(day: Day, today: date) -> str:
    """Describe a day: "Fri 9 Oct: red for 12 minutes (Webex token invalid: sign-in needed)"."""
    parts = [_stretches(day, colour) for colour in (Colour.RED, Colour.AMBER)]
    told = [part for part in parts if part]
    if day.colour is None:
        told = ["not known"]
    elif not told:
        told = ["green so far" if day.day == today else "green all day"]
    happened = [sentence(event).rstrip(".") for event in day.events[:_MOST_EVENTS]]
    if len(day.events) > _MOST_EVENTS:
        happened.append(f"and {len(day.events) - _MOST_EVENTS} more events")
    return "; ".join([f"{date_line(day.day, today)}: {', '.join(told)}", *happened])


def date_line(day: date, today: date) -> str:
    """Format a date: today · Fri 9 Oct."""
    return "today" if day == today else f"{day:%a} {day.day} {day:%b}"


def _stretches(day: Day, colour: Colour) -> str:
    found = [stretch for stretch in day.stretches if stretch.event.colour is colour]
    if not found:
        return ""
    length = sum((stretch.length for stretch in found), timedelta())
    causes = dict.fromkeys(state(stretch.event) for stretch in found)
    return f"{colour} for {rough_length(length)} ({'; '.join(causes)})"


def rough_length(length: timedelta) -> str:
    """Format a duration of at most a day or so: "12 minutes"."""
    minutes = round(length / timedelta(minutes=1))
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = round(length / timedelta(hours=1))
    return "the whole day" if hours >= 23 else f"{hours} hours"


def day_count(number: int, colour: Colour | None, *, days: bool = False) -> str:
    """Say how many days had this colour: "3 amber", "84 days green"."""
    noun = ("day " if number == 1 else "days ") if days else ""
    return f"{number} {noun}{colour or 'not known'}"


def zone_name(at: datetime, zone: tzinfo | None = None) -> str:
    """Name the zone of the times: "CET (UTC+01:00)"."""
    shown = local(at, zone)
    offset = f"{shown:%z}"
    utc = f"UTC{offset[:3]}:{offset[3:5]}"
    name = shown.tzname() or ""
    if name == "UTC":
        return name
    return f"{name} ({utc})" if name.isalpha() else utc
