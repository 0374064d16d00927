"""The menu of many profiles, without a panel: what is below whose row, and which rows stay."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pystray import MenuItem, _base

from tests.desktop.clicked import Clicked
from tray_app.core.model import Colour, Health, Reason, Shape, Who
from tray_app.desktop.fleet_icon import FleetIcon
from tray_app.desktop.next_step import Places
from tray_app.snapshot import Snapshot

WELL = Snapshot(Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ()))
UNCHECKED = Snapshot(Health(5, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Who.ITSELF, ()))
UNWELL = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_ENDED, Who.YOU, ()))

SHORT = ["Check now", "Refresh token now", "Open config"]


class Panel(_base.Icon):
    """pystray's icon without a panel behind it; `drawn` is set when the menu is to be drawn."""

    drawn = threading.Event()

    def _update_menu(self) -> None:
        Panel.drawn.set()


class Desk:
    """An icon of so many profiles, and what a person finds in its menu."""

    def __init__(self, count: int, folder: Path) -> None:
        places = Places(folder / "config", lambda: folder, folder / "log")
        self.names = [f"customer-{number:03}" for number in range(count)]
        self.icon = FleetIcon(Panel, {name: (Clicked(), places) for name in self.names})

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Returns once the menu has been told to follow."""
        Panel.drawn.clear()
        self.icon.show(name, snapshot)
        assert Panel.drawn.wait(10)

    def below(self, name: str) -> tuple[MenuItem, ...]:
        """The rows below that profile's, wherever it is; LookupError if it is nowhere."""
        menu = self.icon.icon.menu
        assert menu is not None
        waiting = list(menu.items)
        while waiting:
            item = waiting.pop()
            if item.submenu is not None:
                if f" {name}: " in item.text:
                    return tuple(row for row in item.submenu.items if row.visible)
                waiting += item.submenu.items
        raise LookupError(name)

    def words(self, name: str) -> list[str]:
        """What these rows say."""
        return [row.text for row in self.below(name)]


@pytest.mark.parametrize(("count", "is_whole"), [(50, True), (51, False)])
def test_of_more_than_fifty_those_that_are_well_have_a_short_menu(
    count: int, *, is_whole: bool, tmp_path: Path
) -> None:
    """Every row takes memory: whole menus took twice what a profile may."""
    desk = Desk(count, tmp_path)
    desk.show("customer-007", WELL)
    assert ("Open log" in desk.words("customer-007")) is is_whole
    assert [word for word in SHORT if word in desk.words("customer-007")] == SHORT


def test_who_is_not_well_has_the_whole_menu_among_however_many(tmp_path: Path) -> None:
    desk = Desk(51, tmp_path)
    desk.show("customer-007", UNCHECKED)
    short = desk.below("customer-007")
    assert desk.words("customer-007") == SHORT
    desk.show("customer-007", UNWELL)
    assert "Re-authorize in browser…" in desk.words("customer-007")
    desk.show("customer-007", WELL)
    assert desk.below("customer-007") == short, "the same objects: an open menu stays open"


def test_the_rows_of_a_profile_stay_while_it_is_not_well(tmp_path: Path) -> None:
    """A panel keeps a menu open that has the same rows."""
    desk = Desk(51, tmp_path)
    desk.show("customer-007", UNWELL)
    before = desk.below("customer-007")
    desk.show("customer-008", UNWELL)
    assert desk.below("customer-007") == before
