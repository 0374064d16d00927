"""Where the notices of many profiles hang: one at a time, so that what strikes all is told once."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.notifications.notifier import Click, NotificationBackend
from tray_app.model.signs import Colour, Shape

_REST = 60.0
"""Seconds between two notices that nobody has asked for; what comes meanwhile is told together."""

_GATHER = 2.0
"""Seconds until the first one is told: what strikes one may strike others in the same moment."""

_NAMED = 5
_BADNESS = {Shape.CROSS: 0, Shape.BANG: 1, Shape.QUERY: 2, Shape.CHECK: 3}


class Digest:
    """One real board for all. `current_profile`: the profile whose notice is put up or taken down
    next.

    Called by one thread only, which calls `publish` when it has put up what there was.
    """

    def __init__(
        self, backend: NotificationBackend, total: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`total`: how many profiles there are."""
        self._backend = backend
        self._total = total
        self._clock = clock
        self.current_profile = ""
        self.answers = False
        """Whether a person waits for what the speaker says."""
        self._standing: dict[str, Notification] = {}
        self._new: list[str] = []
        self._answering = ""
        self._shown: tuple[str, ...] = ()
        self._told_at = -_REST
        self._new_since = 0.0

    @property
    def wakeup_socket(self) -> socket.socket | None:
        """What becomes readable when there may be clicks."""
        return self._backend.wakeup_socket

    @property
    def shown(self) -> tuple[str, ...]:
        """The profiles that the notice which hangs is about."""
        return self._shown

    def clicks(self) -> Sequence[Click]:
        """Return what has been done with the notice that hangs."""
        return self._backend.clicks()

    def show(self, notice: Notification) -> None:
        """Tell it on behalf of the speaker, now or with others."""
        self._standing[self.current_profile] = notice
        if not self._new:
            self._new_since = self._clock()
        self._new = [name for name in self._new if name != self.current_profile] + [
            self.current_profile
        ]
        if self.answers:
            self._answering = self.current_profile

    def close_shown(self) -> None:
        """The speaker has nothing to tell any more."""
        self._standing.pop(self.current_profile, None)
        self._new = [name for name in self._new if name != self.current_profile]

    def publish(self) -> float | None:
        """Show what is new; in how many seconds to be called again, None where nothing waits."""
        if self._shown and not any(name in self._standing for name in self._shown):
            self._shown = ()
            self._backend.close_shown()
        if not self._new:
            return None
        wait = max(self._told_at + _REST, self._new_since + _GATHER) - self._clock()
        answering, self._answering = self._answering, ""
        if answering not in self._new and wait > 0:
            return wait
        told = (answering,) if answering in self._new else tuple(self._new)
        self._new = [name for name in self._new if name not in told]
        self._told_at, self._shown = self._clock(), told
        self._backend.show(self._alone(told[0]) if len(told) == 1 else self._together(told))
        return _REST if self._new else None

    def close(self) -> None:
        """Nothing more will come."""
        if self._shown:
            self._backend.close_shown()
        self._backend.close()

    def _rank(self, name: str) -> tuple[int, str]:
        return _BADNESS[self._standing[name].shape], name.casefold()

    def _alone(self, name: str) -> Notification:
        notice = self._standing[name]
        others = len(
            [other for other, its in self._standing.items() if other != name and _bad(its)]
        )
        more = [f"{others} of {self._total} others are not well either."] if others else []
        body = "\n".join([*filter(None, [notice.body]), *more])
        said = "" if notice.summary == NAME else f": {notice.summary}"
        return replace(notice, summary=f"{name}{said}", body=body)

    def _together(self, names: Sequence[str]) -> Notification:
        """Several at once: the worst first, and no button, for it would be about one."""
        told = sorted(names, key=self._rank)
        lines = [f"{name}: {_in_short(self._standing[name])}" for name in told[:_NAMED]]
        lines += [f"and {len(told) - _NAMED} more"] if len(told) > _NAMED else []
        worst = self._standing[told[0]]
        return Notification(
            f"News of {len(told)} of {self._total} profiles",
            "\n".join(lines),
            worst.shape,
            worst.colour,
            can_snooze=_bad(worst),
        )


def _in_short(notice: Notification) -> str:
    """One line; of news beside the health, the first."""
    return notice.body.partition("\n")[0] if notice.summary == NAME else notice.summary


def _bad(notice: Notification) -> bool:
    return notice.colour is not Colour.GREEN
