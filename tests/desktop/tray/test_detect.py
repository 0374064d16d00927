"""Which tray is found, and what is said if none is."""

import os
import subprocess
import sys

import pystray
import pytest
from PIL import Image

from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session
from tests.e2e.xembed_tray import XembedTray
from tray_app.desktop.tray.detect import OTHER_REMEDY, Kind, Tray, find_tray
from tray_app.desktop.tray.pystray_base import paint
from tray_app.desktop.tray.statusnotifier import Icon
from tray_app.desktop.tray.xembed import either, xembed
from tray_app.system.session_bus import session_address

SCREEN = {"DISPLAY": ":4711"}
"""A screen that does not let us in, so that only the bus counts."""


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_have_a_tray(platform: str) -> None:
    """There pystray's own icon is used, and nothing is asked of D-Bus."""
    assert find_tray({}, platform) == Tray(Kind.NATIVE)
    assert find_tray({}, platform).is_visible


def test_native_icon_is_pystrays_and_is_painted_at_one_size() -> None:
    """pystray's own takes one image; ours draws each size (test_statusnotifier)."""
    made = find_tray({}, "darwin").icon_class()
    assert made is pystray.Icon
    icon = pystray.Icon("native")
    paint(icon, lambda size: Image.new("RGBA", (size, size)))
    assert icon.icon is not None
    assert icon.icon.size == (64, 64)
    ours = Icon("ours")
    paint(ours, lambda size: Image.new("RGBA", (size, size), (size, 0, 0, 255)))
    assert ours.icon is not None


@pytest.mark.desktop
def test_a_panel_is_found(panel: PanelHost, bus: str) -> None:
    """A panel on the bus: our icon, and nothing to complain about."""
    tray = find_tray({"DBUS_SESSION_BUS_ADDRESS": bus}, "linux")
    assert tray == Tray(Kind.PANEL)
    assert tray.is_visible
    assert tray.icon_class() is Icon


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("desktop", "words"),
    [
        ("GNOME", "apt install gnome-shell-extension-appindicator"),
        ("ubuntu:GNOME", "AppIndicator"),
        ("XFCE", "Status Tray Plugin"),
        ("i3", "tint2"),
        ("", "tint2"),
    ],
)
def test_without_a_panel_the_remedy_fits_the_desktop(
    session: Session, desktop: str, words: str
) -> None:
    """A bus but no panel: an icon may wait, and the user learns what to do on this desktop."""
    environ = {"DBUS_SESSION_BUS_ADDRESS": session.address, "XDG_CURRENT_DESKTOP": desktop}
    tray = find_tray(environ | SCREEN, "linux")
    assert tray.kind is Kind.PENDING
    assert not tray.is_visible
    assert tray.icon_class() is Icon
    assert words in tray.remedy
    assert (tray.remedy == OTHER_REMEDY) == (words == "tint2")


@pytest.mark.desktop
def test_without_a_screen_that_is_reported(session: Session) -> None:
    """A bus but no display: the desktop's remedy would be no help."""
    tray = find_tray({"DBUS_SESSION_BUS_ADDRESS": session.address}, "linux")
    assert (tray.kind, tray.reason) == (Kind.PENDING, "There is no graphical session.")


@pytest.mark.desktop
def test_the_bus_is_found_where_systemd_puts_it(session: Session) -> None:
    """Without a variable for the bus, $XDG_RUNTIME_DIR/bus is tried."""
    runtime = session.environ["XDG_RUNTIME_DIR"]
    assert find_tray({"XDG_RUNTIME_DIR": runtime} | SCREEN, "linux").kind is Kind.PENDING


def test_no_bus_means_no_icon(tmp_path: os.PathLike[str]) -> None:
    """Neither an address nor a socket: no icon, and no exception."""
    tray = find_tray({"XDG_RUNTIME_DIR": str(tmp_path)} | SCREEN, "linux")
    assert tray.kind is Kind.NONE
    assert tray.icon_class() is None
    assert "no D-Bus session bus" in tray.reason


@pytest.mark.parametrize(
    "address", ["unix:path=/nonexistent/bus", "tcp:host=localhost", "nonsense"]
)
def test_a_bus_that_does_not_answer_means_no_icon(address: str) -> None:
    """A stale or a malformed address: no icon, and no exception."""
    tray = find_tray({"DBUS_SESSION_BUS_ADDRESS": address} | SCREEN, "linux")
    assert tray.kind is Kind.NONE
    assert "does not answer" in tray.reason


@pytest.mark.parametrize("forced", ["statusnotifier", "xembed"])
def test_what_is_forced_but_missing_is_reported(forced: str, tmp_path: os.PathLike[str]) -> None:
    """No icon, and the reason; the other kind is not even asked for."""
    tray = find_tray({"XDG_RUNTIME_DIR": str(tmp_path)} | SCREEN, "linux", forced)
    assert tray.kind is Kind.NONE
    assert ("bus" if forced == "statusnotifier" else "X display") in tray.reason


@pytest.mark.parametrize(
    ("forced", "platform"),
    [("native", "linux"), ("xembed", "win32"), ("statusnotifier", "darwin")],
)
def test_what_another_system_has_cannot_be_forced(forced: str, platform: str) -> None:
    """Said as such, with what there is instead."""
    tray = find_tray({}, platform, forced)
    assert tray.kind is Kind.NONE
    assert tray.reason == f"--backend {forced} does not exist on this system."
    assert tray.remedy


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_no_icon_can_be_asked_for(platform: str) -> None:
    """Everywhere."""
    assert find_tray({}, platform, "none").icon_class() is None


@pytest.mark.parametrize("forced", [None, "auto", "native"])
def test_native_may_be_named_on_its_systems(forced: str | None) -> None:
    """`auto` is as good as nothing."""
    assert find_tray({}, "darwin", forced) == Tray(Kind.NATIVE)


@pytest.mark.desktop
def test_panel_can_be_forced_and_comes_before_an_xembed_tray(panel: PanelHost, bus: str) -> None:
    """A panel that knows both is asked over the bus."""
    environ = {"DBUS_SESSION_BUS_ADDRESS": bus} | SCREEN
    assert find_tray(environ, "linux", "statusnotifier") == Tray(Kind.PANEL)
    assert find_tray(environ, "linux", "xembed").kind is Kind.NONE


@pytest.mark.desktop
def test_xembed_tray_is_found_waited_for_and_forced(
    session: Session, x_session: Session, tint2_session: XembedTray
) -> None:
    """A screen without a tray, with and without a bus; then with one."""
    screen = {"DISPLAY": x_session.environ["DISPLAY"], "XDG_RUNTIME_DIR": str(x_session.root)}
    both = screen | {"DBUS_SESSION_BUS_ADDRESS": session.address}
    alone = find_tray(screen, "linux")
    assert (alone.kind, alone.awaits) == (Kind.PENDING, (Kind.XEMBED,))
    assert alone.icon_class() is xembed.Icon
    either_one = find_tray(both, "linux")
    assert either_one.awaits == (Kind.PANEL, Kind.XEMBED)
    assert either_one.icon_class() is either.Icon
    assert not either_one.is_visible
    assert find_tray(both | {"WAYLAND_DISPLAY": "wayland-0"}, "linux").awaits == (Kind.PANEL,)
    tint2_session.start()
    for environ in (screen, both):
        assert find_tray(environ, "linux") == Tray(Kind.XEMBED)
    assert find_tray(both, "linux", "xembed").icon_class() is xembed.Icon
    assert find_tray(both, "linux").is_visible
    assert find_tray(both, "linux", "statusnotifier").awaits == (Kind.PANEL,)


def test_no_runtime_folder_is_no_address() -> None:
    """An address that was given wins; nothing is made up."""
    assert session_address({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}) == "unix:path=/x"
    assert session_address({"XDG_RUNTIME_DIR": "/nonexistent"}) is None


@pytest.mark.process
def test_finding_a_tray_loads_neither_pystray_nor_pillow() -> None:
    """Commands ask, too, and must not pay for what they do not show."""
    code = (
        "import sys; from tray_app.desktop.tray.detect import find_tray; find_tray({}, 'darwin');"
        "print([name for name in ('pystray', 'PIL', 'jeepney', 'Xlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.process
def test_pystray_loads_without_a_display() -> None:
    """Whatever PYSTRAY_BACKEND says and without a DISPLAY; and it says the same to our children."""
    environ = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    code = (
        "import tray_app.desktop.icon, os, pystray;"
        "print(pystray.Icon.__module__, os.environ['PYSTRAY_BACKEND'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ | {"PYSTRAY_BACKEND": "xorg"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "pystray._base xorg"
