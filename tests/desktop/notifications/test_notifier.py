"""Notifications shown and closed: over the bus, and by pystray's own icons."""

from __future__ import annotations

import queue
import select
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

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
from tray_app.desktop.notifications.notifier import Notifier
from tray_app.desktop.tray.pystray_base import IconEvents
from tray_app.model.health import Health, Owner, Reason
from tray_app.model.quiet_hours import NotificationTiming, QuietHours, Snooze
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import FAILED, STARTING, Activity, Snapshot, UserRequest
from tray_app.model.steps import BUTTONS, UserAction
from tray_app.text.menu import title

RED = Notification("Webex token rejected", "Next (you): do <this> & that", Shape.CROSS, Colour.RED)
AMBER = Notification("Token works, but …", "Next (you): look", Shape.BANG, Colour.AMBER)
STEPPED = replace(RED, step=UserAction.SIGN_IN, can_snooze=True)
DEAD = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.ENV_FAULT, Owner.YOU, links=()))
WELL = Snapshot(Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, links=()))


AT_ONCE = NotificationTiming(delay=timedelta())
SOON = NotificationTiming(delay=timedelta(seconds=0.3), short_snooze=timedelta(seconds=0.3))
LOCKED = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.KEYRING_LOCKED, Owner.YOU, links=()))
DEAD_LINE, LOCKED_LINE = (title(each.health, datetime.now(UTC)) for each in (DEAD, LOCKED))


def ignore(_: UserAction) -> None:
    """A click that a test is not about."""


ONE = {"": ignore}
"""The only profile."""


class FakeBackend(NotificationBackend):
    """Records what it shows; it may fail."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.bodies: list[str] = []
        self.breaks = False
        self._clicks: queue.SimpleQueue[Click] = queue.SimpleQueue()
        self._hears, self._tells = socket.socketpair()

    @property
    def wakeup_socket(self) -> socket.socket:
        return self._hears

    def click(self, click: Click) -> None:
        """The user does that, now."""
        self._clicks.put(click)
        self._tells.send(b"!")

    def clicks(self) -> list[Click]:
        found = []
        while not self._clicks.empty():
            self._hears.recv(1)
            found.append(self._clicks.get())
        return found

    def show(self, notice: Notification) -> None:
        self.bodies.append(notice.body)
        self.calls.put(notice.summary)
        if self.breaks:
            raise ZeroDivisionError

    def close_shown(self) -> None:
        self.calls.put("taken down")

    def close(self) -> None:
        self.calls.put("closed")
        self._hears.close()
        self._tells.close()

    def next(self) -> str:
        return self.calls.get(timeout=5)


class TestNotifier:
    """The thread between the worker and the board."""

    def test_snapshots_are_handled_in_order(self) -> None:
        """Also what came before the start; unfinished work is no finding."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.on_snapshot("", replace(DEAD, activity=Activity.CHECKING))
        notices.on_snapshot("", DEAD)
        notices.on_snapshot("", DEAD)
        notices.on_snapshot("", WELL)
        notices.start()
        assert (backend.next(), backend.next()) == (
            DEAD_LINE,
            "taken down",
        )
        notices.stop()
        notices.wait(5)
        assert backend.next() == "closed"
        assert backend.calls.empty()

    def test_what_still_stands_at_the_end_is_closed(self) -> None:
        """It would stay for ever."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        notices.on_snapshot("", DEAD)
        notices.stop()
        assert (backend.next(), backend.next(), backend.next())[1:] == ("taken down", "closed")

    def test_a_reminder_shows_the_last_snapshot(self) -> None:
        """Before anything was, that the check goes on."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        notices.remind()
        assert backend.next() == "Checking the Webex token"
        notices.on_snapshot("", replace(WELL, activity=Activity.CHECKING))
        notices.remind()
        assert backend.next() == "Webex token works"
        notices.stop()

    def test_a_sign_in_is_answered_unless_it_was_cancelled(self) -> None:
        """A second start is answered all the same, also while the next check runs already."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        cancelled = replace(
            WELL, asked=UserRequest.SIGN_IN, signed_in=Outcome(SignInResult.CANCELLED)
        )
        notices.on_snapshot("", cancelled)
        notices.on_snapshot(
            "", replace(DEAD, asked=UserRequest.SIGN_IN, signed_in=Outcome(SignInResult.TIMED_OUT))
        )
        assert backend.next() == DEAD_LINE
        notices.on_snapshot(
            "", replace(WELL, asked=UserRequest.SIGN_IN, signed_in=Outcome(SignInResult.RENEWED))
        )
        assert backend.next() == "Signed in: Webex token renewed"
        notices.on_snapshot("", cancelled)
        notices.remind()
        assert backend.next() == "Webex token works"
        notices.on_snapshot("", replace(cancelled, activity=Activity.CHECKING, asked=None))
        notices.remind()
        assert backend.next() == "Webex token works"
        notices.stop()
        notices.wait(5)
        assert backend.next() == "closed"

    def test_a_backend_that_fails_is_logged_and_the_next_notification_comes(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One bad notice must not end all others."""
        backend = FakeBackend()
        backend.breaks = True
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        notices.on_snapshot("", FAILED)
        backend.next()
        backend.breaks = False
        notices.on_snapshot("", replace(DEAD, asked=UserRequest.CHECK))
        assert backend.next() == DEAD_LINE
        notices.stop()
        notices.wait(5)
        assert "ZeroDivisionError" in caplog.text

    def test_what_lasts_is_shown_in_its_time_and_a_blip_is_not(self) -> None:
        """Though nothing more is heard."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=SOON)
        notices.start()
        notices.on_snapshot("", DEAD)
        notices.on_snapshot("", WELL)
        notices.on_snapshot("", LOCKED)
        assert backend.next() == LOCKED_LINE
        notices.stop()
        notices.wait(5)
        assert (backend.next(), backend.next()) == ("taken down", "closed")

    def test_a_click_on_the_notification_takes_its_step(self) -> None:
        """The one that it offers, whatever has been heard since."""
        backend = FakeBackend()
        steps: queue.SimpleQueue[UserAction] = queue.SimpleQueue()
        notices = Notifier(backend, {"": steps.put}, notification_timing=AT_ONCE)
        notices.start()
        backend.click(Click.STEP)  # there is none yet
        notices.on_snapshot("", DEAD)
        backend.next()
        backend.click(Click.STEP)
        assert steps.get(timeout=5) is UserAction.SHOW_ENV
        notices.stop()
        notices.wait(5)
        assert steps.empty()

    def test_a_snoozed_notification_comes_back_if_still_true(self) -> None:
        """And the menu shows until when, and when that is over."""
        backend = FakeBackend()
        shown: queue.SimpleQueue[datetime | None] = queue.SimpleQueue()
        notices = Notifier(backend, ONE, show_snooze=shown.put, notification_timing=SOON)
        notices.start()
        notices.on_snapshot("", DEAD)
        backend.next()
        backend.click(Click.SNOOZE)
        until = shown.get(timeout=5)
        assert until is not None
        assert backend.next() == "taken down"
        assert shown.get(timeout=5) is None
        assert datetime.now(UTC) >= until
        assert backend.next() == DEAD_LINE
        notices.snooze(Snooze.TOMORROW)
        assert shown.get(timeout=5) is not None
        assert backend.next() == "taken down"
        notices.snooze(Snooze.OFF)
        assert shown.get(timeout=5) is None
        assert backend.next() == DEAD_LINE
        notices.stop()
        notices.wait(5)

    def test_notices_take_the_place_of_a_closed_notification(self) -> None:
        """While it stands, they wait."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        notices.on_snapshot("", DEAD)
        assert backend.next() == DEAD_LINE
        notices.on_snapshot("", replace(DEAD, notices=("Secrets have moved.",)))
        backend.click(Click.CLOSED)
        assert backend.next() == "Webex Token Tray"
        notices.stop()
        notices.wait(5)
        assert backend.next() == "closed"  # nothing is left to take down

    def test_a_profile_that_recovers_after_its_notification_was_closed_counts_as_well(self) -> None:
        """The answer about another one said for ever that it was not well either."""
        backend = FakeBackend()
        notices = Notifier(backend, {"acme": ignore, "byte": ignore}, notification_timing=AT_ONCE)
        notices.start()
        notices.on_snapshot("acme", replace(DEAD, asked=UserRequest.CHECK))
        assert backend.next() == "acme: Webex token invalid: .env cannot be used"
        backend.click(Click.CLOSED)
        notices.on_snapshot("byte", replace(DEAD, asked=UserRequest.CHECK))
        assert backend.next() == "byte: Webex token invalid: .env cannot be used"
        assert "1 more of 2 profiles is not well." in backend.bodies[-1]
        notices.on_snapshot("acme", WELL)
        notices.on_snapshot("byte", replace(DEAD, asked=UserRequest.CHECK))
        assert backend.next() == "byte: Webex token invalid: .env cannot be used"
        assert "others" not in backend.bodies[-1]
        notices.stop()
        notices.wait(5)

    def test_in_quiet_hours_only_replies_are_shown(self) -> None:
        """The config says when they are; here, all day."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        all_day = QuietHours(time(0), time(23, 59, 59, 999999))
        notices.on_snapshot("", replace(LOCKED, quiet=all_day))
        notices.on_snapshot("", replace(DEAD, quiet=all_day, asked=UserRequest.CHECK))
        assert backend.next() == DEAD_LINE
        notices.stop()
        notices.wait(5)

    def test_without_a_start_there_is_nothing_to_wait_for(self) -> None:
        """The icon may have failed before it."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE)
        notices.on_snapshot("", STARTING)
        notices.stop()
        notices.wait(5)
        backend.close()


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
        assert select.select([board.wakeup_socket], [], [], 5)[0], found
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
            other.send_and_get_reply(message_bus.GetId(), timeout=5)
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
