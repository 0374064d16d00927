"""The icon in the panel: Health to icon and menu, clicks to the worker."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tray_app.desktop.autostart import LoginItem
from tray_app.desktop.backend import paint
from tray_app.desktop.base import Icon, Menu, MenuItem
from tray_app.desktop.labels import FIRST, View
from tray_app.desktop.next_step import Clicks, NextStep, Places
from tray_app.desktop.opener import open_path
from tray_app.desktop.recent_menu import recent_events
from tray_app.desktop.snooze_menu import SnoozeMenu
from tray_app.desktop.source_menu import SourceMenu

if TYPE_CHECKING:
    from PIL.Image import Image

    from tray_app.core.manners import Snooze
    from tray_app.snapshot import Snapshot

log = logging.getLogger(__name__)

NAME = "webex-token-tray"
_LINKS = 4
_FIRST_SECONDS = 2.0


def on_main_thread(draw: Callable[[], None], platform: str = sys.platform) -> None:
    """Draw: at once, or on macOS in the main thread, which alone may touch AppKit (users.md §4)."""
    if platform == "darwin":
        from PyObjCTools import AppHelper

        AppHelper.callAfter(draw)
    else:
        draw()


class TrayIcon:
    """One `icon` of pystray's. `run` belongs to the main thread; `show` and `stop` to any."""

    def __init__(
        self,
        icon_class: type[Icon],
        clicks: Clicks,
        places: Places,
        login: LoginItem | None = None,
        snooze: Callable[[Snooze], None] = lambda _: None,
    ) -> None:
        self._clicks = clicks
        self._next_step = NextStep(clicks, places)
        self._snooze = SnoozeMenu(snooze)
        self._sources = SourceMenu(
            clicks, lambda: self._view.sources, lambda: self._view.sources_note
        )
        self._login = login
        self._view = FIRST
        self._drawing = threading.Lock()
        self.icon = icon_class(NAME, menu=self._menu(places))
        self.icon.title = self._view.tooltip
        self._paint(self._view)

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

    def show(self, snapshot: Snapshot) -> None:
        """Bring icon, tooltip and menu up to date; only what changed is sent to the panel."""
        from tray_app.desktop.view import view_of

        with self._drawing:
            old, new = self._view, view_of(snapshot, datetime.now(UTC))
            if new == old:
                return
            self._view = new
        on_main_thread(partial(self._draw, old, new))

    def show_snooze(self, until: datetime | None) -> None:
        """Say until when (UTC) nothing is told, None where it is. Any thread."""
        self._snooze.until = until
        on_main_thread(self.icon.update_menu)

    def _draw(self, old: View, new: View) -> None:
        if (new.shape, new.colour) != (old.shape, old.colour):
            self._paint(new)
        if new.tooltip != old.tooltip:
            self.icon.title = new.tooltip
        self.icon.update_menu()

    def _paint(self, view: View) -> None:
        def draw(size: int) -> Image:
            from tray_app.desktop import icons  # once the icon is on the panel

            return icons.draw(view.shape, view.colour, size)

        paint(self.icon, draw)

    def _menu(self, places: Places) -> Menu:
        """The menu keeps its rows; their texts follow the view, so an open menu stays open."""
        return Menu(
            self._line(lambda view: view.headline),
            self._step(),
            Menu.SEPARATOR,
            *(self._link(number) for number in range(_LINKS)),
            self._line(lambda view: view.checked),
            self._line(lambda view: view.renewal),
            self._sources.item,
            recent_events(lambda: self._view.recent),
            Menu.SEPARATOR,
            self._action(lambda view: view.check_label, self._clicks.check),
            self._action(lambda view: view.refresh_label, self._clicks.refresh),
            self._action(
                lambda view: view.authorize_label,
                self._clicks.authorize,
                lambda view: not (view.busy or view.waits_for_sign_in),
            ),
            self._while_waiting("Open the page again", self._clicks.authorize),
            self._while_waiting("Cancel sign-in", self._clicks.cancel_sign_in),
            Menu.SEPARATOR,
            MenuItem("Open config", lambda: open_path(places.config)),
            MenuItem("Open .env folder", lambda: open_path(places.env_folder())),
            MenuItem("Open log", lambda: open_path(places.log)),
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

    def _line(self, text: Callable[[View], str]) -> MenuItem:
        """A row to read."""
        return MenuItem(
            lambda _: text(self._view),
            None,
            enabled=False,
            visible=lambda _: bool(text(self._view)),
        )

    def _step(self) -> MenuItem:
        """The next step; a click takes it, or opens where it is to be taken."""

        def take() -> None:
            if self._view.step is not None:
                self._next_step.take(self._view.step)

        return MenuItem(
            lambda _: self._view.next_step,
            take,
            enabled=lambda _: self._view.step is not None,
            visible=lambda _: bool(self._view.next_step),
        )

    def _link(self, number: int) -> MenuItem:
        return self._line(lambda view: view.links[number] if number < len(view.links) else "")

    def _action(
        self,
        label: Callable[[View], str],
        click: Callable[[], None],
        can: Callable[[View], bool] = lambda view: not view.busy,
    ) -> MenuItem:
        """A row to click, greyed while something runs."""
        return MenuItem(lambda _: label(self._view), click, enabled=lambda _: can(self._view))

    def _while_waiting(self, label: str, click: Callable[[], None]) -> MenuItem:
        """A row that is there as long as a page in the browser waits for a person."""
        return MenuItem(label, click, visible=lambda _: self._view.waits_for_sign_in)

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
