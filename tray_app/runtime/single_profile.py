"""One profile attended to: an inbox in, snapshots out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tray_app.model.settings import Timing
from tray_app.model.snapshot import Snapshot
from tray_app.runtime.profile_worker import Browse
from tray_app.runtime.scheduler import Scheduler

if TYPE_CHECKING:
    from tray_app.service.engine import Engine


class SingleProfile:
    """A fleet of one; its one thread polls by the engine's timetable and does what a person
    clicks."""

    def __init__(
        self,
        open_engine: Callable[[], Engine],
        publish: Callable[[Snapshot], None],
        *,
        browse: Browse = lambda _url, failed: failed(),
        pace: Timing | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.scheduler = Scheduler(pace=pace, wall=wall)
        handle = self.scheduler.add(open_engine, publish, browse=browse)
        self.check, self.refresh = handle.check, handle.refresh
        self.authorize, self.cancel_sign_in = handle.authorize, handle.cancel_sign_in
        self.extend, self.keep = handle.extend, handle.keep
        self.start, self.stop = self.scheduler.start, self.scheduler.stop

    @property
    def turned_at(self) -> float:
        """When the thread last came round to wait for something, by the monotonic clock."""
        return self.scheduler.turned_at
