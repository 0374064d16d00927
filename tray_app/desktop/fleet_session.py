"""One run for many profiles: one fleet, one icon, one place for notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from tray_app import wiring
from tray_app.desktop.backend import Kind, Tray
from tray_app.desktop.clicks import Clicks
from tray_app.desktop.headless import NoIcon
from tray_app.desktop.next_step import NextStep, Places
from tray_app.desktop.opener import open_page
from tray_app.desktop.session import Session, Surface, bus_board, icon_board, tell_all

if TYPE_CHECKING:
    from tray_app.desktop.autostart import LoginItem
    from tray_app.desktop.fleet_icon import FleetIcon
    from tray_app.desktop.notices import Board
    from tray_app.snapshot import Snapshot


class FleetSession(Session):
    """Runs many profiles. `listen` hears every snapshot, in the thread whose turn it is."""

    def __init__(
        self,
        setups: Mapping[str, wiring.Setup],
        found: Tray,
        listen: Callable[[Snapshot], None] = lambda _: None,
        login: LoginItem | None = None,
    ) -> None:
        """`setups` by the names of the profiles."""
        self._setups = setups
        self._members = {name: (Clicks(), _places(setup)) for name, setup in setups.items()}
        self._icon: FleetIcon | None = None
        super().__init__(next(iter(setups.values())), found, listen, login)

    def _begin_work(self) -> None:
        from tray_app.desktop.fleet_notices import FleetNotices
        from tray_app.fleet import Fleet

        steps = {name: NextStep(*member).take for name, member in self._members.items()}
        notices = FleetNotices(
            self._make_board(), steps, self._surface.show_snooze, self._setup.manners
        )
        self._notices = notices
        notices.start()
        if self._reminded:
            notices.remind()
        shared = wiring.Shared(self._setup)
        self._worker = fleet = Fleet(pace=self._setup.pace, over=shared.close)
        for name, setup in self._setups.items():
            show = partial(self._icon.show, name) if self._icon else None
            publish = partial(tell_all, (show, partial(notices.hear_of, name), self._listen))
            opened = partial(wiring.open_engine, setup, shared)
            self._members[name][0].obeyed_by(fleet.add(opened, publish, browse=open_page))
        fleet.start()

    def _make_surface(
        self, found: Tray, login: LoginItem | None
    ) -> tuple[Surface, Callable[[], Board]]:
        icon_class = found.icon_class()
        if icon_class is None:
            return NoIcon(), bus_board
        from tray_app.desktop.fleet_icon import FleetIcon

        self._icon = FleetIcon(icon_class, self._members, login, self._snooze)
        board = bus_board
        if found.kind is Kind.NATIVE:
            board = partial(icon_board, self._icon.icon)
        return self._icon, board


def _places(setup: wiring.Setup) -> Places:
    return Places(setup.config_path, partial(wiring.env_folder, setup), setup.folders.log_file)
