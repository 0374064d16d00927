"""The one thread that attends to a profile: an inbox in, snapshots out."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from tray_app.attendant import Attendant, Browse, Kind, Message
from tray_app.core.schedule import Pace, woke
from tray_app.snapshot import Snapshot

if TYPE_CHECKING:
    from tray_app.engine import Engine

_SAVING = 2.0
"""Seconds to note, save and write what has come, at the end."""


class Worker:
    """Polls by the engine's timetable and does what a person clicks.

    `open_engine` and `publish` are called in the thread: see `Attendant`.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        *,
        browse: Browse = lambda _url, failed: failed(),
        pace: Pace | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._pace = pace or Pace()
        self._wall = wall
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._waiting: set[Message] = set()
        self._offset = wall() - time.monotonic()
        self._attendant = Attendant(
            open_engine, publish, self.post, browse=browse, pace=self._pace, wall=wall
        )
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self.turned_at = time.monotonic()
        """When the thread last came round to wait for a message, by the monotonic clock."""

    def start(self) -> None:
        """Start the thread; the first check begins at once."""
        self._thread.start()

    def check(self) -> None:
        """Ask for a check now, on behalf of a person."""
        self.post(Message(Kind.CHECK))

    def refresh(self) -> None:
        """Ask for a refresh now, on behalf of a person."""
        self.post(Message(Kind.REFRESH))

    def authorize(self) -> None:
        """Ask a person to sign in; while a page waits already, open that one again."""
        self.post(Message(Kind.AUTHORIZE))

    def cancel_sign_in(self) -> None:
        """End the sign-in that waits, if one does."""
        self._attendant.cancel_sign_in()

    def extend(self, source_id: str = "") -> None:
        """Ask for a data source to be extended now; "" for the one that the health is about."""
        self.post(Message(Kind.EXTEND, source_id))

    def keep(self, source_id: str, *, on: bool) -> None:
        """Have a data source kept alive from now on, or not."""
        self.post(Message(Kind.KEEP if on else Kind.LET_GO, source_id))

    def stop(self, patience: float = 0.5, renewal_patience: float = 9.0) -> None:
        """End the thread; what hangs is left behind after `patience` seconds.

        New tokens are waited for longer: Webex may have rotated the refresh token already, and
        only its answer has the new one.
        """
        self.post(Message(Kind.STOP))
        self.cancel_sign_in()
        begun = now = time.monotonic()
        end = begun + patience
        self._attendant.hurry()
        while self._thread.is_alive() and now < end:
            self._thread.join(0.05)
            now = time.monotonic()
            if self._attendant.awaits_tokens:
                end = min(now + _SAVING, begun + renewal_patience)

    def post(self, message: Message) -> None:
        """Put a message into the inbox; a second one like it adds nothing. Any thread."""
        if message not in self._waiting:
            self._waiting.add(message)
            self._inbox.put(message)

    def _run(self) -> None:
        try:
            if self._opened():
                self._serve()
        finally:
            self._attendant.close()

    def _opened(self) -> bool:
        """Open the engine as soon as the config can be used; False when told to stop."""
        message: Message | None = None
        while not self._attendant.open(message):
            message, self.turned_at = None, time.monotonic()
            with suppress(queue.Empty):
                message = self._inbox.get(timeout=self._pace.slice)
                self._waiting.discard(message)
                if message.kind is Kind.STOP:
                    return False
        return True

    def _serve(self) -> None:
        message = Message(Kind.POLL)
        while message.kind is not Kind.STOP:
            self._attendant.obey(message)
            message = self._next()

    def _next(self) -> Message:
        """Wait for a message, the time of the next check, waking from sleep, or news."""
        while True:
            before, self.turned_at = self._wall(), time.monotonic()
            nap = max(0.0, min(self._pace.slice, self._attendant.due - before))
            try:
                message = self._inbox.get(timeout=nap)
            except queue.Empty:
                if woke(self._wall() - before, nap, self._drift()):
                    return Message(Kind.POLL)
                found = self._attendant.noticed()
                if found is not None:
                    return found
            else:
                self._waiting.discard(message)
                return message

    def _drift(self) -> float:
        """How far the wall clock has moved against the monotonic one since this was last asked."""
        offset = self._wall() - time.monotonic()
        drift, self._offset = offset - self._offset, offset
        return drift
