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
from tray_app.core.notices import Asked
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
    """What a person may see.

    `answered`: the rung of the renewal that this snapshot ends; `asked`: what a person asked for,
    if this snapshot ends it; `news`: what to say once, beside the health.
    """

    health: Health
    doing: Doing = Doing.NOTHING
    answered: Rung | None = None
    asked: Asked | None = None
    news: tuple[str, ...] = ()


STARTING = Snapshot(
    Health(4, Colour.AMBER, Shape.QUERY, Reason.CHECKING, Who.ITSELF, links=()), Doing.CHECKING
)
"""What is shown until the first check has ended."""

FAILED = Snapshot(Health(4, Colour.AMBER, Shape.QUERY, Reason.OWN_FAULT, Who.DEVELOPER, links=()))
"""What is shown while this program itself is at fault: nothing is known."""


class _Message(StrEnum):
    CHECK = "check"
    REFRESH = "refresh"
    POLL = "poll"
    LOOK = "look"
    JUDGE = "judge"
    STOP = "stop"


_ASKED = {_Message.CHECK: Asked.CHECK, _Message.REFRESH: Asked.REFRESH}


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
        """Ask for a check now, on behalf of a person."""
        self._post(_Message.CHECK)

    def refresh(self) -> None:
        """Ask for a refresh now, on behalf of a person."""
        self._post(_Message.REFRESH)

    def stop(self, patience: float = 2.0, renewal_patience: float = 60.0) -> None:
        """End the thread; what hangs is left behind after `patience` seconds.

        A renewal under way is waited for longer: Webex may have rotated the refresh token already,
        and only its answer has the new one.
        """
        self._post(_Message.STOP)
        if self._thread.is_alive():
            renewing = self._last.doing is Doing.REFRESHING
            self._thread.join(renewal_patience if renewing else patience)

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
        asked = None
        while True:
            try:
                return self._open_engine()
            except ConfigError as error:
                self._show(Snapshot(not_set_up(error.faults), asked=asked))
            except Exception:  # a boundary: an icon whose thread has died would lie for ever
                log.exception("the engine cannot be started")
                self._show(replace(FAILED, asked=asked))
            asked = None
            with suppress(queue.Empty):
                message = self._inbox.get(timeout=self._pace.slice)
                self._waiting.discard(message)
                if message is _Message.STOP:
                    return None
                asked = _ASKED.get(message)

    def _serve(self, engine: Engine) -> None:
        message = _Message.POLL
        while message is not _Message.STOP:
            try:
                self._obey(engine, message)
            except Exception:  # the same boundary
                log.exception("%s failed", message)
                self._hold_until = self._wall() + self._pace.first_retry
                self._show(replace(FAILED, asked=_ASKED.get(message)))
            message = self._next(engine)

    def _obey(self, engine: Engine, message: _Message) -> None:
        asked = _ASKED.get(message)
        if message is _Message.LOOK:
            self._show(Snapshot(engine.look()))
            if not engine.renewal_due():
                return
            message = _Message.POLL  # a renewal follows a check: `.env` may only have to be mended
        if message is _Message.JUDGE:
            self._show(Snapshot(engine.judge()))
            return
        if message in (_Message.POLL, _Message.CHECK):
            self._show(replace(self._last, doing=Doing.CHECKING, answered=None, asked=None))
            health = engine.poll()
            # A renewal that follows is part of the check; its end is what a person waits for.
            due, news = engine.renewal_due(), engine.take_news()
            self._show(Snapshot(health, asked=None if due else asked, news=news))
        by_hand = message is _Message.REFRESH
        if by_hand or engine.renewal_due():
            self._show(replace(self._last, doing=Doing.REFRESHING, answered=None, asked=None))
            health = engine.refresh(by_hand=by_hand)
            news = engine.take_news()
            self._show(Snapshot(health, answered=engine.answered, asked=asked, news=news))

    def _show(self, snapshot: Snapshot) -> None:
        self._last = snapshot
        try:
            self._publish(snapshot)
        except Exception:  # a boundary: who cannot show it must not stop the renewing
            log.exception("a snapshot could not be shown")

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
                    return _Message.POLL
                if engine.files_edited():
                    return _Message.POLL
                if engine.facts_changed():
                    return _Message.LOOK
                if engine.judge() != self._last.health:
                    return _Message.JUDGE  # by the mere passing of time
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
