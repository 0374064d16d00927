"""The menu over the bus: what is clicked, and what the panel gets."""

import queue
import threading

import pytest
from jeepney import DBusErrorResponse
from pystray import Menu, MenuItem

from tests.desktop.example_menu import GREEN, Example, plain
from tests.desktop.running import running
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tray_app.desktop.tray.statusnotifier import Icon

pytestmark = pytest.mark.desktop


def test_click_runs_the_item(item: PanelItem, example: Example) -> None:
    """A click in the menu runs what the item stands for."""
    item.click("Refresh now")
    assert example.clicked() == "refresh"


def test_callbacks_run_on_the_loop_thread(bus: str, panel: PanelHost) -> None:
    """As documented: actions are called in the thread that is inside run()."""
    names: queue.Queue[str] = queue.Queue()
    menu = Menu(MenuItem("Where", lambda: names.put(threading.current_thread().name)))
    with running(Icon("where", plain(GREEN), "where", menu)):
        panel.wait_item().click("Where")
        assert names.get(timeout=60) == "icon under test"


def test_labels_keep_their_underscores(item: PanelItem) -> None:
    """An underscore is a letter, not the mark of an access key."""
    assert [row.label for row in item.find("Mode").rows] == ["Mode_0", "Mode_1", "Mode_2"]


def test_check_mark_follows_the_click(item: PanelItem, example: Example, panel: PanelHost) -> None:
    """A checkable item shows its state, and the new one after a click, unasked."""
    assert item.find("Paused").checked is False
    item.click("Paused")
    assert example.clicked() == "pause"
    panel.wait_signal("ItemsPropertiesUpdated")
    assert [row.checked for row in item.layout() if row.label == "Paused"] == [True]


def test_radio_buttons_in_a_submenu(item: PanelItem, example: Example, panel: PanelHost) -> None:
    """A submenu row is clicked by its own name and exactly one button is set."""
    item.click("Mode", "Mode_2")
    assert example.clicked() == "Mode_2"
    panel.wait_signal("ItemsPropertiesUpdated")
    rows = item.find("Mode").rows
    assert [row.checked for row in rows] == [False, False, True]
    assert all(row.radio for row in rows)


def test_disabled_item_cannot_be_clicked(
    item: PanelItem, example: Example, panel: PanelHost
) -> None:
    """A click on it does nothing, even if a panel lets it through."""
    assert item.find("Never").enabled is False
    item.click("Never")
    panel.settle(item)
    assert example.clicks.empty()


def test_no_click_is_lost_while_labels_change(
    icon: Icon, item: PanelItem, example: Example
) -> None:
    """Fifty clicks on a row of a menu that stays open while its labels change."""
    open_menu = {row.label: row.id for row in item.menu()}
    for n in range(50):
        example.label = f"Refresh now ({n})"
        icon.update_menu()
        item.click_id(open_menu["Refresh now"])
    assert [example.clicked() for _ in range(50)] == ["refresh"] * 50


def test_changed_label_does_not_close_the_menu(
    icon: Icon, item: PanelItem, example: Example, panel: PanelHost
) -> None:
    """A label goes out as a property; only a changed shape makes a panel rebuild the menu."""
    panel.wait_signal("LayoutUpdated")
    example.label = "Refresh at 14:07"
    icon.update_menu()
    body = panel.wait_signal("ItemsPropertiesUpdated").body
    ((_, properties),), removed = body
    assert properties == {"label": ("s", "Refresh at 14:07")}
    assert removed == []
    panel.settle(item)
    assert "LayoutUpdated" not in [signal.member for signal in panel.signals]


def test_click_survives_a_new_shape(
    icon: Icon, item: PanelItem, example: Example, panel: PanelHost
) -> None:
    """A row comes in above, and the menu is made anew: the open menu's numbers still hold."""
    open_menu = {row.label: row.id for row in item.menu()}
    panel.wait_signal("LayoutUpdated")
    icon.menu = Menu(MenuItem("Above", example.surprise), *example.menu().items)
    panel.wait_signal("LayoutUpdated")
    assert item.layout()[0].label == "Above"
    item.click_id(open_menu["Refresh now"])
    assert example.clicked() == "refresh"


def test_a_panel_that_reads_one_level_is_told_of_each_submenu(
    item: PanelItem, panel: PanelHost
) -> None:
    """So that Plasma has the rows of a submenu before it is opened for the first time."""
    panel.wait_signal("LayoutUpdated")
    submenu = item.find("Mode").id
    item.call_menu("GetLayout", "iias", (0, 1, []))
    revision, number = panel.wait_signal("LayoutUpdated").body
    assert number == submenu
    assert item.call_menu("GetLayout", "iias", (submenu, 1, []))[0] == revision
    panel.settle(item)
    assert "LayoutUpdated" not in [signal.member for signal in panel.signals]


def test_a_row_that_is_shown_and_hidden_keeps_its_place(
    icon: Icon, item: PanelItem, example: Example, panel: PanelHost
) -> None:
    """GNOME's extension puts a row that comes into the layout later below all others."""
    panel.wait_signal("LayoutUpdated")
    hidden = item.layout()
    example.extra = True
    icon.update_menu()
    panel.wait_signal("ItemsPropertiesUpdated")
    assert item.layout()[0].label == "Surprise"
    assert item.layout()[1:] == hidden
    panel.settle(item)
    assert "LayoutUpdated" not in [signal.member for signal in panel.signals]


def test_stale_click_does_nothing(
    icon: Icon, item: PanelItem, example: Example, panel: PanelHost
) -> None:
    """A click on a row that has gone does not hit the one that took its place."""
    example.extra = True
    gone = item.find("Surprise").id
    example.extra = False
    icon.update_menu()
    assert item.layout()[0].label == "Refresh now"
    item.click_id(gone)
    item.activate()
    assert example.clicked() == "refresh"
    assert example.clicks.empty()


def test_failing_callback_is_logged_and_survived(
    bus: str, panel: PanelHost, example: Example, caplog: pytest.LogCaptureFixture
) -> None:
    """An action that raises is a line in the log; the next click works."""
    menu = Menu(MenuItem("Fail", lambda: 1 / 0), MenuItem("Refresh now", example.refresh))
    with running(Icon("failing", plain(GREEN), "failing", menu)):
        item = panel.wait_item()
        item.click("Fail")
        item.click("Refresh now")
        assert example.clicked() == "refresh"
    assert "ZeroDivisionError" in caplog.text


def test_failing_label_keeps_the_last_menu(
    icon: Icon, item: PanelItem, example: Example, caplog: pytest.LogCaptureFixture
) -> None:
    """A label that cannot be made does not take the menu away."""
    rows = item.menu()
    broken = Menu(MenuItem(lambda _: str(1 / 0), None))
    icon.menu = broken
    assert item.layout() == rows
    assert "ZeroDivisionError" in caplog.text


def test_text_that_dbus_cannot_carry_is_survived(
    icon: Icon, item: PanelItem, example: Example, caplog: pytest.LogCaptureFixture
) -> None:
    """Half a character in a label: an error for the panel, not the end of the icon."""
    example.label = "\ud800"
    icon.update_menu()
    with pytest.raises(DBusErrorResponse):
        item.layout()
    assert "surrogates not allowed" in caplog.text
    example.label = "Good again"
    assert item.find("Good again").enabled


@pytest.mark.parametrize(
    ("member", "signature", "body", "error"),
    [
        ("GetLayout", "iias", (9999, -1, []), "InvalidArgs"),
        ("GetProperty", "is", (9999, "label"), "InvalidArgs"),
        ("GetProperty", "is", (0, "label"), "InvalidArgs"),
        ("NoSuchMethod", "", (), "UnknownMethod"),
    ],
)
def test_nonsense_is_refused(
    item: PanelItem, member: str, signature: str, body: tuple[object, ...], error: str
) -> None:
    """A panel's mistake is answered with an error of the right name."""
    with pytest.raises(DBusErrorResponse) as refused:
        item.call_menu(member, signature, body)
    assert refused.value.name.endswith(error)


def test_every_method_of_the_menu(item: PanelItem, example: Example) -> None:
    """The calls that only some panels make."""
    row = item.find("Refresh now")
    assert item.call_menu("GetProperty", "is", (row.id, "label")) == (("s", "Refresh now"),)
    (group,) = item.call_menu("GetGroupProperties", "aias", ([row.id, 9999], ["label"]))
    assert group == [(row.id, {"label": ("s", "Refresh now")})]
    assert item.call_menu("AboutToShowGroup", "ai", ([0, 9999],)) == ([], [9999])
    events = [(row.id, "clicked", ("i", 0), 0), (9999, "clicked", ("i", 0), 0)]
    assert item.call_menu("EventGroup", "a(isvu)", (events,)) == ([9999],)
    assert example.clicked() == "refresh"
    item.call_menu("Event", "isvu", (row.id, "hovered", ("i", 0), 0))
    item.call_menu("Event", "isvu", (0, "opened", ("i", 0), 0))
    assert example.clicks.empty()
