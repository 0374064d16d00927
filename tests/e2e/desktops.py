"""Real desktops in a private session: each panel that shows our icon, its notification daemon, and
the screen that they are on.

Each is started by itself, without its session manager: nothing here talks to systemd. The system
bus is the private one as well.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from tests.e2e.private_session import (
    PANEL_CONFIG,
    Session,
    private_bus,
    private_session,
    unlocked_keyring,
    wait_for_name,
    x_server,
    xfce_notices,
)
from tests.e2e.programs import require

SIZE = "1280x800"
WATCHER = "org.kde.StatusNotifierWatcher"
NOTICES = "org.freedesktop.Notifications"
PASSED_ON = (
    *("DISPLAY", "GDK_BACKEND", "NO_AT_BRIDGE", "GSETTINGS_BACKEND", "XDG_CURRENT_DESKTOP"),
    *("DBUS_SYSTEM_BUS_ADDRESS", "LIBGL_ALWAYS_SOFTWARE", "QT_QPA_PLATFORM"),
)
"""What programs that the bus starts have to know."""
SLOW = 90.0
"""Seconds for a desktop to come up on a busy machine."""

LXQT = """panels=panel1

[panel1]
plugins=statusnotifier
position=Bottom
desktop=0
lockPanel=true

[statusnotifier]
alignment=Right
type=statusnotifier
"""

MATE_NOTICES = "/usr/lib/mate-notification-daemon/mate-notification-daemon"

GNOME = """[org/gnome/shell]
enabled-extensions=['ubuntu-appindicators@ubuntu.com']
welcome-dialog-last-shown-version='99'
"""

WAYBAR = '{"layer": "top", "position": "top", "height": 30, "modules-right": ["tray", "clock"]}'
SWAY = """output * bg #334455 solid_color
exec waybar -c {config}
exec mako
exec sh -c 'echo $WAYLAND_DISPLAY > {told}'
"""


@contextmanager
def desktop(name: str) -> Iterator[Session]:
    """A session with that desktop on its screen, and an unlocked keyring."""
    with ExitStack() as stack:
        session = stack.enter_context(private_session())
        session.environ["GSETTINGS_BACKEND"] = "keyfile"
        session.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
        stack.enter_context(private_bus(session, all_services=True))
        session.environ["DBUS_SYSTEM_BUS_ADDRESS"] = session.address
        stack.enter_context(unlocked_keyring(session))
        stack.enter_context(x_server(session, SIZE))
        _colour_the_screen(session)
        stack.enter_context(DESKTOPS[name](session))
        for owned in (WATCHER, NOTICES):
            wait_for_name(session, owned, SLOW)
        yield session


def _colour_the_screen(session: Session) -> None:
    _run(session, "xsetroot", "-solid", "#334455")


def _run(session: Session, *command: str) -> None:
    subprocess.run(command, env=session.environ, check=True, timeout=60, capture_output=True)


def tell_the_bus(session: Session) -> None:
    """Give programs that the bus starts what they must know: it is older than the screen."""
    names = [name for name in PASSED_ON if name in session.environ]
    _run(session, "dbus-update-activation-environment", *names)


@contextmanager
def _programs(session: Session, *commands: list[str]) -> Iterator[None]:
    """Start them one after the other, each in the background."""
    tell_the_bus(session)
    with ExitStack() as stack:
        for command in commands:
            require(command[0])
            stack.enter_context(session.process(command))
        yield


@contextmanager
def _xfce(session: Session) -> Iterator[None]:
    write_config(
        session, "xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml", PANEL_CONFIG.read_text("utf-8")
    )
    panel = ["xfce4-panel", "--disable-wm-check"]
    with _programs(session, ["xfwm4"], panel), xfce_notices(session):
        yield


def _lxqt(session: Session) -> AbstractContextManager[None]:
    session.environ.update(
        XDG_CURRENT_DESKTOP="LXQt",
        XDG_CONFIG_DIRS="/etc/xdg:/usr/share",  # which has LXQt's own theme and font
        QT_QPA_PLATFORMTHEME="lxqt",
    )
    write_config(session, "lxqt/panel.conf", LXQT)
    return _programs(session, ["openbox"], ["lxqt-panel"], ["lxqt-notificationd"])


def _mate(session: Session) -> AbstractContextManager[None]:
    session.environ["XDG_CURRENT_DESKTOP"] = "MATE"
    return _programs(session, ["marco"], ["mate-panel"], [MATE_NOTICES])


def _kde(session: Session) -> AbstractContextManager[None]:
    session.environ.update(
        XDG_CURRENT_DESKTOP="KDE", KDE_FULL_SESSION="true", KDE_SESSION_VERSION="5"
    )
    return _programs(session, ["kded5"], ["kwin_x11"], ["plasmashell", "--no-respawn"])


def _cinnamon(session: Session) -> AbstractContextManager[None]:
    session.environ["XDG_CURRENT_DESKTOP"] = "X-Cinnamon"
    return _programs(session, ["cinnamon"], ["/usr/libexec/xapps/sn-watcher/xapp-sn-watcher"])


def _gnome(session: Session) -> AbstractContextManager[None]:
    session.environ["XDG_CURRENT_DESKTOP"] = "GNOME"
    write_config(session, "glib-2.0/settings/keyfile", GNOME)
    return _programs(session, ["gnome-shell", "--x11"])


@contextmanager
def _waybar(session: Session) -> Iterator[None]:
    """In sway, in a window of the X server, so that a mouse can click on it."""
    config = write_config(session, "waybar/config", WAYBAR)
    told = session.root / "wayland-display"
    sway = write_config(session, "sway/config", SWAY.format(config=config, told=told))
    x_only = session.environ.pop("GDK_BACKEND")
    session.environ.update(
        WLR_BACKENDS="x11", WLR_RENDERER="pixman", WLR_X11_OUTPUTS="1", XDG_CURRENT_DESKTOP="sway"
    )
    with _programs(session, ["sway", "-c", str(sway)]):
        deadline = time.monotonic() + SLOW
        while not told.exists() or not told.read_text().strip():
            assert time.monotonic() < deadline, "sway did not start"
            time.sleep(0.1)
        session.environ["GDK_BACKEND"] = x_only
        yield


def write_config(session: Session, name: str, text: str) -> Path:
    """Write a file below the session's ~/.config; returns its path."""
    path = session.home / ".config" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


DESKTOPS: Mapping[str, Callable[[Session], AbstractContextManager[None]]] = {
    "xfce": _xfce,
    "lxqt": _lxqt,
    "mate": _mate,
    "waybar": _waybar,
    "kde": _kde,
    "cinnamon": _cinnamon,
    "gnome": _gnome,
}
