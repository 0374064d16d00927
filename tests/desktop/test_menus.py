"""The submenu "Data sources": what it says, what its rows do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.desktop.clicked import Clicked
from tests.desktop.test_icon import Panel
from tests.policy.judging import judge
from tests.policy.samples import DAY, FRESH, HOUR, NEAR, NOW, STOPPED, but, source_until
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.icon import ProfileIcon
from tray_app.desktop.labels import SourceRow
from tray_app.desktop.tray.menu_tree import MenuTree
from tray_app.desktop.tray.pystray_base import MenuItem
from tray_app.desktop.view_model import source_rows
from tray_app.model.health import Observations
from tray_app.model.snapshot import Activity, Snapshot

OFF = replace(FRESH, id="off", url="https://off.example", status="disabled")
ALL = but(
    sources=(FRESH, STOPPED, OFF, replace(FRESH, id="ticked", url="https://kept.example")),
    kept=frozenset({"ticked", "gone-for-long"}),
)


def rows(facts: Observations, activity: Activity = Activity.NOTHING) -> tuple[SourceRow, ...]:
    return source_rows(Snapshot(judge(facts), activity), NOW, UTC)


def test_each_row_says_until_when_and_what_can_be_done() -> None:
    """A disabled one offers nothing; one that is gone only that its tick is taken away."""
    open_ = partial(SourceRow, can_extend=True, can_keep=True)
    live = "live until Wed 11 Mar 08:00"
    assert rows(ALL) == (
        open_(FRESH.id, f"byods.ex…/orders: {live}"),
        open_(STOPPED.id, "byods.example.com/calls: expired 11:00"),
        SourceRow("off", "off.example: disabled"),
        open_("ticked", "kept.example: kept alive", kept=True),
        SourceRow("gone-for-long", "gone-for: not listed by Webex", kept=True, can_keep=True),
    )


@pytest.mark.parametrize(
    "activity", [activity for activity in Activity if activity is not Activity.NOTHING]
)
def test_while_something_runs_nothing_is_extended(activity: Activity) -> None:
    """Ticking is always possible."""
    (row,) = rows(but(sources=(NEAR,)), activity)
    assert (row.can_extend, row.can_keep) == (False, True)
    assert row.extend_label == ("Extending…" if activity is Activity.EXTENDING else "Extend now")


# --- in the menu ----------------------------------------------------------------------------------


@pytest.fixture
def clicked() -> Clicked:
    return Clicked()


@pytest.fixture
def tray(clicked: Clicked, tmp_path: Path) -> ProfileIcon:
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    return ProfileIcon(Panel, clicked, places)


def show(tray: ProfileIcon, **facts: Any) -> Panel:
    tray.show("", Snapshot(judge(but(**facts))))
    assert isinstance(tray.icon, Panel)
    return tray.icon


def below(panel: Panel, *path: str) -> dict[str, MenuItem]:
    items = panel.rows()
    for text in path:
        found = next(item for label, item in items.items() if label.startswith(text))
        assert found.submenu is not None
        items = {item.text: item for item in found.submenu.items if item.visible}
    return items


@pytest.mark.parametrize("facts", [{}, {"sources": ()}, {"under_scoped": True}])
def test_without_data_sources_there_is_no_submenu(tray: ProfileIcon, facts: dict[str, Any]) -> None:
    """Why there are none is on the details page."""
    assert "Data sources" not in show(tray, **facts).rows()


def test_extend_now_extends_that_one(tray: ProfileIcon, clicked: Clicked) -> None:
    other = replace(FRESH, id="other", url="https://other.example")
    panel = show(tray, sources=(FRESH, other))
    row = below(panel, "Data sources", "other.example")["Extend now"]
    row(panel)
    assert clicked.asked == ["extend other"]


@pytest.mark.parametrize(("kept", "asked"), [(False, "on"), (True, "off")])
def test_a_click_on_keep_alive_toggles_it(
    tray: ProfileIcon, clicked: Clicked, kept: bool, asked: str
) -> None:
    panel = show(tray, sources=(FRESH,), kept=frozenset({FRESH.id} if kept else ()))
    row = below(panel, "Data sources", "byods")["Keep alive"]
    assert row.checked is kept
    row(panel)
    assert clicked.asked == [f"keep {FRESH.id} {asked}"]


def test_a_click_on_the_next_step_extends_the_one_that_is_named(
    tray: ProfileIcon, clicked: Clicked
) -> None:
    panel = show(tray, sources=(NEAR,))
    panel.click("Extend byods.example.com/orders now")
    assert clicked.asked == ["extend"]


def test_data_sources_are_not_listed_among_the_links(tray: ProfileIcon) -> None:
    rows = show(tray, sources=(FRESH,)).rows()
    assert [text for text in rows if text.startswith("Data source")] == ["Data sources"]


def test_rows_keep_their_numbers_while_others_come_and_go(tray: ProfileIcon) -> None:
    """A panel sends a number back with the click, maybe after the list has changed."""
    tree = MenuTree()
    other = source_until(NOW + DAY, "another")

    def numbers(*sources: Any) -> dict[str, int]:
        panel = show(tray, sources=sources)
        tree.update(panel.menu)
        (top,) = (row for row in tree.rows() if row.item and row.item.text == "Data sources")
        return {
            f"{row.item.text.split(':')[0]}/{each.item.text}": each.id
            for row in tree.rows(top.id)
            if row.item is not None
            for each in tree.rows(row.id)
            if each.item is not None
        }

    before = numbers(FRESH)
    both = numbers(other, replace(FRESH, ends=NOW + 2 * HOUR))
    assert len(both) == 4
    assert before.items() <= both.items()
    assert numbers(FRESH) == before


def test_a_row_of_a_data_source_that_is_gone_does_nothing(
    tray: ProfileIcon, clicked: Clicked
) -> None:
    """A panel may still show it."""
    panel = show(tray, sources=(FRESH,))
    old = below(panel, "Data sources", "byods")
    show(tray, sources=())
    assert not any(row.enabled for row in old.values())


def test_a_name_is_shown_in_one_line_without_control_characters() -> None:
    """A file name with a line feed, an escape or a turned direction stood in the menu as it is."""
    item = MenuItem(lambda _: "a\n\x1b[31m\u202eb é", None)
    assert item.text == "a\\n\\x1b[31m\\u202eb é"
