"""A worker on a real engine, who hears it, and a browser that a test answers in."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.consent import consent_page
from tests.profile import Profile
from tray_app.config.file import ConfigFile
from tray_app.model.settings import Timing
from tray_app.model.sign_in import Outcome
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.runtime.profile_worker import Browse
from tray_app.runtime.scheduler import Scheduler
from tray_app.service.engine import Engine

QUICK = Timing(slice=0.05, gap=0.01, first_retry=0.05, longest_retry=0.2)


class Audience:
    """Collects snapshots; a test waits for the one that it expects."""

    def __init__(self) -> None:
        self.heard: list[Snapshot] = []
        self._new: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()

    def __call__(self, snapshot: Snapshot) -> None:
        self.heard.append(snapshot)
        self._new.put(snapshot)

    def until(self, fits: Callable[[Snapshot], bool], seconds: float = 60) -> Snapshot:
        deadline = time.monotonic() + seconds
        while True:
            snapshot = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            if fits(snapshot):
                return snapshot

    def until_idle(self) -> Snapshot:
        return self.until(lambda snapshot: snapshot.activity is Activity.NOTHING)

    def until_signed_in(self) -> Outcome:
        outcome = self.until(lambda snapshot: snapshot.signed_in is not None).signed_in
        assert outcome is not None
        return outcome


class Browser:
    """Notes which addresses were opened; a test answers for the person."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self._new: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __call__(self, url: str, _failed: Callable[[], None]) -> None:
        self.opened.append(url)
        self._new.put(url)

    def page(self) -> str:
        """The page that the browser shows in the end."""
        return consent_page(self._new.get(timeout=60))


def waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sign-in"]


class OneProfile:
    """A scheduler with one profile, and what a click does."""

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


@contextmanager
def working(
    open_engine: Callable[[], Engine],
    audience: Audience,
    browser: Browse | None = None,
    *,
    wall: Callable[[], float] = time.time,
) -> Iterator[OneProfile]:
    worker = OneProfile(open_engine, audience, browse=browser or Browser(), pace=QUICK, wall=wall)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
        for thread in waiting_threads():
            thread.join(60)


def now() -> datetime:
    return datetime.now(UTC)


def polling(profile: Profile, uri: str | None = None) -> Callable[[], Engine]:
    """An engine that polls ten times a second: below what a config may ask for."""

    def change(config: dict[str, Any]) -> None:
        config["tray"] = {"pollSeconds": 0.1}
        if uri is not None:
            config["tokenManager"]["integration"]["redirectUri"] = uri

    profile.write_config(change)
    below_the_floor = ConfigFile(profile.config_path, 0.05)
    tools = replace(profile.tools(now), config_file=below_the_floor, pace=QUICK)
    return lambda: Engine(tools)
