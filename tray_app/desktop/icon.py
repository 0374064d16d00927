"""The icon of one profile: Health to icon and menu, clicks to the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.install.autostart import LoginItem
from tray_app.desktop.labels import View
from tray_app.desktop.menus import ProfileRows
from tray_app.desktop.next_step import Clicks, ProfileLocations
from tray_app.desktop.tray.pystray_base import Icon
from tray_app.desktop.tray_icon import IconState, PanelIcon

if TYPE_CHECKING:
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.snapshot import Snapshot


class TrayIcon(PanelIcon):
    """`show` may be called from any thread."""

    def __init__(
        self,
        icon_class: type[Icon],
        clicks: Clicks,
        locations: ProfileLocations,
        login: LoginItem | None = None,
        snooze: Callable[[Snooze], None] = lambda _: None,
    ) -> None:
        self._rows = ProfileRows(clicks, locations)
        self._drawing = threading.Lock()
        super().__init__(icon_class, _icon_state(self._rows.view), self._rows.whole, login, snooze)

    def show(self, snapshot: Snapshot) -> None:
        """Bring icon, tooltip and menu up to date."""
        from tray_app.desktop.view_model import view_of

        with self._drawing:
            old, new = self._rows.view, view_of(snapshot, datetime.now(UTC))
            if new == old:
                return
            self._rows.view = new
        self.redraw(_icon_state(new))


def _icon_state(view: View) -> IconState:
    return IconState(view.shape, view.colour, view.tooltip)
