"""Attends to many profiles with few threads: when it is whose turn, and who takes it."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tray_app.model.settings import Timing
from tray_app.model.snapshot import Snapshot
from tray_app.policy.schedule import slept_or_clock_changed
from tray_app.runtime.commands import Command, Kind
from tray_app.runtime.profile_worker import Browse, ProfileWorker
from tray_app.runtime.thread_pool import WorkerPool
from tray_app.system.critical_section import KEYRING_PATIENCE, TIMEOUT

if TYPE_CHECKING:
    from tray_app.service.engine import Engine

log = logging.getLogger(__name__)

_SAVING = 2.0
"""Seconds to note, save and write what has come, at the end."""

_TOGETHER = 32
_GROUPS = 32
"""So many profiles are looked at in one go, and so many goes share a slice."""


def _no_browser(_url: str, failed: Callable[[], None]) -> None:
    failed()


class ProfileHandle:
    """Where one profile's attendant sits: its inbox, and when it is to look up. Every method may
    be called from any thread."""

    __slots__ = ("_inbox", "at", "busy", "number", "post", "worker")

    def __init__(self, scheduler: Scheduler, number: int) -> None:
        self._inbox: list[Command] = []
        self.post: Callable[[Command], None] = partial(scheduler.enqueue, self, self._inbox)
        """Puts a command into the inbox; a second one like it adds nothing."""
        self.number = number
        self.worker: ProfileWorker
        # The fleet's, under its lock:
        self.at = 0.0
        self.busy = False

    def check(self) -> None:
        """Ask for a check now, on behalf of a person."""
        self.post(Command(Kind.CHECK))

    def refresh(self) -> None:
        """Ask for a refresh now, on behalf of a person."""
        self.post(Command(Kind.REFRESH))

    def authorize(self) -> None:
        """Ask a person to sign in; while a page waits already, open that one again."""
        self.post(Command(Kind.AUTHORIZE))

    def cancel_sign_in(self) -> None:
        """End the sign-in that waits, if one does."""
        self.worker.cancel_sign_in()

    def extend(self, source_id: str = "") -> None:
        """Ask for a data source to be extended now; "" for the one that the health is about."""
        self.post(Command(Kind.EXTEND, source_id))

    def keep(self, source_id: str, *, on: bool) -> None:
        """Have a data source kept alive from now on, or not."""
        self.post(Command(Kind.KEEP if on else Kind.LET_GO, source_id))

    @property
    def has_mail(self) -> bool:
        """Whether something waits in the inbox."""
        return bool(self._inbox)

    def take(self) -> Command | None:
        """Take the oldest message, if there is one."""
        return self._inbox.pop(0) if self._inbox else None


class Scheduler:
    """Polls each profile by its own timetable and does what a person clicks.

    One thread keeps the time and a bounded crew takes the turns; never two threads one desk's.
    Where there is one desk only, the thread that keeps the time takes the turns as well: nobody
    waits for it. A turn that hangs holds up its own profile.
    """

    def __init__(
        self,
        *,
        pace: Timing | None = None,
        wall: Callable[[], float] = time.time,
        over: Callable[[], None] = lambda: None,
    ) -> None:
        """`wall`: seconds since the epoch; `over` is called when every engine is closed."""
        self._pace = pace or Timing()
        self._wall = wall
        self._over = over
        self._changed = threading.Condition()
        self._handles: set[ProfileHandle] = set()
        self._due: list[tuple[float, int, ProfileHandle]] = []
        self._calls = itertools.count()  # so that no two entries are equal
        self._added = 0
        self._offset = wall() - time.monotonic()
        self._crew: WorkerPool[ProfileHandle] = WorkerPool(self._take_turn)
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self.turned_at = time.monotonic()
        """When the thread that keeps the time last came round to wait, by the monotonic clock."""

    def add(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        *,
        browse: Browse = _no_browser,
    ) -> ProfileHandle:
        """Attend to one more profile. Both are called in the thread whose turn it is: see
        `ProfileWorker`. Its first check begins at once, or with `start`."""
        with self._changed:
            handle = ProfileHandle(self, self._added)
            self._added += 1

        def show(snapshot: Snapshot) -> None:
            try:
                publish(snapshot)
            finally:
                if snapshot.signed_in is not None and snapshot.signed_in.succeeded:
                    self._tell_others(handle)

        handle.worker = ProfileWorker(
            open_engine, show, handle.post, browse=browse, pace=self._pace, wall=self._wall
        )
        with self._changed:
            self._handles.add(handle)
            self._call(handle, time.monotonic())
        return handle

    def start(self) -> None:
        """Start; the first checks begin at once."""
        self._thread.start()

    def stop(
        self,
        timeout: float = 0.5,
        renewal_patience: float = TIMEOUT,
        keyring_patience: float = KEYRING_PATIENCE,
    ) -> None:
        """End it; what hangs is left behind after `timeout` seconds.

        New tokens are waited for longer: Webex may have rotated the refresh token already, and
        only its answer has the new one. Nothing new is begun.
        """
        with self._changed:
            handles = tuple(self._handles)
        for handle in handles:
            handle.post(Command(Kind.STOP))
            handle.cancel_sign_in()
            handle.worker.end()
        begun = now = time.monotonic()
        end = begun + timeout
        while self._thread.is_alive() and now < end:
            awaits_tokens = any(handle.worker.awaits_tokens for handle in handles)
            if awaits_tokens:
                end = min(now + _SAVING, begun + renewal_patience)
            if not awaits_tokens or now > begun + keyring_patience:
                for handle in handles:
                    handle.worker.shorten_timeouts()
            self._thread.join(0.05)
            now = time.monotonic()

    def enqueue(self, handle: ProfileHandle, inbox: list[Command], message: Command) -> None:
        """Put a message into a desk's inbox, and have somebody come for it."""
        with self._changed:
            if message in inbox:
                return
            inbox.append(message)
            if not handle.busy:
                self._call(handle, time.monotonic())

    def _call(self, handle: ProfileHandle, at: float) -> None:
        """Have the desk's turn come at that time. Under the lock."""
        handle.at = at
        heapq.heappush(self._due, (at, next(self._calls), handle))
        if self._due[0][2] is handle:
            self._changed.notify()

    def _tell_others(self, teller: ProfileHandle) -> None:
        """A sign-in may serve the other profiles of the same integration as well."""
        with self._changed:
            others = [handle for handle in self._handles if handle is not teller]
        for handle in others:
            if handle.worker.lacks_something:
                handle.post(Command(Kind.LOOK))

    def _run(self) -> None:
        while (ready := self._next()) is not None:
            for handle in ready:
                if len(self._handles) == 1:
                    self._take_turn(handle)
                else:
                    self._crew.give(handle, first=handle.has_mail)
        self._crew.end()
        self._over()

    def _next(self) -> list[ProfileHandle] | None:
        """Wait until it is somebody's turn; whose, None when there is nobody any more."""
        with self._changed:
            while self._handles:
                ready = self._ready()
                if ready:
                    return ready
                naps = [self._pace.slice, self._crew.tend()]
                if self._due:
                    naps.append(self._due[0][0] - time.monotonic())
                self._nap(
                    max(0.0, min(short_snooze for short_snooze in naps if short_snooze is not None))
                )
        return None

    def _ready(self) -> list[ProfileHandle]:
        """Take whose time has come. Under the lock."""
        ready, now = [], time.monotonic()
        while self._due and self._due[0][0] <= now:
            at, _, handle = heapq.heappop(self._due)
            if (
                at == handle.at and not handle.busy and handle in self._handles
            ):  # else called otherwise
                handle.busy = True
                ready.append(handle)
        return ready

    def _nap(self, seconds: float) -> None:
        """Wait; where the machine has slept meanwhile, all are called. Under the lock."""
        before, self.turned_at = self._wall(), time.monotonic()
        self._wait(seconds)
        if slept_or_clock_changed(self._wall() - before, seconds, self._drift()):
            for handle in self._handles:
                handle.worker.wake()
                if not handle.busy:
                    self._call(handle, time.monotonic())

    def _wait(self, seconds: float) -> None:
        self._changed.wait(seconds)

    def _drift(self) -> float:
        """How far the wall clock has moved against the monotonic one since this was last asked."""
        offset = self._wall() - time.monotonic()
        drift, self._offset = offset - self._offset, offset
        return drift

    def _take_turn(self, handle: ProfileHandle) -> None:
        """One message, or one look up. In the thread whose turn it is."""
        with self._changed:
            message = handle.take()
        ended = message is not None and message.kind is Kind.STOP
        try:
            if ended:
                handle.worker.close()
            else:
                handle.worker.take_turn(message)
        except Exception:  # a boundary: the thread that keeps the time is everybody's
            log.exception("a turn failed")
        finally:
            with self._changed:
                handle.busy = False
                if ended:
                    self._handles.discard(handle)
                    self._changed.notify()
                else:
                    self._call(handle, self._next_turn(handle))

    def _next_turn(self, handle: ProfileHandle) -> float:
        """When to look at this desk again: by the monotonic clock."""
        now = time.monotonic()
        if handle.has_mail:
            return now
        until_due = handle.worker.due - self._wall() if handle.worker.is_open else now
        # All in step but for the groups: many that look up together wake the machine once.
        phase = handle.number // _TOGETHER % _GROUPS * self._pace.slice / _GROUPS
        until_look = self._pace.slice - (now - phase) % self._pace.slice
        return now + max(0.0, min(until_due, until_look))
