"""The icon itself over the bus: picture, title, left click."""

import subprocess
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from jeepney import DBusAddress, DBusErrorResponse
from PIL import Image

from tests.desktop.example_menu import GREEN, RED, Example, plain
from tests.desktop.running import running
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import ITEM, MENU, PROPERTIES, PanelItem
from tests.e2e.private_session import Session
from tests.e2e.programs import require
from tray_app.desktop.tray import statusnotifier
from tray_app.desktop.tray.pixmaps import SIZES
from tray_app.desktop.tray.statusnotifier import Icon

pytestmark = pytest.mark.desktop


def numbered(size: int) -> Image.Image:
    """A picture that shows for which size it was drawn."""
    return Image.new("RGBA", (size, size), (size, 1, 2, 255))


def test_panel_gets_title_tooltip_and_status(item: PanelItem) -> None:
    """Name, tooltip and status arrive, and change on the screen when the program changes them."""
    properties = item.properties
    assert properties["Id"] == "example"
    assert properties["Status"] == "Active"
    assert (item.title, item.tooltip) == ("example", "All is well")


def test_an_icon_that_needs_attention_says_so_until_it_does_not(
    icon: Icon, item: PanelItem, panel: PanelHost
) -> None:
    """A panel that hides icons shows this one, with the same picture."""
    panel.wait_signal("NewStatus")
    icon.needs_attention = True
    icon.icon = plain(RED)
    assert panel.wait_signal("NewStatus").body == ("NeedsAttention",)
    properties = item.properties
    assert properties["Status"] == "NeedsAttention"
    assert properties["AttentionIconPixmap"] == properties["IconPixmap"]
    icon.needs_attention = False
    icon.icon = plain(GREEN)
    assert panel.wait_signal("NewStatus").body == ("Active",)


def test_the_title_is_the_programs_name_and_stays(
    icon: Icon, item: PanelItem, panel: PanelHost
) -> None:
    """What the program does now is the tooltip's."""
    icon.program_name = "Webex Token Tray"
    icon.title = "Expired"
    panel.wait_signal("NewToolTip")
    assert (item.title, item.tooltip) == ("Webex Token Tray", "Expired")


def test_new_title_is_announced(icon: Icon, item: PanelItem, panel: PanelHost) -> None:
    """A new title is announced, whichever thread sets it."""
    icon.title = "Expired"
    panel.wait_signal("NewToolTip")
    assert item.tooltip == "Expired"


def test_every_size_is_drawn_for_itself(bus: str, panel: PanelHost) -> None:
    """A drawing is asked for each size; nothing is scaled."""
    icon = Icon("drawn", title="drawn")
    icon.paint(numbered)
    with running(icon):
        item = panel.wait_item()
        assert {size: item.picture(size).getpixel((1, 1)) for size in SIZES} == {
            size: (size, 1, 2, 255) for size in SIZES
        }


def test_a_panel_that_looks_at_once_sees_the_picture(
    bus: str, panel: PanelHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It saw none if it was quicker than the thread that shows the icon."""
    icon = Icon("drawn", title="drawn")
    icon.paint(numbered)
    post, seen = icon._bus.post, Future[list[tuple[int, int, bytes]]]()

    def post_and_look(job: Callable[[], None]) -> None:
        post(job)
        if icon.visible and not (seen.running() or seen.done()):
            seen.set_running_or_notify_cancel()
            seen.set_result(panel.wait_item().properties["IconPixmap"])

    monkeypatch.setattr(icon._bus, "post", post_and_look)
    with running(icon):
        assert [width for width, _, _ in seen.result(60)] == list(SIZES)


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


def test_on_gnome_a_new_picture_is_announced_again(
    bus: str, panel: PanelHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GNOME's extension may have dropped it. `NewIcon` would fetch all the bytes again."""
    monkeypatch.setattr(statusnotifier, "AGAIN_SECONDS", (0.05, 0.05))
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    with running(Icon("repeated", plain(GREEN))):
        for signal in ("NewIcon", *["NewAttentionIcon"] * 3):
            panel.wait_signal(signal)
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


def test_a_left_click_fails_so_that_plasma_opens_the_menu(
    item: PanelItem, panel: PanelHost
) -> None:
    """Plasma ignores `ItemIsMenu`, but opens the menu if `Activate` fails."""
    assert item.properties["ItemIsMenu"] is True
    with pytest.raises(DBusErrorResponse, match="UnknownMethod"):
        panel.call(DBusAddress(item.path, item.owner, ITEM), "Activate", "ii", (0, 0))


def test_a_left_click_runs_the_default_item_only_if_no_menu_is_opened(
    item: PanelItem, example: Example
) -> None:
    """MATE, LXQt and Cinnamon do nothing more once the call has failed. Of two clicks, of which the
    first opens the menu, one runs the item."""
    item.activate()
    item.menu()
    item.activate()
    assert example.clicked() == "refresh"
    assert example.clicks.empty()


SIGNAL_ON_ANOTHER_THREAD = """
import signal, threading, time
from tray_app.desktop.tray.statusnotifier import Icon

def setup(icon):
    time.sleep(0.2)  # let the main thread fall asleep; nothing signals that it has
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)

icon = Icon("signalled")
signal.signal(signal.SIGUSR1, lambda *_: icon.stop())
icon.run(setup)
print("ended", signal.set_wakeup_fd(-1))
"""


def test_single_properties_and_ping(item: PanelItem, panel: PanelHost) -> None:
    """Panels may ask for one property at a time, of the icon and of its menu, and knock."""
    address = DBusAddress(item.path, item.owner, PROPERTIES)
    assert panel.call(address, "Get", "ss", (ITEM, "Status")) == (("s", "Active"),)
    assert panel.call(address, "Get", "ss", (MENU, "Version")) == (("u", 3),)
    assert panel.call(address, "GetAll", "s", ("no.such.Interface",)) == ({},)
    assert panel.call(address.with_interface("org.freedesktop.DBus.Peer"), "Ping") == ()
    assert panel.call(address.with_interface(ITEM), "Scroll", "is", (1, "vertical")) == ()


@pytest.mark.parametrize(
    ("interface", "question", "error"),
    [
        (PROPERTIES, ("Get", "ss", (ITEM, "NoSuchProperty")), "UnknownProperty"),
        (PROPERTIES, ("Set", "ssv", (ITEM, "Title", ("s", "x"))), "UnknownMethod"),
        (ITEM, ("NoSuchMethod", None, ()), "UnknownMethod"),
    ],
)
def test_nonsense_is_refused(
    item: PanelItem,
    panel: PanelHost,
    interface: str,
    question: tuple[str, str | None, tuple[object, ...]],
    error: str,
) -> None:
    """A panel's mistake is answered with an error of the right name."""
    address = DBusAddress(item.path, item.owner, interface)
    with pytest.raises(DBusErrorResponse) as refused:
        panel.call(address, *question)
    assert refused.value.name.endswith(error)


def test_gdbus_can_read_everything(item: PanelItem, session: Session) -> None:
    """What we put on the wire is what an independent implementation takes for valid."""
    require("gdbus")
    command = ["gdbus", "call", "--session", "-d", item.owner, "-o", item.path, "-m"]
    asked = [*command, "org.freedesktop.DBus.Properties.GetAll", "org.kde.StatusNotifierItem"]
    answer = subprocess.run(
        asked, env=session.environ, capture_output=True, text=True, check=True, timeout=60
    )
    assert "'ToolTip': <('', @a(iiay) [], 'All is well', '')>" in answer.stdout
