"""Time that only the test moves, and the real worker living in it, in the test's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.profile import Profile, full_profile
from tests.working import OneProfile
from tray_app.model.snapshot import Snapshot
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.webex.client import Webex


class World:
    """True time, as Webex has it, and what this machine makes of it.

    `offset`: how far the machine's clock is ahead; `awake`: the seconds that it has not slept;
    `monotonic`: as the worker sees it. That stands still in sleep on Linux, and goes on where
    `runs_on` says so.
    """

    def __init__(self, true: datetime, *, runs_on: bool = False) -> None:
        self.true = true
        self.offset = timedelta()
        self.awake = 0.0
        self.monotonic = 0.0
        self._runs_on = runs_on
        self._plans: list[tuple[float, Callable[[], object]]] = []

    def now(self) -> datetime:
        """UTC by the machine's clock."""
        return self.true + self.offset

    def after(self, awake: timedelta, happening: Callable[[], object]) -> None:
        """Let something happen when the machine has been awake for so long from now."""
        self._plans.append((self.awake + awake.total_seconds(), happening))
        self._plans.sort(key=lambda plan: plan[0])

    def sleep(self, span: timedelta) -> None:
        """Suspend the machine, and wake it after so long."""
        self.true += span
        if self._runs_on:
            self.monotonic += span.total_seconds()

    def set_clock(self, offset: timedelta) -> None:
        """Set this machine's clock to be so far ahead."""
        self.offset = offset

    def wait(self, seconds: float) -> None:
        """Let the worker wait; what is planned happens at its moment, sleep for instance."""
        end = self.monotonic + seconds
        while self._plans and self._plans[0][0] <= self.awake + (end - self.monotonic):
            at, happening = self._plans.pop(0)
            self._go_on(max(0.0, at - self.awake))
            happening()
        self._go_on(max(0.0, end - self.monotonic))

    def _go_on(self, seconds: float) -> None:
        self.awake += seconds
        self.monotonic += seconds
        self.true += timedelta(seconds=seconds)


class Life:
    """A profile, its Webex, and the real worker on real files in a world.

    `shown`: every snapshot, and when; `asked`: when Webex was asked something. In true time.
    """

    def __init__(self, folder: Path, world: World, webex: Sandbox) -> None:
        self.world = world
        self.webex = webex
        self.profile: Profile = full_profile(folder, webex)
        self.shown: list[tuple[datetime, Snapshot]] = []
        self.asked: list[datetime] = []

    def lived(self, span: timedelta, patch: pytest.MonkeyPatch) -> Snapshot:
        """Run the worker until the machine has been awake for so long; returns the last word."""
        clock = SimpleNamespace(monotonic=lambda: self.world.monotonic)
        patch.setattr("tray_app.runtime.scheduler.time", clock)
        # In this world seconds pass between a write and the next look, and nobody else writes.
        patch.setattr("tray_app.storage.database._SETTLED", 0)
        worker = OneProfile(self._opened, self._show, wall=lambda: self.world.now().timestamp())
        patch.setattr(worker.scheduler._changed, "wait", self.world.wait)
        self.world.after(span, worker.stop)
        worker.scheduler._run()
        return self.shown[-1][1]

    def first_asked_after(self, moment: datetime) -> float:
        """Seconds of true time until Webex was next asked something."""
        return next(at - moment for at in self.asked if at >= moment).total_seconds()

    def busiest(self, seconds: float) -> int:
        """The most checks in any span of so many seconds.

        Time stands still during a check, so that what was asked at one moment is one check.
        """
        moments, span = sorted(set(self.asked)), timedelta(seconds=seconds)
        return max(sum(at <= other < at + span for other in moments) for at in moments)

    def rows_between(self, begin: datetime, end: datetime | None = None) -> list[int]:
        """The rows of the health table that were shown in that time, without repetition."""
        last = end or self.world.true
        rows = [snapshot.health.row for at, snapshot in self.shown if begin <= at <= last]
        return [row for row, before in zip(rows, [0, *rows], strict=False) if row != before]

    def _opened(self) -> Engine:
        tools = self.profile.tools(self.world.now)
        tools.webex.close()
        return Engine(replace(tools, webex=_Noting(self)))

    def _show(self, snapshot: Snapshot) -> None:
        self.shown.append((self.world.true, snapshot))


class _Noting(Webex):
    """The real adapter, noting when it is used."""

    def __init__(self, life: Life) -> None:
        super().__init__(life.webex.api_base, life.world.now)
        self._life = life

    def _send(self, *given: Any, **named: Any) -> Any:
        self._life.asked.append(self._life.world.true)
        return super()._send(*given, **named)
