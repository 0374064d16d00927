"""Our icon, driven over a private bus as a panel drives it."""

import queue
import subprocess
import threading
from collections.abc import Iterator

import pytest
from jeepney import DBusErrorResponse
from PIL import Image
from pystray import Menu, MenuItem

from tests.desktop.example_menu import Example
from tests.desktop.running import running
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session, private_bus, private_session
from tray_app.desktop.pixmaps import SIZES
from tray_app.desktop.session_bus import NoSessionBusError
from tray_app.desktop.statusnotifier import Icon

pytestmark = pytest.mark.desktop

GREEN, RED = (0, 160, 60, 255), (210, 0, 0, 255)


def plain(colour: tuple[int, int, int, int]) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGBA", (64, 64), colour)


def numbered(size: int) -> Image.Image:
    """A picture that tells for which size it was drawn."""
    return Image.new("RGBA", (size, size), (size, 1, 2, 255))


@pytest.fixture
def example() -> Example:
    """The state behind the menu."""
    return Example()


@pytest.fixture
def icon(bus: str, example: Example) -> Icon:
    """An icon with that menu, not yet running."""
    return Icon("example", plain(GREEN), "All is well", example.menu())


@pytest.fixture
def item(icon: Icon, panel: PanelHost) -> Iterator[PanelItem]:
    """The icon as the panel sees it, running."""
    with running(icon):
        yield panel.wait_item()


def test_panel_gets_title_tooltip_and_status(item: PanelItem) -> None:
    """Name, tooltip and status arrive, and change on the screen when the program changes them."""
    properties = item.properties
    assert properties["Id"] == "example"
    assert properties["Status"] == "Active"
    assert item.title == item.tooltip == "All is well"


def test_new_title_is_announced(icon: Icon, item: PanelItem, panel: PanelHost) -> None:
    """The panel is told of a new title, from whichever thread it comes."""
    icon.title = "Expired"
    panel.wait_signal("NewToolTip")
    assert item.title == item.tooltip == "Expired"


def test_every_size_is_drawn_for_itself(bus: str, panel: PanelHost) -> None:
    """A drawing is asked for each size; nothing is scaled."""
    icon = Icon("drawn", title="drawn", draw=numbered)
    with running(icon):
        item = panel.wait_item()
        assert {size: item.picture(size).getpixel((1, 1)) for size in SIZES} == {
            size: (size, 1, 2, 255) for size in SIZES
        }


def test_new_picture_is_announced_once(icon: Icon, item: PanelItem, panel: PanelHost) -> None:
    """A changed picture is announced; setting an equal one is not."""
    panel.wait_signal("NewIcon")
    assert item.picture(22).getpixel((11, 11)) == GREEN
    icon.icon = plain(GREEN)
    icon.icon = plain(RED)
    panel.wait_signal("NewIcon")
    assert item.picture(22).getpixel((11, 11)) == RED
    panel.settle(item)
    assert "NewIcon" not in [signal.member for signal in panel.signals]


def test_paint_after_a_plain_image_and_back(icon: Icon, item: PanelItem, panel: PanelHost) -> None:
    """The last one given wins, drawing or image."""
    panel.wait_signal("NewIcon")
    icon.paint(numbered)
    panel.wait_signal("NewIcon")
    assert item.picture(16).getpixel((1, 1)) == (16, 1, 2, 255)
    icon.icon = plain(RED)
    panel.wait_signal("NewIcon")
    assert item.picture(16).getpixel((1, 1)) == RED


def test_what_is_set_while_the_icon_appears_is_not_missed(bus: str, panel: PanelHost) -> None:
    """Another thread may set things in the middle of showing; pystray alone would drop them."""

    class Contended(Icon):
        def _show(self) -> None:
            super()._show()
            self.icon = plain(RED)
            self.title = "Set meanwhile"

    with running(Contended("contended", plain(GREEN), "Before")):
        item = panel.wait_item()
        panel.wait_signal("NewToolTip")
        assert item.tooltip == "Set meanwhile"
        assert item.picture(22).getpixel((11, 11)) == RED


def test_click_runs_the_item(item: PanelItem, example: Example) -> None:
    """A click in the menu runs what the item stands for."""
    item.click("Refresh now")
    assert example.clicked() == "refresh"


def test_left_click_runs_the_default_item(item: PanelItem, example: Example) -> None:
    """A left click does what the default item does, so the panel must not open the menu."""
    assert item.properties["ItemIsMenu"] is False
    item.activate()
    assert example.clicked() == "refresh"


def test_without_default_item_left_click_opens_the_menu(
    icon: Icon, item: PanelItem, panel: PanelHost
) -> None:
    """Nothing to do on a left click: the panel is asked to show the menu instead."""
    icon.menu = Menu(MenuItem("Only", None))
    panel.wait_signal("LayoutUpdated")
    assert item.properties["ItemIsMenu"] is True


def test_callbacks_run_on_the_loop_thread(bus: str, panel: PanelHost) -> None:
    """As documented: actions are called in the thread that is inside run()."""
    names: queue.Queue[str] = queue.Queue()
    menu = Menu(MenuItem("Where", lambda: names.put(threading.current_thread().name)))
    with running(Icon("where", plain(GREEN), "where", menu)):
        panel.wait_item().click("Where")
        assert names.get(timeout=5) == "icon under test"


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
    example.extra = True
    icon.menu = example.menu()
    panel.wait_signal("LayoutUpdated")
    assert item.layout()[0].label == "Surprise"
    item.click_id(open_menu["Refresh now"])
    assert example.clicked() == "refresh"


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


def test_icon_returns_with_the_panel(item: PanelItem, panel: PanelHost, example: Example) -> None:
    """The panel is killed and starts again: the icon is there again, and works."""
    panel.detach()
    panel.attach()
    panel.wait_item().click("Refresh now")
    assert example.clicked() == "refresh"


def test_late_panel_shows_the_icon(bus: str, icon: Icon, example: Example) -> None:
    """The program starts first: the icon appears when the panel does."""
    with running(icon), PanelHost(bus, attach=False) as late:
        late.attach()
        late.wait_item().click("Refresh now")
        assert example.clicked() == "refresh"


def test_hidden_icon_stays_hidden_when_the_panel_returns(
    icon: Icon, item: PanelItem, panel: PanelHost
) -> None:
    """Hiding is told, and a new panel gets no icon until it is shown again."""
    icon.visible = False
    assert item.properties["Status"] == "Passive"
    panel.detach()
    panel.attach()
    panel.settle(item)
    assert panel.items == []
    icon.visible = True
    assert panel.wait_item().properties["Status"] == "Active"


def test_stop_ends_run_and_the_panel_drops_the_icon(icon: Icon, panel: PanelHost) -> None:
    """After stop() the icon is gone, and nothing was lost."""
    with running(icon):
        panel.wait_item()
    panel.wait_gone()
    assert icon.bus_lost is False


def test_stop_before_run_is_not_forgotten(bus: str) -> None:
    """A program told to end while it starts does end."""
    icon = Icon("early", plain(GREEN))
    icon.stop()
    icon.run()
    assert icon.bus_lost is False


def test_stop_from_a_menu_item(bus: str, panel: PanelHost) -> None:
    """Quit, the classic."""
    menu = Menu(MenuItem("Quit", lambda icon: icon.stop()))
    icon = Icon("quit", plain(GREEN), "quit", menu)
    with running(icon) as thread:
        panel.wait_item().click("Quit")
        thread.join(5)
        assert not thread.is_alive()


def test_death_of_the_bus_ends_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person logs out: run() returns by itself, and one can tell that from quitting."""
    with private_session() as session, private_bus(session) as daemon:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        icon = Icon("orphan", plain(GREEN))
        with running(icon) as thread, PanelHost(session.address) as panel:
            panel.wait_item()
            daemon.kill()
            thread.join(5)
            assert not thread.is_alive()
            assert icon.bus_lost is True
            icon.title = "nobody reads this"  # must not raise, nor block
            icon.update_menu()


def test_detached_run_reports_the_same(icon: Icon, panel: PanelHost) -> None:
    """run_detached() returns at once and the icon is served all the same."""
    icon.run_detached()
    try:
        panel.wait_item()
    finally:
        icon.stop()
    panel.wait_gone()


def test_no_bus_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    """run() raises, and leaves no thread behind."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={session.root}/nothing-here")
    before = threading.active_count()
    with pytest.raises(NoSessionBusError, match="nothing-here"):
        Icon("nowhere", plain(GREEN)).run()
    assert threading.active_count() == before


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


def test_gdbus_can_read_everything(item: PanelItem, session: Session) -> None:
    """What we put on the wire is what an independent implementation takes for valid."""
    from tests.e2e.programs import require

    require("gdbus")
    command = ["gdbus", "call", "--session", "-d", item.owner, "-o", item.path, "-m"]
    asked = [*command, "org.freedesktop.DBus.Properties.GetAll", "org.kde.StatusNotifierItem"]
    answer = subprocess.run(
        asked, env=session.environ, capture_output=True, text=True, check=True, timeout=10
    )
    assert "'Title': <'All is well'>" in answer.stdout
