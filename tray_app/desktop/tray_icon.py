"""The icon in the panel, whatever it is about: its face, its menu, the rows that are its own."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tray_app.desktop.install.autostart import LoginItem
from tray_app.desktop.menus import SnoozeMenu
from tray_app.desktop.tray.detect import paint
from tray_app.desktop.tray.pystray_base import Icon, Menu, MenuItem
from tray_app.model.printable import printable

if TYPE_CHECKING:
    from PIL.Image import Image

    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.signs import Colour, Shape

log = logging.getLogger(__name__)

NAME = "webex-token-tray"
_FIRST_SECONDS = 2.0


def on_main_thread(draw: Callable[[], None], platform: str = sys.platform) -> None:
    """Draw: at once, or on macOS in the main thread, which alone may touch AppKit."""
    if platform == "darwin":
        from PyObjCTools import AppHelper

        AppHelper.callAfter(draw)
    else:
        draw()


class IconState(NamedTuple):
    """What is seen of an icon without a click."""

    shape: Shape
    colour: Colour
    tooltip: str


class PanelIcon:
    """One `icon` of pystray's. `run` belongs to the main thread; `redraw` and `stop` to any."""

    def __init__(
        self,
        icon_class: type[Icon],
        icon_state: IconState,
        rows: Callable[[], Sequence[MenuItem]],
        login: LoginItem | None,
        snooze: Callable[[Snooze], None],
    ) -> None:
        """`rows`: those above the icon's own, as they are when the menu is shown."""
        self._icon_state = icon_state
        self._snooze = SnoozeMenu(snooze)
        self._login = login
        own = self._own()
        self.icon = icon_class(NAME, menu=Menu(lambda: (*rows(), *own)))
        self.icon.title = printable(icon_state.tooltip)
        self._paint(icon_state)

    def run(self, ready: Callable[[], None]) -> None:
        """Show the icon until `stop`; `ready` is called in a thread once it is up."""

        def set_up(icon: Icon) -> None:
            icon.visible = True
            shown: threading.Event | None = getattr(icon, "shown", None)
            if shown is not None:
                shown.wait(_FIRST_SECONDS)  # what follows is heavy, and would hold it up
            ready()

        self.icon.run(set_up)
        if any(getattr(self.icon, lost, False) for lost in ("bus_lost", "display_lost")):
            log.info("session bus or X server have gone, and so has the desktop session: ending")

    def stop(self) -> None:
        """Take the icon away and make `run` return."""
        self.icon.stop()

    def redraw(self, icon_state: IconState) -> None:
        """Bring icon, tooltip and menu up to date; only what changed is sent to the panel."""
        on_main_thread(partial(self._draw, icon_state))

    def show_snooze(self, until: datetime | None) -> None:
        """Say until when (UTC) nothing is told, None where it is. Any thread."""
        self._snooze.until = until
        on_main_thread(self.icon.update_menu)

    def _draw(self, new: IconState) -> None:
        old = self._icon_state
        if (new.shape, new.colour) != (old.shape, old.colour):
            self._paint(new)
        if new.tooltip != old.tooltip:
            self.icon.title = printable(new.tooltip)
        self._icon_state = new  # once it is drawn: what could not be is drawn next time
        self.icon.update_menu()

    def _paint(self, icon_state: IconState) -> None:
        def draw(size: int) -> Image:
            from tray_app.desktop import icon_art  # once the icon is on the panel

            return icon_art.draw(icon_state.shape, icon_state.colour, size)

        paint(self.icon, draw)

    def _own(self) -> tuple[MenuItem, ...]:
        return (
            Menu.SEPARATOR,
            self._snooze.item,
            MenuItem(
                "Start at login",
                self._switch_login,
                checked=lambda _: self._login is not None and self._login.is_on(),
                enabled=self._login is not None,
            ),
            Menu.SEPARATOR,
            MenuItem("Quit", self.stop),
        )

    def _switch_login(self) -> None:
        """Tick or untick, in a thread: a slow disk must not hold up the menu."""
        threading.Thread(target=self._switched, name="login", daemon=True).start()

    def _switched(self) -> None:
        if self._login is None:
            return
        try:
            (self._login.turn_off if self._login.is_on() else self._login.turn_on)()
        except OSError as error:
            log.warning("%s cannot be changed: %s", self._login.place, error.strerror)
        self.icon.update_menu()
