"""The one thread that asks the engine: an inbox in, snapshots out."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.core.errors import ConfigError
from tray_app.core.health import not_set_up
from tray_app.core.model import Colour, Health, Reason, Rung, Shape, Who
from tray_app.core.schedule import Pace, woke

if TYPE_CHECKING:
    from tray_app.engine import Engine

log = logging.getLogger(__name__)


class Doing(StrEnum):
    """What the worker is at."""

    NOTHING = "nothing"
    CHECKING = "checking"
    REFRESHING = "refreshing"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a person may see. `answered`: the rung of the renewal that this snapshot ends."""

    health: Health
    doing: Doing = Doing.NOTHING
    answered: Rung | None = None


STARTING = Snapshot(
    Health(4, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Who.ITSELF, links=()), Doing.CHECKING
)
"""What is shown until the first check has ended."""

FAILED = Snapshot(Health(4, Colour.AMBER, Shape.QUERY, Reason.OWN_FAULT, Who.DEVELOPER, links=()))
"""What is shown while this program itself is at fault: nothing is known."""


class _Message(StrEnum):
    CHECK = "check"
    REFRESH = "refresh"
    LOOK = "look"
    STOP = "stop"


class Worker:
    """Polls by the engine's timetable and does what a person clicks.

    `open_engine` is called in the thread, so that heavy imports do not hold up the icon;
    `publish` is called in the thread, with every snapshot.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        *,
        pace: Pace | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._open_engine = open_engine
        self._publish = publish
        self._pace = pace or Pace()
        self._wall = wall
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._waiting: set[_Message] = set()
        self._hold_until = 0.0
        self._offset = wall() - time.monotonic()
        self._last = STARTING
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Start the thread; the first check begins at once."""
        self._thread.start()

    def check(self) -> None:
        """Ask for a check now."""
        self._post(_Message.CHECK)

    def refresh(self) -> None:
        """Ask for a refresh now, on behalf of a person."""
        self._post(_Message.REFRESH)

    def stop(self, patience: float = 2.0) -> None:
        """End the thread; what hangs is left behind after `patience` seconds."""
        self._post(_Message.STOP)
        if self._thread.is_alive():
            self._thread.join(patience)

    def _post(self, message: _Message) -> None:
        if message not in self._waiting:  # a second click on the same thing adds nothing
            self._waiting.add(message)
            self._inbox.put(message)

    def _run(self) -> None:
        engine = self._opened()
        if engine is None:
            return
        try:
            self._serve(engine)
        finally:
            engine.close()

    def _opened(self) -> Engine | None:
        """Open the engine as soon as the config can be used; None when told to stop."""
        while True:
            try:
                return self._open_engine()
            except ConfigError as error:
                self._show(Snapshot(not_set_up(error.faults)))
            except Exception:  # a boundary: an icon whose thread has died would lie for ever
                log.exception("the engine cannot be started")
                self._show(FAILED)
            with suppress(queue.Empty):
                message = self._inbox.get(timeout=self._pace.slice)
                self._waiting.discard(message)
                if message is _Message.STOP:
                    return None

    def _serve(self, engine: Engine) -> None:
        message = _Message.CHECK
        while message is not _Message.STOP:
            try:
                self._obey(engine, message)
            except Exception:  # the same boundary
                log.exception("%s failed", message)
                self._hold_until = self._wall() + self._pace.first_retry
                self._show(FAILED)
            message = self._next(engine)

    def _obey(self, engine: Engine, message: _Message) -> None:
        if message is _Message.LOOK:
            self._show(Snapshot(engine.look()))
        if message is _Message.CHECK:
            self._show(replace(self._last, doing=Doing.CHECKING, answered=None))
            self._show(Snapshot(engine.poll()))
        by_hand = message is _Message.REFRESH
        if by_hand or engine.renewal_due():
            self._show(replace(self._last, doing=Doing.REFRESHING, answered=None))
            health = engine.refresh(by_hand=by_hand)
            self._show(Snapshot(health, answered=engine.answered))

    def _show(self, snapshot: Snapshot) -> None:
        self._last = snapshot
        self._publish(snapshot)

    def _next(self, engine: Engine) -> _Message:
        """Wait for a message, the time of the next check, waking from sleep, or news."""
        while True:
            before = self._wall()
            nap = max(0.0, min(self._pace.slice, self._due(engine) - before))
            try:
                message = self._inbox.get(timeout=nap)
            except queue.Empty:
                now = self._wall()
                if now >= self._due(engine) or woke(now - before, nap, self._drift()):
                    return _Message.CHECK
                if engine.files_edited():
                    return _Message.CHECK
                if engine.facts_changed():
                    return _Message.LOOK
            else:
                self._waiting.discard(message)
                return message

    def _drift(self) -> float:
        """How far the wall clock has moved against the monotonic one since this was last asked."""
        offset = self._wall() - time.monotonic()
        drift, self._offset = offset - self._offset, offset
        return drift

    def _due(self, engine: Engine) -> float:
        at = engine.next_check
        return max(at.timestamp() if at else 0.0, self._hold_until)
