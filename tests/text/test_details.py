"""Sentences of the details page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from tests.policy.judging import judge
from tests.policy.samples import DAY, FRESH, HOUR, MINUTE, NEAR, NOW, but
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.events import Event, EventType
from tray_app.model.health import Fixer, Health, Link, LinkName, LinkState, Outlook, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape
from tray_app.policy.days import Day, Stretch
from tray_app.text.details import (
    day_count,
    day_line,
    renewal_of,
    rough_length,
    step_command,
    zone_name,
)

TODAY = NOW.date()
REFRESH, MINT = RenewalMethod.SERVICE_REFRESH, RenewalMethod.MINT_PASTED
SIGN_IN = RenewalMethod.INTEGRATION_REFRESH


def link(
    name: LinkName, method: RenewalMethod | None = None, state: LinkState = LinkState.PRESENT
) -> Link:
    return Link(name, state, outlook=Outlook(method))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (link(LinkName.ACCESS, REFRESH), "Renewed with the service app's refresh token"),
        (link(LinkName.ACCESS, MINT), "Renewed with your personal access token"),
        (link(LinkName.ACCESS), ""),
        (link(LinkName.REFRESH, REFRESH), "Renewed together with the token"),
        (link(LinkName.REFRESH, MINT), "Renewed with your personal access token"),
        (
            link(LinkName.PERSONAL, SIGN_IN),
            "Renewed with the integration's sign-in, when needed",
        ),
        (link(LinkName.PERSONAL), "Entered by hand; nothing renews it"),
        (link(LinkName.PERSONAL, state=LinkState.MISSING), ""),
        (link(LinkName.SIGN_IN, SIGN_IN), "Each use extends it"),
    ],
)
def test_what_renews_a_link(shown: Link, expected: str) -> None:
    assert renewal_of(shown) == expected


@pytest.mark.parametrize("name", LinkName)
def test_a_link_that_needs_you_says_so(name: LinkName) -> None:
    needing = Link(name, LinkState.PRESENT, outlook=Outlook(needs_you=True))
    assert any(word in renewal_of(needing) for word in ("Only you", "Nothing", "paste"))


def test_a_data_source_is_kept_alive_or_not() -> None:
    shown = link(LinkName.DATA_SOURCE)
    kept = WatchedDataSource(FRESH, "orders", kept=True)
    assert renewal_of(shown, kept) == "Kept alive by this program"
    off = replace(FRESH, status="disabled")
    for other in (replace(kept, kept=False), replace(kept, gone=True), replace(kept, source=off)):
        assert renewal_of(shown, other) == ""


def because(reason: Reason, colour: Colour = Colour.AMBER) -> Health:
    return Health(8, colour, Shape.BANG, reason, Fixer.YOU, links=())


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.SIGN_IN_ENDED, "webex-token-tray authorize --profile 'a b'"),
        (Reason.RENEWAL_FAILS, "webex-token-tray refresh --profile 'a b'"),
        (Reason.RENEWAL_DUE, "webex-token-tray refresh --if-due --profile 'a b'"),
        (Reason.STALE, "webex-token-tray status --profile 'a b'"),
        (Reason.NOT_SET_UP, "webex-token-tray setup --profile 'a b'"),
        (Reason.OWN_FAULT, "webex-token-tray doctor --profile 'a b'"),
        (Reason.FORBIDDEN, "webex-token-tray setup --profile 'a b'"),
        (Reason.BLOCKED, ""),
        (Reason.WORKS, ""),
        (Reason.CLOCK_OFF, ""),
    ],
)
def test_the_command_of_a_step(reason: Reason, expected: str) -> None:
    """It names the profile, quoted for a shell."""
    assert step_command(because(reason), ("--profile", "a b")) == expected


def test_the_command_names_the_data_source() -> None:
    health = judge(but(sources=(NEAR,)))
    assert step_command(health, ()) == f"webex-token-tray data-sources extend {NEAR.id}"
    other = replace(health, reason=Reason.RENEWAL_FAILS)
    assert step_command(other, ()) == "webex-token-tray refresh"
    without = replace(health, problem=None)
    assert step_command(without, ()) == "webex-token-tray data-sources extend"


def stretch(colour: Colour, length: timedelta, reason: Reason = Reason.RENEWING) -> Stretch:
    row = 1 if colour is Colour.RED else 4
    event = Event(NOW, EventType.HEALTH, colour, row, reason, fingerprint="0a1b2c3d")
    return Stretch(event, length)


def test_a_day_says_how_long_and_why() -> None:
    """The worst first, each cause once, then what else happened."""
    bad = Day(
        TODAY - DAY,
        Colour.RED,
        (
            stretch(Colour.AMBER, MINUTE),
            stretch(Colour.RED, 5 * MINUTE, Reason.SIGN_IN_ENDED),
            stretch(Colour.GREEN, HOUR, Reason.WORKS),
            stretch(Colour.RED, 7 * MINUTE, Reason.SIGN_IN_ENDED),
        ),
        (Event(NOW, EventType.ANSWERED),),
    )
    assert day_line(bad, TODAY) == (
        "Mon 9 Mar: red for 12 minutes (Webex token invalid: sign-in needed),"
        " amber for 1 minute (Webex token invalid, renewing); Webex answers again"
    )


def test_of_two_causes_both_are_told() -> None:
    """With the length of both."""
    red = (
        stretch(Colour.RED, MINUTE, Reason.SIGN_IN_ENDED),
        stretch(Colour.RED, MINUTE),
    )
    said = day_line(Day(TODAY, Colour.RED, red), TODAY)
    assert said.startswith("today: red for 2 minutes (Webex token invalid: sign-in needed; ")


def test_a_day_lists_a_few_events_only() -> None:
    busy = Day(TODAY, Colour.GREEN, (), (Event(NOW, EventType.ANSWERED),) * 6)
    said = day_line(busy, TODAY)
    assert said.startswith("today: green so far; Webex answers again; ")
    assert said.endswith("; and 2 more events")
    assert said.count("Webex answers again") == 4
    four = replace(busy, events=busy.events[:4])
    assert day_line(four, TODAY) == "; ".join(["today: green so far", *["Webex answers again"] * 4])


def test_a_day_may_be_green_or_not_known() -> None:
    assert day_line(Day(date(2026, 3, 1), Colour.GREEN), TODAY) == "Sun 1 Mar: green all day"
    assert day_line(Day(date(2026, 3, 1), None), TODAY) == "Sun 1 Mar: not known"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(), "less than a minute"),
        (29 * timedelta(seconds=1), "less than a minute"),
        (MINUTE, "1 minute"),
        (89 * MINUTE, "89 minutes"),
        (90 * MINUTE, "2 hours"),
        (22 * HOUR, "22 hours"),
        (23 * HOUR, "the whole day"),
        (DAY, "the whole day"),
    ],
)
def test_a_length_is_rough(length: timedelta, expected: str) -> None:
    assert rough_length(length) == expected


def test_days_are_counted() -> None:
    assert day_count(1, Colour.GREEN, days=True) == "1 day green"
    assert day_count(84, Colour.GREEN, days=True) == "84 days green"
    assert (day_count(3, Colour.AMBER), day_count(2, None)) == ("3 amber", "2 not known")


def test_the_zone_has_its_name_and_its_distance() -> None:
    """Without a name if that is no word."""
    assert zone_name(NOW, ZoneInfo("Europe/Berlin")) == "CET (UTC+01:00)"
    assert zone_name(NOW, UTC) == "UTC"
    assert zone_name(NOW, timezone(-timedelta(hours=3, minutes=30))) == "UTC-03:30"
    assert zone_name(NOW, timezone(timedelta(hours=1, seconds=5))) == "UTC+01:00"
