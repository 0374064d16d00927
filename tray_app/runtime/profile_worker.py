"""What one profile's turn is: a message in, the engine asked, snapshots out. Owns no thread.

Whoever drives it (`worker`) waits on its behalf, and lets one thread at a time in.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tray_app.model.errors import ConfigError, Interrupted, TrayError
from tray_app.model.failures import Refusal
from tray_app.model.settings import Timing
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import RECENT, Colour
from tray_app.model.snapshot import FAILED, STARTING, Activity, Snapshot, UserRequest, waiting
from tray_app.policy.health import not_set_up
from tray_app.policy.schedule import back_off
from tray_app.runtime.commands import ASKED, Command, Kind

if TYPE_CHECKING:
    from types import CodeType

    from tray_app.service.engine import Engine
    from tray_app.sign_in.session import SignInSession

log = logging.getLogger(__name__)


Browse = Callable[[str, Callable[[], None]], None]
"""Opens a page in the person's browser and returns at once; calls back where that fails."""

_CHECKS = (Kind.POLL, Kind.CHECK, Kind.REFRESH)
"""What ends with health judged by an answer of Webex's, or by its absence."""


class ProfileWorker:
    """Attends to one profile.

    `open_engine` is called at the first turn, so that heavy imports do not hold up the icon;
    `publish` is called with every snapshot, in the thread whose turn it is; `post` takes a message
    to come back with, from any thread.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        post: Callable[[Command], None],
        *,
        browse: Browse,
        pace: Timing,
        wall: Callable[[], float],
    ) -> None:
        """`wall`: seconds since the epoch."""
        self._open_engine = open_engine
        self._publish = publish
        self._post = post
        self._browse = browse
        self._pace = pace
        self._wall = wall
        self._engine: Engine | None = None
        self._sign_in: SignInSession | None = None
        self._ends = False
        self._retry_at = 0.0
        self._woken = False
        self._has_checked = False
        self._last = STARTING
        # Faults of this program since a check has ended well, and what was logged of them:
        self._faults = 0
        self._logged: set[tuple[type[Exception], CodeType | None]] = set()
        self._unshown = False

    @property
    def is_open(self) -> bool:
        """Whether the engine runs: the config can be used."""
        return self._engine is not None

    @property
    def lacks_something(self) -> bool:
        """Whether not all was well when this was last judged."""
        return self._has_checked and self._last.health.colour is not Colour.GREEN

    @property
    def due(self) -> float:
        """When the next poll is due, in seconds since the epoch."""
        if self._faults:
            return self._retry_at  # what the engine has planned came before the fault
        at = self._engine.next_check if self._engine is not None else None
        return at.timestamp() if at else 0.0

    @property
    def awaits_tokens(self) -> bool:
        """Whether new tokens may be on their way, or are being saved. Any thread."""
        return self._engine is not None and self._engine.awaits_tokens

    def wake(self) -> None:
        """The machine has slept: a check is due. Any thread."""
        self._woken = True

    def take_turn(self, message: Command | None) -> None:
        """Do what the message asks for, or what is to be done by itself; first of all, open the
        engine. Raises nothing: a fault of this program is shown as red, and slows it down."""
        asked = ASKED.get(message.kind) if message is not None else None
        try:
            engine = self._engine or self._open(asked)
            message = message or (self._next_due_command(engine) if engine else None)
            if engine is None or message is None:
                return
            self._unshown = False
            if not self._has_checked and message.kind not in _CHECKS:
                self._check(engine, Command(Kind.POLL))  # else there is nothing to judge by
            self._HANDLERS[message.kind](self, engine, message)
            if message.kind in _CHECKS:
                self._faults = 0
                if not self._unshown:
                    self._logged.clear()
        except Interrupted:
            log.info("a turn is left unfinished: the program ends")
        except Exception as error:  # noqa: BLE001 - a boundary: a dead thread's icon would lie
            self._report_internal_error(error, asked)

    def _open(self, asked: UserRequest | None) -> Engine | None:
        """Open the engine; if the config cannot be used, show that. `asked`: what a person has
        asked for meanwhile, who is to be answered."""
        try:
            self._engine = self._open_engine()
        except ConfigError as error:
            self._publish_snapshot(Snapshot(not_set_up(error.faults), asked=asked))
        else:
            if self._ends:
                self._engine.end()
        return self._engine

    def _next_due_command(self, engine: Engine) -> Command | None:
        """Look up between two messages: what is to be done by itself now, None where nothing."""
        if self._has_checked and engine.files_edited():
            return Command(Kind.POLL)  # a person's doing, mostly, who waits for it
        if self._woken or self._wall() >= self.due:
            self._woken = False
            if engine.may_check():
                return Command(Kind.POLL)
            if not self._has_checked and self._last.activity is Activity.CHECKING:
                self._publish_snapshot(waiting(engine.next_check))  # so that a person can click
        if not self._has_checked or self._faults:
            return None  # nothing is known to judge by; a fault shows until a check has ended well
        if engine.facts_changed():
            return Command(Kind.LOOK)
        if engine.has_notices:
            return Command(Kind.TELL)
        if engine.judge() != self._last.health:
            return Command(Kind.JUDGE)  # by the mere passing of time
        return None

    def cancel_sign_in(self) -> None:
        """End the sign-in that waits, if one does. Any thread."""
        sign_in = self._sign_in
        if sign_in is not None:
            sign_in.cancel()

    def end(self) -> None:
        """The program ends: no further token is presented. Any thread."""
        self._ends = True  # also for an engine that is just being opened
        if self._engine is not None:
            self._engine.end()

    def shorten_timeouts(self) -> None:
        """The program ends: nothing is waited for as long as else. Any thread."""
        if self._engine is not None:
            self._engine.shorten_timeouts()

    def close(self) -> None:
        """Close what is open."""
        self.cancel_sign_in()
        if self._engine is not None:
            self._engine.close()

    def _reload(self, engine: Engine, _: Command) -> None:
        self._publish_snapshot(Snapshot(engine.reload()))
        if engine.renewal_due():  # follows a check: `.env` may only have to be mended
            self._check(engine, Command(Kind.POLL))

    def _judge(self, engine: Engine, _: Command) -> None:
        self._publish_snapshot(Snapshot(engine.judge()))

    def _deliver_notices(self, engine: Engine, _: Command) -> None:
        self._publish_snapshot(Snapshot(engine.judge(), notices=engine.drain_notices()))

    def _give_up_sign_in(self, engine: Engine, _: Command) -> None:
        self.cancel_sign_in()  # the port is for the other way that is named
        self._tell(engine, Outcome(SignInResult.NO_BROWSER))

    def _check(self, engine: Engine, command: Command) -> None:
        asked = ASKED.get(command.kind)
        self._publish_snapshot(Snapshot(self._last.health, Activity.CHECKING))
        health = engine.poll()
        self._has_checked = True
        # A renewal that follows is part of the check; its end is what a person waits for.
        due, notices = engine.renewal_due(), engine.drain_notices()
        self._publish_snapshot(Snapshot(health, asked=None if due else asked, notices=notices))
        if due:
            self._refresh(engine, command)
        self._keep_alive(engine)

    def _keep_alive(self, engine: Engine) -> None:
        """Extend the data sources that are due by themselves."""
        if engine.data_sources.due():
            self._publish_snapshot(Snapshot(self._last.health, Activity.EXTENDING))
            self._publish_snapshot(Snapshot(engine.data_sources.keep_alive()))

    def _extend(self, engine: Engine, command: Command) -> None:
        """Extend the data source that a person has clicked, or that the health is about."""
        problem = self._last.health.problem
        source_id = command.subject or (problem.watched.source.id if problem else "")
        if not source_id:
            return  # it was extended while the person clicked
        self._publish_snapshot(Snapshot(self._last.health, Activity.EXTENDING))
        done = engine.data_sources.extend(source_id)
        health, notices = engine.judge(), engine.drain_notices()
        self._publish_snapshot(
            Snapshot(health, asked=UserRequest.EXTEND, extended=done, notices=notices)
        )
        if done.refusal is Refusal.REJECTED:
            self._check(engine, Command(Kind.POLL))  # the token has died since the last check

    def _keep(self, engine: Engine, command: Command) -> None:
        """Tick or untick a data source."""
        try:
            health = engine.data_sources.set_kept(command.subject, on=command.kind is Kind.KEEP)
            notices = engine.drain_notices()
        except ConfigError as error:
            health = engine.judge()
            notices = (f"Keep alive was not changed: {error.faults[0]}.",)
        self._publish_snapshot(Snapshot(health, notices=notices))
        self._keep_alive(engine)

    def _refresh(self, engine: Engine, command: Command) -> None:
        self._publish_snapshot(Snapshot(self._last.health, Activity.REFRESHING))
        health = engine.refresh(by_hand=command.kind is Kind.REFRESH)
        self._has_checked = True
        notices = engine.drain_notices()
        self._publish_snapshot(
            Snapshot(
                health, answered=engine.answered, asked=ASKED.get(command.kind), notices=notices
            )
        )

    def _ask_to_sign_in(self, engine: Engine, command: Command) -> None:
        """Open the page; the answer comes as a message, so that checking goes on meanwhile."""
        if self._sign_in is not None and self._sign_in.cancelled:
            self._finish_sign_in(engine, command)  # its own message is still under way
        if self._sign_in is None:
            try:
                self._sign_in = engine.begin_sign_in()
            except TrayError as error:
                self._tell(engine, Outcome(SignInResult.NOT_BEGUN, detail=str(error)))
                return
            threading.Thread(
                target=self._await, args=(self._sign_in,), name="sign-in", daemon=True
            ).start()
        self._publish_snapshot(Snapshot(engine.judge()))
        self._browse(self._sign_in.start_page(), lambda: self._post(Command(Kind.NO_BROWSER)))

    def _await(self, sign_in: SignInSession) -> None:
        try:
            sign_in.wait()
        finally:
            self._post(Command(Kind.SIGN_IN_OVER))

    def _finish_sign_in(self, engine: Engine, _: Command) -> None:
        sign_in = self._sign_in
        if sign_in is None or not (sign_in.cancelled or sign_in.is_over):
            return  # the message of an earlier one
        sign_in.join()
        self._publish_snapshot(Snapshot(self._last.health, Activity.SIGNING_IN))
        try:
            outcome = engine.finish_sign_in(sign_in)
        finally:
            self._sign_in = None
        self._tell(engine, outcome)

    def _tell(self, engine: Engine, outcome: Outcome) -> None:
        """Answer the person who wants to sign in."""
        answered = engine.answered if outcome.succeeded else None
        told = Snapshot(
            engine.judge(), answered=answered, asked=UserRequest.SIGN_IN, signed_in=outcome
        )
        self._publish_snapshot(replace(told, notices=engine.drain_notices()))

    def _report_internal_error(self, error: Exception, asked: UserRequest | None) -> None:
        """Show a fault of this program, and slow down."""
        self._log_once(error)
        self._faults += 1
        self._retry_at = self._wall() + back_off(self._faults, 1.0, self._pace)
        failed = replace(FAILED, asked=asked)
        try:
            self._publish_snapshot(failed)
        except Exception as another:  # noqa: BLE001 - the boundary: what failed may fail again
            self._log_once(another)
            self._send(failed)

    def _log_once(self, error: Exception) -> None:
        """Log it with its traceback, once until a check has ended well: it may come back with
        every turn."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (type(error), trace.tb_frame.f_code if trace else None)
        if place not in self._logged:
            self._logged.add(place)
            log.error("a fault of this program", exc_info=error)

    def _publish_snapshot(self, snapshot: Snapshot) -> None:
        until = self._sign_in.until if self._sign_in else None
        snapshot = replace(snapshot, sign_in_until=until)
        if self._engine is not None:
            recent, quiet = self._engine.recent_events(RECENT), self._engine.config.quiet_hours
            snapshot = replace(snapshot, recent=recent, quiet=quiet)
        self._last = snapshot
        self._send(snapshot)

    def _send(self, snapshot: Snapshot) -> None:
        """Publish it. If that fails, the renewing goes on, and this program is shown as at fault
        if that can be shown."""
        try:
            self._publish(snapshot)
        except Exception as error:  # noqa: BLE001 - the boundary
            self._log_once(error)
            self._unshown = True
            with suppress(Exception):
                self._publish(replace(FAILED, asked=snapshot.asked))

    _HANDLERS: ClassVar[dict[Kind, Callable[[ProfileWorker, Engine, Command], None]]] = {
        Kind.LOOK: _reload,
        Kind.JUDGE: _judge,
        Kind.TELL: _deliver_notices,
        Kind.AUTHORIZE: _ask_to_sign_in,
        Kind.SIGN_IN_OVER: _finish_sign_in,
        Kind.NO_BROWSER: _give_up_sign_in,
        Kind.POLL: _check,
        Kind.CHECK: _check,
        Kind.REFRESH: _refresh,
        Kind.EXTEND: _extend,
        Kind.KEEP: _keep,
        Kind.LET_GO: _keep,
    }
