"""The rows of one profile: what is so, the next step, and what can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.labels import FIRST, SourceRow, View
from tray_app.desktop.next_step import Clicks, NextStep, ProfileLocations
from tray_app.desktop.opener import open_path
from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.model.signs import RECENT

if TYPE_CHECKING:
    from tray_app.model.quiet_hours import Snooze


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

    def __init__(self, clicks: Clicks, locations: ProfileLocations) -> None:
        self.view = FIRST
        self._clicks = clicks
        self._locations = locations
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
            MenuItem(
                "Open config", lambda: open_path(self._locations.config), enabled=_yes, **PLAIN
            ),
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
            MenuItem("Open config", lambda: open_path(self._locations.config)),
            MenuItem("Open .env folder", lambda: open_path(self._locations.env_folder())),
            MenuItem("Open log", lambda: open_path(self._locations.log)),
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
        next_step = NextStep(self._clicks, self._locations)

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


def recent_events(lines: Callable[[], Sequence[str]]) -> MenuItem:
    """Return the row that leads to them, which is not there while there are none.

    `lines`: what they are when the menu is shown.
    """
    return MenuItem("Recent events", Menu(*(_row(lines, number) for number in range(RECENT))))


def _row(lines: Callable[[], Sequence[str]], number: int) -> MenuItem:
    def text() -> str:
        return lines()[number] if number < len(lines()) else ""

    return MenuItem(lambda _: text(), None, enabled=False, visible=lambda _: bool(text()))


class SnoozeMenu:
    """`until`: till when nothing is told (UTC), None while it is."""

    def __init__(self, snooze: Callable[[Snooze], None]) -> None:
        """`snooze` is called with what a person chose."""
        self._snooze = snooze
        self.until: datetime | None = None

    @property
    def item(self) -> MenuItem:
        """The row that leads to it."""
        return MenuItem(
            lambda _: self._label(),
            Menu(
                MenuItem("For 1 hour", lambda: self._choose("NAP")),
                MenuItem("Until tomorrow morning", lambda: self._choose("TOMORROW")),
                MenuItem(
                    "Tell me again",
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
    """Loop thread only. The row of a data source stays the same object while it is listed, so that
    a menu that is open meanwhile stays open."""

    def __init__(
        self, clicks: Clicks, rows: Callable[[], Sequence[SourceRow]], note: Callable[[], str]
    ) -> None:
        """`rows`, `note`: what there is when the menu is shown; the note stands where no row
        does, and with neither there is no menu."""
        self._clicks = clicks
        self._rows = rows
        self._note = note
        self._items: dict[str, MenuItem] = {}
        self._empty = MenuItem(
            lambda _: self._note(), None, enabled=False, visible=lambda _: bool(self._note())
        )

    @property
    def item(self) -> MenuItem:
        """The row that leads to it."""
        return MenuItem("Data sources", Menu(self._shown))

    def _shown(self) -> tuple[MenuItem, ...]:
        ids = [row.id for row in self._rows()]
        known = self._items
        self._items = {each: known.get(each) or self._source(each) for each in ids}
        return (self._empty, *self._items.values())

    def _source(self, source_id: str) -> MenuItem:
        """One data source, with what can be done about it below."""

        def row() -> SourceRow:
            gone = SourceRow(source_id)  # since the menu was drawn
            return next((row for row in self._rows() if row.id == source_id), gone)

        return MenuItem(
            lambda _: row().line,
            Menu(
                MenuItem(
                    lambda _: row().extend_label,
                    lambda: self._clicks.extend(source_id),
                    enabled=lambda _: row().can_extend,
                ),
                MenuItem(
                    "Keep alive",
                    lambda: self._clicks.keep(source_id, on=not row().kept),
                    checked=lambda _: row().kept,
                    enabled=lambda _: row().can_keep,
                ),
            ),
        )
