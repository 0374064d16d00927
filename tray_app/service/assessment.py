"""What is known of one profile at one moment, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from tray_app.model import events
from tray_app.model.credentials import Credentials, Lifespan, Usage
from tray_app.model.health import Health, Observations
from tray_app.model.incident import Incident
from tray_app.model.renewal import Availability, RenewalMethod, StoreState
from tray_app.model.secret import Secret
from tray_app.policy import health, renewal
from tray_app.policy.drift import Repair
from tray_app.policy.incidents import may_explain
from tray_app.service.config_sync import ConfigSync
from tray_app.service.credentials import CredentialRepository
from tray_app.service.data_sources import DataSources
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.exercise import Exerciser
from tray_app.service.state_changes import StateChanges
from tray_app.service.timetable import Timetable
from tray_app.service.webex_status import ANSWER_TIMEOUT
from tray_app.storage.token_facts import CheckRecord, TokenFacts
from tray_app.text.report import report


@dataclass(frozen=True, slots=True, repr=False)
class _Records:
    """What the database says of some tokens. `about`: the credentials, and the token in `.env`."""

    about: tuple[Credentials, Secret | None]
    seen: CheckRecord | None
    lives: Mapping[str, Lifespan]
    usages: Mapping[str, Usage]
    refusals: renewal.Refusals


class _RecordCache:
    """What was last read from the database, until that is written to."""

    def __init__(self, facts: TokenFacts) -> None:
        self._facts = facts
        self._fingerprint: tuple[object, ...] = ()
        self._version = facts.version
        self.records: _Records | None = None
        """None: to be read again."""

    def written_by_another(self) -> bool:
        """Whether another process has written since the last call. Reads nothing unless somebody
        has written, this process included."""
        before, self._fingerprint = self._fingerprint, self._facts.fingerprint
        if self._fingerprint == before:
            return False
        self.records = None
        version, self._version = self._version, self._facts.version
        return self._version != version

    def read(self, creds: Credentials, token: Secret | None) -> _Records:
        """Return what is recorded of these credentials, and of the token in `.env`."""
        if self.records is None or self.records.about != (creds, token):
            facts, tokens = self._facts, [*([token] if token else []), *creds.tokens]
            self.records = _Records(
                about=(creds, token),
                seen=facts.seen(token) if token else None,
                lives={t.digest: life for t in tokens if (life := facts.lifespan(t))},
                usages={t.digest: usage for t in tokens if (usage := facts.usage(t))},
                refusals=facts.refusals(renewal.refusal_keys(creds)),
            )
        return self.records


_AHEAD = timedelta(minutes=5)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class _Look:
    """What the last look has found: the records that it went by, and a verdict that does not change
    with time alone before `until`, `_AHEAD` after the look."""

    records: _Records | None = None
    verdict: Health | None = None
    until: datetime = _NEVER

    def still_holds(self, shown: Health, records: _Records | None, now: datetime) -> bool:
        """Whether the verdict that is shown needs no new look, also if the clock was changed."""
        is_known = self.verdict is shown and self.records is records
        return is_known and timedelta(0) < self.until - now <= _AHEAD


@dataclass(slots=True, repr=False, eq=False)
class Assessment:
    """Observes, judges, and at the end of an operation plans and reports. Only
    `conclude`, `judge_and_record` and `tell_at_end` write."""

    tools: Dependencies
    config_sync: ConfigSync
    repository: CredentialRepository
    env_sync: EnvSync
    timetable: Timetable
    exerciser: Exerciser
    data_sources: DataSources
    _cache: _RecordCache = field(init=False)
    _last_look: _Look = field(default=_Look(), init=False)
    _observed: Observations | None = field(default=None, init=False)
    _observed_at: datetime = field(init=False)
    _state_changes: StateChanges = field(init=False)

    def __post_init__(self) -> None:
        self._state_changes = StateChanges(self.tools)
        self._observed_at = self.tools.clock()
        self._cache = _RecordCache(self.tools.token_facts)

    def observe(self) -> Observations:
        """Gather all that is known now. Asks no server."""
        self._cache.records = None
        return self._observe_from_cache()

    def _observe_from_cache(self) -> Observations:
        """Gather all that is known now; read the database only if it was written."""
        self._observed_at = now = self.tools.clock()
        self._observed = self._gather(now)
        return self._observed

    def facts_changed(self) -> bool:
        """Whether another process has recorded something since. While nobody has, not even this
        one, nothing is read."""
        return self._cache.written_by_another()

    def _gather(self, now: datetime) -> Observations:
        """What is known, as it counts at this time."""
        tools, env_sync, check = self.tools, self.env_sync, self.env_sync.check
        timetable, creds, token = self.timetable, env_sync.credentials, env_sync.tokens.access
        records = self._cache.read(creds, token)
        seen = records.seen
        known_by = now + tools.limits.skew
        availabilities = renewal.availabilities(creds, records.refusals, now)
        if tools.vault.state is StoreState.MEMORY and not tools.permissions.stays:
            availabilities = renewal.without_store(availabilities)
        return Observations(
            credentials=creds,
            token=token,
            availabilities=availabilities,
            # What begins in the future was recorded while the clock was wrong: it says nothing.
            lifespans={key: life for key, life in records.lives.items() if life.began <= known_by},
            usages={
                key: usage
                for key, usage in records.usages.items()
                if max(usage.seen_at, usage.used_at or usage.seen_at) <= known_by
            },
            confirmed_at=seen.confirmed_at if seen else None,
            rejected=seen.rejected if seen else False,
            under_scoped=seen.under_scoped if seen else False,
            checked_at=check.asked_at,
            waits_until=check.waits_until,
            check_failure=check.failure,
            check_trace=check.trace,
            renewing=timetable.renewing,
            store=StoreState.LOCKED if creds.locked else tools.vault.state,
            store_fault=tools.vault.fault,
            save_fault=tools.vault.refusal,
            sign_in_unsaved=tools.vault.is_in_memory_only(
                self.repository.names.of_integration("refresh")
            ),
            unreachable=self.repository.is_unreachable,
            env_fault=env_sync.fault,
            output_fault=env_sync.outputs.others_fault,
            config_fault=self.config_sync.fault,
            foreign_org=env_sync.foreign_org,
            skew=check.skew,
            next_try_at=timetable.next_try,
            poll_seconds=timetable.poll_seconds(self.config_sync.config.poll_seconds),
            lead=self.config_sync.config.lead,
            sources=self.data_sources.sources,
            kept=self.config_sync.config.kept,
            keeping=dict(self.data_sources.failing),
            attended=tools.is_attended,
            plain_text_store=self._plain_text_store(),
            can_write_back=env_sync.pending in (Repair.WRITE_BACK, Repair.TRY_REFRESH),
            incident=self._incident(),
        )

    def _incident(self) -> Incident | None:
        """What Webex reports while it gives no answer. Asks no server."""
        status = self.tools.webex_status
        return status.incident() if status is not None and self._asks_status() else None

    def _asks_status(self) -> bool:
        """Whether an incident may be why Webex has just given no answer."""
        failures = (self.env_sync.check.failure, self.timetable.renewing.failure)
        return self.config_sync.config.status_feed and any(map(may_explain, failures))

    def _plain_text_store(self) -> str:
        vault, config = self.tools.vault, self.config_sync.config
        if vault.is_file:
            return vault.location
        in_config = config.keeps_secrets and config.in_file
        return f"the file {self.tools.config_file.path}" if in_config else ""

    def judge(self) -> Health:
        """Judge what is known now. Asks no server and writes nothing."""
        return health.evaluate(self.observe(), self.tools.clock(), self.tools.limits)

    def differs_from(self, shown: Health) -> bool:
        """Whether the verdict is another one by now. What will be the same in a while is the same
        until then: a condition that depends on time changes once. So most looks judge nothing; and
        the database is read only if `facts_changed` has seen it written."""
        now, limits, before = self.tools.clock(), self.tools.limits, self._last_look
        if before.still_holds(shown, self._cache.records, now):
            return False
        facts, records = self._observe_from_cache(), self._cache.records
        self._last_look = _Look(records)
        if health.evaluate(facts, now, limits) != shown:
            return True
        # Where many profiles write, the records are new at each look, and to look ahead is in vain.
        later = now + _AHEAD
        if (
            records is before.records
            and facts.incident is None
            and health.evaluate(self._gather(later), later, limits) == shown
        ):
            self._last_look = _Look(records, shown, later)
        return False

    def judge_and_record(self) -> Health:
        """Judge, and record the verdict if it has changed, if only by time or by what Webex reports
        meanwhile."""
        before = self._observed.incident if self._observed else None
        facts, now = self.observe(), self.tools.clock()
        if facts.incident != before:
            self._store_report(facts, now)
        found = health.evaluate(facts, now, self.tools.limits)
        self._record_verdict(facts, found)
        return found

    def tell_at_end(self) -> None:
        """This process judges nothing more."""
        facts = self._observed
        if facts is not None:
            self._tell(facts, self.judge_last(), at_end=True)
            self._observed = None

    def judge_last(self) -> Health:
        """Judge what the last operation has observed."""
        facts = self._observed or self.observe()
        return health.evaluate(facts, self.tools.clock(), self.tools.limits)

    def renewal_due(self) -> bool:
        """Whether a method should act now by itself: the token is dead or near its end."""
        facts = self._observed or self.observe()
        # If `.env` itself refuses, a newer token would not get into it either.
        if facts.env_fault or not self.timetable.may_renew():
            return False
        if Availability.READY not in facts.availabilities.values():
            return False
        if facts.availabilities[RenewalMethod.MINT_CANDIDATE] is Availability.READY:
            return True  # a sign-in that was begun is finished
        now, limits = self.tools.clock(), self.tools.limits
        if facts.token is None or health.is_dead(facts, now, limits):
            return True
        near = health.in_renewal_window(facts.lifespan, now, limits)
        return near and not self.timetable.unchanged_lately(facts.token)

    def conclude(self, facts: Observations | None = None) -> Health:
        """An operation ends: plan the next check, store the report, record the verdict."""
        now, limits, timetable = self.tools.clock(), self.tools.limits, self.timetable
        facts = facts or self.observe()
        points = self.data_sources.turning_points(self.config_sync.config.kept)
        if health.is_dead(facts, now, limits):
            timetable.token_died(self.env_sync.check.failure, self.env_sync.check.trace)
            points = []
        exercise_at = self.exerciser.next_at(facts)
        points += [exercise_at] if exercise_at is not None else []
        timetable.plan(facts.poll_seconds, facts.lifespan, facts.confirmed_at, points)
        status, renews = self.tools.webex_status, self.tools.permissions.renew
        if status is not None and self._asks_status():
            status.ask(wait=0.0 if renews else ANSWER_TIMEOUT)  # no renewal waits for it
        # Of what was observed, only this has changed.
        facts = replace(
            facts,
            renewing=timetable.renewing,
            next_try_at=timetable.next_try,
            incident=self._incident(),
        )
        self._observed = facts
        self._store_report(facts, now)
        found = health.evaluate(facts, now, limits)
        self._record_verdict(facts, found)
        return found

    def _record_verdict(self, facts: Observations, found: Health) -> None:
        if self.env_sync.ran_at is not None:  # before that, nothing is known
            self._tell(facts, found, at_end=False)
            self.tools.history.record_change(
                events.verdict(found, self.env_sync.tokens.access, self.tools.clock())
            )
        if found.incident is not None:
            self.tools.history.record_change(events.reported(found.incident, self.tools.clock()))

    def _tell(self, facts: Observations, found: Health, *, at_end: bool) -> None:
        config, at = self.config_sync.config, self._observed_at
        self._state_changes.tell(facts, found, config, at, at_end=at_end)

    def _store_report(self, facts: Observations, now: datetime) -> None:
        """Keep what was found, in words, for `status --max-age` of other processes: once for while
        the tray or `watch` runs and once for while neither does, and without what this process
        will do next. If the config cannot be used, there is nothing to say until it is corrected.
        """
        tools, config, ran_at = self.tools, self.config_sync.config, self.env_sync.ran_at
        if self.config_sync.fault or ran_at is None:
            tools.report.forget()
            return
        attended, unattended = (
            report(
                health.evaluate(replace(facts, attended=it, next_try_at=None), now, tools.limits),
                config.env_file,
                now,
            )
            for it in (True, False)
        )
        tools.report.save(
            attended,
            unattended=unattended,
            lock=tools.instance.lock_file if tools.instance else None,
            at=ran_at,
            now=now,
            config=tools.config_file.seen,
            env=self.env_sync.outputs.seen,
            others=self.env_sync.outputs.others_seen,
        )
