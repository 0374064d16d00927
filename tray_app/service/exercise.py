"""Exercises the rungs while all is well (policy/exercise.py says which and when)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from tray_app.model.credentials import Pair, Usage
from tray_app.model.errors import Busy, Refused, Unreachable, VaultError
from tray_app.model.health import Observations
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.policy import exercise, schedule
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.renewal_attempt import RenewalAttempt
from tray_app.service.timetable import Timetable

log = logging.getLogger(__name__)

_FRUITLESS = timedelta(days=1)
"""Until an errand that brought nothing is run again; a refusal closes its rung besides."""


class Exerciser:
    """One profile's. What fails here is no failed renewal: the token in `.env` works."""

    def __init__(
        self,
        tools: Dependencies,
        repository: CredentialRepository,
        check: EnvSync,
        timetable: Timetable,
    ) -> None:
        self._tools = tools
        self._repository = repository
        self._check = check
        self._timetable = timetable
        self._failures: dict[RenewalMethod, int] = {}
        self._again_at: dict[RenewalMethod, datetime] = {}

    def note_first_sight(self, facts: Observations) -> None:
        """Remember when tokens were first seen whose end nobody has told."""
        now = self._tools.clock()
        for token in exercise.untracked_tokens(facts):
            self._tools.token_facts.record_usage(token, Usage(now))

    def run(self, facts: Observations) -> tuple[RenewalMethod | None, bool]:
        """Run the errand that is due, at most one. To be called when the token works.

        Returns its rung, None if none is due now, and whether the rung has worked.
        """
        now = self._tools.clock()
        if not self._timetable.may_renew():
            return None, False
        for errand in exercise.due_exercises(facts, now):
            if errand.due_at <= now and self._may(errand.method, facts, now):
                return errand.method, self._do(errand.method, facts)
        return None, False

    def next_at(self, facts: Observations) -> datetime | None:
        """When the next errand falls due (UTC), None where none does."""
        now = self._tools.clock()
        ahead = (e.due_at for e in exercise.due_exercises(facts, now) if e.due_at > now)
        return next(ahead, None)

    def _may(self, method: RenewalMethod, facts: Observations, now: datetime) -> bool:
        again_at = self._again_at.get(method)
        if again_at is not None and now < again_at <= now + _FRUITLESS:  # else: a clock set back
            return False
        if method is RenewalMethod.INTEGRATION_REFRESH or facts.token is None:
            return True
        return not self._timetable.unchanged_lately(facts.token)

    def _do(self, method: RenewalMethod, facts: Observations) -> bool:
        log.info("upkeep: %s is exercised", method)
        try:
            if method is RenewalMethod.INTEGRATION_REFRESH:
                self._exercise_sign_in()
                fruitful = True
            else:
                fruitful = self._renew(method, facts.token)
        except Busy:
            log.info("upkeep is left for later: another process is renewing")
            return False
        except Unreachable as error:
            log.info("upkeep: %s (%s)", error, error.tracking_id)
            self._timetable.pause(error.retry_after)
            self._wait(method)
            return False
        except Refused:  # remembered: the rung is closed now, and shown so
            fruitful = False
        except VaultError as error:  # locked, or a full disk: it may be mended any time
            log.warning("upkeep: %s", error)
            self._wait(method)
            return False
        if fruitful:
            self._failures.pop(method, None)
            self._again_at.pop(method, None)
        else:
            self._again_at[method] = self._tools.clock() + _FRUITLESS
        return fruitful

    def _exercise_sign_in(self) -> None:
        """Raises Busy, Refused, Unreachable, VaultError."""
        try:
            RenewalAttempt(self._tools, self._repository, self._check.reserve).only(
                RenewalMethod.INTEGRATION_REFRESH
            )
        finally:
            self._check.release()

    def _wait(self, method: RenewalMethod) -> None:
        """Back off as a failed renewal does; no check is made for its sake."""
        failures = self._failures[method] = self._failures.get(method, 0) + 1
        seconds = schedule.back_off(failures, self._tools.roll(), self._tools.pace)
        self._again_at[method] = self._tools.clock() + timedelta(seconds=seconds)

    def _renew(self, method: RenewalMethod, token: Secret | None) -> bool:
        """Renew the pair by this rung, write it, and check it; False where nothing came of it.

        Raises Busy, Refused, Unreachable, VaultError.
        """
        tools, repository, app = self._tools, self._repository, self._repository.credentials.app
        with tools.locks.acquire("app", tools.webex.host, app.app_id, app.target_org_id):
            repository.load()
            self._check.read()
            held = repository.credentials.pair
            if held is None or not held.access == token == self._check.tokens.access:
                return True  # somebody else has renewed: the next check takes it from there
            written = tools.critical.run(lambda: self._climb(method, held))
        if written is None:
            return False
        self._check.run(mend=True)
        return written

    def _climb(self, method: RenewalMethod, held: Pair) -> bool | None:
        """Renew by this rung, and write `.env`: whether it took the pair, None where there is none.

        Raises Refused, Unreachable, VaultError.
        """
        before = self._tools.token_facts.lifespan(held.access)
        climb = RenewalAttempt(self._tools, self._repository, self._check.reserve)
        try:
            if method is RenewalMethod.SERVICE_REFRESH:
                pair = climb.only(method)
            else:
                pair = climb.up(by_hand=False, without=RenewalMethod.SERVICE_REFRESH)
            if pair is None:
                return None
            self._timetable.note_unchanged(before, pair.access)
            return self._check.write(pair)
        finally:
            self._check.release()
