"""What of the tray can be tested without a panel: whose thread draws, and what a click does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pystray import Menu, MenuItem, _base

from tests.desktop.clicked import Clicked
from tests.policy.samples import FRESH
from tray_app.desktop import menus
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.icon import ProfileIcon
from tray_app.desktop.labels import FIRST
from tray_app.desktop.view_model import view_of
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.events import Event, EventType
from tray_app.model.health import Fixer, Health, Link, LinkName, LinkState, Reason
from tray_app.model.quiet_hours import Snooze
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import STARTING, Activity, Snapshot
from tray_app.model.steps import UserAction, action_for
from tray_app.text.times import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def health(reason: Reason) -> Health:
    """Green or red, as the reason asks for."""
    if reason is Reason.WORKS:
        return Health(11, Colour.GREEN, Shape.CHECK, reason, None, ())
    return Health(1, Colour.RED, Shape.CROSS, reason, Fixer.YOU, ())


def test_the_first_labels_are_those_of_a_check_under_way() -> None:
    """They are written down, so that no words need to be loaded for them."""
    assert view_of(STARTING, NOON) == FIRST


@pytest.mark.parametrize("reason", Reason)
def test_a_click_signs_in_exactly_if_the_step_says_so(reason: Reason) -> None:
    view = view_of(Snapshot(health(reason)), NOON)
    assert (view.step is UserAction.SIGN_IN) is ("Sign in through the browser" in view.next_step)
    assert view.step is action_for(health(reason))
    assert not view.step_runs


@pytest.mark.parametrize(
    ("reason", "activity", "runs"),
    [
        (Reason.SIGN_IN_ENDED, Activity.CHECKING, False),
        (Reason.SIGN_IN_ENDED, Activity.SIGNING_IN, True),
        (Reason.KEYRING_LOCKED, Activity.NOTHING, False),
        (Reason.KEYRING_LOCKED, Activity.REFRESHING, True),
        (Reason.STALE, Activity.CHECKING, True),
        (Reason.CONFIG_FAULT, Activity.CHECKING, False),
        (Reason.CLOCK_OFF, Activity.CHECKING, False),
    ],
)
def test_a_step_that_the_worker_is_doing_cannot_be_clicked(
    tray: ProfileIcon, reason: Reason, activity: Activity, *, runs: bool
) -> None:
    tray.show("", Snapshot(health(reason), activity))
    _, step, *_ = panel(tray).rows().values()
    assert step.enabled is not runs


@pytest.mark.parametrize(
    ("activity", "until", "label"),
    [
        (Activity.NOTHING, None, "Sign in through the browser…"),
        (Activity.CHECKING, None, "Sign in through the browser…"),
        (Activity.NOTHING, NOON + timedelta(minutes=5), ""),
        (Activity.CHECKING, NOON + timedelta(minutes=5), ""),
        (Activity.SIGNING_IN, NOON + timedelta(minutes=5), "Signing in…"),
        (Activity.SIGNING_IN, None, "Signing in…"),
    ],
)
def test_the_menu_shows_the_state_of_a_sign_in(
    tray: ProfileIcon, activity: Activity, until: datetime | None, label: str
) -> None:
    """Once the answer has come, nothing waits any more."""
    tray.show("", Snapshot(health(Reason.WORKS), activity, sign_in_until=until))
    rows = set(panel(tray).rows())
    waiting = {"Open the sign-in page again", "Cancel sign-in"}
    assert ({label} if label else waiting) <= rows
    assert not ({"Sign in through the browser…"} if not label else waiting) & rows


class Panel(_base.Icon):
    """pystray's icon without a panel behind it: the menu is what it is on every platform."""

    def _update_menu(self) -> None:
        pass

    def rows(self) -> dict[str, MenuItem]:
        """The visible rows."""
        assert self.menu is not None
        return {item.text: item for item in self.menu.items if item.visible}

    def click(self, text: str) -> None:
        row = self.rows()[text]
        assert row.enabled, text
        row(self)

    def below(self, text: str) -> dict[str, MenuItem]:
        """The visible rows of that submenu."""
        menu = self.rows()[text].submenu
        assert menu is not None
        return {item.text: item for item in menu.items if item.visible}


@pytest.fixture
def clicked() -> Clicked:
    return Clicked()


@pytest.fixture
def snoozed() -> list[Snooze]:
    return []


@pytest.fixture
def details() -> list[str]:
    return []


@pytest.fixture
def tray(
    clicked: Clicked, snoozed: list[Snooze], details: list[str], tmp_path: Path
) -> ProfileIcon:
    places = ProfileLocations(
        tmp_path / "config",
        lambda: tmp_path,
        tmp_path / "log",
        lambda: details.append("opened"),
    )
    return ProfileIcon(Panel, clicked, places, snooze=snoozed.append)


def panel(tray: ProfileIcon) -> Panel:
    assert isinstance(tray.icon, Panel)
    return tray.icon


def test_every_row_that_can_be_clicked_is_in_the_readme(tray: ProfileIcon) -> None:
    """In its table of the menu, in bold; with and without a page that waits in the browser. The
    headline is there, too, but it says something else each time. What no click does is no row."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## The menu")[2].partition("\n## ")[0]
    told = set(re.findall(r"\*\*([^*]+)\*\*", table))

    def labels(items: Iterable[MenuItem]) -> Iterator[str]:
        for item in items:
            if item.submenu is not None:
                yield item.text
                yield from labels(item.submenu.items)
            elif item.visible and item is not Menu.SEPARATOR:
                assert item.enabled, item.text
                yield item.text

    well = Snapshot(health(Reason.WORKS))
    shown: set[str] = set()
    for snapshot in (well, replace(well, sign_in_until=NOON)):
        tray.show("", snapshot)
        headline, *others = panel(tray).rows().values()
        assert headline.enabled
        shown |= set(labels(others))
    assert shown <= told, shown - told
    assert {"Details…", "Quit", "Cancel sign-in", "Options", "Check now", "Open log"} <= shown


def test_the_step_of_a_sign_in_that_has_ended_opens_the_browser(
    tray: ProfileIcon, clicked: Clicked
) -> None:
    tray.show("", Snapshot(health(Reason.SIGN_IN_ENDED)))
    panel(tray).click("Sign in through the browser…")
    assert clicked.asked == ["authorize"]


@pytest.mark.parametrize(
    "reason", [Reason.SIGN_IN_ENDED, Reason.SIGN_IN_MISSING, Reason.SIGN_IN_DUE, Reason.WORKS]
)
def test_one_row_signs_in(tray: ProfileIcon, reason: Reason) -> None:
    """Two would leave open whether they are the same."""
    tray.show("", Snapshot(health(reason)))
    shown = panel(tray).menu
    assert shown is not None
    texts = [item.text for item in shown.items if item.visible][1:]
    assert [text for text in texts if "Sign in" in text] == ["Sign in through the browser…"]


def test_you_can_sign_in_again_whenever_the_worker_is_idle(
    tray: ProfileIcon, clicked: Clicked
) -> None:
    """Also while all is well: to change the account."""
    tray.show("", Snapshot(health(Reason.WORKS)))
    rows = panel(tray).rows()
    assert not {"Open the sign-in page again", "Cancel sign-in"} & set(rows)
    panel(tray).click("Sign in through the browser…")
    assert clicked.asked == ["authorize"]
    for activity in (Activity.CHECKING, Activity.REFRESHING):
        tray.show("", Snapshot(health(Reason.WORKS), activity))
        assert not panel(tray).rows()["Sign in through the browser…"].enabled


@pytest.mark.parametrize("activity", [Activity.NOTHING, Activity.CHECKING, Activity.REFRESHING])
def test_while_a_page_waits_it_can_be_opened_again_or_cancelled(
    tray: ProfileIcon, clicked: Clicked, activity: Activity
) -> None:
    """Whatever else runs meanwhile; they take the place of the step, which would open it, too."""
    later = datetime.now(UTC) + timedelta(minutes=5)
    tray.show("", Snapshot(health(Reason.SIGN_IN_ENDED), activity, sign_in_until=later))
    assert "Sign in through the browser…" not in panel(tray).rows()
    panel(tray).click("Open the sign-in page again")
    panel(tray).click("Cancel sign-in")
    assert clicked.asked == ["authorize", "cancel sign-in"]


def test_once_the_answer_has_come_the_sign_in_cannot_be_clicked(tray: ProfileIcon) -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    snapshot = Snapshot(health(Reason.SIGN_IN_ENDED), Activity.SIGNING_IN, sign_in_until=later)
    tray.show("", snapshot)
    rows = panel(tray).rows()
    assert not {"Open the sign-in page again", "Cancel sign-in"} & set(rows)
    for row in ("Signing in…", "Refresh token now"):
        assert not rows[row].enabled
    assert not panel(tray).below("Options")["Check now"].enabled


def test_the_last_events_are_shown_newest_first_and_open_the_details(
    tray: ProfileIcon, details: list[str]
) -> None:
    """Without ids, which are for `history`; not there while there are none."""
    tray.show("", Snapshot(health(Reason.WORKS)))
    assert "Recent events" not in panel(tray).rows()
    now = datetime.now(UTC)
    events = (
        Event(now, EventType.DIED, fingerprint="0a1b2c3d", tracking_id="ROUTER_1"),
        Event(now - timedelta(days=40), EventType.ANSWERED),
    )
    tray.show("", Snapshot(health(Reason.WORKS), recent=events))
    first, second = panel(tray).below("Recent events").values()
    local = now.astimezone()
    assert first.text == f"{local:%H:%M}  Webex rejected the token"
    assert second.text.endswith("  Webex answers again")
    first(tray.icon)
    assert details == ["opened"]


def test_a_step_that_no_click_can_do_opens_the_details(
    tray: ProfileIcon, clicked: Clicked, details: list[str]
) -> None:
    """They say in full what to do."""
    tray.show("", Snapshot(health(Reason.CLOCK_OFF)))
    panel(tray).click("Set this machine's clock…")
    assert (details, clicked.asked) == (["opened"], [])


def test_notices_can_be_snoozed_and_the_menu_says_until_when(
    tray: ProfileIcon, snoozed: list[Snooze]
) -> None:
    rows = panel(tray).below("Options")
    rows["Snooze notices for 1 hour"](tray.icon)
    rows["Snooze notices until tomorrow"](tray.icon)
    until = datetime.now(UTC) + timedelta(days=2)
    tray.show_snooze(until)
    rows = panel(tray).below("Options")
    assert not [text for text in rows if text.startswith("Snooze")]
    rows[f"Resume notices (snoozed until {clock(until, datetime.now(UTC))})"](tray.icon)
    assert snoozed == [Snooze.SHORT, Snooze.TOMORROW, Snooze.OFF]
    tray.show_snooze(None)
    assert "Snooze notices for 1 hour" in panel(tray).below("Options")


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("waits", [False, True])
def test_there_are_ten_rows_at_most(tray: ProfileIcon, reason: Reason, *, waits: bool) -> None:
    """Each of 45 characters at most, whatever is wrong."""
    events = (Event(NOON, EventType.ANSWERED),)
    sources = (WatchedDataSource(FRESH, "orders"),)
    links = (Link(LinkName.DATA_SOURCE, LinkState.PRESENT, None, source_id=FRESH.id),)
    state = replace(health(reason), sources=sources, links=links)
    tray.show("", Snapshot(state, sign_in_until=NOON if waits else None, recent=events))
    rows = [text for text, item in panel(tray).rows().items() if item is not Menu.SEPARATOR]
    assert {"Data sources", "Recent events", "Details…", "Options", "Quit"} <= set(rows)
    assert len(rows) <= 10
    assert max(map(len, rows)) <= 45


@pytest.mark.posix  # on Windows it opens the menu
def test_a_left_click_that_opens_no_menu_opens_the_details(
    tray: ProfileIcon, details: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MATE, LXQt and Cinnamon show no menu for it. Where one opens, the row is not bold."""
    panel(tray)()
    assert details == ["opened"]
    monkeypatch.setattr(menus, "DEFAULT_ROW", False)
    assert not menus.details_row(lambda: None, default=True).default
