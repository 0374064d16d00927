"""One renewal: the ladder climbed under the service app's lock, and what came of it checked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from tray_app.model import settings
from tray_app.model.credentials import Pair
from tray_app.model.health import Observations
from tray_app.model.renewal import Availability, RenewalMethod
from tray_app.model.secret import Secret
from tray_app.policy import health
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.renewal_attempt import RenewalAttempt
from tray_app.service.timetable import Timetable

log = logging.getLogger(__name__)


class Renewal:
    """To be made for one renewal. `answered`: the rung that renewed, None where none did."""

    def __init__(
        self,
        tools: Dependencies,
        repository: CredentialRepository,
        check: EnvSync,
        timetable: Timetable,
        *,
        is_dead: Callable[[], bool],
    ) -> None:
        """`is_dead` says whether what `.env` carries is dead, as far as is known."""
        self._tools = tools
        self._repository = repository
        self._check = check
        self._timetable = timetable
        self._is_dead = is_dead
        self.answered: RenewalMethod | None = None

    def run(self, instead_of: Secret | None, *, by_hand: bool) -> bool:
        """Renew, and check: only what Webex accepts ends the trouble. Raises Busy, Unreachable."""
        for dead in (instead_of, None):
            if not self._renew(dead, by_hand=by_hand):
                return False
            self._check.run(mend=True)
            if self.answered or self._check.failure or not self._is_dead():
                break  # else what another process had renewed has died since: it is our turn
        return True

    def _renew(self, instead_of: Secret | None, *, by_hand: bool) -> bool:
        """Renew under the locks. Raises Busy, Unreachable."""
        tools, repository, judged = self._tools, self._repository, self._check.tokens
        pair = repository.credentials.pair
        set_out_with = instead_of or (pair.access if pair else None)
        with self._check.locked():
            repository.load(prompt=by_hand and tools.permissions.prompt)
            self._check.read()
            if self._check.fault:
                return False
            held = repository.credentials.pair
            is_newer = held is not None and set_out_with not in (None, held.access)
            if held is not None and is_newer and not tools.token_facts.seen(held.access).rejected:
                log.info("another process has renewed; took over %s", held.access.fingerprint)
                return self._check.write(held)
            if self._check.tokens.access not in (None, judged.access, set_out_with):
                log.info("a program that keeps its secrets elsewhere has written .env: it is read")
                return True
            return tools.critical.run(lambda: self._climb(held, by_hand=by_hand))

    def _climb(self, held: Pair | None, *, by_hand: bool) -> bool:
        """Renew, and write `.env`; False where nothing came of it. Raises Unreachable."""
        before = self._tools.token_facts.lifespan(held.access) if held else None
        climb = RenewalAttempt(self._tools, self._repository, self._check.reserve)
        try:
            pair = climb.up(by_hand=by_hand)
            if pair is None:
                return False
            self.answered = climb.answered
            self._timetable.note_unchanged(before, pair.access)
            return self._check.write(pair)
        finally:
            self._check.release()


def is_due(
    facts: Observations, timetable: Timetable, now: datetime, limits: settings.Thresholds
) -> bool:
    """Whether a rung should act now by itself: the token is dead or near its end."""
    # Where `.env` itself refuses, a newer token would not get into it either.
    if facts.env_fault or not timetable.may_renew():
        return False
    if Availability.READY not in facts.availabilities.values():
        return False
    if facts.availabilities[RenewalMethod.MINT_CANDIDATE] is Availability.READY:
        return True  # what a person has begun is finished
    if facts.token is None or health.is_dead(facts, now, limits):
        return True
    near = health.in_renewal_window(facts.lifespan, now, limits)
    return near and not timetable.unchanged_lately(facts.token)
