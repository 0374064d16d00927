"""One profile on the details page."""

from __future__ import annotations

from dataclasses import dataclass

from tray_app.model.details import ProfileDetails
from tray_app.model.events import EventType
from tray_app.model.health import Health, LinkName
from tray_app.model.signs import OF_COLOUR
from tray_app.model.steps import UserAction, action_for
from tray_app.pages.chain import Row, chain, key
from tray_app.pages.html import Child, Html, element, join
from tray_app.pages.moments import Moments
from tray_app.pages.signs import sign
from tray_app.pages.strip import strip
from tray_app.policy.days import last_days
from tray_app.text.data_sources import RIGHTS, UNSEEN
from tray_app.text.details import renewal_of, step_command
from tray_app.text.health import checked_line, headline, link_name, renewal_line, step_line
from tray_app.text.history import sentence, state
from tray_app.text.incidents import incident_line

DAYS = 90
EVENTS = 20
_LONG_WORD = 30
_HUB, _PORTAL = "https://admin.webex.com", "https://developer.webex.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a profile stands. `id`: of its element; `level`: of its heading; `corner`: what stands
    in the corner."""

    id: str
    level: int
    corner: Html


def article(profile: ProfileDetails, moments: Moments, place: Place) -> Html:
    """Return all about one profile."""
    sections = (
        _next_step(profile, moments, place),
        _section("What keeps the token alive", _chain(profile, moments), place),
        _section(f"The last {DAYS} days", _days(profile, moments, place), place),
        _section("Data sources", _sources(profile, moments), place),
        _section("Recent events", _events(profile, moments), place),
        _section("This profile", _facts(profile, moments), place),
    )
    return element("article", _head(profile, moments, place), *sections, id=place.id, tabindex=-1)


def _section(title: str, content: Html, place: Place) -> Html:
    return element("section", element(f"h{place.level + 1}", title), content)


def _head(profile: ProfileDetails, moments: Moments, place: Place) -> Html:
    health = profile.health
    line = headline(health, moments.at, moments.zone)
    if (at := health.breaks_first.at if health.breaks_first else health.until) is not None:
        line = moments.within(line, at)
    checked = checked_line(health, moments.at, moments.zone)
    about = join(
        element("strong", profile.name) if profile.name else None,
        " · " if profile.name else None,
        moments.within(checked, health.checked_at),
    )
    incident = incident_line(health, moments.at, moments.zone)
    words = element(
        "div",
        element(f"h{place.level}", line),
        element("p", about, class_="soft"),
        element("p", incident, class_="warning") if incident else None,
    )
    return element("header", sign(health.shape, 52, named=True), words, place.corner)


def _next_step(profile: ProfileDetails, moments: Moments, place: Place) -> Html | None:
    health = profile.health
    step = step_line(health, moments.at, moments.zone)
    if not step:
        return None
    action, command = action_for(health), step_command(health, profile.options)
    ways: list[Child] = []
    if action is not None and profile.attended:
        ways.append("In the menu of the tray icon, click this step. ")
    if command:
        ways += ["In a terminal: ", _command(command)]
    if action in (UserAction.CONTROL_HUB, UserAction.FETCH_AND_EDIT):
        address = _HUB if action is UserAction.CONTROL_HUB else _PORTAL
        ways += ["Go to ", element("a", address.removeprefix("https://"), href=address), ". "]
    if action in (UserAction.SET_UP, UserAction.EDIT_CONFIG, UserAction.FETCH_AND_EDIT):
        ways += ["The config is ", element("code", profile.config), ". "]
    heading = element(f"h{place.level + 1}", moments.within(step, health.due_at))
    way = element("p", *ways) if ways else None
    return element("section", heading, way, class_=f"next {health.colour}")


def _chain(profile: ProfileDetails, moments: Moments) -> Html:
    links = [link for link in profile.health.links if link.name is not LinkName.DATA_SOURCE]
    if not links:
        return element("p", "Nothing has been checked yet.", class_="soft")
    rows = [Row(link, link_name(link), renewal_of(link)) for link in links]
    unattended = "Neither the tray nor watch is running: nothing is renewed automatically."
    note = None if profile.attended else element("p", unattended, class_="warning")
    return join(
        chain(rows, "Each credential, until when, and what renews it", moments),
        key(rows, moments),
        note,
    )


def _days(profile: ProfileDetails, moments: Moments, place: Place) -> Html:
    days = last_days(profile.events, DAYS, moments.at, moments.zone)
    return strip(days, moments, f"{place.id}-days")


def _sources(profile: ProfileDetails, moments: Moments) -> Html:
    health = profile.health
    watched = {each.source.id: each for each in health.sources or ()}
    rows = [
        Row(link, link.label, renewal_of(link, watched.get(link.source_id)))
        for link in health.links
        if link.name is LinkName.DATA_SOURCE
    ]
    if rows:
        return join(
            chain(rows, "Each data source, until when, and what extends it", moments),
            key(rows, moments),
        )
    return element("p", _why_no_sources(health), class_="soft")


def _why_no_sources(health: Health) -> str:
    if health.lists_no_sources:
        return f"{UNSEEN}. {RIGHTS}."
    none = "This service app has none."
    return none if health.sources == () else "Webex has not listed them yet."


def _events(profile: ProfileDetails, moments: Moments) -> Html:
    if profile.events_fault:
        said = f"The database with the events cannot be read: {profile.events_fault}."
        return element("p", said, class_="soft")
    latest = profile.events[: -EVENTS - 1 : -1]
    if not latest:
        return element("p", "Nothing has been recorded yet.", class_="soft")
    rows = []
    for event in latest:
        mark = sign(OF_COLOUR[event.colour], 16, named=True) if event.colour else None
        is_state = event.event_type is EventType.HEALTH
        words = state(event) if is_state and event.colour else sentence(event)
        rows.append(
            element(
                "li",
                element("span", mark),
                moments.time(event.at),
                element("span", words),
            )
        )
    return element("ul", *rows, class_="plain events")


def _facts(profile: ProfileDetails, moments: Moments) -> Html:
    health = profile.health
    attended = (
        "yes, while the tray or watch runs"
        if profile.attended
        else "no, neither the tray nor watch is running"
    )
    facts: list[tuple[str, Child]] = [
        (".env", element("code", profile.env_file) if profile.env_file else "not known"),
        ("Config", element("code", profile.config)),
        (
            "Confirmed by Webex",
            moments.time(health.confirmed_at) if health.confirmed_at else "never",
        ),
        ("Renewed automatically", attended),
    ]
    if failed := renewal_line(health):
        facts.append(("Last renewal", failed.removeprefix("Last renewal ")))
    return element("dl", *(join(element("dt", name), element("dd", text)) for name, text in facts))


def _command(text: str) -> Html:
    """A command that is broken between its words only, unless a word is long."""
    words = [
        element("span", word, class_="word") if len(word) <= _LONG_WORD else word
        for word in text.split(" ")
    ]
    return element("code", words[0], *(join(" ", word) for word in words[1:]))
