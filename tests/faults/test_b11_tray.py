"""B11: snapshots from many threads at once; the icon ends up true, and nothing is raised."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest

from tests.desktop.test_icon_art import PAIRS, distance, on_panel
from tests.e2e.fixtures import bus, panel, session, trayer_session, x_screen, x_session
from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session
from tests.e2e.screen import Screen
from tests.e2e.xembed_tray import XembedTray
from tests.faults.conftest import Measure
from tests.faults.table import Bar, rounds
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.icon import ProfileIcon
from tray_app.desktop.icon_art import FILL, draw
from tray_app.desktop.tray.pixmaps import SIZES
from tray_app.desktop.tray.pystray_base import _base
from tray_app.desktop.view_model import view_of
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Fixer, Health, Link, LinkName, LinkState, Reason
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.runtime.commands import ProfileHandle
from tray_app.text.menu import TOOLTIP_LIMIT

__all__ = ["bus", "panel", "session", "trayer_session", "x_screen", "x_session"]

BAR = Bar("B11", "tray", least=rounds(5, 27))

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
THREADS = 8
LINKS = tuple(Link(name, LinkState.PRESENT, NOON, "0123abcd") for name in LinkName)
GREEN = Snapshot(Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, LINKS, until=NOON))
STATES = (
    GREEN,
    Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_ENDED, Fixer.YOU, LINKS)),
    Snapshot(
        Health(
            6,
            Colour.AMBER,
            Shape.QUERY,
            Reason.STALE,
            Fixer.NETWORK,
            LINKS,
            confirmed_at=NOON,
            failure=TransportFailure.DNS,
        ),
        Activity.CHECKING,
        sign_in_until=NOON,
    ),
    Snapshot(
        Health(
            9, Colour.AMBER, Shape.BANG, Reason.ENV_FAULT, Fixer.YOU, (), detail="a long one " * 40
        )
    ),
)
"""One of each shape, with rows that come and go."""


class Plain(_base.Icon):
    """pystray's base, with titles as they are set, and a loop that only waits."""

    def _run(self) -> None:
        self._over = threading.Event()
        self._mark_ready()
        self._over.wait()

    def _stop(self) -> None:
        self._over.set()

    def _show(self) -> None: ...

    def _hide(self) -> None: ...

    def _update_icon(self) -> None: ...

    def _update_title(self) -> None:
        assert len(self.title) <= TOOLTIP_LIMIT

    def _update_menu(self) -> None:
        for row in self.menu or ():
            str(row.text)


@contextmanager
def shown(icon_class: type[_base.Icon], folder: Path) -> Iterator[ProfileIcon]:
    """That kind of icon, up and running in a thread of its own."""
    tray = ProfileIcon(
        icon_class, ProfileHandle(), ProfileLocations(folder, lambda: folder, folder)
    )
    up = threading.Event()
    thread = threading.Thread(target=tray.run, args=(up.set,), daemon=True)
    thread.start()
    assert up.wait(60)
    try:
        yield tray
    finally:
        tray.stop()
        thread.join(60)
        assert not thread.is_alive()


def updated(tray: ProfileIcon, figure: Measure) -> None:
    """A thousand updates from eight threads, and then one that is green."""
    raised: list[BaseException] = []
    each = rounds(125, 1_250)
    begin = threading.Barrier(THREADS)

    def update(first: int) -> None:
        try:
            begin.wait()
            states = cycle(STATES[first % 4 :] + STATES[: first % 4])
            for _ in range(each):
                tray.show("", next(states))
        except BaseException as error:
            raised.append(error)
            raise

    threads = [threading.Thread(target=update, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    figure("updates of one icon", THREADS * each)
    assert raised == []
    tray.show("", GREEN)


@pytest.mark.process
def test_on_the_bus(bus: str, panel: PanelHost, tmp_path: Path, figure: Measure) -> None:
    from tray_app.desktop.tray.statusnotifier import Icon as BusIcon

    with shown(BusIcon, tmp_path) as tray:
        item = panel.wait_item()
        updated(tray, figure)
        panel.settle(item)
        assert item.tooltip.startswith("Webex token works")
        assert item.picture(22).tobytes() == draw(Shape.CHECK, Colour.GREEN, 22).tobytes()
        first, *_ = item.menu()
        assert first.label.startswith("Token works")


@pytest.fixture
def x_tray(
    x_session: Session, trayer_session: XembedTray, monkeypatch: pytest.MonkeyPatch
) -> XembedTray:
    """A real tray, on a screen that is this process's own."""
    monkeypatch.setenv("DISPLAY", x_session.environ["DISPLAY"])
    trayer_session.start()
    return trayer_session


@pytest.mark.process
@pytest.mark.usefixtures("x_tray")
def test_in_an_xembed_tray(x_screen: Screen, tmp_path: Path, figure: Measure) -> None:
    from tray_app.desktop.tray.xembed.xembed import Icon as XIcon

    with shown(XIcon, tmp_path) as tray:
        updated(tray, figure)
        x_screen.wait_colour(FILL[Colour.GREEN])
        assert x_screen.find_colour(FILL[Colour.RED]) is None


def test_on_pystrays_own_base(tmp_path: Path, figure: Measure) -> None:
    with shown(Plain, tmp_path) as tray:
        updated(tray, figure)
        assert tray.icon.title.startswith("Webex token works")


@pytest.mark.parametrize("state", STATES, ids=lambda state: str(state.health.reason))
@pytest.mark.parametrize("detail", ["", "x" * 5_000, "é" * 200])
def test_a_tooltip_fits_where_windows_wants_it(state: Snapshot, detail: str) -> None:
    long = replace(state, health=replace(state.health, detail=detail))
    for days in (0, 400):
        assert len(view_of(long, NOON + timedelta(days=days)).tooltip) <= TOOLTIP_LIMIT


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=str)
@pytest.mark.parametrize("panel_colour", [(245, 245, 245), (36, 36, 40)], ids=["light", "dark"])
def test_two_shapes_differ_in_greyscale(
    one: Shape, other: Shape, panel_colour: tuple[int, int, int]
) -> None:
    for size in SIZES:
        pictures = [on_panel(shape, size, panel_colour).convert("L") for shape in (one, other)]
        assert distance(*pictures) > 8
