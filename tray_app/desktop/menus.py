"""The rows of the menu: a profile's state and next step, and what you can click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.actions import ProfileLocations, take_action
from tray_app.desktop.labels import FIRST, SourceRow, View
from tray_app.desktop.opener import open_path
from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.model.signs import RECENT

if TYPE_CHECKING:
    from tray_app.model.quiet_hours import Snooze
    from tray_app.runtime.commands import ProfileHandle


_LINKS = 4


def _yes(_: MenuItem) -> bool:
    return True


def _no(_: MenuItem) -> bool:
    return False


PLAIN = {"radio": _no, "default": _no, "visible": _yes}
"""An ordinary row. If they are left out, pystray makes functions of its own for each row, which
take half of its memory."""


class ProfileRows:
    """The rows of one profile. They stay the same objects and their texts follow `view`, so an open
    menu stays open."""

    def __init__(self, handle: ProfileHandle, locations: ProfileLocations) -> None:
        self.view = FIRST
        self._handle = handle
        self._locations = locations
        self._full: tuple[MenuItem, ...] = ()
        self._short: tuple[MenuItem, ...] = ()

    def full(self) -> tuple[MenuItem, ...]:
        """Return all rows."""
        self._full = self._full or self._make_full()
        return self._full

    def short(self) -> tuple[MenuItem, ...]:
        """Return the rows of a profile that needs nothing, for use among very many profiles.

        Frees all other rows, which take more memory than the rest of the profile.
        """
        self._full = ()
        self._short = self._short or (
            self._action(lambda view: view.check_label, self._handle.check),
            self._action(lambda view: view.refresh_label, self._handle.refresh),
            MenuItem(
                "Open config", lambda: open_path(self._locations.config), enabled=_yes, **PLAIN
            ),
        )
        return self._short

    def _make_full(self) -> tuple[MenuItem, ...]:
        sources = SourceMenu(
            self._handle, lambda: self.view.sources, lambda: self.view.sources_note
        )
        return (
            MenuItem(lambda _: self.view.headline, self._open_details),
            self._next_step(),
            Menu.SEPARATOR,
            *(self._link(number) for number in range(_LINKS)),
            self._line(lambda view: view.checked),
            self._line(lambda view: view.renewal),
            sources.item,
            recent_events(lambda: self.view.recent),
            MenuItem("Details…", self._open_details),
            Menu.SEPARATOR,
            self._action(lambda view: view.check_label, self._handle.check),
            self._action(lambda view: view.refresh_label, self._handle.refresh),
            self._action(
                lambda view: view.authorize_label,
                self._handle.authorize,
                lambda view: not (view.busy or view.waits_for_sign_in),
            ),
            self._while_waiting("Open the page again", self._handle.authorize),
            self._while_waiting("Cancel sign-in", self._handle.cancel_sign_in),
            Menu.SEPARATOR,
            MenuItem("Open config", lambda: open_path(self._locations.config)),
            MenuItem("Open .env folder", lambda: open_path(self._locations.env_folder())),
            MenuItem("Open log", lambda: open_path(self._locations.log)),
        )

    def _open_details(self) -> None:
        self._locations.open_details()

    def _line(self, text: Callable[[View], str]) -> MenuItem:
        """A row that you can only read; an empty one is hidden."""
        return MenuItem(
            lambda _: text(self.view),
            None,
            enabled=False,
            visible=lambda _: bool(text(self.view)),
        )

    def _next_step(self) -> MenuItem:
        """The next step; a click does it, or opens the place where you can do it."""

        def take() -> None:
            if self.view.step is not None:
                take_action(self._handle, self._locations, self.view.step)

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
        """A row that you can click, greyed out while the worker is busy."""
        return MenuItem(
            lambda _: label(self.view), click, enabled=lambda _: can(self.view), **PLAIN
        )

    def _while_waiting(self, label: str, click: Callable[[], None]) -> MenuItem:
        """A row that is shown while the sign-in page waits for you."""
        return MenuItem(label, click, visible=lambda _: self.view.waits_for_sign_in)


def recent_events(lines: Callable[[], Sequence[str]]) -> MenuItem:
    """Return the submenu of the recent events, hidden while there are none. `lines` is called
    whenever the menu is shown."""
    return MenuItem("Recent events", Menu(*(_event(lines, number) for number in range(RECENT))))


def _event(lines: Callable[[], Sequence[str]], number: int) -> MenuItem:
    def text() -> str:
        return lines()[number] if number < len(lines()) else ""

    return MenuItem(lambda _: text(), None, enabled=False, visible=lambda _: bool(text()))


class SnoozeMenu:
    """`until`: when the snooze ends (UTC), None if there is none."""

    def __init__(self, snooze: Callable[[Snooze], None]) -> None:
        """`snooze` is called with the user's choice."""
        self._snooze = snooze
        self.until: datetime | None = None

    @property
    def item(self) -> MenuItem:
        """The row with the submenu."""
        return MenuItem(
            lambda _: self._label(),
            Menu(
                MenuItem("For 1 hour", lambda: self._choose("SHORT")),
                MenuItem("Until tomorrow morning", lambda: self._choose("TOMORROW")),
                MenuItem(
                    "Resume notices",
                    lambda: self._choose("OFF"),
                    enabled=lambda _: self.until is not None,
                ),
            ),
        )

    def _choose(self, name: str) -> None:
        from tray_app.model.quiet_hours import Snooze

        self._snooze(Snooze[name])

    def _label(self) -> str:
        if self.until is None:
            return "Snooze notices"
        from tray_app.text.times import clock

        return f"Notices snoozed until {clock(self.until, datetime.now(UTC))}"


class SourceMenu:
    """The submenu of the data sources. A data source's row stays the same object while it is
    listed, so an open menu stays open. Loop thread only."""

    def __init__(
        self,
        handle: ProfileHandle,
        rows: Callable[[], Sequence[SourceRow]],
        note: Callable[[], str],
    ) -> None:
        """`rows` and `note` are called whenever the menu is shown. The note shows why there are no
        rows; without either, the submenu is hidden."""
        self._handle = handle
        self._rows = rows
        self._note = note
        self._items: dict[str, MenuItem] = {}
        self._empty = MenuItem(
            lambda _: self._note(), None, enabled=False, visible=lambda _: bool(self._note())
        )

    @property
    def item(self) -> MenuItem:
        """The row with the submenu."""
        return MenuItem("Data sources", Menu(self._visible_rows))

    def _visible_rows(self) -> tuple[MenuItem, ...]:
        known = self._items
        self._items = {row.id: known.get(row.id) or self._source(row.id) for row in self._rows()}
        return (self._empty, *self._items.values())

    def _source(self, source_id: str) -> MenuItem:
        """A data source, with its actions in a submenu."""

        def row() -> SourceRow:
            gone = SourceRow(source_id)  # no longer listed, but still on the screen
            return next((row for row in self._rows() if row.id == source_id), gone)

        return MenuItem(
            lambda _: row().line,
            Menu(
                MenuItem(
                    lambda _: row().extend_label,
                    lambda: self._handle.extend(source_id),
                    enabled=lambda _: row().can_extend,
                ),
                MenuItem(
                    "Keep alive",
                    lambda: self._handle.keep(source_id, on=not row().kept),
                    checked=lambda _: row().kept,
                    enabled=lambda _: row().can_keep,
                ),
            ),
        )
