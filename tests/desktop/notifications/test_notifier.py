"""When a notification is shown and closed, and what its clicks do."""

from __future__ import annotations

import queue
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from tray_app.desktop.notifications import notifier
from tray_app.desktop.notifications.backend import (
    Click,
    NotificationBackend,
)
from tray_app.desktop.notifications.content import Notification
from tray_app.desktop.notifications.notifier import Notifier
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.quiet_hours import NotificationTiming, QuietHours, Snooze
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import FAILED, STARTING, Activity, Snapshot, UserRequest
from tray_app.model.steps import UserAction
from tray_app.text.menu import title

RED = Notification("Webex token rejected", "Next (you): do <this> & that", Shape.CROSS, Colour.RED)
AMBER = Notification("Token works, but …", "Next (you): look", Shape.BANG, Colour.AMBER)
STEPPED = replace(RED, step=UserAction.SIGN_IN, can_snooze=True)
DEAD = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.ENV_FAULT, Fixer.YOU, links=()))
WELL = Snapshot(Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, links=()))


AT_ONCE = NotificationTiming(delay=timedelta())
SOON = NotificationTiming(delay=timedelta(seconds=0.3), short_snooze=timedelta(seconds=0.3))
LOCKED = Snapshot(Health(1, Colour.RED, Shape.CROSS, Reason.KEYRING_LOCKED, Fixer.YOU, links=()))
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
        return self.calls.get(timeout=60)


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
        notices.wait(60)
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
        assert backend.next() == "Webex token renewed"
        notices.on_snapshot("", cancelled)
        notices.remind()
        assert backend.next() == "Webex token works"
        notices.on_snapshot("", replace(cancelled, activity=Activity.CHECKING, asked=None))
        notices.remind()
        assert backend.next() == "Webex token works"
        notices.stop()
        notices.wait(60)
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
        notices.wait(60)
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
        notices.wait(60)
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
        assert steps.get(timeout=60) is UserAction.SHOW_ENV
        notices.stop()
        notices.wait(60)
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
        until = shown.get(timeout=60)
        assert until is not None
        assert backend.next() == "taken down"
        assert shown.get(timeout=60) is None
        assert datetime.now(UTC) >= until
        assert backend.next() == DEAD_LINE
        notices.snooze(Snooze.TOMORROW)
        assert shown.get(timeout=60) is not None
        assert backend.next() == "taken down"
        notices.snooze(Snooze.OFF)
        assert shown.get(timeout=60) is None
        assert backend.next() == DEAD_LINE
        notices.stop()
        notices.wait(60)

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
        notices.wait(60)
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
        notices.wait(60)

    def test_nothing_is_shown_while_the_user_sets_up_in_the_browser(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A red alarm came a minute into the form, and another one right after it was saved, with
        what was said about the secrets. What is still wrong afterwards is shown."""
        monkeypatch.setattr(notifier, "_ATTENDED", timedelta(milliseconds=50))
        backend, looks = FakeBackend(), threading.Semaphore(0)
        in_use = threading.Event()
        in_use.set()

        def is_set_up_now(_: str) -> bool:
            looks.release()
            return in_use.is_set()

        notices = Notifier(backend, ONE, notification_timing=AT_ONCE, is_set_up_now=is_set_up_now)
        notices.start()
        notices.on_snapshot("", DEAD)
        moved = ("Secrets have moved.",)
        notices.on_snapshot("", replace(DEAD, asked=UserRequest.SIGN_IN, notices=moved))
        for _ in range(8):  # decided again and again
            assert looks.acquire(timeout=60)
        assert backend.calls.empty()
        notices.remind()
        assert backend.next() == DEAD_LINE  # the program was started again: an answer
        notices.on_snapshot("", replace(DEAD, asked=UserRequest.CHECK))
        assert backend.next() == DEAD_LINE  # so is one to a click in the menu
        in_use.clear()
        notices.on_snapshot("", WELL)
        assert backend.next() == "taken down"
        notices.on_snapshot("", DEAD)
        assert backend.next() == DEAD_LINE
        assert "moved" not in "".join(backend.bodies)
        notices.stop()
        notices.wait(60)

    def test_nothing_new_is_shown_while_the_sign_in_page_waits(self) -> None:
        """Its outcome is."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE, notification_timing=AT_ONCE)
        notices.start()
        until = datetime.now(UTC) + timedelta(minutes=5)
        notices.on_snapshot("", replace(DEAD, sign_in_until=until))
        declined = Outcome(SignInResult.CONSENT_REFUSED)
        notices.on_snapshot("", replace(DEAD, asked=UserRequest.SIGN_IN, signed_in=declined))
        assert backend.next() == DEAD_LINE
        assert "declined" in backend.bodies[-1]
        notices.stop()
        notices.wait(60)
        assert backend.next() == "taken down"

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
        notices.wait(60)

    def test_without_a_start_there_is_nothing_to_wait_for(self) -> None:
        """The icon may have failed before it."""
        backend = FakeBackend()
        notices = Notifier(backend, ONE)
        notices.on_snapshot("", STARTING)
        notices.stop()
        notices.wait(60)
        backend.close()
