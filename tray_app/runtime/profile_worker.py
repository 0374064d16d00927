"""What one profile's turn does: a command in, the engine called, snapshots out.

Owns no thread, except one that waits for a sign-in: the scheduler calls `take_turn`, one thread at
a time.
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
from tray_app.runtime.commands import Command, Kind

if TYPE_CHECKING:
    from types import CodeType

    from tray_app.service.engine import Engine
    from tray_app.sign_in.session import SignInSession

log = logging.getLogger(__name__)


Browse = Callable[[str, Callable[[], None]], None]
"""Opens a page in the user's browser and returns at once; calls back if there is no browser."""

_CHECKS = (Kind.POLL, Kind.CHECK, Kind.CHECK_ALL, Kind.REFRESH)
"""Commands that end with health judged by a response of Webex's, or by its absence."""

_USER_REQUESTS = {
    Kind.CHECK: UserRequest.CHECK,
    Kind.CHECK_ALL: UserRequest.CHECK_ALL,
    Kind.REFRESH: UserRequest.REFRESH,
    Kind.AUTHORIZE: UserRequest.SIGN_IN,
    Kind.SIGN_IN_ENDED: UserRequest.SIGN_IN,
    Kind.EXTEND: UserRequest.EXTEND,
}
"""The commands that a user waits for."""


class ProfileWorker:
    """Does the work of one profile.

    `open_engine` is called in the first turn, so heavy imports don't delay the icon; `publish` is
    called with every snapshot, in the turn's thread; `post` queues a command, on any thread.
    """

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        post: Callable[[Command], None],
        *,
        browse: Browse,
        onward: Callable[[], str] = lambda: "",
        pace: Timing,
        wall: Callable[[], float],
    ) -> None:
        """`onward`: returns the address of the page that shows the outcome of a sign-in, "" for
        none; called in the thread "callback". `wall`: seconds since the epoch."""
        self._open_engine = open_engine
        self._publish = publish
        self._post = post
        self._browse = browse
        self._onward = onward
        self._pace = pace
        self._wall = wall
        self._engine: Engine | None = None
        self._sign_in: SignInSession | None = None
        self._ending = False
        self._retry_at = 0.0
        self._woken = False
        self._has_checked = False
        self._last = STARTING
        # Internal errors since the last check that ended well, and those of them in the log:
        self._errors = 0
        self._logged: set[tuple[type[Exception], CodeType | None]] = set()
        self._publish_failed = False

    @property
    def is_open(self) -> bool:
        """Whether the config could be used and the engine is open."""
        return self._engine is not None

    @property
    def is_unwell(self) -> bool:
        """Whether the last health was not green."""
        return self._has_checked and self._last.health.colour is not Colour.GREEN

    @property
    def due(self) -> float:
        """When the next poll is due, in seconds since the epoch."""
        if self._errors:
            return self._retry_at  # the engine planned its next check before the error
        at = self._engine.next_check if self._engine is not None else None
        return at.timestamp() if at else 0.0

    @property
    def awaits_tokens(self) -> bool:
        """Whether new tokens may be on their way or are being saved. Any thread."""
        return self._engine is not None and self._engine.awaits_tokens

    def wake(self) -> None:
        """The machine has slept: a check is due. Any thread."""
        self._woken = True

    def take_turn(self, command: Command | None) -> None:
        """Run the command, or whatever is due; first of all, open the engine. Raises nothing: an
        internal error is shown as red, and delays the next turn."""
        request = _USER_REQUESTS.get(command.kind) if command is not None else None
        try:
            engine = self._engine or self._open(request)
            if engine is None:
                return
            command = command or self._next_due_command(engine)
            if command is None:
                return
            self._publish_failed = False
            if not self._has_checked and command.kind not in _CHECKS:
                self._check(engine, Command(Kind.POLL))  # else there is nothing to judge by
            self._HANDLERS[command.kind](self, engine, command)
            if command.kind in _CHECKS:
                self._errors = 0
                if not self._publish_failed:
                    self._logged.clear()
        except Interrupted:
            log.info("a turn was left unfinished because the program ends")
        except Exception as error:  # noqa: BLE001 - a boundary: without it the icon would stay as it is
            self._report_internal_error(error, request)

    def _open(self, request: UserRequest | None) -> Engine | None:
        """Open the engine; if the config cannot be used, show that. `request`: what a user waits
        for meanwhile."""
        try:
            self._engine = self._open_engine()
        except ConfigError as error:
            self._publish_snapshot(Snapshot(not_set_up(error.faults), asked=request))
        else:
            if self._ending:
                self._engine.end()
        return self._engine

    def _next_due_command(self, engine: Engine) -> Command | None:
        """Return the command that is due without a user's request; None if there is none."""
        if self._has_checked and engine.files_edited():
            return Command(Kind.POLL)  # the user who edited them waits for the result
        if self._woken or self._wall() >= self.due:
            self._woken = False
            if engine.may_check():
                return Command(Kind.POLL)
            if not self._has_checked and self._last.activity is Activity.CHECKING:
                self._publish_snapshot(waiting(engine.next_check))  # enables the menu
        if not self._has_checked or self._errors:
            return None  # nothing to judge by yet; an error shows until a check has ended well
        if engine.facts_changed():
            return Command(Kind.RELOAD)
        if engine.has_notices:
            return Command(Kind.DELIVER_NOTICES)
        if engine.differs_from(self._last.health):
            return Command(Kind.JUDGE)  # it changes with time alone
        return None

    def cancel_sign_in(self, by_user: bool = True) -> None:
        """End the sign-in that waits, if there is one. `by_user`: False if it has become void. Any
        thread."""
        sign_in = self._sign_in
        if sign_in is not None:
            sign_in.cancel(by_user=by_user)

    def end(self) -> None:
        """The program ends: present no further token. Any thread."""
        self._ending = True  # also for an engine that is just being opened
        if self._engine is not None:
            self._engine.end()

    def shorten_timeouts(self) -> None:
        """The program ends: wait less for everything. Any thread."""
        if self._engine is not None:
            self._engine.shorten_timeouts()

    def close(self) -> None:
        """Close the engine and end a sign-in that waits."""
        self.cancel_sign_in()
        if self._engine is not None:
            self._engine.close()

    def _reload(self, engine: Engine, _: Command) -> None:
        self._publish_snapshot(Snapshot(engine.reload()))
        if engine.renewal_due():  # it checks first: perhaps only `.env` needs repair
            self._check(engine, Command(Kind.POLL))

    def _judge(self, engine: Engine, _: Command) -> None:
        self._publish_snapshot(Snapshot(engine.judge_and_record()))

    def _deliver_notices(self, engine: Engine, _: Command) -> None:
        health = engine.judge_and_record()
        self._publish_snapshot(Snapshot(health, notices=engine.drain_notices()))

    def _give_up_sign_in(self, engine: Engine, _: Command) -> None:
        self.cancel_sign_in(by_user=False)  # frees the port for the other way to sign in
        self._answer_sign_in(engine, Outcome(SignInResult.NO_BROWSER))

    def _check(self, engine: Engine, command: Command) -> None:
        request = _USER_REQUESTS.get(command.kind)
        self._publish_snapshot(Snapshot(self._last.health, Activity.CHECKING))
        health = engine.poll()
        self._has_checked = True
        # A renewal that follows is part of the check; the user waits for its end.
        due, notices = engine.renewal_due(), engine.drain_notices()
        self._publish_snapshot(Snapshot(health, asked=None if due else request, notices=notices))
        if due:
            self._refresh(engine, command)
        self._keep_alive(engine)

    def _keep_alive(self, engine: Engine) -> None:
        """Extend the data sources that are due."""
        if engine.extension_due():
            self._publish_snapshot(Snapshot(self._last.health, Activity.EXTENDING))
            self._publish_snapshot(Snapshot(engine.extend_due()))

    def _extend(self, engine: Engine, command: Command) -> None:
        """Extend this data source, or the one that the health is about."""
        problem = self._last.health.problem
        source_id = command.source_id or (problem.watched.source.id if problem else "")
        if not source_id:
            return  # it was extended while the user clicked
        self._publish_snapshot(Snapshot(self._last.health, Activity.EXTENDING))
        done = engine.extend(source_id)
        health, notices = engine.judge(), engine.drain_notices()
        self._publish_snapshot(
            Snapshot(health, asked=UserRequest.EXTEND, extended=done, notices=notices)
        )
        if done.refusal is Refusal.REJECTED:
            self._check(engine, Command(Kind.POLL))  # the token has expired since the last check

    def _keep(self, engine: Engine, command: Command) -> None:
        """Keep a data source alive, or stop keeping it."""
        try:
            health = engine.set_kept(command.source_id, on=command.kind is Kind.KEEP)
            notices = engine.drain_notices()
        except ConfigError as error:
            health = engine.judge()
            notices = (f"Keep alive was not changed: {error.faults[0]}.",)
        self._publish_snapshot(Snapshot(health, notices=notices))
        self._keep_alive(engine)

    def _refresh(self, engine: Engine, command: Command) -> None:
        request = _USER_REQUESTS.get(command.kind)
        self._publish_snapshot(Snapshot(self._last.health, Activity.REFRESHING))
        health = engine.refresh(by_hand=command.kind is Kind.REFRESH)
        self._has_checked = True
        notices = engine.drain_notices()
        self._publish_snapshot(
            Snapshot(health, last_method=engine.last_method, asked=request, notices=notices)
        )

    def _ask_to_sign_in(self, engine: Engine, command: Command) -> None:
        """Open the page. The result comes as a command, so checks go on meanwhile."""
        waiting = self._sign_in
        if waiting is not None and engine.files_edited():
            self._check(engine, Command(Kind.POLL))
        if waiting is not None and not waiting.is_for(engine.config.integration):
            waiting.cancel(by_user=False)  # it would ask for what the config no longer says
        if waiting is not None and waiting.cancelled:
            self._finish_sign_in(engine, command)  # its own command is still on its way
        if self._sign_in is None:
            try:
                self._sign_in = engine.begin_sign_in()
            except TrayError as error:
                self._answer_sign_in(engine, Outcome(SignInResult.NOT_BEGUN, detail=str(error)))
                return
            self._sign_in.lead_to(self._onward)
            threading.Thread(
                target=self._await_sign_in, args=(self._sign_in,), name="sign-in", daemon=True
            ).start()
        self._publish_snapshot(Snapshot(engine.judge()))
        self._browse(self._sign_in.start_page(), lambda: self._post(Command(Kind.NO_BROWSER)))

    def _await_sign_in(self, sign_in: SignInSession) -> None:
        try:
            sign_in.wait()
        finally:
            self._post(Command(Kind.SIGN_IN_ENDED))

    def _finish_sign_in(self, engine: Engine, _: Command) -> None:
        sign_in = self._sign_in
        if sign_in is None or not (sign_in.cancelled or sign_in.is_over):
            return  # the command of an earlier one
        sign_in.join()
        self._publish_snapshot(Snapshot(self._last.health, Activity.SIGNING_IN))
        try:
            outcome = engine.finish_sign_in(sign_in)
        finally:
            self._sign_in = None
        self._answer_sign_in(engine, outcome)

    def _answer_sign_in(self, engine: Engine, outcome: Outcome) -> None:
        """Publish the result for the user who wants to sign in."""
        last_method = engine.last_method if outcome.succeeded else None
        self._publish_snapshot(
            Snapshot(
                engine.judge(),
                last_method=last_method,
                asked=UserRequest.SIGN_IN,
                signed_in=outcome,
                notices=engine.drain_notices(),
            )
        )

    def _report_internal_error(self, error: Exception, request: UserRequest | None) -> None:
        """Show an error of this program, and delay the next turn."""
        self._log_once(error)
        self._errors += 1
        self._retry_at = self._wall() + back_off(self._errors, 1.0, self._pace)
        failed = replace(FAILED, asked=request)
        try:
            self._publish_snapshot(failed)
        except Exception as another:  # noqa: BLE001 - a boundary: the same may fail again
            self._log_once(another)
            self._send(failed)

    def _log_once(self, error: Exception) -> None:
        """Log it with its traceback, once until a check ends well: it may return every turn."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = (type(error), trace.tb_frame.f_code if trace else None)
        if place not in self._logged:
            self._logged.add(place)
            log.error("internal error", exc_info=error)

    def _publish_snapshot(self, snapshot: Snapshot) -> None:
        until = self._sign_in.until if self._sign_in else None
        snapshot = replace(snapshot, sign_in_until=until)
        if self._engine is not None:
            recent, quiet = self._engine.recent_events(RECENT), self._engine.config.quiet_hours
            snapshot = replace(snapshot, recent=recent, quiet=quiet)
        self._last = snapshot
        self._send(snapshot)

    def _send(self, snapshot: Snapshot) -> None:
        """Publish it. If that fails, renewals go on, and an internal error is shown if possible."""
        try:
            self._publish(snapshot)
        except Exception as error:  # noqa: BLE001 - a boundary: the listener is not ours
            self._log_once(error)
            self._publish_failed = True
            with suppress(Exception):
                self._publish(replace(FAILED, asked=snapshot.asked))

    _HANDLERS: ClassVar[dict[Kind, Callable[[ProfileWorker, Engine, Command], None]]] = {
        Kind.CHECK: _check,
        Kind.CHECK_ALL: _check,
        Kind.REFRESH: _refresh,
        Kind.AUTHORIZE: _ask_to_sign_in,
        Kind.EXTEND: _extend,
        Kind.KEEP: _keep,
        Kind.STOP_KEEPING: _keep,
        Kind.SIGN_IN_ENDED: _finish_sign_in,
        Kind.NO_BROWSER: _give_up_sign_in,
        Kind.POLL: _check,
        Kind.RELOAD: _reload,
        Kind.JUDGE: _judge,
        Kind.DELIVER_NOTICES: _deliver_notices,
    }
