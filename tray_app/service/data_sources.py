"""Data sources: one gets a new token when a person asks, the kept ones before theirs expires."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from tray_app.model.data_sources import DataSource, Extension, ExtensionFailure
from tray_app.model.errors import Busy, CannotExtend, Refused, Unreachable
from tray_app.model.events import Event, EventType
from tray_app.model.failures import TransportFailure
from tray_app.policy import data_sources, schedule
from tray_app.policy.data_source_records import in_our_clock, names
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.timetable import Timetable

log = logging.getLogger(__name__)

_AT_ONCE = 4
"""How many are extended in one turn; if more are due, as after sleep, the rest follows in the
next turns."""


class DataSources:
    """One profile's data sources. `failing`: failures in a row at keeping one alive, by its id."""

    def __init__(self, tools: Dependencies, env_sync: EnvSync, timetable: Timetable) -> None:
        self._tools = tools
        self._env_sync = env_sync
        self._check = env_sync.check
        self._timetable = timetable
        self.failing: dict[str, ExtensionFailure] = {}

    @property
    def sources(self) -> tuple[DataSource, ...] | None:
        """The data sources as Webex last listed them, their ends by our clock."""
        skew = self._check.skew or timedelta(0)
        is_off = abs(skew) > self._tools.limits.clock_off
        return in_our_clock(self._check.sources, skew if is_off else timedelta(0))

    def next_due(self, kept: frozenset[str]) -> list[tuple[datetime, str]]:
        """Return when each kept one is to be extended, with its id; the earliest first."""
        now, tools = self._tools.clock(), self._tools
        longest = max(timedelta(seconds=tools.pace.longest_retry), data_sources.LONGEST_WAIT)
        found = []
        for source in self.sources or ():
            failing = self.failing.get(source.id)
            at = data_sources.next_due(source, failing, now, tools.limits, longest)
            if at is not None and source.id in kept:
                found.append((at, source.id))
        return sorted(found)

    def due(self, kept: frozenset[str]) -> list[str]:
        """Return the ids of those that are due now, a few at a time."""
        if self._timetable.paused_until() is not None or self._check.failure is not None:
            return []
        now = self._tools.clock()
        return [source_id for at, source_id in self.next_due(kept) if at <= now][:_AT_ONCE]

    def turning_points(self, kept: frozenset[str]) -> list[datetime]:
        """Return when there is something to do (UTC); what is due already is done next."""
        if self._check.failure is not None:
            return []  # the next answer comes first
        soon = self._tools.clock() + timedelta(microseconds=1)
        return [max(at, soon) for at, _ in self.next_due(kept)]

    def extend_due(self, kept: frozenset[str]) -> None:
        """Extend those that are due, one after the other, until Webex asks us to wait."""
        for source_id in self.due(kept):
            if self._timetable.paused_until() is None:
                self._extend(source_id, None, by_hand=False)

    def extend(self, source_id: str, minutes: int | None) -> Extension:
        """Give it a new token because a person asked."""
        self._env_sync.read()
        return self._extend(source_id, minutes, by_hand=True)

    def forget(self, source_id: str) -> None:
        """Forget its failures: a person has decided again."""
        self.failing.pop(source_id, None)

    def _extend(self, source_id: str, minutes: int | None, *, by_hand: bool) -> Extension:
        tools, found = self._tools, Extension(source_id, self._name(source_id))
        try:
            with tools.locks.acquire("source", tools.webex.host, source_id):
                done = replace(found, until=self._asked(source_id, minutes, by_hand=by_hand))
        except Busy:
            done = replace(found, failure=TransportFailure.BUSY)
        except CannotExtend as error:
            done = replace(found, detail=str(error))
        except Refused as no:
            done = replace(found, refusal=no.refusal, detail=str(no), tracking_id=no.tracking_id)
        except Unreachable as error:
            self._timetable.pause(error)
            done = replace(
                found,
                failure=error.failure,
                http_status=error.http_status,
                tracking_id=error.tracking_id,
            )
        self._remember(done)
        return done

    def _asked(self, source_id: str, minutes: int | None, *, by_hand: bool) -> datetime | None:
        """Return the new end. Raises CannotExtend, Refused, Unreachable."""
        token, tools, check = self._env_sync.tokens.access, self._tools, self._check
        if token is None:
            raise CannotExtend("there is no token in .env to ask with")
        if self._timetable.paused_until() is not None:
            raise Unreachable(TransportFailure.THROTTLED, "Webex asked us to wait")
        known = {source.id: source.ends for source in check.sources or ()}.get(source_id)

        def has_moved(record: DataSource) -> bool:
            """Whether another process has extended it since we looked."""
            return bool(known and record.ends and record.ends > known)

        unless = has_moved if not by_hand else lambda _: False
        check.update_source(tools.webex.extend(token, source_id, minutes, unless=unless))
        source = next(found for found in self.sources or () if found.id == source_id)
        due = data_sources.due_at(source, tools.limits)
        if not by_hand and (due is None or due <= tools.clock()):
            raise CannotExtend("Webex did not give it a longer life")
        return source.ends

    def _name(self, source_id: str) -> str:
        return names(self.sources or ()).get(source_id, source_id[:8])

    def _remember(self, done: Extension) -> None:
        """Record the outcome, once as long as it stays the same, and back off."""
        before = self.failing.pop(done.source_id, None)
        now, tools = self._tools.clock(), self._tools
        log.info("data source %s: %s", done.source_id, done.outcome)
        if not done.succeeded:
            failures = before.failures + 1 if before else 1
            source = next((s for s in self.sources or () if s.id == done.source_id), None)
            longest = data_sources.longest_wait(source, now).total_seconds()
            wait = schedule.back_off(failures, tools.roll(), tools.pace, at_least=longest)
            self.failing[done.source_id] = failing = ExtensionFailure(
                failures,
                now + timedelta(seconds=wait),
                failure=done.failure,
                refusal=done.refusal,
                detail=done.detail,
            )
            if before is not None and failing.is_like(before):
                return
        tools.history.record(
            Event(
                now,
                EventType.EXTENDED,
                outcome=done.outcome,
                tracking_id=done.tracking_id,
                detail=done.name,
            )
        )
