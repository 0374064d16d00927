"""Serves a menu to the panel as com.canonical.dbusmenu. Loop thread only."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from tray_app.desktop.tray.bus import Answer, BusLoop, CallError
from tray_app.desktop.tray.menu_tree import ROOT, MenuTree, Properties
from tray_app.desktop.tray.pystray_base import Menu, MenuItem

INTERFACE = "com.canonical.dbusmenu"
PATH = "/StatusNotifierItem/Menu"


class MenuService:
    """Answers the panel's calls about the menu, and runs what is clicked."""

    def __init__(
        self, bus: BusLoop, menu: Callable[[], Menu | None], click: Callable[[MenuItem], None]
    ) -> None:
        """`menu()` returns the present menu; `click(item)` is called for an enabled item."""
        self._bus = bus
        self._menu = menu
        self._click = click
        self._tree = MenuTree()

    def rebuild(self) -> bool:
        """Tell the panel what has changed in the menu. True: rows moved."""
        change = self._tree.update(self._menu())
        if change.moved:
            self._emit("LayoutUpdated", "ui", (self._tree.revision, ROOT))
        if change.updated or change.removed:
            body = (list(change.updated), list(change.removed))
            self._emit("ItemsPropertiesUpdated", "a(ia{sv})a(ias)", body)
        return change.moved

    def properties(self) -> Properties:
        """Return the properties of the menu as a whole."""
        return {
            "Version": ("u", 3),
            "TextDirection": ("s", "ltr"),
            "Status": ("s", "normal"),
            "IconThemePath": ("as", []),
        }

    def answer(self, member: str, body: tuple[Any, ...]) -> Answer:
        """Answer a call of the panel. Raises CallError."""
        match member, body:
            case "GetLayout", (number, depth, names):
                self._require(number)
                layout = self._tree.layout(number, depth, names)
                then = partial(self._announce_submenus, number) if depth == 1 else None
                return Answer("u(ia{sv}av)", (self._tree.revision, layout), then)
            case "GetGroupProperties", (numbers, names):
                return Answer("a(ia{sv})", (self._tree.properties(numbers, names),))
            case "GetProperty", (number, name):
                return Answer("v", (self._property(number, name),))
            case "AboutToShow", (_,):
                return Answer("b", (self.rebuild(),))
            case "AboutToShowGroup", (numbers,):
                stale = self._stale(numbers)
                return Answer("aiai", ([ROOT] if self.rebuild() else [], stale))
            case "Event", (number, event, _, _):
                return Answer(then=lambda: self._happened([(number, event)]))
            case "EventGroup", (entries,):
                events = [(number, event) for number, event, *_ in entries]
                stale = self._stale(number for number, _ in events)
                return Answer("ai", (stale,), then=lambda: self._happened(events))
        raise CallError("UnknownMethod", f"no method {INTERFACE}.{member}")

    def _announce_submenus(self, number: int) -> None:
        """Have Plasma load the submenus now. Else it shows each one 4 pixels wide when it is first
        opened, because its rows come too late."""
        for row in self._tree.rows(number):
            if row.rows:
                self._emit("LayoutUpdated", "ui", (self._tree.revision, row.id))

    def _happened(self, events: Iterable[tuple[int, str]]) -> None:
        for number, event in events:
            item = self._tree.item(number) if event == "clicked" else None
            if item is not None and item.enabled:
                self._click(item)

    def _property(self, number: int, name: str) -> tuple[str, Any]:
        self._require(number)
        ((_, found),) = self._tree.properties([number], [name])
        if name not in found:
            raise CallError("InvalidArgs", f"row {number} has no property {name}")
        return found[name]

    def _require(self, number: int) -> None:
        if number not in self._tree:
            raise CallError("InvalidArgs", f"no menu row {number}")

    def _stale(self, numbers: Iterable[int]) -> list[int]:
        return [number for number in numbers if number not in self._tree]

    def _emit(self, member: str, signature: str, body: tuple[Any, ...]) -> None:
        self._bus.emit(PATH, INTERFACE, member, signature, body)
