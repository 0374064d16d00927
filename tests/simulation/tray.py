"""The real engine, as the worker of the tray asks it."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import requests

from tests.profile import Profile
from tests.simulation.contender import Asks
from tests.simulation.wire import Wire
from tray_app.model.health import Health, Reason
from tray_app.model.renewal import Availability
from tray_app.policy import health
from tray_app.policy.exercise import due_exercises
from tray_app.sandbox.clock import ManualClock
from tray_app.service.engine import Engine
from tray_app.system.concurrency import failing
from tray_app.webex.client import Webex
from tray_app.webex.connections import ConnectionPool
from tray_app.webex.http import new_session

T = TypeVar("T")

_NOTICED = timedelta(seconds=15)
"""The longest nap of the worker: waking is noticed after that."""

_SIGN_IN = {Reason.SIGN_IN_ENDED, Reason.SIGN_IN_MISSING, Reason.SIGN_IN_DUE, Reason.REFRESH_DUE}


class _Direct(ConnectionPool):
    """One session, used in the caller's thread: nothing hangs here, and a change of thread for each
    request would take most of the time."""

    def __init__(self, base: str, wire: Wire) -> None:
        super().__init__(base, total=1, idle=1)
        self._session = new_session(base)
        self._session.mount("http://", wire)

    def submit(self, work: Callable[[requests.Session], T]) -> Future[T]:
        """Do the work at once."""
        future = Future[T]()
        with failing(future):
            future.set_result(work(self._session))
        return future


class Tray:
    """Config, keyring, journal and `.env` are real; only clock and wire are not."""

    def __init__(self, profile: Profile, wire: Wire, clock: ManualClock) -> None:
        self._profile = profile
        self._wire = wire
        self._clock = clock
        self._roll = random.Random(1).random
        self._engine: Engine | None = None
        self._health: Health | None = None
        self.next_at = clock()

    @property
    def asks(self) -> Asks:
        """By row 1 or 8 of the health table: what the icon and the notice say."""
        found = self._health
        if found is None or found.row not in (1, 8) or found.reason not in _SIGN_IN:
            return Asks.NOTHING
        able = Availability.READY in self._opened()._assessment.observe().availabilities.values()
        return Asks.IN_TIME if able else Asks.NOW

    @property
    def asked_by(self) -> datetime | None:
        """The day that the next step names."""
        return self._health.due_at if self._health else None

    def wake(self, *, fresh: bool) -> None:
        """A start polls at once, waking is noticed at the next slice."""
        if fresh:
            self.close()
        self.next_at = self._clock() + (timedelta() if fresh else _NOTICED)

    def act(self) -> None:
        """What the worker does when a poll is due."""
        engine = self._opened()
        self._health = engine.poll()
        if engine.renewal_due():
            self._health = engine.refresh()
        self._planned(engine)

    def repeats(self) -> bool:
        """The token works, the verdict stays, and no renewal or exercise is due: by the engine's
        own rules, from what it has observed."""
        engine, now, before = self._opened(), self._clock(), self._health
        assessment = engine._assessment
        last = assessment._observed
        if last is None or before is None or last.check_failure or engine.renewal_due():
            return False
        if Availability.FORBIDDEN in last.availabilities.values():  # it counts for a day
            return False
        facts = replace(last, checked_at=now, confirmed_at=now)
        found = health._first_match(facts, None, now, assessment.tools.limits, dead=False)
        same = (found.row, found.reason, found.due_at) == (before.row, before.reason, before.due_at)
        dues = [exercise.due_at for exercise in due_exercises(facts, now)]
        if not same or found.row not in (8, 11) or any(due <= now for due in dues):
            return False
        engine._timetable.plan(facts.poll_seconds, facts.lifespan, now, dues[:1])
        assessment._observed = facts
        self._planned(engine)
        return True

    def refresh(self) -> None:
        """Refresh token now."""
        engine = self._opened()
        self._health = engine.refresh(by_hand=True)
        self._planned(engine)

    def sign_in(self) -> None:
        """Sign in through the browser…, Allow."""
        engine = self._opened()
        asked = engine.begin_sign_in(listen=False)
        assert asked.read(self._wire.consent(asked.url))
        assert engine.finish_sign_in(asked).succeeded
        self._health = engine.judge()
        self._planned(engine)

    def close(self) -> None:
        """Quit."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def _planned(self, engine: Engine) -> None:
        at = engine.next_check
        assert at is not None
        assert at > self._clock()
        self.next_at = at

    def _opened(self) -> Engine:
        if self._engine is None:
            tools = self._profile.tools(self._clock)
            tools.webex.close()
            base = tools.webex.base
            webex = Webex(base, self._clock, pool=_Direct(base, self._wire))
            self._engine = Engine(replace(tools, webex=webex, roll=self._roll))
        return self._engine
