"""The details page: what it says, and that everybody can read it."""

from __future__ import annotations

import itertools
import re
from base64 import b64decode
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.pages import samples
from tests.pages.reading import Node, Reader, tab_icon, title, words
from tests.pages.samples import ALL, BERLIN, DEAD, FINE, PERSON, STARTED, UNKNOWN, details
from tests.policy.samples import DAY, HOUR, NOW, but
from tray_app.desktop.icon_art import FILL
from tray_app.loopback.responses import style_only
from tray_app.model.details import ProfileDetails
from tray_app.model.events import Event, EventType
from tray_app.model.health import LinkName
from tray_app.model.incident import Incident
from tray_app.model.renewal import Renewing
from tray_app.model.signs import OF_COLOUR, Colour, Shape
from tray_app.pages.document import Document, note
from tray_app.pages.facts import style
from tray_app.pages.html import NO_STATE
from tray_app.pages.signs import TAB_ICONS

STYLE = style()
POLICY = style_only(STYLE)


def document(*profiles: ProfileDetails, reload: bool = False) -> Document:
    return Document(details(*profiles), style=STYLE, policy=POLICY, zone=BERLIN, reload=reload)


def read(*profiles: ProfileDetails) -> Reader:
    return Reader(document(*profiles).whole())


def section(page: Reader, title: str) -> Node:
    (found,) = (
        node
        for node in page.all("section")
        if any(words(head) == title for head in (*node.all("h2"), *node.all("h3")))
    )
    return found


PAGES = [*((each,) for each in ALL), ALL]


@pytest.mark.parametrize("profiles", PAGES, ids=lambda each: "-".join(one.name for one in each))
def test_a_page_needs_nothing_but_itself(profiles: tuple[ProfileDetails, ...]) -> None:
    """No script, no outside resource, no style but its own; links lead to Webex only."""
    source = document(*profiles).whole()
    page = Reader(source)
    kinds = {node.tag for node in page.nodes}
    assert not kinds & {
        "script",
        "img",
        "iframe",
        "form",
        "input",
        "object",
        "image",
        "use",
    }
    assert tab_icon(page).startswith("data:image/svg+xml;base64,")
    names = {name for node in page.nodes for name in node.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src")}
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert len(page.all("style")) == 1
    policy = next(n for n in page.all("meta") if "http-equiv" in n.attributes)
    assert policy.attributes["content"] == POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    for link in page.all("a"):
        address = link.attributes["href"]
        outside = ("https://admin.webex.com", "https://developer.webex.com")
        assert address in ("", *outside) or address.startswith("#")


@pytest.mark.parametrize("profiles", PAGES, ids=lambda each: "-".join(one.name for one in each))
def test_a_page_can_be_read_aloud(profiles: tuple[ProfileDetails, ...]) -> None:
    """Headings in order, pictures with names, tables with headers, ids used once."""
    page = read(*profiles)
    assert page.first("html").attributes["lang"] == "en"
    assert words(page.first("title")).endswith("\N{EN DASH} Webex Token Tray")
    levels = [int(node.tag[1]) for node in page.nodes if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = [node.attributes["id"] for node in page.nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for picture in page.all("svg"):
        if "svg" in picture.path:
            continue
        kind = picture.attributes
        named = kind.get("aria-label") or [node for node in picture.children if node.tag == "title"]
        assert kind.get("aria-hidden") == "true" or (kind.get("role") == "img" and named)
        for name in kind.get("aria-labelledby", "").split():
            assert name in ids
    for table in page.all("table"):
        assert words(table.all("caption")[0])
        assert all(head.attributes["scope"] in ("col", "row") for head in table.all("th"))
        columns = {len(row.all("th")) + len(row.all("td")) for row in table.all("tr")}
        assert len(columns) == 1
        # Narrow pages lay tables out as blocks, which takes their meaning in some browsers.
        assert all("role" in node.attributes for node in (*table.all("tr"), *table.all("td")))


@pytest.mark.parametrize("profiles", PAGES, ids=lambda each: "-".join(one.name for one in each))
def test_times_are_local_for_people_and_utc_for_programs(
    profiles: tuple[ProfileDetails, ...],
) -> None:
    page = read(*profiles)
    for node in page.all("time"):
        value = node.attributes["datetime"]
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:  # a day
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value)
            continue
        assert at.utcoffset() == timedelta()
        shown = at.astimezone(BERLIN)
        assert words(node).endswith((f"{shown:%H:%M}", f"{shown.day} {shown:%b}"))
    assert "Times are local: CET (UTC+01:00)." in words(page.first("footer"))


def test_the_head_says_what_the_menu_says() -> None:
    page = read(FINE)
    assert words(page.first("h1")) == "Token works until Mon 23 Mar 13:00"
    (until,) = page.first("h1").all("time")
    assert until.attributes["datetime"] == "2026-03-23T12:00:00Z"
    assert title(page) == "Details - acme - Token works until Mon 23 Mar 13:00"
    assert "acme · Checked 12:58" in words(page.first("header"))
    assert page.first("svg").attributes["aria-label"] == "works"
    assert "Next" not in words(page.first("main"))


def test_an_incident_stands_below_the_check() -> None:
    health = replace(UNKNOWN.health, incident=Incident("APIs <fail>", NOW - HOUR))
    head = words(read(replace(UNKNOWN, health=health)).first("header"))
    assert "Webex reports an incident since 12:00: APIs <fail>" in head
    assert "incident" not in words(read(UNKNOWN).first("header"))


def test_a_forecast_has_its_date_marked() -> None:
    lasting = replace(PERSON, health=samples.profile(samples.FORECAST).health)
    (head,) = read(lasting).all("h1")
    assert words(head) == "Token works. Browser sign-in needed by Sun 7 Jun"
    assert head.all("time")[0].attributes["datetime"].startswith("2026-06-07")


def test_the_next_step_is_a_click_and_a_command() -> None:
    (box,) = (
        node for node in read(PERSON).all("section") if "next" in node.attributes.get("class", "")
    )
    assert words(box) == (
        "Next (you): Sign in through the browser, before Thu 19 Mar 13:00"
        "In the menu of the tray icon, click this step."
        " In a terminal: webex-token-tray authorize --profile globex"
    )
    assert box.attributes["class"] == "next amber"


def test_without_a_tray_only_the_command_is_named() -> None:
    page = read(replace(PERSON, attended=False))
    text = words(page.first("main"))
    assert "In a terminal: webex-token-tray authorize" in text
    assert "click this step" not in text
    assert "Neither the tray nor watch is running: nothing is renewed automatically." in text
    assert "Renewed automaticallyno, neither the tray nor watch is running" in text


@pytest.mark.parametrize(
    ("facts", "expected", "links"),
    [
        (samples.FORBIDDEN, "Go to admin.webex.com.", ["https://admin.webex.com"]),
        (
            samples.NO_SECRET,
            "Go to developer.webex.com. The config is /home/anna/",
            ["https://developer.webex.com"],
        ),
        (but(config_fault="bad"), "The config is /home/anna/", []),
    ],
)
def test_a_step_elsewhere_says_where(facts: object, expected: str, links: list[str]) -> None:
    page = read(samples.profile(facts))  # type: ignore[arg-type]
    assert expected in words(page.first("main"))
    assert [link.attributes["href"] for link in page.all("a")] == links


def test_a_step_that_nobody_can_take_has_no_way() -> None:
    (box,) = (n for n in read(STARTED).all("section") if n.attributes.get("class"))
    assert words(box) == "Wait for the answer"


def rows(page: Reader, title: str) -> dict[str, Node]:
    (table,) = section(page, title).all("table")
    return {words(row.all("th")[0]): row for row in table.all("tr")[1:]}


def test_each_credential_is_a_bar_with_its_end_and_what_renews_it() -> None:
    found = rows(read(PERSON), "What keeps the token alive")
    access = found["Service app tokenRenewed with the service app's refresh token"]
    sign_in = found["Integration sign-inOnly you can renew it: sign in through the browser"]
    (bar,) = access.all("rect")
    assert (bar.attributes["class"], bar.attributes["width"]) == ("bar ok", "38.22%")
    assert [line.attributes["class"] for line in access.all("line")][-1] == "tick"
    assert words(access.all("td")[1]) == "works until Mon 23 Mar 13:00"
    assert words(access.all("title")[0]) == "Service app token: works until Mon 23 Mar 13:00"
    assert words(access.all("desc")[0]) == "Renewed with the service app's refresh token"
    assert not [path for path in access.all("path") if path.attributes.get("class") == "cloth"]
    (bar,) = sign_in.all("rect")
    assert bar.attributes["class"] == "bar you"
    (flag,) = (path for path in sign_in.all("path") if path.attributes["class"] == "cloth")
    assert " h13" in flag.attributes["d"] or "h13" in flag.attributes["d"]


def test_a_flag_at_the_edge_flies_to_the_other_side() -> None:
    """Not out of the picture."""
    page = Reader(document(samples.profile(samples.FORECAST)).whole())
    flags = [n.attributes["d"] for n in page.all("path") if n.attributes.get("class") == "cloth"]
    assert flags == ["M0 2h-13l3 4-3 4H0z"]


def test_what_is_lost_has_a_cross_and_no_bar() -> None:
    found = rows(read(DEAD), "What keeps the token alive")
    assert len(found) == 4
    for row in found.values():
        assert not row.all("rect")
        assert [path.attributes["class"] for path in row.all("path")] == ["lost"]
        assert words(row.all("td")[1]) == "rejected by Webex"
    assert not list(section(read(DEAD), "What keeps the token alive").all("p"))


def test_an_unknown_expiry_is_an_open_bar() -> None:
    page = read(UNKNOWN)
    found = rows(page, "What keeps the token alive")
    kinds = [row.all("rect")[0].attributes["class"] for row in found.values()]
    assert kinds == ["bar open ok"] * 4
    key = section(page, "What keeps the token alive").all("p")[0]
    assert words(key) == "expiry unknown"


def test_the_key_names_the_marks_that_are_there() -> None:
    def key(profile: ProfileDetails) -> str:
        return words(section(read(profile), "What keeps the token alive").all("p")[0])

    assert key(PERSON) == "does not need youneeds youexpiry unknownrenewal due"
    known = replace(FINE, health=replace(FINE.health, links=FINE.health.links[:2]))
    assert key(known) == "does not need yourenewal due"


def test_events_that_cannot_be_read_are_not_none() -> None:
    text = words(read(replace(STARTED, events_fault="it is locked")).first("main"))
    assert "The database with the events cannot be read: it is locked." in text
    assert "Nothing has been recorded yet." not in text


def test_before_the_first_check_it_says_that_nothing_is_known() -> None:
    text = words(read(STARTED).first("main"))
    assert "Nothing has been checked yet." in text
    assert "Webex has not listed them yet." in text
    assert "Nothing has been recorded yet." in text
    assert ".envnot known" in text
    assert "Confirmed by Webexnever" in text


def test_ninety_days_each_with_what_happened() -> None:
    """The worse, the higher; and those that were not green in words, too."""
    part = section(read(PERSON), "The last 90 days")
    (picture,) = (node for node in part.all("svg") if node.attributes["class"] == "days")
    cells = picture.all("g")
    assert len(cells) == 90
    titles = [words(cell.all("title")[0]) for cell in cells]
    assert titles[0] == "Thu 11 Dec: not known"
    assert titles[-1].startswith("today: green so far; No answer from Webex")
    marks = [cell.all("rect")[1].attributes for cell in cells]
    heights = {mark["class"]: int(mark["height"]) for mark in marks}
    assert heights["day green"] < heights["day amber"] < heights["day red"]
    assert heights["day unknown"] < heights["day green"]
    assert words(picture.all("desc")[0]) == "79 days green, 1 amber, 1 red, 9 not known"
    red, amber = (words(item) for item in part.all("li"))
    assert red.startswith("Wed 28 Jan: red for 10 minutes (Webex token invalid: sign-in needed)")
    assert amber == "Fri 9 Jan: amber for 12 minutes (Token not confirmed lately)"
    assert "79 days green1 amber1 red9 not known" in words(part)


def test_of_many_bad_days_the_latest_are_named() -> None:
    events = [
        samples.health_event(NOW - back * DAY, colour, reason)
        for back in range(30, 0, -1)
        for colour, reason in (samples.STALE, samples.GREEN)
    ]
    part = section(read(replace(FINE, events=tuple(events))), "The last 90 days")
    items = [words(item) for item in part.all("li")]
    assert len(items) == 13
    assert items[0].startswith("Mon 9 Mar: amber")
    assert items[-1] == "and 18 more: webex-token-tray history lists them"


def test_data_sources_have_their_ends() -> None:
    found = rows(read(PERSON), "Data sources")
    assert [(name, words(row.all("td")[1])) for name, row in found.items()] == [
        ("byods.example.com/ordersKept alive by this program", "live until Wed 11 Mar 09:00"),
        (
            (
                "byods.example.com/a/long/path/of/a/sour…"
                "Nothing extends it: extend it, or tick Keep alive"
            ),
            "live until 13:30",
        ),
        ("off.example", "disabled"),
        ("gone", "not listed by Webex"),
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (but(sources=()), "This service app has none."),
        (but(), "Webex has not listed them yet."),
        (but(under_scoped=True), "The service app may not list data sources. Add spark-admin:"),
    ],
)
def test_without_data_sources_the_reason_is_shown(facts: object, expected: str) -> None:
    page = read(samples.profile(facts))  # type: ignore[arg-type]
    assert words(section(page, "Data sources")).removeprefix("Data sources").startswith(expected)


def test_the_last_events_are_listed_newest_first() -> None:
    many = [Event(NOW - back * HOUR, EventType.ANSWERED) for back in range(40, 0, -1)]
    odd = Event(NOW, EventType.HEALTH)  # of a later version
    state = samples.health_event(NOW, Colour.RED, samples.GREEN[1])
    part = section(read(replace(FINE, events=(*many, odd, state))), "Recent events")
    items = part.all("li")
    assert len(items) == 20
    assert words(items[0]) == "13:00Token works"
    assert items[0].all("svg")[0].attributes["aria-label"] == "fails"
    assert words(items[2]) == "12:00Webex answers again"


def test_a_failed_renewal_is_told() -> None:
    failed = samples.profile(but(renewing=Renewing(2, NOW - DAY, None)))
    assert "Last renewalfailed: no renewal method worked" in words(read(failed).first("main"))


def test_text_of_others_is_escaped_wherever_it_is() -> None:
    """A data source's address, a path, a profile's name, an event's detail."""
    evil = "<script>alert(1)</script>"
    source = replace(samples.SOURCES[0], url=f"https://x.example/{evil}")
    profile = replace(
        samples.profile(but(sources=(source,), env_fault=evil), evil),
        env_file=evil,
        config=evil,
        events=(Event(NOW, EventType.CONFIG_FAULTY, detail=evil),),
    )
    for page in (document(profile).whole(), document(profile, FINE).whole()):
        assert not Reader(page).all("script")
        assert "&lt;script&gt;alert(1)" in page


def test_several_profiles_are_a_table_that_leads_to_each() -> None:
    """The worst first; each row with its state in words, its expiry and its step."""
    page = read(*ALL)
    assert (
        words(page.first("h1")) == "2 of 5 need you: initech: Webex token rejected: sign-in needed"
    )
    table = page.all("table")[0]
    cells = [[words(c) for c in row.children] for row in table.all("tr")[1:]]
    assert [row[1] for row in cells] == ["initech", "globex", "umbrella", "acme", "hooli"]
    assert cells[0][0] == "fails"
    assert cells[0][3:] == ["\N{EN DASH}", "Next (you): Sign in through the browser"]
    assert cells[1][3:] == [
        "Mon 23 Mar 13:00",
        "Next (you): Sign in through the browser, before Thu 19 Mar 13:00",
    ]
    ids = {node.attributes["id"] for node in page.all("article")}
    targets = [link.attributes["href"] for link in table.all("a")]
    assert {target.removeprefix("#") for target in targets} == ids
    assert len(ids) == 5


def test_a_served_page_leads_to_the_other_pages_and_can_be_reloaded() -> None:
    made = document(FINE, DEAD, reload=True)
    overview = Reader(made.overview(lambda name: f"?profile={name}"))
    assert [link.attributes["href"] for link in overview.all("a")] == [
        "",
        "?profile=initech",
        "?profile=acme",
    ]
    assert not overview.all("article")
    one = made.of_profile("acme", "?")
    assert one is not None
    page = Reader(one)
    links = [(words(link), link.attributes["href"]) for link in page.all("a")]
    assert links == [("All profiles", "?"), ("Reload", "")]
    assert words(page.first("h1")).startswith("Token works until")
    assert made.of_profile("nobody", "?") is None


def test_a_served_page_of_the_only_profile_has_no_table() -> None:
    made = document(UNKNOWN, reload=True)
    page = Reader(made.overview(str))
    assert [(words(link), link.attributes["href"]) for link in page.all("a")] == [("Reload", "")]
    assert title(page).startswith("Details - hooli - Token works")
    named = made.of_profile("hooli", "?")
    assert named == made.overview(str)
    unnamed = Reader(document(replace(FINE, name="")).whole())
    assert title(unnamed).startswith("Details - Token works until")


def test_a_tab_shows_the_worst_state_by_colour_and_shape() -> None:
    """It was green whatever the state."""
    assert len(set(TAB_ICONS.values()) | {NO_STATE}) == len(Shape) + 1
    for shape in Shape:
        health = replace(FINE.health, shape=shape)
        worst = replace(FINE, health=replace(health, colour=Colour.RED, row=1))
        fine = replace(FINE, name="fine", health=replace(health, shape=Shape.CHECK))
        made = document(worst, fine, reload=True)
        for page in (document(worst).whole(), made.whole(), made.overview(str)):
            assert tab_icon(Reader(page)) == TAB_ICONS[shape]
        assert tab_icon(Reader(made.of_profile("fine", "?") or "")) == TAB_ICONS[Shape.CHECK]
    for colour, shape in OF_COLOUR.items():
        fill = f'fill="#{bytes(FILL[colour]).hex()}"'
        assert fill in b64decode(TAB_ICONS[shape].partition(",")[2]).decode()
    assert tab_icon(Reader(note("x", "y", ["z"], style="", policy=""))) == NO_STATE


def test_versions_are_at_the_end() -> None:
    foot = words(read(FINE).first("footer"))
    assert foot.startswith("Made 13:00.")
    assert foot.endswith("webex-token-tray 1.2.3 · Python 3.11.2 · Linux x86_64")


def test_a_note_is_a_small_page() -> None:
    page = Reader(note("Details", "Already opened", ["One.", "Two."], style=STYLE, policy=POLICY))
    assert words(page.first("h1")) == "Already opened"
    assert title(page) == "Details - Already opened"
    assert [words(text) for text in page.all("p")] == ["One.", "Two."]
    assert page.first("body").attributes["class"] == "note"


def test_only_links_of_the_chain_are_in_it() -> None:
    names = {link.name for link in FINE.health.links}
    assert LinkName.DATA_SOURCE in names
    assert len(rows(read(FINE), "What keeps the token alive")) == 4
