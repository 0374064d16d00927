"""The submenu "Data sources": each with until when, a row that extends it, a tick that keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tray_app.desktop.base import Menu, MenuItem
from tray_app.desktop.labels import SourceRow
from tray_app.desktop.next_step import Clicks


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
