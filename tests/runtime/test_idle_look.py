"""A look while nothing is due: counted, not timed."""

from __future__ import annotations

import builtins
import io
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.profile import Profile
from tests.working import now
from tray_app.model.health import Health, Observations
from tray_app.model.settings import Thresholds, Timing
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Snapshot
from tray_app.policy import health
from tray_app.runtime.profile_worker import ProfileWorker
from tray_app.service.engine import Engine
from tray_app.storage import database
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.dirs import POSIX

CALLS = (
    (os, "stat"),
    (os, "lstat"),
    (os, "open"),
    (os, "listdir"),
    (os, "scandir"),
    (os, "readlink"),
    (io, "open"),
    (builtins, "open"),
)


class Looked:
    """A worker that has found all well, and what its next looks do."""

    def __init__(self, profile: Profile) -> None:
        self.engine, self.heard = profile.engine(now), list[Snapshot]()
        self.profile = profile
        self.worker = ProfileWorker(
            lambda: self.engine,
            self.heard.append,
            lambda _: None,
            browse=lambda _url, _failed: None,
            pace=Timing(),
            wall=time.time,
        )
        self.look()
        assert self.heard[-1].health.colour is Colour.GREEN
        self.look()

    def look(self) -> None:
        """Let a minute pass since anything was written, as far as files can tell, and look."""
        facts = self.profile.folders.token_facts
        for path in (facts, facts.with_name(f"{facts.name}-wal")):
            state = path.stat()
            if abs(time.time() - state.st_mtime) < 30:
                os.utime(path, (state.st_atime, state.st_mtime - 60))
        self.heard.clear()
        self.worker.take_turn(None)


@pytest.fixture
def idle(profile: Profile) -> Iterator[Looked]:
    looked = Looked(profile)
    yield looked
    looked.worker.close()


def noted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Note every call of this thread that goes to a file, with the file's name: a thread of another
    test may outlive it."""
    calls, here = list[tuple[str, str]](), threading.get_ident()

    def noting(call: Callable[..., Any]) -> Callable[..., Any]:
        def note(*given: Any, **named: Any) -> Any:
            if threading.get_ident() == here:
                calls.append((call.__name__, Path(str(given[0])).name))
            return call(*given, **named)

        return note

    for place, name in CALLS:
        monkeypatch.setattr(place, name, noting(getattr(place, name)))
    return calls


@pytest.mark.skipif(not POSIX, reason="Windows tells late when a file was written")
def test_a_look_asks_four_files_for_their_times_and_nothing_else(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle.look()
    statements: list[str] = []
    idle.engine._tools.token_facts.database.connection.set_trace_callback(statements.append)
    with monkeypatch.context() as patched:
        calls = noted(patched)
        idle.worker.take_turn(None)
    names = ("token-config.json", ".env", "journal.sqlite3", "journal.sqlite3-wal")
    assert sorted(calls) == sorted(("stat", name) for name in names)
    assert (statements, idle.heard) == ([], [])


def rejected(engine: Engine, facts: TokenFacts) -> None:
    assert engine.token is not None
    facts.reject(engine.token, now())


def test_what_another_process_records_is_seen_at_the_next_look(idle: Looked) -> None:
    with closing(TokenFacts(idle.profile.folders.token_facts)) as theirs:
        rejected(idle.engine, theirs)
    idle.look()
    assert [snapshot.health.colour for snapshot in idle.heard][:1] == [Colour.AMBER]


def test_what_another_profile_of_this_process_records_is_seen_at_the_next_look(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They share one connection, for which SQLite's own number stays as it is; and the files may
    tell it late."""
    monkeypatch.setattr(database, "signature", lambda _: (0, 0, 0, 0))
    idle.look()
    idle.look()
    rejected(idle.engine, idle.engine._tools.token_facts)
    idle.look()
    assert [snapshot.health.colour for snapshot in idle.heard] == [Colour.AMBER]


@pytest.mark.skipif(not POSIX, reason="Windows tells late when a file was written")
def test_a_write_that_leaves_the_time_of_another_is_seen_too(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File systems count time in steps, some in steps of two seconds."""
    written = time.time_ns()
    monkeypatch.setattr(database, "signature", lambda _: (written, 0, 0, 0))
    monkeypatch.setattr(database, "_SETTLED", 3600 * 1_000_000_000)
    idle.look()
    idle.look()
    with closing(TokenFacts(idle.profile.folders.token_facts)) as theirs:
        rejected(idle.engine, theirs)
    idle.look()
    assert idle.heard[0].health.colour is Colour.AMBER


def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Note for which times this thread works the verdict out."""
    times, evaluate, here = list[datetime](), health.evaluate, threading.get_ident()

    def noting(facts: Observations, now: datetime, limits: Thresholds) -> Health:
        if threading.get_ident() == here:
            times.append(now)
        return evaluate(facts, now, limits)

    monkeypatch.setattr(health, "evaluate", noting)
    return times


def at(idle: Looked, moment: datetime) -> None:
    """Have the engine believe that it is that time."""
    object.__setattr__(idle.engine._tools, "clock", lambda: moment)


def test_a_verdict_that_will_be_the_same_in_five_minutes_is_not_worked_out_till_then(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle.look()
    idle.look()
    begun, times = now(), evaluated(monkeypatch)
    shown = idle.worker._last.health
    for seconds in (30, 60, 90, 120):
        at(idle, begun + timedelta(seconds=seconds))
        assert not idle.engine.differs_from(shown)
    assert times == []
    at(idle, begun + timedelta(seconds=400))
    assert not idle.engine.differs_from(shown)
    assert len(times) == 2
    at(idle, begun)  # the clock was set back
    assert not idle.engine.differs_from(shown)
    assert len(times) == 4


def test_while_another_profile_writes_nothing_is_worked_out_ahead(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred profiles write into one database all the time."""
    times = evaluated(monkeypatch)
    for number in range(1, 4):
        idle.engine._tools.token_facts.pause("a host of another profile", now())
        idle.look()
        assert len(times) == number


def test_what_time_alone_changes_is_seen_on_time_and_without_a_read(
    idle: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Green until the check is 15 minutes old."""
    idle.look()
    shown = idle.worker._last.health
    assert shown.confirmed_at is not None
    stale = shown.confirmed_at + timedelta(minutes=15)
    statements: list[str] = []
    idle.engine._tools.token_facts.database.connection.set_trace_callback(statements.append)
    for seconds in (-280, -20, -5, -1):
        at(idle, stale + timedelta(seconds=seconds))
        assert not idle.engine.differs_from(shown)
    at(idle, stale + timedelta(seconds=1))
    assert idle.engine.differs_from(shown)
    assert statements == []


def test_after_the_end_a_look_finds_nothing(profile: Profile) -> None:
    engine = profile.engine(now)
    engine.close()
    assert engine._tools.token_facts.fingerprint == ()
    with pytest.raises(sqlite3.ProgrammingError):
        engine._tools.token_facts.database.connection.execute("SELECT 1")
