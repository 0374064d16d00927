"""The icon's life: panels that come late and go, buses that die, and the end."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pystray import Menu, MenuItem

from tests.desktop.example_menu import GREEN, Example, plain
from tests.desktop.running import running
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session, private_bus, private_session
from tray_app.desktop.tray.bus import NoSessionBusError
from tray_app.desktop.tray.statusnotifier import Icon

pytestmark = pytest.mark.desktop

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
    """Hiding is announced, and a new panel gets no icon until it is shown again."""
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
    assert icon.connection_lost is False


def test_stop_before_run_is_not_forgotten(bus: str) -> None:
    """A program that is to end while it starts does end."""
    icon = Icon("early", plain(GREEN))
    icon.stop()
    thread = threading.Thread(target=icon.run, daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    assert icon.connection_lost is False


def test_signal_on_another_thread_wakes_the_loop(session: Session) -> None:
    """The kernel picks any thread; the handler must run at once all the same, and no fd is left."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNAL_ON_ANOTHER_THREAD],
        check=False,
        env=session.environ,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("ended -1\n", "")


def test_stop_from_a_menu_item(bus: str, panel: PanelHost) -> None:
    """Quit, the classic."""
    menu = Menu(MenuItem("Quit", lambda icon: icon.stop()))
    icon = Icon("quit", plain(GREEN), "quit", menu)
    with running(icon) as thread:
        panel.wait_item().click("Quit")
        thread.join(60)
        assert not thread.is_alive()


def test_death_of_the_bus_ends_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """At logout run() returns, and `connection_lost` shows that it was not Quit."""
    with private_session() as session, private_bus(session) as daemon:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
        icon = Icon("orphan", plain(GREEN))
        with running(icon) as thread, PanelHost(session.address) as panel:
            panel.wait_item()
            daemon.kill()
            thread.join(60)
            assert not thread.is_alive()
            assert icon.connection_lost is True
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


def test_no_bus_is_reported_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    """run() raises, and leaves no thread behind."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={session.root}/nothing-here")
    before = threading.active_count()
    with pytest.raises(NoSessionBusError, match="nothing-here"):
        Icon("nowhere", plain(GREEN)).run()
    assert threading.active_count() == before
