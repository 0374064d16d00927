"""The menu of many profiles, without a panel: what is below whose row, and which rows stay."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import pytest
from pystray import Menu, MenuItem, _base

from tests.desktop.clicked import Clicked
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.icon import IconState
from tray_app.desktop.profiles_icon import ProfilesIcon
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Snapshot

WELL = Snapshot(Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ()))
UNCHECKED = Snapshot(Health(5, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Fixer.ITSELF, ()))
UNWELL = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_ENDED, Fixer.YOU, ()))

SHORT = ["Refresh token now", "Check now", "Details…"]


class Panel(_base.Icon):
    """pystray's icon without a panel behind it; `drawn` is set when the menu is to be drawn."""

    drawn = threading.Event()

    def _update_icon(self) -> None:
        """There is none to be seen."""

    _hide = _update_icon

    def _update_menu(self) -> None:
        Panel.drawn.set()


class Example:
    """An icon of so many profiles, and its menu."""

    def __init__(self, count: int, folder: Path) -> None:
        places = ProfileLocations(folder / "config", lambda: folder, folder / "log")
        self.names = [f"customer-{number:03}" for number in range(count)]
        self.icon = ProfilesIcon(Panel, {name: (Clicked(), places) for name in self.names})

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Returns once the menu is to be redrawn."""
        Panel.drawn.clear()
        self.icon.show(name, snapshot)
        assert Panel.drawn.wait(60)

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
def test_among_more_than_fifty_profiles_those_that_are_well_have_a_short_menu(
    count: int, *, is_whole: bool, tmp_path: Path
) -> None:
    """Every row takes memory: whole menus took twice what a profile may."""
    example = Example(count, tmp_path)
    example.show("customer-007", WELL)
    assert ("Options" in example.words("customer-007")) is is_whole
    assert (example.words("customer-007") == SHORT) is not is_whole


def test_a_profile_that_is_not_well_always_has_the_full_menu(tmp_path: Path) -> None:
    example = Example(51, tmp_path)
    example.show("customer-007", UNCHECKED)
    short = example.below("customer-007")
    assert example.words("customer-007") == SHORT
    example.show("customer-007", UNWELL)
    assert "Sign in through the browser…" in example.words("customer-007")
    example.show("customer-007", WELL)
    assert example.below("customer-007") == short, "the same objects: an open menu stays open"


def test_the_rows_of_a_profile_stay_while_it_is_not_well(tmp_path: Path) -> None:
    """A panel keeps a menu open that has the same rows."""
    example = Example(51, tmp_path)
    example.show("customer-007", UNWELL)
    before = example.below("customer-007")
    example.show("customer-008", UNWELL)
    assert example.below("customer-007") == before


class Slow(Panel):
    """A panel that takes its time over the first drawing; `tooltips` as they were drawn."""

    drawing = threading.Event()
    go_on = threading.Event()
    tooltips: queue.SimpleQueue[str] = queue.SimpleQueue()

    drawn_by: threading.Thread

    def _update_title(self) -> None:
        Slow.drawn_by = threading.current_thread()
        Slow.drawing.set()
        assert Slow.go_on.wait(60)
        Slow.tooltips.put(self.title)


def test_a_drawing_that_takes_long_does_not_end_with_the_older_state(tmp_path: Path) -> None:
    """Two timers overlapped: the newer state was drawn first, and the older one over it."""
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    icon = ProfilesIcon(Slow, {name: (Clicked(), places) for name in ("acme", "byte")})
    icon.icon._visible = True  # else pystray draws nothing
    icon.show("acme", UNWELL)
    icon.show("byte", WELL)
    assert Slow.drawing.wait(60)
    icon.show("acme", WELL)
    with icon._changing:
        assert icon._redraw_timer is Slow.drawn_by, "the next one begins once this one has ended"
    Slow.go_on.set()
    assert "All 2 work" not in Slow.tooltips.get(timeout=60)
    assert "All 2 work" in Slow.tooltips.get(timeout=60)
    assert Slow.tooltips.empty()


class Broken(Panel):
    """A panel that does not take the tooltip while `broken`."""

    broken = True
    tooltips: queue.SimpleQueue[str] = queue.SimpleQueue()

    def _update_title(self) -> None:
        if Broken.broken and "failed" not in self.title:
            raise ZeroDivisionError
        Broken.tooltips.put(self.title)


def drawn(icon: ProfilesIcon) -> IconState:
    """What it shows once its timer is done: the tooltip comes first."""
    if (timer := icon._redraw_timer) is not None:
        timer.join(60)
    return icon._icon_state


def test_an_icon_that_cannot_be_drawn_shows_a_fault_and_is_drawn_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """In the timer's thread the error was lost, and the old state stayed."""
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    icon = ProfilesIcon(Broken, {"acme": (Clicked(), places)})
    icon.icon._visible = True
    icon.show("acme", WELL)
    assert Broken.tooltips.get(timeout=60) == ("Cannot check the Webex token: this program failed")
    faces = [drawn(icon)]
    Broken.broken = False
    icon.show("acme", WELL)
    assert "All 1 work" in Broken.tooltips.get(timeout=60)
    faces.append(drawn(icon))
    assert [icon_state.colour for icon_state in faces] == [Colour.RED, Colour.GREEN]
    assert caplog.text.count("Traceback") == 1


def test_five_that_are_not_well_are_in_the_menu_and_all_rows_are_short(tmp_path: Path) -> None:
    """The others are one level below; nothing is wider than 45 characters."""
    example = Example(9, tmp_path)
    for number, name in enumerate(example.names[:8]):
        example.icon.show(name, UNWELL if number < 7 else WELL)
    example.show(example.names[0], UNCHECKED)
    example.show(example.names[0], UNWELL)
    menu = example.icon.icon.menu
    assert menu is not None
    rows = [item.text for item in menu.items if item is not Menu.SEPARATOR and item.visible]
    assert rows == [
        "7 of 9 need you",
        *rows[1:6],
        "More (2)",
        "Not checked yet (1)",
        "All well (1)",
        "Details…",
        "Options",
        "Quit",
    ]
    assert (
        [row.split(":")[0] for row in rows[1:6]]
        == [
            f"× {name}"  # noqa: RUF001
            for name in example.names[:5]
        ]
    )
    assert max(map(len, rows)) <= 45


@pytest.mark.posix  # on Windows it opens the menu
def test_a_left_click_that_opens_no_menu_opens_the_details(tmp_path: Path) -> None:
    """Those of all profiles: the rows of a profile are below, and none of them is the default."""
    asked: list[str] = []
    places = ProfileLocations(tmp_path / "config", lambda: tmp_path, tmp_path / "log")
    profiles = {name: (Clicked(), places) for name in ("acme", "byte")}
    icon = ProfilesIcon(Panel, profiles, open_details=lambda: asked.append("all"))
    icon.icon()
    assert asked == ["all"]
