"""Where a notification is shown: on the bus, or by pystray's own icons."""

from __future__ import annotations

import select
import subprocess
import sys
from dataclasses import replace

import pytest
from pystray import _base

from tray_app.desktop import icon_art
from tray_app.desktop.app import backend_for
from tray_app.desktop.notifications.backend import (
    Click,
    NoBackend,
    NotificationBackend,
    PystrayBackend,
    WindowsBackend,
)
from tray_app.desktop.notifications.content import Notification
from tray_app.desktop.tray.pystray_base import IconEvents
from tray_app.model.signs import Colour, Shape
from tray_app.model.steps import UserAction
from tray_app.text.menu import BUTTONS

RED = Notification("Webex token rejected", "Next (you): do <this> & that", Shape.CROSS, Colour.RED)
AMBER = Notification("Token works, but …", "Next (you): look", Shape.BANG, Colour.AMBER)
STEPPED = replace(RED, step=UserAction.SIGN_IN, can_snooze=True)


class TestPystrayBackend:
    """Windows and macOS, as pystray's calls show it."""

    class Fake(_base.Icon):
        """Notes what the platform would be given."""

        HAS_NOTIFICATION = True

        def __init__(self) -> None:
            super().__init__("example")
            self.told: list[tuple[str, str | None] | None] = []

        def _notify(self, message: str, title: str | None = None) -> None:
            self.told.append((message, title))

        def _remove_notification(self) -> None:
            self.told.append(None)

    def test_it_is_shown_and_closed(self) -> None:
        """Headline as title, the rest as text."""
        icon = self.Fake()
        board = PystrayBackend(icon)
        board.show(RED)
        board.close_shown()
        assert (board.wakeup_socket, board.clicks()) == (None, ())
        board.close()
        assert icon.told == [(RED.body, RED.summary), None]

    def test_texts_fit_into_what_windows_takes(self) -> None:
        """63 and 255 characters beside the zero; an empty text would show nothing."""
        icon = self.Fake()
        board = PystrayBackend(icon)
        board.show(replace(RED, summary="s" * 64, body="b" * 256))
        board.show(replace(RED, body=""))
        assert icon.told == [
            ("b" * 254 + "…", "s" * 62 + "…"),
            (RED.summary, "Webex Token Tray"),
        ]


class TestWindowsBackend:
    """The icon's events become clicks; the icon itself is tried under Wine."""

    class Fake(TestPystrayBackend.Fake):
        """With the events of our icon for Windows."""

        def __init__(self) -> None:
            super().__init__()
            self.events = IconEvents()

    def test_a_click_is_the_step_and_closes_it(self) -> None:
        """Each event wakes the one who waits, once."""
        icon = self.Fake()
        board = backend_for(icon)
        assert isinstance(board, WindowsBackend)
        icon.events.notice_clicked()
        assert clicks_on(board, 2) == [Click.STEP, Click.CLOSED]
        assert board.clicks() == []
        icon.events.notice_dismissed()
        assert clicks_on(board, 1) == [Click.CLOSED]
        assert not select.select([board._sleeper], [], [], 0)[0]
        board.close()
        icon.events.notice_clicked()  # while the program ends

    def test_it_is_shown_as_on_any_of_pystrays_icons(self) -> None:
        icon = self.Fake()
        board = backend_for(icon)
        board.show(RED)
        board.close()
        assert icon.told == [(RED.body, RED.summary)]


class TestNoBackend:
    """`--backend none` on Windows and macOS, which have no session bus."""

    @pytest.mark.parametrize("platform", ["win32", "darwin"])
    def test_without_an_icon_nothing_is_shown(self, platform: str) -> None:
        board = backend_for(None, platform)
        assert isinstance(board, NoBackend)
        board.show(RED)
        board.close_shown()
        assert (board.wakeup_socket, board.clicks()) == (None, ())
        board.close()

    @pytest.mark.process
    @pytest.mark.parametrize("platform", ["win32", "darwin"])
    def test_jeepney_is_not_loaded_there(self, platform: str) -> None:
        """It is not installed there, and without an icon the program ended at once."""
        code = (
            "import sys; sys.modules['jeepney'] = None;"
            "from tray_app.desktop.app import backend_for;"
            f"backend_for(None, {platform!r})"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_macos_has_pystrays_own(self) -> None:
        """Its icon knows no events."""
        board = backend_for(TestPystrayBackend.Fake(), "darwin")
        assert type(board) is PystrayBackend


def clicks_on(board: NotificationBackend, number: int) -> list[Click]:
    """So many clicks, as soon as they have come in."""
    found: list[Click] = []
    while len(found) < number:
        assert board.wakeup_socket is not None
        assert select.select([board.wakeup_socket], [], [], 60)[0], found
        found += board.clicks()
    return found


@pytest.mark.desktop
class TestDBusBackend:
    """Linux, as a daemon on a private bus sees it."""

    def test_there_is_only_ever_one_of_ours(self, bus: str) -> None:
        """The next one replaces the last; once closed, there is none."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus) as daemon:
            board.close_shown()
            board.show(AMBER)
            board.show(RED)
            board.show(AMBER)
            assert [seen.replaces for seen in daemon.notices] == [0, 1, 1]
            assert [seen.hints["urgency"] for seen in daemon.notices] == [1, 2, 1]
            assert len(daemon.shown) == 1
            board.close_shown()
            board.close_shown()
            daemon.wait_empty()
            assert daemon.calls.count("CloseNotification") == 1
            board.show(RED)
            assert daemon.notices[-1].replaces == 0
        board.close()

    def test_it_brings_the_icon_along(self, bus: str) -> None:
        """In the layout that the specification gives to image-data."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus) as daemon:
            board.show(RED)
            *layout, pixels = daemon.notices[0].hints["image-data"]
        board.close()
        assert layout == [64, 64, 256, True, 8, 4]
        assert bytes(pixels) == icon_art.draw(Shape.CROSS, Colour.RED, 64).tobytes()

    @pytest.mark.parametrize(
        ("abilities", "body"),
        [
            (("body",), RED.body),
            (("body", "body-markup"), "Next (you): do &lt;this&gt; &amp; that"),
        ],
    )
    def test_characters_are_escaped_if_they_mean_markup(
        self, bus: str, abilities: tuple[str, ...], body: str
    ) -> None:
        """And only there: elsewhere the user would read the escapes."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus, abilities=abilities) as daemon:
            board.show(RED)
            assert daemon.notices[0].body == body
        board.close()

    def test_buttons_are_offered_if_the_daemon_shows_them(self, bus: str) -> None:
        """And heard, by whichever of them it was clicked; each click once."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        assert (board.wakeup_socket, board.clicks()) == (None, [])
        with NotificationDaemon(bus) as daemon:
            board.show(STEPPED)
            assert daemon.notices[0].actions == ()
        with NotificationDaemon(bus, abilities=("body", "actions")) as daemon:
            board.show(AMBER)
            board.show(STEPPED)
            label = BUTTONS[UserAction.SIGN_IN]
            assert [seen.actions for seen in daemon.notices] == [
                (),
                ("default", "", "step", label, "snooze", "Snooze"),
            ]
            number = daemon.notices[1].number
            for key, click in (
                ("default", Click.STEP),
                ("step", Click.STEP),
                ("snooze", Click.SNOOZE),
            ):
                daemon.click(number, key, closes=False)
                assert clicks_on(board, 1) == [click]
            daemon.click(number + 1, "step")  # another program's
            daemon.click(number, "of a later version", closes=False)
            daemon.click(number, "step")
            assert clicks_on(board, 2) == [Click.STEP, Click.CLOSED]
            closed = daemon.calls.count("CloseNotification")
            board.close_shown()
            assert daemon.calls.count("CloseNotification") == closed  # it is not there any more
        board.close()

    def test_a_notice_with_other_buttons_is_closed_before_the_next(self, bus: str) -> None:
        """LXQt keeps the old buttons on a replacement, and a click would do something else."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus, abilities=("actions",)) as daemon:
            board.show(STEPPED)
            first = daemon.notices[0].number
            board.show(replace(STEPPED, summary="the same buttons"))
            board.show(replace(STEPPED, step=UserAction.CHECK))
            assert [seen.replaces for seen in daemon.notices] == [0, first, 0]
            assert list(daemon.shown) == [daemon.notices[-1].number]
            assert clicks_on(board, 0) == [], "the closing is ours, not a user's"
            daemon.click(daemon.notices[-1].number, "step", closes=False)
            assert clicks_on(board, 1) == [Click.STEP]
        board.close()

    def test_only_the_daemon_can_click(self, bus: str) -> None:
        """Any program of the session can send a signal that looks like one."""
        from jeepney import DBusAddress, new_signal
        from jeepney.bus_messages import message_bus

        from tests.e2e.notification_daemon import NAME as INTERFACE
        from tests.e2e.notification_daemon import PATH, NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend
        from tray_app.desktop.tray.bus import connect

        board = DBusBackend()
        with NotificationDaemon(bus, abilities=("actions",)) as daemon, connect(bus) as other:
            board.show(STEPPED)
            number = daemon.notices[0].number
            us = DBusAddress(PATH, interface=INTERFACE)
            other.send(new_signal(us, "ActionInvoked", "us", (number, "snooze")))
            # The bus keeps the order of what it delivers: this one comes behind.
            other.send_and_get_reply(message_bus.GetId(), timeout=60)
            daemon.click(number, "step", closes=False)
            assert clicks_on(board, 1) == [Click.STEP]
        board.close()

    def test_a_click_that_comes_after_the_close_counts(self, bus: str) -> None:
        """The specification does not say which is first."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus, abilities=("actions",)) as daemon:
            board.show(STEPPED)
            number = daemon.notices[0].number
            daemon.dismiss(number)
            daemon.click(number, "step", closes=False)
            assert clicks_on(board, 2) == [Click.CLOSED, Click.STEP]
        board.close()

    def test_a_bus_that_goes_away_while_we_listen_is_closed(self, bus: str) -> None:
        """And the thread does not spin on it."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus):
            board.show(STEPPED)
        assert board.wakeup_socket is not None
        board.wakeup_socket.shutdown(2)
        assert board.clicks() == []
        assert board.wakeup_socket is None

    def test_another_daemon_has_numbers_of_its_own(self, bus: str) -> None:
        """The old number could be another program's notice by now."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus):
            board.show(RED)
        board.show(RED)  # there is no daemon
        board.close_shown()
        with NotificationDaemon(bus):
            board.show(RED)
        with NotificationDaemon(bus) as daemon:
            board.show(RED)
            assert daemon.notices[0].replaces == 0
        board.close()

    def test_it_comes_back_after_the_bus_disconnected(self, bus: str) -> None:
        """A connection that broke is opened anew for the next notice."""
        from tests.e2e.notification_daemon import NotificationDaemon
        from tray_app.desktop.notifications.dbus import DBusBackend

        board = DBusBackend()
        with NotificationDaemon(bus) as daemon:
            board.show(RED)
            assert board._bus is not None
            board._bus.sock.shutdown(2)
            board.show(RED)
            board.show(RED)
            assert [seen.replaces for seen in daemon.notices] == [0, 1]
            assert board._bus is not None
            board._bus.sock.shutdown(2)
            board.close_shown()
        board.close()
        board.close()

    def test_without_a_bus_nothing_happens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No session bus, no notice, no error."""
        from tray_app.desktop.notifications.dbus import DBusBackend

        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        board = DBusBackend()
        board.show(RED)
        board.close_shown()
        board.close()
