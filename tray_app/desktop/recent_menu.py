"""The submenu "Recent events": rows to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tray_app.core.signs import RECENT
from tray_app.desktop.base import Menu, MenuItem


def recent_events(lines: Callable[[], Sequence[str]]) -> MenuItem:
    """Return the row that leads to them, which is not there while there are none.

    `lines`: what they are when the menu is shown.
    """
    return MenuItem("Recent events", Menu(*(_row(lines, number) for number in range(RECENT))))


def _row(lines: Callable[[], Sequence[str]], number: int) -> MenuItem:
    def text() -> str:
        return lines()[number] if number < len(lines()) else ""

    return MenuItem(lambda _: text(), None, enabled=False, visible=lambda _: bool(text()))
