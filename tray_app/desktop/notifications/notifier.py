"""Notices on the desktop: `Notifier` decides in a thread of its own, a `Board` puts them up.

Nobody waits for a notification daemon, and none is needed.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from tray_app.desktop.notifications.content import NAME, Notification, PendingReply
from tray_app.desktop.notifications.policy import (
    Decision,
    NotificationPreferences,
    NotifierState,
    decide,
    snooze,
)
from tray_app.desktop.tray.job_queue import JobQueue
from tray_app.model.quiet_hours import NotificationTiming, Snooze
from tray_app.model.snapshot import STARTING, Activity, Snapshot, UserRequest
from tray_app.model.steps import UserAction
from tray_app.text.health import shorten

if TYPE_CHECKING:
    from pystray import Icon

log = logging.getLogger(__name__)

_LONGEST_WAIT = 60.0
"""Seconds: the wall clock, by which it is decided, may be set while we wait."""


class Click(StrEnum):
    """What a person did with the notice that hangs."""

    STEP = "step"
    SNOOZE = "snooze"
    CLOSED = "closed"


class NotificationBackend(Protocol):
    """Where one notice of ours can hang. Called by one thread only."""

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """What becomes readable when there may be clicks; None where there never are."""

    def clicks(self) -> Sequence[Click]:
        """Return what has been done with the notice since this was last asked."""

    def show(self, notice: Notification) -> None:
        """Show it, instead of the last one."""

    def close_shown(self) -> None:
        """Take the last one away, if it is still there."""

    def close(self) -> None:
        """Nothing more will come."""


class Notifier:
    """Tells a person what the worker found. Every method returns at once, on any thread."""

    def __init__(
        self,
        backend: NotificationBackend,
        take_step: Callable[[UserAction], None] = lambda _: None,
        show_snooze: Callable[[datetime | None], None] = lambda _: None,
        notification_timing: NotificationTiming | None = None,
    ) -> None:
        """`take_step` is called for a click on a notice, `show_snooze` with until when (UTC)
        nothing is told, None once it is again; both in the thread of the notices."""
        self._backend = backend
        self._take_step = take_step
        self._show_snooze = show_snooze
        self._notification_timing = notification_timing or NotificationTiming()
        self._inbox = JobQueue()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        # that thread's:
        self._told = NotifierState()
        self._last = STARTING
        self._shown: Notification | None = None
        self._ask_at: datetime | None = None

    def start(self) -> None:
        """Start; what was heard before that is kept."""
        self._thread.start()

    def hear(self, snapshot: Snapshot) -> None:
        """Take a snapshot from the worker."""
        self._inbox.post(lambda: self._take(snapshot))

    def remind(self) -> None:
        """Tell what is so: a person has started the program again."""
        self._inbox.post(lambda: self._decide(PendingReply(UserRequest.START)))

    def snooze(self, choice: Snooze) -> None:
        """Tell nothing unasked for a while, or again."""
        self._inbox.post(lambda: self._snooze(choice))

    def stop(self) -> None:
        """End, taking down what nobody would take down later. `wait` waits for it."""
        self._inbox.stop()

    def wait(self, timeout: float) -> None:
        """Wait for the end after `stop`; a daemon that hangs is left behind."""
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        sleeper, _ = self._inbox.open()
        while self._work_off():
            self._sleep(sleeper)
        if self._told.standing:
            self._do(self._backend.close_shown)
        self._do(self._backend.close)
        self._inbox.close()

    def _work_off(self) -> bool:
        """Do what has come in, and what its time has come for. False: time to end."""
        self._inbox.drain_wakeups()
        self._do(self._take_clicks)
        while (job := self._inbox.next()) is not None:
            self._do(job)
        if self._ask_at is not None and datetime.now(UTC) >= self._ask_at:
            self._ask_at = None
            self._do(self._decide)
        return not self._inbox.stopping

    def _sleep(self, sleeper: socket.socket) -> None:
        """Until something comes in, or it is time to decide again."""
        seconds = None
        if self._ask_at is not None:
            seconds = (self._ask_at - datetime.now(UTC)).total_seconds()
            seconds = min(max(0.0, seconds), _LONGEST_WAIT)
        with selectors.DefaultSelector() as selector:
            for source in filter(None, (sleeper, self._backend.wakeup_socket)):
                selector.register(source, selectors.EVENT_READ)
            selector.select(seconds)

    def _do(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception:  # a boundary: one bad notice must not end all others
            log.exception("a notice failed")

    def _take(self, snapshot: Snapshot) -> None:
        self._last = snapshot
        if snapshot.activity is not Activity.NOTHING:
            return
        question = None
        if snapshot.asked is not None:
            question = PendingReply(
                snapshot.asked, snapshot.answered, snapshot.signed_in, snapshot.extended
            )
        self._told = replace(self._told, notices=self._told.notices + snapshot.notices)
        self._decide(question)

    def _take_clicks(self) -> None:
        for click in self._backend.clicks():
            step = self._shown.step if self._shown else None
            if click is Click.STEP and step is not None:
                self._take_step(step)
            elif click is Click.SNOOZE:
                self._snooze(Snooze.NAP)
            elif click is Click.CLOSED:
                self._told = replace(self._told, standing=False)
                self._decide()  # news may have waited for the place

    def _decide(self, question: PendingReply | None = None) -> None:
        now = datetime.now(UTC)
        self._carry_out(decide(self._told, self._last.health, now, self._customs, question))

    def _snooze(self, choice: Snooze) -> None:
        self._carry_out(snooze(self._told, choice, datetime.now(UTC), self._customs))
        self._decide()

    @property
    def _customs(self) -> NotificationPreferences:
        return NotificationPreferences(self._notification_timing, self._last.quiet)

    def _carry_out(self, decision: Decision) -> None:
        before, self._told = self._told.snoozed_until, decision.told
        self._ask_at = decision.ask_at
        if before != self._told.snoozed_until:
            self._show_snooze(self._told.snoozed_until)
        if decision.notice is not None:
            self._shown = decision.notice
            self._backend.show(decision.notice)
        elif decision.withdraw:
            self._backend.close_shown()


class PystrayBackend:
    """The notices of pystray's own icon: Windows and macOS. They take no clicks."""

    wakeup_socket = None

    def __init__(self, icon: Icon) -> None:
        self._icon = icon

    def clicks(self) -> Sequence[Click]:
        """Return none."""
        return ()

    def show(self, notice: Notification) -> None:
        """Show it. Windows takes 63 and 255 characters, and shows nothing without a text."""
        title, text = (notice.summary, notice.body) if notice.body else (NAME, notice.summary)
        self._icon.notify(shorten(text, 255), shorten(title, 63))

    def close_shown(self) -> None:
        """Take it away, where the system lets us: on macOS it goes by itself."""
        self._icon.remove_notification()

    def close(self) -> None:
        """Nothing to close: the icon is the tray's."""
