"""The submenu "Snooze notices", which also says until when they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.base import Menu, MenuItem

if TYPE_CHECKING:
    from tray_app.core.manners import Snooze


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
        from tray_app.core.manners import Snooze

        self._snooze(Snooze[name])

    def _label(self) -> str:
        if self.until is None:
            return "Snooze notices"
        from tray_app.core.times import clock

        return f"Notices snoozed until {clock(self.until, datetime.now(UTC))}"
