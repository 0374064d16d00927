"""Details to draw: a profile on which all is well, one that needs a person, one that fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.policy.judging import judge
from tests.policy.samples import (
    DAY,
    FRESH,
    HOUR,
    MINUTE,
    NEAR,
    NOW,
    SIGN_IN,
    STOPPED,
    but,
    closed,
    used,
    with_life,
)
from tests.policy.situation import NO_APP_SECRET
from tray_app.model.credentials import Effect
from tray_app.model.details import Details, ProfileDetails
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED
from tray_app.model.health import Health, Observations, Reason
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.signs import Colour
from tray_app.model.snapshot import STARTING

BERLIN = ZoneInfo("Europe/Berlin")
VERSIONS = ("webex-token-tray 1.2.3", "Python 3.11.2", "Linux x86_64")


def health_event(at: datetime, colour: Colour, reason: Reason, row: int = 11) -> Event:
    return Event(at, EventType.HEALTH, colour, row, reason, fingerprint="0a1b2c3d")


GREEN, STALE = (Colour.GREEN, Reason.WORKS), (Colour.AMBER, Reason.STALE)
EVENTS = (
    health_event(NOW - 80 * DAY, *GREEN),
    health_event(NOW - 60 * DAY, Colour.AMBER, Reason.STALE, 6),
    health_event(NOW - 60 * DAY + 12 * MINUTE, *GREEN),
    health_event(NOW - 41 * DAY, Colour.AMBER, Reason.RENEWING, 4),
    health_event(NOW - 41 * DAY + 2 * MINUTE, Colour.RED, Reason.SIGN_IN_ENDED, 1),
    Event(NOW - 41 * DAY + 10 * MINUTE, EventType.SIGN_IN, outcome="renewed"),
    Event(
        NOW - 41 * DAY + 11 * MINUTE,
        EventType.RENEWAL,
        method=RenewalMethod.MINT_CANDIDATE,
        outcome=GRANTED,
        fingerprint="77aa12f0",
    ),
    health_event(NOW - 41 * DAY + 12 * MINUTE, *GREEN),
    Event(
        NOW - DAY,
        EventType.RENEWAL,
        method=RenewalMethod.SERVICE_REFRESH,
        outcome=GRANTED,
        fingerprint="0a1b2c3d",
    ),
    Event(NOW - DAY + MINUTE, EventType.EXTENDED, outcome=GRANTED, detail="example.com/orders"),
    Event(NOW - 3 * HOUR, EventType.UNANSWERED, outcome="server-error", tracking_id="ROUTER_65"),
    Event(NOW - 3 * HOUR + MINUTE, EventType.ANSWERED),
)

SOURCES = (
    FRESH,
    replace(NEAR, id="near", url="https://byods.example.com/a/long/path/of/a/source"),
    replace(FRESH, id="off", url="https://off.example", status="disabled"),
)


def details(*profiles: ProfileDetails, at: datetime = NOW) -> Details:
    return Details(profiles, at, VERSIONS)


def profile(
    facts: Observations | None = None, name: str = "", health: Health | None = None
) -> ProfileDetails:
    return ProfileDetails(
        name=name,
        health=health or judge(facts or but()),
        config="/home/anna/.config/webex-token-tray/token-config.json",
        env_file="/home/anna/project/.env",
        options=("--profile", name) if name else (),
        events=EVENTS,
        attended=True,
    )


FINE = profile(but(sources=SOURCES[:1], kept=frozenset({FRESH.id})), "acme")
PERSON = profile(
    but(
        usages=used(SIGN_IN, Effect.UNCHANGED),
        lifespans=with_life(SIGN_IN, NOW - 80 * DAY, NOW + 9 * DAY),
        sources=SOURCES,
        kept=frozenset({FRESH.id, "gone"}),
    ),
    "globex",
)
DEAD = profile(
    but(rejected=True, availabilities=closed(Availability.DEAD), sources=(STOPPED,)), "initech"
)
UNKNOWN = replace(profile(but(lifespans={}, sources=()), "hooli"), events=(), attended=False)
STARTED = replace(profile(health=STARTING.health, name="umbrella"), env_file="", events=())
ALL = (FINE, PERSON, DEAD, UNKNOWN, STARTED)

FORECAST = but(usages=used(SIGN_IN, Effect.UNCHANGED))
"""All is well, but the sign-in will end some day."""
FORBIDDEN = but(availabilities=closed(Availability.FORBIDDEN))
NO_SECRET = but(credentials=NO_APP_SECRET, availabilities=closed(Availability.MISSING))
