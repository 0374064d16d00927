"""The rows of the menu: a profile's state and next step, and what you can click."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.actions import ProfileLocations, take_action
from tray_app.desktop.labels import FIRST, SourceRow, View
from tray_app.desktop.opener import open_path
from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.model.signs import RECENT
from tray_app.text import rows

if TYPE_CHECKING:
    from tray_app.model.quiet_hours import Snooze
    from tray_app.runtime.commands import ProfileHandle


def _yes(_: MenuItem) -> bool:
    return True


def _no(_: MenuItem) -> bool:
    return False


PLAIN = {"radio": _no, "default": _no, "visible": _yes}
"""An ordinary row. If they are left out, pystray makes functions of its own for each row, which
take half of its memory."""


DEFAULT_ROW = sys.platform not in {"win32", "darwin"}
"""Whether a row is for the left click: there such a click opens the menu, and the row is bold."""


def details_row(open_details: Callable[[], None], *, default: bool = False) -> MenuItem:
    """Return the row of the details page. `default`: a left click on the icon does the same, if the
    panel does not open the menu."""
    return MenuItem(rows.DETAILS, open_details, default=default and DEFAULT_ROW)


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
        """Return all rows, for use as a submenu."""
        self._full = self._full or (*self.main(), submenu(rows.OPTIONS, self.options()))
        return self._full

    def short(self) -> tuple[MenuItem, ...]:
        """Return the rows of a profile that needs nothing, for use among very many profiles.

        Frees all other rows, which take more memory than the rest of the profile.
        """
        self._full = ()
        self._short = self._short or (
            self._refresh_row(),
            self._check_row(),
            MenuItem(rows.DETAILS, self._open_details, enabled=_yes, **PLAIN),
        )
        return self._short

    def main(self, *, default: bool = False) -> tuple[MenuItem, ...]:
        """Return the rows above the options. `default`: a left click opens the details."""
        sources = SourceMenu(self._handle, lambda: self.view.sources)
        return (
            MenuItem(lambda _: self.view.headline, self._open_details),
            self._next_step(),
            Menu.SEPARATOR,
            self._refresh_row(),
            MenuItem(
                lambda _: self.view.authorize_label,
                self._handle.authorize,
                enabled=lambda _: not self.view.busy,
                visible=lambda _: bool(
                    self.view.authorize_label and not self.view.waits_for_sign_in
                ),
            ),
            self._while_waiting(rows.OPEN_AGAIN, self._handle.authorize),
            self._while_waiting(rows.CANCEL, self._handle.cancel_sign_in),
            sources.item,
            recent_events(lambda: self.view.recent, self._open_details),
            details_row(self._open_details, default=default),
        )

    def options(self) -> tuple[MenuItem, ...]:
        """Return the rows of the submenu of options."""
        places = self._locations
        return (
            self._check_row(),
            MenuItem(rows.CHANGE_SETUP, self._open_setup),
            MenuItem(rows.OPEN_CONFIG, lambda: open_path(places.config)),
            MenuItem(rows.OPEN_ENV, lambda: open_path(places.env_folder())),
            MenuItem(rows.OPEN_LOG, lambda: open_path(places.log)),
        )

    def _open_details(self) -> None:
        self._locations.open_details()

    def _open_setup(self) -> None:
        self._locations.open_setup()

    def _next_step(self) -> MenuItem:
        """The next step; a click does it, or opens the place where you can do it."""

        def take() -> None:
            if self.view.step is None:
                self._open_details()
            else:
                take_action(self._handle, self._locations, self.view.step)

        return MenuItem(
            lambda _: self.view.next_step,
            take,
            enabled=lambda _: not self.view.step_runs,
            visible=lambda _: bool(self.view.next_step),
        )

    def _refresh_row(self) -> MenuItem:
        return self._action(lambda view: view.refresh_label, self._handle.refresh)

    def _check_row(self) -> MenuItem:
        return self._action(lambda view: view.check_label, self._handle.check)

    def _action(self, label: Callable[[View], str], click: Callable[[], None]) -> MenuItem:
        """A row that you can click, greyed out while the worker is busy."""
        return MenuItem(
            lambda _: label(self.view), click, enabled=lambda _: not self.view.busy, **PLAIN
        )

    def _while_waiting(self, label: str, click: Callable[[], None]) -> MenuItem:
        """A row that is shown while the sign-in page waits for you."""
        return MenuItem(label, click, visible=lambda _: self.view.waits_for_sign_in)


def submenu(label: str, items: Sequence[MenuItem]) -> MenuItem:
    """Return a row with these rows below it."""
    return MenuItem(label, Menu(*items))


def recent_events(lines: Callable[[], Sequence[str]], click: Callable[[], None]) -> MenuItem:
    """Return the submenu of the recent events, hidden while there are none. `lines` is called
    whenever the menu is shown."""
    return submenu(rows.RECENT, [_event(lines, number, click) for number in range(RECENT)])


def _event(lines: Callable[[], Sequence[str]], number: int, click: Callable[[], None]) -> MenuItem:
    def text() -> str:
        return lines()[number] if number < len(lines()) else ""

    return MenuItem(lambda _: text(), click, visible=lambda _: bool(text()))


class SnoozeRows:
    """`until`: when the snooze ends (UTC), None if there is none."""

    def __init__(self, snooze: Callable[[Snooze], None]) -> None:
        """`snooze` is called with the user's choice."""
        self._snooze = snooze
        self.until: datetime | None = None

    def rows(self) -> tuple[MenuItem, ...]:
        """Return them: two to snooze, or one to end that."""
        return (
            self._row(rows.SNOOZE_HOUR, "SHORT"),
            self._row(rows.SNOOZE_DAY, "TOMORROW"),
            MenuItem(
                lambda _: self._resume_label(),
                lambda: self._choose("OFF"),
                visible=lambda _: self.until is not None,
            ),
        )

    def _row(self, label: str, name: str) -> MenuItem:
        return MenuItem(label, lambda: self._choose(name), visible=lambda _: self.until is None)

    def _choose(self, name: str) -> None:
        from tray_app.model.quiet_hours import Snooze

        self._snooze(Snooze[name])

    def _resume_label(self) -> str:
        if self.until is None:
            return ""
        from tray_app.text.times import clock

        return rows.RESUME.format(clock(self.until, datetime.now(UTC)))


class SourceMenu:
    """The submenu of the data sources. A data source's row stays the same object while it is
    listed, so an open menu stays open. Loop thread only."""

    def __init__(self, handle: ProfileHandle, lines: Callable[[], Sequence[SourceRow]]) -> None:
        """`lines` is called whenever the menu is shown. Without any, the submenu is hidden."""
        self._handle = handle
        self._lines = lines
        self._items: dict[str, MenuItem] = {}

    @property
    def item(self) -> MenuItem:
        """The row with the submenu."""
        return MenuItem(rows.DATA_SOURCES, Menu(self._visible_rows))

    def _visible_rows(self) -> tuple[MenuItem, ...]:
        known = self._items
        self._items = {
            line.id: known.get(line.id) or self._source(line.id) for line in self._lines()
        }
        return tuple(self._items.values())

    def _source(self, source_id: str) -> MenuItem:
        """A data source, with its actions in a submenu."""

        def row() -> SourceRow:
            gone = SourceRow(source_id)  # no longer listed, but still on the screen
            return next((row for row in self._lines() if row.id == source_id), gone)

        return MenuItem(
            lambda _: row().line,
            Menu(
                MenuItem(
                    lambda _: row().extend_label,
                    lambda: self._handle.extend(source_id),
                    enabled=lambda _: row().can_extend,
                ),
                MenuItem(
                    rows.KEEP,
                    lambda: self._handle.keep(source_id, on=not row().kept),
                    checked=lambda _: row().kept,
                    enabled=lambda _: row().can_keep,
                ),
            ),
        )
