"""Shows the notifications of all profiles in one place, so a problem they share is shown once."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tray_app.desktop.notifications.backend import Click, NotificationBackend
from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.model.signs import Colour
from tray_app.model.snapshot import UserRequest

_MIN_INTERVAL = 60.0
"""Seconds between two notifications that no user waits for; those in between are combined."""

_GATHER = 2.0
"""Seconds until a notification is shown, because other profiles may have the same problem."""

_LONGEST_WAIT = 10.0
"""Seconds that the first answers to "Check all now" wait for the last."""

_MAX_NAMED = 5


class Digest:
    """Combines the notifications of several profiles. That of an only profile is shown as it is, at
    once. Used by one thread only, which calls `publish` after every change."""

    def __init__(
        self, backend: NotificationBackend, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`total`: the number of profiles."""
        self._backend = backend
        self._total = total
        self._clock = clock
        self._gather, self._min_interval = (_GATHER, _MIN_INTERVAL) if total > 1 else (0.0, 0.0)
        self._standing: dict[str, Notification] = {}
        # What waits: what no user asked for, the answers to "Check all now", and any other reply.
        self._unasked: dict[str, Notification] = {}
        self._answers: dict[str, Notification] = {}
        self._reply: dict[str, Notification] = {}
        self._unasked_since = self._answers_since = 0.0
        self._is_open = False
        self._shown_at = -self._min_interval
        self.shown: tuple[str, ...] = ()
        """The profiles that the last notification was about."""

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """Becomes readable when there may be clicks."""
        return self._backend.wakeup_socket

    def clicks(self) -> Sequence[Click]:
        """Return the clicks since the last call."""
        clicks = self._backend.clicks()
        if Click.CLOSED in clicks:
            self._is_open = False
        return clicks

    def add(
        self,
        name: str,
        notification: Notification,
        *,
        standing: bool,
        request: UserRequest | None = None,
    ) -> None:
        """Queue a profile's notification. `standing`: to be closed when it is no longer true;
        `request`: what a user asked for, if this is the answer."""
        self._standing.pop(name, None)
        if standing:
            self._standing[name] = notification
        if request is None:
            if not self._unasked:
                self._unasked_since = self._clock()
            self._unasked[name] = notification
            if name in self._answers:
                self._answers[name] = notification
        elif request is UserRequest.CHECK_ALL:
            if not self._answers:
                self._answers_since = self._clock()
            self._unasked.pop(name, None)
            self._answers[name] = notification
        else:
            self._discard(name)
            self._reply[name] = notification

    def withdraw(self, name: str) -> None:
        """The profile's standing notification, if there is one, is no longer true."""
        if self._standing.pop(name, None) is not None:
            self._discard(name)

    def publish(self) -> float | None:
        """Show what is due. Returns the seconds until the next call, None if nothing waits."""
        about = {*self._standing, *self._unasked, *self._answers, *self._reply}
        if self._is_open and about.isdisjoint(self.shown):
            self._is_open = False
            self._backend.close_shown()
        if self._reply:
            batch, self._reply = self._reply, {}
            self._show(batch)
        now = self._clock()
        if self._answers_due() <= now:
            batch, self._unasked, self._answers = self._unasked | self._answers, {}, {}
            self._show(batch)
        elif self._unasked_due() <= now:
            batch, self._unasked = self._unasked, {}
            self._show(batch)
        due = min(self._answers_due(), self._unasked_due())
        return due - now if due < math.inf else None

    def close(self) -> None:
        """Close the backend, and the notification that stands."""
        try:
            if self._is_open:
                self._backend.close_shown()
        finally:
            self._backend.close()

    def _discard(self, name: str) -> None:
        for waiting in (self._unasked, self._answers, self._reply):
            waiting.pop(name, None)

    def _answers_due(self) -> float:
        if not self._answers:
            return math.inf
        have_all = len(self._answers) == self._total
        return self._answers_since + (0.0 if have_all else _LONGEST_WAIT)

    def _unasked_due(self) -> float:
        if not self._unasked:
            return math.inf
        return max(self._shown_at + self._min_interval, self._unasked_since + self._gather)

    def _show(self, batch: Mapping[str, Notification]) -> None:
        self._shown_at, self.shown = self._clock(), tuple(batch)
        self._is_open = any(name in self._standing for name in batch)
        self._backend.show(self._combined(batch))

    def _combined(self, batch: Mapping[str, Notification]) -> Notification:
        if self._total == 1:
            (notification,) = batch.values()
            return notification
        return self._summary(batch) if len(batch) > 1 else self._named(*next(iter(batch.items())))

    def _named(self, name: str, notification: Notification) -> Notification:
        others = sum(other != name and _is_bad(its) for other, its in self._standing.items())
        verb = "is" if others == 1 else "are"
        more = [f"{others} more of {self._total} profiles {verb} not well."] if others else []
        body = "\n".join([*filter(None, [notification.body]), *more])
        return replace(notification, summary=f"{name}: {notification.summary}", body=body)

    def _summary(self, batch: Mapping[str, Notification]) -> Notification:
        """Several profiles, the worst first; without a button, which could be about one only."""
        names = sorted(batch, key=lambda name: (-batch[name].shape.severity, name.casefold()))
        lines = [f"{name}: {_in_short(batch[name])}" for name in names[:_MAX_NAMED]]
        lines += [f"and {len(names) - _MAX_NAMED} more"] if len(names) > _MAX_NAMED else []
        worst = batch[names[0]]
        return Notification(
            f"Webex tokens: updates for {len(names)} of {self._total} profiles",
            "\n".join(lines),
            worst.shape,
            worst.colour,
            can_snooze=_is_bad(worst),
        )


def _in_short(notification: Notification) -> str:
    """One line: the summary, or the first of the messages that are not about the health."""
    own = notification.summary != NAME
    return notification.summary if own else notification.body.partition("\n")[0]


def _is_bad(notification: Notification) -> bool:
    return notification.colour is not Colour.GREEN
