"""Runs the profiles' workers on few threads: whose turn is when, and which thread takes it.

Threads, all of them daemons:

- `scheduler` sleeps until a turn is due. If there is only one profile, it takes the turns itself.
- `turn`: with several profiles, at most THREADS of these take the turns; each ends as soon as no
  turn is due. A turn that has run for HELD_UP seconds, because a server or a keyring hangs, no
  longer counts (up to MAX_THREADS), so it delays its own profile only.
- A profile's turns never overlap, so only one thread at a time uses its worker and its engine.
  The keyring is touched by the thread of `secrets/worker.py` alone, for which the turn waits.
- All other threads (menu, notices, sign-in, signals) only post commands through `ProfileHandle`,
  or call what `ProfileWorker` says any thread may call. None of that waits for a turn.

Locks: `Scheduler._changed` guards the due times, the queue of ready profiles, and `busy` and
`next_turn` of each. It is never held during a turn. `ProfileHandle._lock` guards that profile's
commands; it may be taken while `_changed` is held, never the other way round.

End: `stop` posts STOP to every profile and forbids new requests. Each worker is closed in its last
turn; after the last one `on_closed` is called. A turn that hangs is left behind, so the program
ends in time. `concurrent.futures.ThreadPoolExecutor` would join it at exit, and its threads neither
end when idle nor stand in for those that hang.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tray_app.model.settings import Timing
from tray_app.model.snapshot import Snapshot
from tray_app.policy.schedule import slept_or_clock_changed
from tray_app.runtime.commands import Command, Kind, ProfileHandle
from tray_app.runtime.profile_worker import Browse, ProfileWorker
from tray_app.system.critical_section import KEYRING_TIMEOUT, TIMEOUT
from tray_app.system.running_time import RunningTime

if TYPE_CHECKING:
    from tray_app.service.engine import Engine

log = logging.getLogger(__name__)

THREADS = 8
MAX_THREADS = 64
HELD_UP = 2.0
"""Seconds after which a turn no longer counts against THREADS."""

_SAVE_SECONDS = 2.0
"""At the end: how long new tokens that have arrived may take to be saved."""

_GROUP_SIZE = 32
_GROUPS = 32
"""Profiles that wake up together, and the number of such groups within a slice."""


def _no_browser(_url: str, failed: Callable[[], None]) -> None:
    failed()


@dataclass(eq=False, slots=True)
class _Profile:
    """One scheduled profile. `busy`: its turn waits for a thread, or has one; `next_turn`: by the
    monotonic clock."""

    handle: ProfileHandle
    worker: ProfileWorker
    number: int
    busy: bool = False
    next_turn: float = 0.0


class Scheduler:
    """Polls each profile by its own timetable and runs its commands."""

    def __init__(
        self,
        *,
        pace: Timing | None = None,
        wall: Callable[[], float] = time.time,
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        """`wall`: seconds since the epoch; `on_closed` is called once every engine is closed."""
        self._pace = pace or Timing()
        self._wall = wall
        self._on_closed = on_closed
        self._changed = threading.Condition()
        self._profiles: set[_Profile] = set()
        self._due_times: list[tuple[float, int, _Profile]] = []
        self._entries = itertools.count()  # no two entries of the due times are equal
        self._woken: deque[_Profile] = deque()
        self._ready: deque[_Profile] = deque()
        self._begun: dict[_Profile, float] = {}
        """When the turns that have a thread began, by the monotonic clock."""
        self._added = 0
        self._offset = wall() - time.monotonic()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)
        self.heartbeat = time.monotonic()
        """When the scheduler's thread last began to wait, by the monotonic clock."""

    def add(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        *,
        handle: ProfileHandle | None = None,
        browse: Browse = _no_browser,
        onward: Callable[[], str] = lambda: "",
    ) -> ProfileHandle:
        """Add a profile; its first check begins at once, or with `start`. For the arguments see
        `ProfileWorker`; `handle`: one that may have commands already."""
        handle = handle or ProfileHandle()

        def publish_and_notify(snapshot: Snapshot) -> None:
            try:
                publish(snapshot)
            finally:
                if snapshot.signed_in is not None and snapshot.signed_in.succeeded:
                    self._reload_others(handle)

        self._add(
            handle,
            ProfileWorker(
                open_engine,
                publish_and_notify,
                handle.post,
                browse=browse,
                onward=onward,
                pace=self._pace,
                wall=self._wall,
            ),
        )
        return handle

    def _add(self, handle: ProfileHandle, worker: ProfileWorker) -> None:
        with self._changed:
            profile = _Profile(handle, worker, self._added)
            self._added += 1
            self._profiles.add(profile)
            handle.connect(partial(self._wake, profile), worker.cancel_sign_in)
            self._schedule(profile, time.monotonic())

    def start(self) -> None:
        """Start; the first checks begin at once."""
        self._thread.start()

    def stop(self, timeout: float = 0.5) -> None:
        """End. Blocks for up to `timeout` seconds; a turn that hangs is left behind.

        New tokens are waited for longer: Webex may have rotated the refresh token already, and
        only its response has the new one.
        """
        with self._changed:
            profiles = tuple(self._profiles)
        workers = [profile.worker for profile in profiles]
        for profile in profiles:
            profile.handle.post(Command(Kind.STOP))
            profile.worker.cancel_sign_in()
            profile.worker.end()
        waited = RunningTime()
        while self._thread.is_alive() and waited.seconds < timeout:
            awaits_tokens = any(worker.awaits_tokens for worker in workers)
            if awaits_tokens:
                timeout = min(waited.seconds + _SAVE_SECONDS, TIMEOUT)
            if not awaits_tokens or waited.seconds > KEYRING_TIMEOUT:
                for worker in workers:
                    worker.shorten_timeouts()
            waited.wait(self._has_ended_within, waited.seconds + 0.05)

    def _has_ended_within(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _wake(self, profile: _Profile) -> None:
        """Have a queued command run now, or right after the present turn."""
        with self._changed:
            self._woken.append(profile)
            self._changed.notify()

    def _schedule(self, profile: _Profile, at: float) -> None:
        """Set the profile's next turn. The caller holds the lock."""
        profile.next_turn = at
        heapq.heappush(self._due_times, (at, next(self._entries), profile))
        if self._due_times[0][2] is profile:
            self._changed.notify()

    def _reload_others(self, signed_in: ProfileHandle) -> None:
        """A sign-in may also serve the other profiles that use the same integration."""
        with self._changed:
            others = [each for each in self._profiles if each.handle is not signed_in]
        for profile in others:
            if profile.worker.is_unwell:
                profile.handle.post(Command(Kind.RELOAD))

    def _run(self) -> None:
        """The scheduler's thread."""
        while (profile := self._next_of_one()) is not None:
            self._run_turn(profile)
        self._on_closed()

    def _next_of_one(self) -> _Profile | None:
        """Give the turns that are due to threads until there is one that this thread is to take,
        that of the only profile. None: no profile is left."""
        with self._changed:
            while self._profiles:
                self._collect_due()
                if self._ready and len(self._profiles) == 1:
                    return self._ready.popleft()
                self._start_threads()
                self._wait()
        return None

    def _collect_due(self) -> None:
        """Queue the profiles whose turn is due, those with a command first. The caller holds the
        lock."""
        now = time.monotonic()
        while self._woken:
            profile = self._woken.popleft()
            if not profile.busy and profile.handle.has_commands:  # else it has run already
                self._schedule(profile, now)
        while self._due_times and self._due_times[0][0] <= now:
            at, _, profile = heapq.heappop(self._due_times)
            if at != profile.next_turn or profile.busy or profile not in self._profiles:
                continue  # an entry that another one has replaced
            profile.busy = True
            if profile.handle.has_commands:
                self._ready.appendleft(profile)
            else:
                self._ready.append(profile)

    def _start_threads(self) -> None:
        """Start threads for the turns that are ready, up to the limit. The caller holds the
        lock."""
        while (profile := self._take_ready()) is not None:
            thread = threading.Thread(
                target=self._run_turns, args=(profile,), name="turn", daemon=True
            )
            try:
                thread.start()
            except RuntimeError as error:  # no more threads on this system: try again later
                log.warning("no thread for a turn: %s", error)
                del self._begun[profile]
                self._ready.appendleft(profile)
                break

    def _take_ready(self) -> _Profile | None:
        """Take the next ready profile if the limit allows. The caller holds the lock."""
        now = time.monotonic()
        counted = sum(now - begun < HELD_UP for begun in self._begun.values())
        if not self._ready or counted >= THREADS or len(self._begun) >= MAX_THREADS:
            return None
        profile = self._ready.popleft()
        self._begun[profile] = now
        return profile

    def _wait(self) -> None:
        """Wait for the next turn, or until a turn stops counting. If the machine has slept
        meanwhile, every profile's turn is due. The caller holds the lock."""
        now = time.monotonic()
        ends = [now + self._pace.slice]
        if self._due_times:
            ends.append(max(now, self._due_times[0][0]))
        if self._ready:
            ends += [at + HELD_UP for at in self._begun.values() if at + HELD_UP > now]
        seconds = min(ends) - now
        before, self.heartbeat = self._wall(), now
        self._changed.wait(seconds)
        if slept_or_clock_changed(self._wall() - before, seconds, self._drift()):
            for profile in self._profiles:
                profile.worker.wake()
                if not profile.busy:
                    self._schedule(profile, time.monotonic())

    def _drift(self) -> float:
        """Return how far the wall clock has moved against the monotonic one since the last call."""
        offset = self._wall() - time.monotonic()
        drift, self._offset = offset - self._offset, offset
        return drift

    def _run_turns(self, profile: _Profile | None) -> None:
        """A turn's thread: take this turn, then others, until none is ready."""
        while profile is not None:
            self._run_turn(profile)
            with self._changed:
                profile = self._take_ready()

    def _run_turn(self, profile: _Profile) -> None:
        """Run one command, or whatever is due, and schedule the next turn."""
        command = profile.handle.take()
        ended = command is not None and command.kind is Kind.STOP
        try:
            if ended:
                profile.worker.close()
            else:
                profile.worker.take_turn(command)
        except Exception:  # a boundary: this thread serves other profiles as well
            log.exception("a turn failed")
        finally:
            with self._changed:
                self._begun.pop(profile, None)
                profile.busy = False
                if ended:
                    self._profiles.discard(profile)
                    self._changed.notify()
                else:
                    self._schedule(profile, self._next_turn(profile))

    def _next_turn(self, profile: _Profile) -> float:
        """Return when the profile's next turn is due, by the monotonic clock."""
        now = time.monotonic()
        if profile.handle.has_commands:
            return now
        until_due = profile.worker.due - self._wall() if profile.worker.is_open else math.inf
        # In groups: profiles that look up at the same moment wake the machine only once.
        phase = profile.number // _GROUP_SIZE % _GROUPS * self._pace.slice / _GROUPS
        until_slice = self._pace.slice - (now - phase) % self._pace.slice
        return now + max(0.0, min(until_due, until_slice))
