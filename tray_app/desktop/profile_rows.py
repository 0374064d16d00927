"""The rows of one profile: what is so, the next step, and what can be asked for."""

from __future__ import annotations

from collections.abc import Callable

from tray_app.desktop.base import Menu, MenuItem
from tray_app.desktop.labels import FIRST, View
from tray_app.desktop.next_step import Clicks, NextStep, Places
from tray_app.desktop.opener import open_path
from tray_app.desktop.recent_menu import recent_events
from tray_app.desktop.source_menu import SourceMenu

_LINKS = 4


def _yes(_: MenuItem) -> bool:
    return True


def _no(_: MenuItem) -> bool:
    return False


PLAIN = {"radio": _no, "default": _no, "visible": _yes}
"""What a row is that is nothing special. pystray makes functions of its own for each row that does
not say so, half of what the row takes."""


class ProfileRows:
    """They stay the same objects; their texts follow `view`, so an open menu stays open."""

    def __init__(self, clicks: Clicks, places: Places) -> None:
        self.view = FIRST
        self._clicks = clicks
        self._places = places
        self._whole: tuple[MenuItem, ...] = ()
        self._few: tuple[MenuItem, ...] = ()

    def whole(self) -> tuple[MenuItem, ...]:
        """Return all of them."""
        self._whole = self._whole or self._all()
        return self._whole

    def few(self) -> tuple[MenuItem, ...]:
        """Return what is wanted of one that is well, where there are very many.

        All of them take more than everything else of a profile, and are let go.
        """
        self._whole = ()
        self._few = self._few or (
            self._action(lambda view: view.check_label, self._clicks.check),
            self._action(lambda view: view.refresh_label, self._clicks.refresh),
            MenuItem("Open config", lambda: open_path(self._places.config), enabled=_yes, **PLAIN),
        )
        return self._few

    def _all(self) -> tuple[MenuItem, ...]:
        sources = SourceMenu(
            self._clicks, lambda: self.view.sources, lambda: self.view.sources_note
        )
        return (
            self._line(lambda view: view.headline),
            self._step(),
            Menu.SEPARATOR,
            *(self._link(number) for number in range(_LINKS)),
            self._line(lambda view: view.checked),
            self._line(lambda view: view.renewal),
            sources.item,
            recent_events(lambda: self.view.recent),
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
            MenuItem("Open config", lambda: open_path(self._places.config)),
            MenuItem("Open .env folder", lambda: open_path(self._places.env_folder())),
            MenuItem("Open log", lambda: open_path(self._places.log)),
        )

    def _line(self, text: Callable[[View], str]) -> MenuItem:
        """A row to read."""
        return MenuItem(
            lambda _: text(self.view),
            None,
            enabled=False,
            visible=lambda _: bool(text(self.view)),
        )

    def _step(self) -> MenuItem:
        """The next step; a click takes it, or opens where it is to be taken."""
        next_step = NextStep(self._clicks, self._places)

        def take() -> None:
            if self.view.step is not None:
                next_step.take(self.view.step)

        return MenuItem(
            lambda _: self.view.next_step,
            take,
            enabled=lambda _: self.view.step is not None,
            visible=lambda _: bool(self.view.next_step),
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
        return MenuItem(
            lambda _: label(self.view), click, enabled=lambda _: can(self.view), **PLAIN
        )

    def _while_waiting(self, label: str, click: Callable[[], None]) -> MenuItem:
        """A row that is there as long as a page in the browser waits for a person."""
        return MenuItem(label, click, visible=lambda _: self.view.waits_for_sign_in)
