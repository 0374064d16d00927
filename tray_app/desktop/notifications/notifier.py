"""Decides, in a thread of its own, which notifications the profiles' snapshots need.

Nothing else waits for a notification daemon, and the program works without one.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from tray_app.desktop.notifications.backend import Click, NotificationBackend
from tray_app.desktop.notifications.content import Notification, PendingReply
from tray_app.desktop.notifications.digest import Digest
from tray_app.desktop.notifications.policy import (
    Decision,
    NotificationPreferences,
    NotifierState,
    decide,
    snooze,
)
from tray_app.desktop.tray.job_queue import JobQueue
from tray_app.model.quiet_hours import NotificationTiming, Snooze
from tray_app.model.signs import Colour
from tray_app.model.snapshot import STARTING, Activity, Snapshot, UserRequest
from tray_app.model.steps import UserAction

log = logging.getLogger(__name__)

_MAX_WAIT = 60.0
"""Seconds: decisions go by the wall clock, which may be set meanwhile."""


_ATTENDED = timedelta(seconds=20)
"""While the user sets up or signs in, nothing is shown, and it is decided again after this time."""


@dataclass(slots=True)
class _Profile:
    """What the notifier keeps of one profile. `decide_at` (UTC): when to decide again."""

    name: str
    take_action: Callable[[UserAction], None]
    state: NotifierState = field(default_factory=NotifierState)
    last: Snapshot = STARTING
    shown: Notification | None = None
    decide_at: datetime | None = None


class Notifier:
    """Notifies the user of what the workers found. Every method returns at once, on any thread."""

    def __init__(
        self,
        backend: NotificationBackend,
        take_action: Mapping[str, Callable[[UserAction], None]],
        show_snooze: Callable[[datetime | None], None] = lambda _: None,
        notification_timing: NotificationTiming | None = None,
        is_set_up_now: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`take_action`: by the names of the profiles, called for a click on a notification;
        `show_snooze`: called with the end of a snooze (UTC), None once it is over. Both are called
        in the notifier's thread. `is_set_up_now`: whether somebody is just setting up the profile
        of this name in the browser; then nothing is shown."""
        self._digest = Digest(backend, len(take_action))
        self._show_snooze = show_snooze
        self._notification_timing = notification_timing or NotificationTiming()
        self._is_set_up_now = is_set_up_now
        self._jobs = JobQueue()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        # Used by that thread only:
        self._profiles = {name: _Profile(name, take) for name, take in take_action.items()}
        self._publish_at: datetime | None = None

    def start(self) -> None:
        """Start; what was posted before is kept."""
        self._thread.start()

    def on_snapshot(self, name: str, snapshot: Snapshot) -> None:
        """Take a snapshot of that profile."""
        self._jobs.post(lambda: self._take(self._profiles[name], snapshot))

    def remind(self) -> None:
        """Show the state of the worst profile: the user has started the program again."""
        self._jobs.post(self._remind)

    def snooze(self, choice: Snooze) -> None:
        """Show nothing for a while unless the user asked for it, or end that."""
        self._jobs.post(lambda: self._snooze(choice))

    def stop(self) -> None:
        """End, closing a notification that would stay for ever. `wait` waits for it."""
        self._jobs.stop()

    def wait(self, timeout: float) -> None:
        """Wait for the end after `stop`; a daemon that hangs is left behind."""
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        sleeper, _ = self._jobs.open()
        while self._process():
            self._sleep(sleeper)
        self._do(self._digest.close)
        self._jobs.close()

    def _process(self) -> bool:
        """Handle clicks, what was posted, and decisions that are due. False: time to end."""
        self._jobs.drain_wakeups()
        self._do_and_publish(self._handle_clicks)
        while (job := self._jobs.next()) is not None:
            self._do_and_publish(job)
        now = datetime.now(UTC)
        for profile in self._profiles.values():
            if profile.decide_at is not None and profile.decide_at <= now:
                profile.decide_at = None
                self._do_and_publish(partial(self._decide, profile))
        return not self._jobs.stopping

    def _sleep(self, sleeper: socket.socket) -> None:
        """Wait until something is posted or clicked, or a decision is due."""
        due = [self._publish_at, *(profile.decide_at for profile in self._profiles.values())]
        at = min((moment for moment in due if moment is not None), default=None)
        seconds = None
        if at is not None:
            seconds = min(max(0.0, (at - datetime.now(UTC)).total_seconds()), _MAX_WAIT)
        with selectors.DefaultSelector() as selector:
            for source in filter(None, (sleeper, self._digest.wakeup_socket)):
                selector.register(source, selectors.EVENT_READ)
            selector.select(seconds)

    def _do_and_publish(self, job: Callable[[], object]) -> None:
        self._do(job)
        self._do(self._publish)

    def _publish(self) -> None:
        wait = self._digest.publish()
        self._publish_at = None if wait is None else datetime.now(UTC) + timedelta(seconds=wait)

    def _do(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception:  # a boundary: one notification that fails must not end all others
            log.exception("a notification failed")

    def _take(self, profile: _Profile, snapshot: Snapshot) -> None:
        profile.last = snapshot
        if snapshot.activity is not Activity.NOTHING:
            return
        reply = None
        if snapshot.asked is not None:
            reply = PendingReply(
                snapshot.asked, snapshot.last_method, snapshot.signed_in, snapshot.extended
            )
        if not self._is_set_up_now(profile.name):
            profile.state = replace(profile.state, notices=profile.state.notices + snapshot.notices)
        self._decide(profile, reply)

    def _remind(self) -> None:
        from tray_app.text.profiles import worst_first

        worst = worst_first({name: its.last.health for name, its in self._profiles.items()})[0]
        self._decide(self._profiles[worst], PendingReply(UserRequest.START))

    def _handle_clicks(self) -> None:
        for click in self._digest.clicks():
            about = [self._profiles[name] for name in self._digest.shown]
            if click is Click.SNOOZE:
                self._snooze(Snooze.SHORT)
            elif click is Click.STEP and len(about) == 1:
                (profile,) = about
                if profile.shown is not None and profile.shown.step is not None:
                    profile.take_action(profile.shown.step)
            elif click is Click.CLOSED:
                for profile in about:
                    profile.state = replace(profile.state, standing=False)
                    self._decide(profile)  # notices may have waited for the place

    def _decide(self, profile: _Profile, reply: PendingReply | None = None) -> None:
        now, preferences = datetime.now(UTC), self._preferences(profile)
        if self._is_attended(profile, reply):
            profile.decide_at = now + _ATTENDED
            return
        decision = decide(profile.state, profile.last.health, now, preferences, reply)
        self._carry_out(profile, decision, reply.request if reply is not None else None)

    def _is_attended(self, profile: _Profile, reply: PendingReply | None) -> bool:
        """Whether a page in the browser already asks for what a notification would ask for."""
        if profile.last.health.colour is Colour.GREEN:
            return False
        if self._is_set_up_now(profile.name):
            return reply is None or reply.request is UserRequest.SIGN_IN
        return profile.last.sign_in_until is not None and reply is None

    def _snooze(self, choice: Snooze) -> None:
        now = datetime.now(UTC)
        for profile in self._profiles.values():
            preferences = self._preferences(profile)
            self._carry_out(profile, snooze(profile.state, choice, now, preferences))
            self._decide(profile)

    def _preferences(self, profile: _Profile) -> NotificationPreferences:
        return NotificationPreferences(self._notification_timing, profile.last.quiet)

    def _carry_out(
        self, profile: _Profile, decision: Decision, request: UserRequest | None = None
    ) -> None:
        snoozed_before, profile.state = profile.state.snoozed_until, decision.state
        profile.decide_at = decision.decide_at
        if snoozed_before != decision.state.snoozed_until:
            self._show_snooze(decision.state.snoozed_until)
        if decision.notification is not None:
            profile.shown = decision.notification
            self._digest.add(
                profile.name,
                decision.notification,
                standing=decision.state.standing,
                request=request,
            )
        elif decision.withdraw or profile.last.health.colour is Colour.GREEN:
            self._digest.withdraw(profile.name)
