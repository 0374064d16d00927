"""One icon in the fake panel, seen and clicked as a panel does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, DBusErrorResponse
from PIL import Image

if TYPE_CHECKING:
    from tests.e2e.panel_host import PanelHost

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


@dataclass(frozen=True, slots=True)
class MenuRow:
    """A shown row of the menu as a panel draws it, with the protocol's defaults filled in."""

    id: int
    label: str
    enabled: bool
    checked: bool | None
    """None: neither a check mark nor a radio button."""
    radio: bool
    separator: bool
    rows: tuple[MenuRow, ...]


class PanelItem:
    """An item that has registered."""

    def __init__(self, host: PanelHost, owner: str, path: str) -> None:
        self._host = host
        self.owner = owner
        self.path = path

    @property
    def properties(self) -> dict[str, Any]:
        """All properties of the item, without their types."""
        address = DBusAddress(self.path, self.owner, PROPERTIES)
        (found,) = self._host.call(address, "GetAll", "s", (ITEM,))
        return {name: value for name, (_, value) in found.items()}

    @property
    def title(self) -> str:
        """What a screen reader says."""
        return str(self.properties["Title"])

    @property
    def tooltip(self) -> str:
        """What is shown when the mouse rests on the icon."""
        return str(self.properties["ToolTip"][2])

    def picture(self, size: int) -> Image.Image:
        """The icon at exactly that size, RGBA. KeyError if it is not offered."""
        pixmaps = {width: data for width, _, data in self.properties["IconPixmap"]}
        planes = Image.frombytes("RGBA", (size, size), bytes(pixmaps[size]))
        alpha, red, green, blue = planes.split()
        return Image.merge("RGBA", (red, green, blue, alpha))

    def activate(self) -> None:
        """A left click on the icon, whose failure means: open the menu."""
        with suppress(DBusErrorResponse):
            self._host.call(DBusAddress(self.path, self.owner, ITEM), "Activate", "ii", (0, 0))

    def menu(self) -> tuple[MenuRow, ...]:
        """A right click: the menu as it is then."""
        self.call_menu("AboutToShow", "i", (0,))
        return self.layout()

    def layout(self) -> tuple[MenuRow, ...]:
        """The menu as last told, without announcing that it will be shown."""
        _, root = self.call_menu("GetLayout", "iias", (0, -1, []))
        return _row(root).rows

    def find(self, *labels: str) -> MenuRow:
        """The row with these labels from the top, in the menu as it is now. LookupError if none."""
        rows, found = self.menu(), None
        for label in labels:
            found = next((row for row in rows if row.label == label), None)
            if found is None:
                raise LookupError(f"no {label!r} among {[row.label for row in rows]}")
            rows = found.rows
        assert found is not None
        return found

    def click(self, *labels: str) -> MenuRow:
        """Opens the menu and clicks that row. Returns when the program has taken note."""
        row = self.find(*labels)
        self.click_id(row.id)
        return row

    def click_id(self, number: int) -> None:
        """A click on a row known from before; the menu may have changed since."""
        self.call_menu("Event", "isvu", (number, "clicked", ("i", 0), 0))

    def call_menu(self, member: str, signature: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """A raw call of com.canonical.dbusmenu."""
        address = DBusAddress(str(self.properties["Menu"]), self.owner, MENU)
        return self._host.call(address, member, signature, body)


def _is_shown(node: tuple[int, dict[str, tuple[str, Any]], list[tuple[str, Any]]]) -> bool:
    return bool(node[1].get("visible", ("b", True))[1])


def _row(node: tuple[int, dict[str, tuple[str, Any]], list[tuple[str, Any]]]) -> MenuRow:
    number, typed, children = node
    properties = {name: value for name, (_, value) in typed.items()}
    toggle = properties.get("toggle-type", "")
    label = str(properties.get("label", ""))
    return MenuRow(
        id=number,
        label=label.replace("__", "\0").replace("_", "").replace("\0", "_"),
        enabled=bool(properties.get("enabled", True)),
        checked=bool(properties.get("toggle-state", 0)) if toggle else None,
        radio=toggle == "radio",
        separator=properties.get("type") == "separator",
        rows=tuple(_row(child) for _, child in children if _is_shown(child)),
    )
