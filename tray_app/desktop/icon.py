"""The icon in the panel: what any icon of ours has, and the icon of one profile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tray_app.desktop.menus import ProfileRows, SnoozeRows, submenu
from tray_app.desktop.picture import Picture
from tray_app.desktop.tray.pystray_base import Icon, IconEvents, LoopIcon, Menu, MenuItem, paint
from tray_app.model.printable import printable
from tray_app.model.signs import Colour
from tray_app.system.dirs import APP, APP_TITLE
from tray_app.text import rows as words

if TYPE_CHECKING:
    from tray_app.desktop.actions import ProfileLocations
    from tray_app.desktop.install.autostart import LoginItem
    from tray_app.desktop.labels import View
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.signs import Shape
    from tray_app.model.snapshot import Snapshot
    from tray_app.runtime.commands import ProfileHandle

log = logging.getLogger(__name__)

_SHOWN_TIMEOUT = 2.0
"""Seconds to wait for the panel to take the icon."""


class IconState(NamedTuple):
    """What you see of an icon without a click."""

    shape: Shape
    colour: Colour
    tooltip: str


class TrayIcon:
    """A pystray icon with a menu. `run` must be called in the main thread; everything else may be
    called in any."""

    def __init__(
        self,
        icon_class: type[Icon],
        icon_state: IconState,
        rows: Callable[[], Sequence[MenuItem]],
        options: Sequence[MenuItem],
        *,
        login: LoginItem | None,
        snooze: Callable[[Snooze], None],
    ) -> None:
        """`rows`: those above the options, called whenever the menu is shown; `options`: the first
        rows of that submenu."""
        self._icon_state = icon_state
        self._snooze = SnoozeRows(snooze)
        self._login = login
        own_rows = self._own_rows(options)
        self.icon = icon_class(APP, menu=Menu(lambda: (*rows(), *own_rows)))
        self.icon.title = printable(icon_state.tooltip)
        if isinstance(self.icon, LoopIcon):
            self.icon.program_name = APP_TITLE
        self._paint(icon_state)
        self.events: IconEvents | None = getattr(self.icon, "events", None)

    def run(self, ready: Callable[[], None]) -> None:
        """Show the icon until `stop`; once it is up, `ready` is called in another thread."""

        def set_up(icon: Icon) -> None:
            icon.visible = True
            shown: threading.Event | None = getattr(icon, "shown", None)
            if shown is not None:
                shown.wait(_SHOWN_TIMEOUT)  # what follows is heavy and would delay it
            ready()

        self.icon.run(set_up)
        if getattr(self.icon, "connection_lost", False):
            log.info("ending with the desktop session: its bus or X server has gone")

    def stop(self) -> None:
        """Remove the icon and make `run` return."""
        self.icon.stop()

    def show_snooze(self, until: datetime | None) -> None:
        """Show until when notifications are snoozed (UTC); None: they are not."""
        self._snooze.until = until
        self.icon.update_menu()

    def redraw(self, new: IconState) -> None:
        """Update icon, tooltip and menu; only changes are sent to the panel."""
        old = self._icon_state
        if (new.shape, new.colour) != (old.shape, old.colour):
            self._paint(new)
        if new.tooltip != old.tooltip:
            self.icon.title = printable(new.tooltip)
        self._icon_state = new  # last: if drawing failed, it is drawn next time
        self.icon.update_menu()

    def _paint(self, icon_state: IconState) -> None:
        if isinstance(self.icon, LoopIcon):
            self.icon.needs_attention = icon_state.colour is Colour.RED
        paint(self.icon, Picture(icon_state.shape, icon_state.colour))

    def _own_rows(self, options: Sequence[MenuItem]) -> tuple[MenuItem, ...]:
        login = MenuItem(
            words.LOGIN,
            self._switch_login,
            checked=lambda _: self._login is not None and self._login.is_on(),
            visible=self._login is not None,
        )
        own = (Menu.SEPARATOR, *self._snooze.rows(), login)
        return (
            submenu(words.OPTIONS, (*options, *own)),
            Menu.SEPARATOR,
            MenuItem(words.QUIT, self.stop),
        )

    def _switch_login(self) -> None:
        """In a thread of its own: a slow disk must not block the menu."""
        threading.Thread(target=self._toggle_login, name="login", daemon=True).start()

    def _toggle_login(self) -> None:
        if self._login is None:
            return
        try:
            (self._login.turn_off if self._login.is_on() else self._login.turn_on)()
        except OSError as error:
            log.warning("%s cannot be changed: %s", self._login.location, error.strerror)
        self.icon.update_menu()


class ProfileIcon(TrayIcon):
    """The icon of the only profile."""

    def __init__(
        self,
        icon_class: type[Icon],
        handle: ProfileHandle,
        locations: ProfileLocations,
        login: LoginItem | None = None,
        snooze: Callable[[Snooze], None] = lambda _: None,
    ) -> None:
        self._rows = ProfileRows(handle, locations)
        self._drawing = threading.Lock()
        rows = self._rows.main(default=True)
        super().__init__(
            icon_class,
            _icon_state(self._rows.view),
            lambda: rows,
            self._rows.options(),
            login=login,
            snooze=snooze,
        )

    def show(self, _name: str, snapshot: Snapshot) -> None:
        """Update icon, tooltip and menu. Any thread."""
        from tray_app.desktop.view_model import view_of

        with self._drawing:
            old, new = self._rows.view, view_of(snapshot, datetime.now(UTC))
            if new == old:
                return
            self._rows.view = new
        self.redraw(_icon_state(new))


def _icon_state(view: View) -> IconState:
    return IconState(view.shape, view.colour, view.tooltip)
