"""The icon of several profiles: the worst state of all, and a submenu for each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.icon import IconState, TrayIcon
from tray_app.desktop.menus import PLAIN, ProfileRows, details_row
from tray_app.desktop.tray.pystray_base import Icon, Menu, MenuItem
from tray_app.model.signs import Colour, Shape
from tray_app.text import rows as words

if TYPE_CHECKING:
    from tray_app.desktop.actions import ProfileLocations
    from tray_app.desktop.install.autostart import LoginItem
    from tray_app.model.health import Health
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.snapshot import Snapshot
    from tray_app.runtime.commands import ProfileHandle

log = logging.getLogger(__name__)

MAX_UNWELL = 5
"""Profiles that are not well that the menu itself shows."""

MAX_ROWS = 15
"""Profiles that a submenu shows; more of them go into alphabetical submenus."""

_MAX_FULL_MENUS = 50
"""With more profiles than that, those that need nothing get a short menu: every row takes memory
and is sent to the panel."""

_REDRAW_DELAY = 0.2
"""Seconds in which changes are collected, so that checks of many profiles do not flicker."""

_MAX_TOOLTIP = 120


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the menu shows. `top`: the profiles in the menu itself; `folders`: the profiles in each
    submenu; `full`: those that have all their rows."""

    icon_state: IconState
    line: str
    top: tuple[str, ...] = ()
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    full: Container[str] = ()


class ProfilesIcon(TrayIcon):
    """The icon of several profiles."""

    def __init__(
        self,
        icon_class: type[Icon],
        profiles: Mapping[str, tuple[ProfileHandle, ProfileLocations]],
        login: LoginItem | None = None,
        snooze: Callable[[Snooze], None] = lambda _: None,
        open_details: Callable[[], None] = lambda: None,
    ) -> None:
        """`profiles`: by their names; `open_details` opens the page of all of them."""
        self._rows_of = {name: ProfileRows(*profile) for name, profile in profiles.items()}
        self._healths: dict[str, Health] = {}
        self._changing = threading.Lock()
        self._redraw_timer: threading.Timer | None = None
        self._outdated = self._has_failed = False
        line = f"Checking {len(profiles)} profiles"
        self._plan = _Plan(IconState(Shape.QUERY, Colour.AMBER, f"Webex tokens: {line}"), line)
        # Kept, so that an open menu stays open:
        self._items = {name: self._profile_item(name) for name in profiles}
        self._folders: dict[str, _Folder] = {}
        self._open_details = open_details
        self._line = MenuItem(lambda _: self._plan.line, self._show_details)
        self._details = details_row(self._show_details, default=True)
        self._handles = [handle for handle, _ in profiles.values()]
        check_all = MenuItem(words.CHECK_ALL, self._check)
        super().__init__(
            icon_class,
            self._plan.icon_state,
            self._rows,
            (check_all,),
            login=login,
            snooze=snooze,
        )

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Update a profile's rows, and the icon a moment later. Any thread."""
        from tray_app.desktop.view_model import view_of

        view = view_of(snapshot, datetime.now(UTC))
        with self._changing:
            rows = self._rows_of[name]
            unchanged = rows.view == view and self._healths.get(name) == snapshot.health
            rows.view, self._healths[name] = view, snapshot.health
            if unchanged and not self._has_failed:
                return
            self._outdated = True
            if self._redraw_timer is None:
                self._redraw_soon()

    def _redraw_soon(self) -> None:
        """Start the timer. The caller holds the lock: with one timer at a time, the newest plan is
        drawn last."""
        timer = threading.Timer(_REDRAW_DELAY, self._redraw_all)
        timer.daemon = True
        timer.start()
        self._redraw_timer = timer

    # A row calls a method of ours without arguments, but a `partial` with the icon and the row.

    def _check(self) -> None:
        for handle in self._handles:
            handle.check_with_others()

    def _show_details(self) -> None:
        self._open_details()

    def _redraw_all(self) -> None:
        with self._changing:
            healths, self._outdated = dict(self._healths), False
        try:
            self._draw_plan(self._make_plan(healths))
            self._has_failed = False
        except Exception:  # a boundary: else the panel would go on showing an old state
            if not self._has_failed:  # logged once
                log.exception("the icon of all profiles could not be drawn")
            self._has_failed = True
            with suppress(Exception):
                self._draw_plan(self._failed_plan())
        finally:
            with self._changing:
                self._redraw_timer = None
                if self._outdated:
                    self._redraw_soon()

    def _draw_plan(self, plan: _Plan) -> None:
        self._plan = plan
        self.redraw(plan.icon_state)

    def _failed_plan(self) -> _Plan:
        """What is shown after an error of this program: the rows as they were."""
        from tray_app.model.snapshot import FAILED
        from tray_app.text import menu

        now = datetime.now(UTC)
        tooltip, line = menu.title(FAILED.health, now), menu.headline(FAILED.health, now)
        icon_state = IconState(Shape.CROSS, Colour.RED, tooltip)
        return replace(self._plan, icon_state=icon_state, line=line)

    def _make_plan(self, healths: Mapping[str, Health]) -> _Plan:
        from tray_app.text import profiles
        from tray_app.text.lengths import shorten

        now = datetime.now(UTC)
        names = profiles.worst_first(healths)
        summary = profiles.summary_line(healths, len(self._rows_of), now)
        worst = healths[names[0]]
        icon_state = IconState(
            worst.shape,
            worst.colour,
            shorten(f"Webex tokens: {summary}", _MAX_TOOLTIP),
        )
        is_large = len(self._rows_of) > _MAX_FULL_MENUS
        unwell = [name for name in names if healths[name].colour is not Colour.GREEN]
        well = [name for name in names if healths[name].colour is Colour.GREEN]
        unknown = [name for name in self._rows_of if name not in healths]
        full = {
            name for name in healths if not (is_large and profiles.needs_nothing(healths[name]))
        }
        folders = {
            words.MORE: unwell[MAX_UNWELL:],
            words.NOT_CHECKED: unknown,
            words.ALL_WELL: well,
        }
        return _Plan(
            icon_state,
            profiles.count_line(healths, len(self._rows_of)),
            tuple(unwell[:MAX_UNWELL]),
            {key: below for key, below in folders.items() if below},
            full,
        )

    def _rows(self) -> tuple[MenuItem, ...]:
        plan = self._plan
        return (
            self._line,
            Menu.SEPARATOR,
            *(self._items[name] for name in plan.top),
            *(
                self._folder(key, words.counted(key, len(below)), below)
                for key, below in plan.folders.items()
            ),
            Menu.SEPARATOR,
            self._details,
        )

    def _folder(self, key: str, title: str, names: Sequence[str]) -> MenuItem:
        """The submenu of these profiles, with submenus of its own if there are too many."""
        from tray_app.text import profiles

        folder = self._folders.setdefault(key, _Folder())
        folder.title = title
        if len(names) <= MAX_ROWS:
            folder.rows = tuple(self._items[name] for name in sorted(names, key=str.casefold))
        else:
            folder.rows = tuple(
                self._folder(f"{key}/{number}", words.group(part), below)
                for number, (part, below) in enumerate(profiles.group_names(names, MAX_ROWS))
            )
        return folder.item

    def _profile_item(self, name: str) -> MenuItem:
        """The row of one profile, with its menu as a submenu."""
        rows = self._rows_of[name]

        def submenu() -> tuple[MenuItem, ...]:
            return rows.full() if name in self._plan.full else rows.short()

        def text(_: MenuItem) -> str:
            return words.profile(name, rows.view.shape, rows.view.headline)

        return MenuItem(text, Menu(submenu), **PLAIN)


class _Folder:
    """A submenu that stays the same object while its rows change."""

    def __init__(self) -> None:
        self.title = ""
        self.rows: tuple[MenuItem, ...] = ()
        self.item = MenuItem(lambda _: self.title, Menu(lambda: self.rows))
