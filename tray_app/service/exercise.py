"""Exercises renewal methods while all is well (policy/exercise.py says which and when)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from tray_app.model.credentials import Usage
from tray_app.model.errors import Busy, Refused, Unreachable, VaultError
from tray_app.model.health import Observations
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.policy import exercise, schedule
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.renewal import RenewalAttempt
from tray_app.service.timetable import Timetable, is_ahead

log = logging.getLogger(__name__)

RETRY_AFTER_NO_EFFECT = timedelta(days=1)
"""Until an exercise that had no effect is repeated; a refusal also closes its method."""


@dataclass(slots=True, repr=False, eq=False)
class Exerciser:
    """One profile's. A failure here is no failed renewal: the token in `.env` works."""

    _tools: Dependencies
    _repository: CredentialRepository
    _env_sync: EnvSync
    _timetable: Timetable
    _failures: dict[RenewalMethod, int] = field(default_factory=dict, init=False)
    _again_at: dict[RenewalMethod, datetime] = field(default_factory=dict, init=False)

    def record_first_sight(self, facts: Observations) -> Observations:
        """Record when tokens of unknown expiry were first seen; returns the facts with that."""
        tokens, usage = exercise.untracked_tokens(facts), Usage(self._tools.clock())
        for token in tokens:
            self._tools.token_facts.record_usage(token, usage)
        return replace(facts, usages={**facts.usages, **{t.digest: usage for t in tokens}})

    def run(self, facts: Observations) -> tuple[RenewalMethod | None, bool]:
        """Run the exercise that is due, at most one. Call it when the token works.

        Returns its method, None if none is due now, and whether the method has worked.
        """
        now = self._tools.clock()
        if not self._timetable.may_renew():
            return None, False
        for due in exercise.due_exercises(facts, now):
            if due.due_at <= now and self._may(due.method, facts, now):
                return due.method, self._exercise(due.method, facts)
        return None, False

    def next_at(self, facts: Observations) -> datetime | None:
        """When the next exercise falls due (UTC), None if none does."""
        now = self._tools.clock()
        ahead = (each.due_at for each in exercise.due_exercises(facts, now) if each.due_at > now)
        return next(ahead, None)

    def _may(self, method: RenewalMethod, facts: Observations, now: datetime) -> bool:
        again_at = self._again_at.get(method)
        if is_ahead(again_at, now, RETRY_AFTER_NO_EFFECT.total_seconds()):
            return False
        if method is RenewalMethod.INTEGRATION_REFRESH or facts.token is None:
            return True
        return not self._timetable.unchanged_lately(facts.token)

    def _exercise(self, method: RenewalMethod, facts: Observations) -> bool:
        log.info("exercise: %s is used", method)
        try:
            if method is RenewalMethod.INTEGRATION_REFRESH:
                attempt = RenewalAttempt(self._tools, self._repository, self._env_sync)
                self._tools.critical.run(partial(attempt.run, only=method))
                has_effect = True
            else:
                has_effect = self._renew(method, facts.token)
        except Busy:
            log.info("exercise: left for later, another process is renewing")
            return False
        except Unreachable as error:
            log.info("exercise: %s (%s)", error, error.tracking_id)
            self._timetable.pause(error)
            self._wait(method)
            return False
        except Refused:  # recorded: the method is closed now, and shown so
            has_effect = False
        except VaultError as error:  # locked, or a full disk: it may be repaired any time
            log.warning("exercise: %s", error)
            self._wait(method)
            return False
        if has_effect:
            self._failures.pop(method, None)
            self._again_at.pop(method, None)
        else:
            self._again_at[method] = self._tools.clock() + RETRY_AFTER_NO_EFFECT
        return has_effect

    def _wait(self, method: RenewalMethod) -> None:
        """Back off as a failed renewal does."""
        failures = self._failures[method] = self._failures.get(method, 0) + 1
        seconds = schedule.back_off(failures, self._tools.roll(), self._tools.pace)
        self._again_at[method] = self._tools.clock() + timedelta(seconds=seconds)

    def _renew(self, method: RenewalMethod, token: Secret | None) -> bool:
        """Renew the pair by this method, write and check it; False if nothing came of it.

        Raises Busy, Refused, Unreachable, VaultError.
        """
        tools, repository, env_sync = self._tools, self._repository, self._env_sync
        with env_sync.locked():
            repository.ensure_loaded()
            env_sync.read()
            held = repository.credentials.pair
            if held is None or not held.access == token == env_sync.tokens.access:
                return True  # another process has renewed: the next check goes on from there
            before = tools.token_facts.lifespan(held.access)
            only = method if method is RenewalMethod.SERVICE_REFRESH else None
            without = None if only else RenewalMethod.SERVICE_REFRESH
            attempt = RenewalAttempt(tools, repository, env_sync)
            pair = tools.critical.run(partial(attempt.run, only=only, without=without))
            if pair is None:
                return False
            self._timetable.note_unchanged(before, pair.access)
        env_sync.run(repair=True)
        return attempt.is_written
