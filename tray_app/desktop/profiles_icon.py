"""The icon of many profiles: the worst of all, and a submenu for each."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tray_app.desktop.install.autostart import LoginItem
from tray_app.desktop.menus import PLAIN, ProfileRows
from tray_app.desktop.next_step import Clicks, ProfileLocations
from tray_app.desktop.tray.pystray_base import Icon, Menu, MenuItem
from tray_app.desktop.tray_icon import IconState, PanelIcon
from tray_app.model.signs import Colour, Shape

if TYPE_CHECKING:
    from tray_app.model.health import Health
    from tray_app.model.quiet_hours import Snooze
    from tray_app.model.snapshot import Snapshot

log = logging.getLogger(__name__)

MOST_ROWS = 15
"""Rows of profiles that one menu shows; more of them go into submenus, by the alphabet."""

_WHOLE_MENUS = 50
"""With more profiles than that, those that need nothing have a short menu each: a panel is told of
every row that there is, and every row takes memory."""

_TOGETHER = 0.2
"""Seconds in which changes are gathered: a round over many profiles is no flicker."""

_LONGEST_TOOLTIP = 120

MARKS = {Shape.CROSS: "×", Shape.BANG: "!", Shape.QUERY: "?", Shape.CHECK: "✓"}  # noqa: RUF001
"""What stands before a profile's name: the icon's shape, for there is no icon."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the menu shows now. `top`: the profiles in the menu itself; `folders`: the names below
    each of its submenus; `whole`: those that have all their rows."""

    icon_state: IconState
    line: str
    top: tuple[str, ...] = ()
    folders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: Container[str] = ()


class ProfilesIcon(PanelIcon):
    """`show` may be called from any thread."""

    def __init__(
        self,
        icon_class: type[Icon],
        members: Mapping[str, tuple[Clicks, ProfileLocations]],
        login: LoginItem | None = None,
        snooze: Callable[[Snooze], None] = lambda _: None,
    ) -> None:
        """`members`: by the names of the profiles."""
        self._members = {name: ProfileRows(*member) for name, member in members.items()}
        self._healths: dict[str, Health] = {}
        self._changing = threading.Lock()
        self._gathering: threading.Timer | None = None
        self._outdated = self._is_at_fault = False
        line = f"Checking {len(members)} profiles"
        self._plan = _Plan(IconState(Shape.QUERY, Colour.AMBER, f"Webex tokens: {line}"), line)
        # Kept, so that what is open stays open:
        self._items = {name: self._profile(name) for name in members}
        self._folders: dict[str, _Folder] = {}
        self._line = MenuItem(lambda _: self._plan.line, None, enabled=False)
        self._check_all = MenuItem(
            "Check all now", lambda: self._check_them(clicks for clicks, _ in members.values())
        )
        super().__init__(icon_class, self._plan.icon_state, self._rows, login, snooze)

    def show(self, name: str, snapshot: Snapshot) -> None:
        """Bring a profile's rows up to date, and the icon a moment later."""
        from tray_app.desktop.view_model import view_of

        view = view_of(snapshot, datetime.now(UTC))
        with self._changing:
            member = self._members[name]
            unchanged = member.view == view and self._healths.get(name) == snapshot.health
            member.view, self._healths[name] = view, snapshot.health
            if unchanged and not self._is_at_fault:
                return
            self._outdated = True
            if self._gathering is None:
                self._gather()

    def _gather(self) -> None:
        """Draw in a moment. Under the lock: one timer at a time, so that the newest plan is the
        one that stays."""
        timer = threading.Timer(_TOGETHER, self._show_all)
        timer.daemon = True
        timer.start()
        self._gathering = timer

    @staticmethod
    def _check_them(all_of_them: Iterable[Clicks]) -> None:
        for clicks in all_of_them:
            clicks.check()

    def _show_all(self) -> None:
        with self._changing:
            healths, self._outdated = dict(self._healths), False
        try:
            self._draw_plan(self._planned(healths))
            self._is_at_fault = False
        except Exception:  # a boundary: what the panel shows would stay for ever
            if not self._is_at_fault:  # else it was logged
                log.exception("the icon of all profiles could not be drawn")
            self._is_at_fault = True
            with suppress(Exception):
                self._draw_plan(self._fault_plan())
        finally:
            with self._changing:
                self._gathering = None
                if self._outdated:
                    self._gather()

    def _draw_plan(self, plan: _Plan) -> None:
        self._plan = plan
        self.redraw(plan.icon_state)

    def _fault_plan(self) -> _Plan:
        """What is shown while this program is at fault: the rows as they were."""
        from tray_app.model.snapshot import FAILED
        from tray_app.text import health as health_text

        line = health_text.headline(FAILED.health, datetime.now(UTC))
        return replace(self._plan, icon_state=IconState(Shape.CROSS, Colour.RED, line), line=line)

    def _planned(self, healths: Mapping[str, Health]) -> _Plan:
        from tray_app.text import health as health_text
        from tray_app.text import profiles

        now = datetime.now(UTC)
        names = profiles.worst_first(healths)
        line = profiles.first_line(healths, len(self._members), now)
        worst = healths[names[0]]
        icon_state = IconState(
            worst.shape,
            worst.colour,
            health_text.shorten(f"Webex tokens: {line}", _LONGEST_TOOLTIP),
        )
        is_large = len(self._members) > _WHOLE_MENUS
        unwell = [name for name in names if healths[name].colour is not Colour.GREEN]
        well = [name for name in names if healths[name].colour is Colour.GREEN]
        unknown = [name for name in self._members if name not in healths]
        whole = {
            name for name in healths if not (is_large and profiles.needs_nothing(healths[name]))
        }
        folders = {
            "More that are not well": unwell[MOST_ROWS:],
            "Not checked yet": unknown,
            "All well": well,
        }
        return _Plan(
            icon_state,
            line,
            tuple(unwell[:MOST_ROWS]),
            {key: below for key, below in folders.items() if below},
            whole,
        )

    def _rows(self) -> tuple[MenuItem, ...]:
        plan = self._plan
        return (
            self._line,
            Menu.SEPARATOR,
            *(self._items[name] for name in plan.top),
            *(
                self._folder(key, f"{key} ({len(below)})", below)
                for key, below in plan.folders.items()
            ),
            Menu.SEPARATOR,
            self._check_all,
        )

    def _folder(self, key: str, title: str, names: Sequence[str]) -> MenuItem:
        """The submenu of these, with submenus of its own where they are too many."""
        from tray_app.text import profiles

        folder = self._folders.setdefault(key, _Folder())
        folder.title = title
        if len(names) <= MOST_ROWS:
            folder.rows = tuple(self._items[name] for name in sorted(names, key=str.casefold))
        else:
            folder.rows = tuple(
                self._folder(f"{key}/{number}", part, below)
                for number, (part, below) in enumerate(profiles.groups(names, MOST_ROWS))
            )
        return folder.item

    def _profile(self, name: str) -> MenuItem:
        """The row of one profile, with all that a menu of its own would have below it."""
        member = self._members[name]

        def rows() -> tuple[MenuItem, ...]:
            return member.whole() if name in self._plan.whole else member.few()

        def text(_: MenuItem) -> str:
            return f"{MARKS[member.view.shape]} {name}: {member.view.headline}"

        return MenuItem(text, Menu(rows), **PLAIN)


class _Folder:
    """A submenu that stays the same object, whatever is in it."""

    def __init__(self) -> None:
        self.title = ""
        self.rows: tuple[MenuItem, ...] = ()
        self.item = MenuItem(lambda _: self.title, Menu(lambda: self.rows))
