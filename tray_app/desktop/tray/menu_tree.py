"""A pystray menu as numbered rows with properties (com.canonical.dbusmenu).

Pure: no bus, no thread. A panel keeps a row's number while its menu is open and sends it back with
a click, so the numbers decide which row is clicked:

- a row keeps its number as long as it exists, even if its label, state or place changes;
- a number is never reused, so a late click does what was clicked, or nothing.

Hidden rows stay in the layout with `visible: false`: GNOME's extension puts rows that come back
later into wrong places, and an open menu need not be laid out anew.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from tray_app.desktop.tray.pystray_base import Menu, MenuItem, _base

Variant = tuple[str, Any]
Properties = dict[str, Variant]
ROOT = 0
IS_MENU: Properties = {"children-display": ("s", "submenu")}
HIDDEN: Properties = {"visible": ("b", False)}


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the panel knows it. The root is a row without an item."""

    id: int
    item: MenuItem | None = None
    properties: Properties = field(default_factory=dict)
    rows: tuple["Row", ...] = ()
    action_key: Hashable = None
    """Identifies what a click did when the row was sent to the panel."""

    def __iter__(self) -> Iterator["Row"]:
        """Iterate over this row and all rows below it."""
        yield self
        for row in self.rows:
            yield from row


class Change(NamedTuple):
    """What an update changed, as the two signals of dbusmenu report it."""

    moved: bool = False
    """Rows were added, removed or moved: LayoutUpdated."""
    updated: tuple[tuple[int, Properties], ...] = ()
    """New or changed properties, by row: the first argument of ItemsPropertiesUpdated."""
    removed: tuple[tuple[int, list[str]], ...] = ()
    """Removed properties, by row: its second argument."""


class MenuTree:
    """The menu as the panel knows it; `update` returns what has changed since."""

    def __init__(self) -> None:
        self.revision = 0
        self._numbers = count(1)
        self._root = Row(ROOT, None, IS_MENU)
        self._rows = {ROOT: self._root}

    def update(self, menu: Menu | None) -> Change:
        """Take the menu as it is now. Calls the functions for texts, states and visibility."""
        rows = self._number(menu, self._root.rows)
        if rows == self._root.rows:
            return Change()
        root = Row(ROOT, None, IS_MENU, rows)
        before, self._rows, self._root = self._rows, {row.id: row for row in root}, root
        change = _compare(before, self._rows)
        self.revision += change.moved
        return change

    def item(self, number: int) -> MenuItem | None:
        """Return the row's menu item; None for a stale number, a hidden row, the root, or a
        submenu."""
        row = self._rows.get(number)
        return None if row is None or row.rows or _is_hidden(row) else row.item

    def rows(self, number: int = ROOT) -> tuple[Row, ...]:
        """Return the shown rows below this one; none for a stale number."""
        row = self._rows.get(number)
        return () if row is None else tuple(each for each in row.rows if not _is_hidden(each))

    def layout(self, number: int, depth: int, names: Sequence[str] = ()) -> tuple[Any, ...]:
        """Return the row and `depth` levels below it (-1: all) as a dbusmenu layout. Raises
        KeyError for a stale number."""
        return _layout(self._rows[number], depth, names)

    def properties(
        self, numbers: Sequence[int], names: Sequence[str] = ()
    ) -> list[tuple[int, Properties]]:
        """Return the properties of these rows if they exist; of all rows, if none is named."""
        known = (self._rows[n] for n in numbers or self._rows if n in self._rows)
        return [(row.id, _only(row.properties, names)) for row in known]

    def __contains__(self, number: int) -> bool:
        return number in self._rows

    def _number(self, menu: Menu | None, before: Sequence[Row]) -> tuple[Row, ...]:
        items = () if menu is None else tuple(menu.items)
        rows = zip(items, _shown(items), _match(items, before), strict=True)
        return tuple(self._row(item, shown, old) for item, shown, old in rows)

    def _row(self, item: MenuItem, shown: bool, old: Row | None) -> Row:
        number = next(self._numbers) if old is None else old.id
        below = self._number(item.submenu, () if old is None else old.rows)
        hidden: Properties = {} if shown else HIDDEN
        row = Row(number, item, _properties(item) | hidden, below, _action_key(item))
        # Unchanged rows stay the same objects, so a menu of many hundred rows is not held twice.
        return old if old is not None and row == old else row


def _shown(items: Sequence[MenuItem]) -> list[bool]:
    """For each row, return whether it is shown; a separator only if it separates shown rows."""
    shown = [item is not Menu.SEPARATOR and item.visible for item in items]
    separator = None
    for place, item in enumerate(items):
        if item is Menu.SEPARATOR:
            if separator is None and any(shown[:place]):
                separator = place
        elif shown[place] and separator is not None:
            shown[separator], separator = True, None
    return shown


def _is_hidden(row: Row) -> bool:
    return "visible" in row.properties


def _match(items: Sequence[MenuItem], before: Sequence[Row]) -> list[Row | None]:
    """For each item, find the row that it had before: the same object, else the same action."""
    same = _pair([id(item) for item in items], before, lambda row: id(row.item))
    kept = {row.id for row in same if row is not None}
    new = [_action_key(item) for item, row in zip(items, same, strict=True) if row is None]
    left = [row for row in before if row.id not in kept]
    alike = iter(_pair(new, left, lambda row: row.action_key))
    return [next(alike) if row is None else row for row in same]


def _pair(
    wanted: Sequence[Hashable], rows: Sequence[Row], key: Callable[[Row], Hashable]
) -> list[Row | None]:
    """For each key, find the first row with it that is not taken yet."""
    waiting: defaultdict[Hashable, deque[Row]] = defaultdict(deque)
    for row in rows:
        waiting[key(row)].append(row)
    return [waiting[name].popleft() if waiting[name] else None for name in wanted]


def _action_key(item: MenuItem) -> Hashable:
    """Identify what a click does: equal for two items only if a click does the same.

    An action that takes no argument, which pystray wraps, is compared by itself. One that takes the
    item may read its text, so the text counts, too. A new lambda is a new action.
    """
    if item is Menu.SEPARATOR:
        return "separator"
    action: object = item._action  # noqa: SLF001
    if isinstance(action, Menu):
        return "submenu"
    text = item.text
    if getattr(action, "__globals__", None) is vars(_base):
        action = getattr(action, "__wrapped__", None)  # None: pystray's stand-in for no action
        text = ""
    try:
        hash(action)
    except TypeError:
        return id(action), text
    return action, text


def _properties(item: MenuItem) -> Properties:
    """Return what the panel needs to draw the row, without the protocol's defaults."""
    if item is Menu.SEPARATOR:
        return {"type": ("s", "separator")}
    # a single underscore would mark the next letter as the access key
    properties: Properties = {"label": ("s", item.text.replace("_", "__"))}
    if not item.enabled:
        properties["enabled"] = ("b", False)
    if (checked := item.checked) is not None:
        properties["toggle-type"] = ("s", "radio" if item.radio else "checkmark")
        properties["toggle-state"] = ("i", int(checked))
    if item.submenu is not None:
        properties |= IS_MENU
    return properties


def _layout(row: Row, depth: int, names: Sequence[str]) -> tuple[Any, ...]:
    below = row.rows if depth else ()
    children = [("(ia{sv}av)", _layout(child, depth - 1, names)) for child in below]
    return row.id, _only(row.properties, names), children


def _only(properties: Properties, names: Sequence[str]) -> Properties:
    """Return the properties of these names; all if none is named."""
    return {k: v for k, v in properties.items() if k in names} if names else properties


def _compare(before: dict[int, Row], now: dict[int, Row]) -> Change:
    moved = before.keys() != now.keys()
    updated: list[tuple[int, Properties]] = []
    removed: list[tuple[int, list[str]]] = []
    for number in sorted(before.keys() & now.keys()):
        row, new_row = before[number], now[number]
        if row is new_row:
            continue
        moved = moved or [each.id for each in row.rows] != [each.id for each in new_row.rows]
        old, new = row.properties, new_row.properties
        if different := {k: v for k, v in new.items() if old.get(k) != v}:
            updated.append((number, different))
        if gone := [name for name in old if name not in new]:
            removed.append((number, gone))
    return Change(moved, tuple(updated), tuple(removed))
