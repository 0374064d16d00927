"""Notices of many profiles: each is decided on by itself, all hang in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from tray_app.desktop.notifications.content import Notification, PendingReply
from tray_app.desktop.notifications.digest import Digest
from tray_app.desktop.notifications.notifier import Click, NotificationBackend, Notifier
from tray_app.desktop.notifications.policy import NotifierState
from tray_app.model.quiet_hours import NotificationTiming, Snooze
from tray_app.model.snapshot import STARTING, Snapshot, UserRequest
from tray_app.model.steps import UserAction


@dataclass(slots=True)
class _Member:
    """What `Notifier` keeps of one profile."""

    told: NotifierState
    last: Snapshot
    shown: Notification | None = None
    ask_at: datetime | None = None


class ProfilesNotifier(Notifier):
    """`Notifier`, taking one profile after the other in hand. Every method returns at once, on any
    thread."""

    def __init__(
        self,
        backend: NotificationBackend,
        take_step: Mapping[str, Callable[[UserAction], None]],
        show_snooze: Callable[[datetime | None], None],
        notification_timing: NotificationTiming | None = None,
    ) -> None:
        """`take_step` by the names of the profiles."""
        self._digest = Digest(backend, len(take_step))
        super().__init__(
            self._digest, show_snooze=show_snooze, notification_timing=notification_timing
        )
        self._steps = take_step
        self._members = {name: _Member(NotifierState(), STARTING) for name in take_step}

    def hear_of(self, name: str, snapshot: Snapshot) -> None:
        """Take a snapshot of that profile."""
        asked = snapshot.asked is not None
        self._inbox.post(lambda: self._with(name, lambda: self._take(snapshot), asked=asked))

    def remind(self) -> None:
        """Tell what is so with the worst: a person has started the program again."""
        self._inbox.post(self._remind)

    def snooze(self, choice: Snooze) -> None:
        """Tell nothing unasked for a while, or again."""
        self._inbox.post(lambda: self._with_all(lambda: self._snooze(choice)))

    def _remind(self) -> None:
        from tray_app.text.profiles import worst_first

        worst = worst_first({name: its.last.health for name, its in self._members.items()})[0]
        self._with(worst, lambda: self._decide(PendingReply(UserRequest.START)), asked=True)

    def _work_off(self) -> bool:
        self._inbox.drain_wakeups()
        self._do(self._take_clicks)
        while (job := self._inbox.next()) is not None:
            self._do(job)
        now = datetime.now(UTC)
        for name, member in self._members.items():
            if member.ask_at is not None and member.ask_at <= now:
                member.ask_at = None
                self._do(partial(self._with, name, self._decide))
        self._do(self._publish)
        return not self._inbox.stopping

    def _publish(self) -> None:
        wait = self._digest.publish()
        times = [member.ask_at for member in self._members.values() if member.ask_at is not None]
        if wait is not None:
            times.append(datetime.now(UTC) + timedelta(seconds=wait))
        self._ask_at = min(times, default=None)

    def _with(self, name: str, job: Callable[[], None], *, asked: bool = False) -> None:
        """Do it with this profile in hand."""
        member = self._members[name]
        self._told, self._last, self._shown = member.told, member.last, member.shown
        self._ask_at = member.ask_at
        self._digest.current_profile, self._digest.answers = name, asked
        try:
            job()
        finally:
            member.told, member.last, member.shown = self._told, self._last, self._shown
            member.ask_at, self._ask_at = self._ask_at, None

    def _with_all(self, job: Callable[[], None]) -> None:
        for name in self._members:
            self._with(name, job)

    def _take_clicks(self) -> None:
        for click in self._digest.clicks():
            about = self._digest.shown
            if click is Click.SNOOZE:
                self._with_all(lambda: self._snooze(Snooze.NAP))
            elif click is Click.STEP and len(about) == 1:
                shown = self._members[about[0]].shown
                if shown is not None and shown.step is not None:
                    self._steps[about[0]](shown.step)
            elif click is Click.CLOSED:
                for name in about:
                    self._with(name, self._closed)

    def _closed(self) -> None:
        self._told = replace(self._told, standing=False)
        self._decide()
