"""The one thread that asks the engine: an inbox in, snapshots out."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tray_app.core.errors import ConfigError, TrayError
from tray_app.core.health import not_set_up
from tray_app.core.notices import Asked
from tray_app.core.schedule import Pace, woke
from tray_app.core.sign_in import Ending, Outcome
from tray_app.snapshot import FAILED, STARTING, Doing, Snapshot

if TYPE_CHECKING:
    from tray_app.engine import Engine, SignIn

log = logging.getLogger(__name__)


class _Message(StrEnum):
    CHECK = "check"
    REFRESH = "refresh"
    AUTHORIZE = "authorize"
    SIGN_IN_OVER = "sign-in-over"
    NO_BROWSER = "no-browser"
    POLL = "poll"
    LOOK = "look"
    JUDGE = "judge"
    STOP = "stop"


_ASKED = {
    _Message.CHECK: Asked.CHECK,
    _Message.REFRESH: Asked.REFRESH,
    _Message.AUTHORIZE: Asked.SIGN_IN,
    _Message.SIGN_IN_OVER: Asked.SIGN_IN,
}

Browse = Callable[[str, Callable[[], None]], None]
"""Opens a page in the person's browser and returns at once; calls back where that fails."""


_SAVING = 2.0
"""Seconds to note, save and write what has come, at the end."""


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
        browse: Browse = lambda _url, failed: failed(),
        pace: Pace | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._open_engine = open_engine
        self._publish = publish
        self._browse = browse
        self._engine: Engine | None = None
        self._sign_in: SignIn | None = None
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

    def authorize(self) -> None:
        """Ask a person to sign in; while a page waits already, open that one again."""
        self._post(_Message.AUTHORIZE)

    def cancel_sign_in(self) -> None:
        """End the sign-in that waits, if one does."""
        sign_in = self._sign_in
        if sign_in is not None:
            sign_in.cancel()

    def stop(self, patience: float = 0.5, renewal_patience: float = 9.0) -> None:
        """End the thread; what hangs is left behind after `patience` seconds.

        New tokens are waited for longer: Webex may have rotated the refresh token already, and
        only its answer has the new one.
        """
        self._post(_Message.STOP)
        self.cancel_sign_in()
        begun = now = time.monotonic()
        end = begun + patience
        if self._engine is not None:
            self._engine.hurry()
        while self._thread.is_alive() and now < end:
            self._thread.join(0.05)
            now = time.monotonic()
            if self._engine is not None and self._engine.awaits_tokens:
                end = min(now + _SAVING, begun + renewal_patience)

    def _post(self, message: _Message) -> None:
        if message not in self._waiting:  # a second click on the same thing adds nothing
            self._waiting.add(message)
            self._inbox.put(message)

    def _run(self) -> None:
        engine = self._engine = self._opened()
        if engine is None:
            return
        try:
            self._serve(engine)
        finally:
            self.cancel_sign_in()
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
        if message is _Message.AUTHORIZE:
            self._ask_to_sign_in(engine)
            return
        if message is _Message.SIGN_IN_OVER:
            self._finish_sign_in(engine)
            return
        if message is _Message.NO_BROWSER:
            self.cancel_sign_in()  # the port is for the other way that is named
            self._tell(engine, Outcome(Ending.NO_BROWSER))
            return
        if message in (_Message.POLL, _Message.CHECK):
            self._show(Snapshot(self._last.health, Doing.CHECKING))
            health = engine.poll()
            # A renewal that follows is part of the check; its end is what a person waits for.
            due, news = engine.renewal_due(), engine.take_news()
            self._show(Snapshot(health, asked=None if due else asked, news=news))
        by_hand = message is _Message.REFRESH
        if by_hand or engine.renewal_due():
            self._show(Snapshot(self._last.health, Doing.REFRESHING))
            health = engine.refresh(by_hand=by_hand)
            news = engine.take_news()
            self._show(Snapshot(health, answered=engine.answered, asked=asked, news=news))

    def _ask_to_sign_in(self, engine: Engine) -> None:
        """Open the page; the answer comes as a message, so that checking goes on meanwhile."""
        if self._sign_in is not None and self._sign_in.cancelled:
            self._finish_sign_in(engine)  # its own message is still under way
        if self._sign_in is None:
            try:
                self._sign_in = engine.begin_sign_in()
            except TrayError as error:
                self._tell(engine, Outcome(Ending.NOT_BEGUN, detail=str(error)))
                return
            waiting = threading.Thread(
                target=self._await, args=(self._sign_in,), name="sign-in", daemon=True
            )
            waiting.start()
        self._show(Snapshot(engine.judge()))
        self._browse(self._sign_in.url, lambda: self._post(_Message.NO_BROWSER))

    def _await(self, sign_in: SignIn) -> None:
        try:
            sign_in.wait()
        finally:
            self._post(_Message.SIGN_IN_OVER)

    def _finish_sign_in(self, engine: Engine) -> None:
        sign_in = self._sign_in
        if sign_in is None or not (sign_in.cancelled or sign_in.is_over):
            return  # the message of an earlier one
        sign_in.join()
        self._show(Snapshot(self._last.health, Doing.SIGNING_IN))
        try:
            outcome = engine.finish_sign_in(sign_in)
        finally:
            self._sign_in = None
        self._tell(engine, outcome)

    def _tell(self, engine: Engine, outcome: Outcome) -> None:
        """Answer the person who wants to sign in."""
        answered = engine.answered if outcome.succeeded else None
        told = Snapshot(engine.judge(), answered=answered, asked=Asked.SIGN_IN, signed_in=outcome)
        self._show(replace(told, news=engine.take_news()))

    def _show(self, snapshot: Snapshot) -> None:
        until = self._sign_in.until if self._sign_in else None
        snapshot = replace(snapshot, sign_in_until=until)
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
