"""The check: `.env` against Webex, and against what we hold. Says who leads where they differ."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tray_app.model import webex_ids
from tray_app.model.credentials import Credentials, Pair
from tray_app.model.data_sources import DataSource
from tray_app.model.errors import Busy, EnvFileError, Unreachable
from tray_app.model.events import Event, EventType
from tray_app.model.failures import TransportFailure
from tray_app.model.responses import Probe, Verdict
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.policy.drift import Drift, Repair, repair_after_probe, repair_before_probe
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.timetable import Timetable
from tray_app.storage.env_file import EnvFile, EnvTokens
from tray_app.system.file_probe import Signature
from tray_app.system.locks import lock_folder
from tray_app.system.token_change_hook import Change

log = logging.getLogger(__name__)

_TRIES = 3  # how often to judge anew while other processes are renewing


class _ChangedMeanwhile(Exception):
    """What was judged is no longer so."""


_IF_DUE = "webex-token-tray refresh --if-due"
_PENDING = {
    Repair.WRITE_BACK: f".env does not carry the token that is held; {_IF_DUE} would put it back.",
    Repair.ADOPT: f".env carries a token that is not held yet; {_IF_DUE} would take it over.",
    Repair.TRY_REFRESH: f".env carries a dead token; {_IF_DUE} would try the refresh token beside"
    " it, and put the held token back.",
}


class EnvSync:
    """Reads, probes and repairs `.env`. What it found is in the attributes.

    `fault`: a sentence if the file cannot be read or written, else "". `asked_at`: when Webex was
    last asked, answered or not. `ran_at`: the last check, even if there was nothing to ask.
    `failure`: why Webex did not answer. `waits_until`: Webex had asked us to wait until then.
    `skew`: Webex's clock minus ours. `sources`: the data sources as last listed, None if the token
    may not list them. `pending`: the repair that this run was not allowed to do. Times are UTC.
    """

    def __init__(
        self,
        tools: Dependencies,
        repository: CredentialRepository,
        timetable: Timetable,
        config: Config,
    ) -> None:
        self._tools = tools
        self._repository = repository
        self._timetable = timetable
        self.tokens = EnvTokens(None, None)
        self._read_fault = ""
        self._write_fault = ""
        self.foreign_org = False
        self.notices: list[str] = []
        self.pending = Repair.NONE
        self.asked_at: datetime | None = None
        self.ran_at: datetime | None = None
        self.waits_until: datetime | None = None
        self.failure: TransportFailure | None = None
        self.skew: timedelta | None = None
        self.sources: tuple[DataSource, ...] | None = None
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Look after the `.env` that this config names."""
        owner = config.written_by.uid if config.written_by is not None else None
        self._env = EnvFile(Path(config.env_file), owner, self._repository.is_current)
        self._command, self._written_by = config.on_token_change, config.written_by
        self._app = config.service_app

    @property
    def fault(self) -> str:
        """Why `.env` cannot be read or written; "" where it can."""
        return self._read_fault or self._write_fault

    @property
    def seen(self) -> Signature:
        """The signature of `.env` as it was last read or written."""
        return self._env.seen

    def is_edited(self) -> bool:
        """Whether somebody else has changed `.env` since we read or wrote it."""
        return self._env.is_edited()

    def read(self) -> None:
        """Read `.env` anew."""
        try:
            self.tokens, self._read_fault = self._env.read(), ""
        except EnvFileError as error:
            self.tokens, self._read_fault = EnvTokens(None, None), str(error)

    def update_source(self, source: DataSource) -> None:
        """Take over what Webex has just said of one data source."""
        known = self.sources or ()
        if source.id not in {each.id for each in known}:
            known = (*known, source)
        self.sources = tuple(source if each.id == source.id else each for each in known)

    def read_again(self, *, wants_more: bool) -> None:
        """Read `.env`, and the keyring where another process of ours may have renewed.

        `wants_more`: not all is well, and who shares the integration may have signed in.
        """
        self.read()
        token, repository = self.tokens.access, self._repository
        if wants_more or (token is not None and not self._is_held(token)):
            before = repository.credentials
            repository.load()
            if repository.credentials != before:
                self._timetable.forget_failures()

    def write(self, pair: Pair) -> bool:
        """Put the pair into `.env`; False where the file refuses."""
        if self._is_strange():
            self._write_fault = (
                f"{self._env.path} is a link, or outside the folder of its config, which is not"
                " approved (webex-token-tray allow)"
            )
            return False
        try:
            self._env.write(pair)
        except EnvFileError as error:
            log.error("%s", error)
            self._write_fault = str(error)
            return False
        self.notices += self._env.drain_notices()
        changed = self.tokens.access != pair.access
        self.tokens, self.foreign_org = EnvTokens(pair.access, pair.refresh), False
        self._read_fault = self._write_fault = ""
        if changed:
            self._tell_of_change()
        return True

    def reserve(self) -> bool:
        """See to it that `.env` takes a pair, before a token is spent for it; until `release`, or
        the next `write`. False where it does not: `fault` says why."""
        try:
            self._env.reserve()
        except EnvFileError as error:
            log.error("%s", error)
            self._write_fault = str(error)
            return False
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the service app's lock, and that of the folder of `.env`: who does changes keyring
        and `.env`, nobody else. Raises Busy."""
        app, tools = self._app, self._tools
        lock = tools.locks.acquire("app", tools.webex.host, app.app_id, app.target_org_id)
        with lock, lock_folder(Path(os.path.realpath(self._env.path)).parent):
            yield

    def release(self) -> None:
        """Give back what `reserve` has set aside, if it was not used."""
        self._env.release()

    def run(self, *, mend: bool) -> None:
        """Read, probe, and settle who leads. Asks nothing while Webex wants us to wait.

        `mend`: also do what is called for; else it only stands in `pending`.
        """
        before, self.pending = self.pending, Repair.NONE
        for _ in range(_TRIES):
            self.read()
            if self._read_fault:
                break
            try:
                self._settle(mend=mend)
            except _ChangedMeanwhile:
                continue
            except Busy:
                log.info(".env is left as it is: another process is renewing its token")
            break
        self.ran_at = self._tools.clock()
        if self.pending not in (before, Repair.NONE):
            self.notices.append(_PENDING[self.pending])

    @property
    def credentials(self) -> Credentials:
        """What is held, or would be if what is pending were done."""
        held = self._repository.credentials
        found, refresh = self.tokens.access, self.tokens.refresh
        if self.pending is Repair.ADOPT and found is not None:
            refresh = refresh or (held.pair.refresh if held.pair else None)
            return replace(held, pair=Pair(found, refresh))
        if self.pending is Repair.TRY_REFRESH and held.pair is not None:
            return replace(held, pair=Pair(held.pair.access, refresh))
        return held

    def _settle(self, *, mend: bool) -> None:
        """Raises Busy, and _Disturbed where another process of ours has renewed meanwhile."""
        token, repository = self.tokens.access, self._repository
        if token is None or not self._is_held(token):
            repository.load()  # perhaps another process of ours has renewed
        self.foreign_org = token is not None and webex_ids.contradicts(
            token, self._app.target_org_id
        )
        drift = self._drift()
        if drift.is_held:
            self._write_fault = ""
        wanted = repair_before_probe(drift)
        # It may read the keyring: a check that finds all well asks nothing of it.
        why = self._why_not(token) if wanted is Repair.WRITE_BACK else ""
        done = self._repaired(wanted, mend=mend, why=why)
        if done and wanted is Repair.WRITE_BACK:
            return  # ours is probed by now
        if token is not None:
            verdict = self._probe(token)
            wanted = repair_after_probe(self._drift(), verdict)
            self._repaired(wanted, mend=mend, why="was rejected")

    def _why_not(self, token: Secret | None) -> str:
        """Why ours is put into the place of a token that is not."""
        if token is None:
            return "is missing"
        return "has been replaced" if self._repository.is_replaced(token) else "is older than ours"

    def _drift(self) -> Drift:
        found, creds, token_facts = (
            self.tokens,
            self._repository.credentials,
            self._tools.token_facts,
        )
        held = creds.pair
        return Drift(
            found.access,
            found.refresh,
            held,
            is_old=self._is_old(found.access),
            refresh_is_old=self._is_old(found.refresh),
            held_is_dead=held is not None and token_facts.seen(held.access).rejected,
            is_foreign=self.foreign_org,
            locked=creds.locked,
            is_strange=self._is_strange(),
        )

    def _is_old(self, token: Secret | None) -> bool:
        """Whether the token of `.env` is another one than ours, and older."""
        if token is None:
            return False
        if self.foreign_org:  # it is named, and left alone
            return self._repository.is_replaced(token)
        now = self._tools.clock()
        return self._repository.is_older(token, now, file=self.seen, skew=self.skew)

    def _repaired(self, wanted: Repair, *, mend: bool, why: str) -> bool:
        """Do what is wanted, or leave it pending; whether it was done. `why`: it is to be written
        back. Raises Busy, _Disturbed."""
        if not mend:
            self.pending = self.pending if wanted is Repair.NONE else wanted
            return False
        found, held = self.tokens, self._repository.credentials.pair
        if wanted is Repair.ADOPT and found.access is not None:
            self._adopt(found.access)
            return True
        if wanted is Repair.TRY_REFRESH and found.refresh is not None:
            self._try_refresh_token(found.refresh)
            held = self._repository.credentials.pair
            if held is None or self._tools.token_facts.seen(held.access).rejected:
                return False  # it is for the next renewal
        if wanted in (Repair.WRITE_BACK, Repair.TRY_REFRESH) and held is not None:
            return self._write_back(held, why)
        return False

    def _try_refresh_token(self, found: Secret) -> None:
        with self._undisturbed():
            log.info(".env: took over the refresh token %s", found.fingerprint)
            self._record(EventType.REFRESH_ADOPTED, found)
            self._repository.try_refresh(found)

    def _adopt(self, token: Secret) -> None:
        """Take over what somebody else wrote."""
        with self._undisturbed():
            log.info(".env: took over the token %s", token.fingerprint)
            self._record(EventType.ADOPTED, token)
            if self._repository.credentials.pair is not None:
                self.notices.append(".env: took over the token that another program wrote there.")
                self._tell_of_change()
            self._repository.adopt(Pair(token, self.tokens.refresh), self._tools.clock())

    def _write_back(self, held: Pair, why: str) -> bool:
        """Put our pair into `.env` and probe it; False if `.env` refuses."""
        with self._undisturbed():
            if self._is_old(self.tokens.access):
                self._repository.set_aside(self.tokens.refresh)
            if not self.write(held):
                return False
        log.info(".env: the token %s; wrote ours (%s)", why, held.access.fingerprint)
        self._record(EventType.WRITTEN_BACK, held.access, detail=why)
        self.notices.append(f".env: the token there {why}; put ours back.")
        self._probe(held.access)
        return True

    def _tell_of_change(self) -> None:
        """Who writes or takes over, tells: under the lock, and so once in all processes."""
        config = self._tools.config_file.path.absolute()
        self._tools.hook.schedule(Change(self._command, self._env.path, config, self._written_by))

    def _is_strange(self) -> bool:
        """Whether the config is not approved, and this `.env` is not its own: it lies outside the
        config's folder, or is a link. Tokens would get from one user's file into another's."""
        if not self._tools.permissions.confined:
            return False
        env, config = self._env.path, self._tools.config_file.path.absolute()
        folder, own = os.path.realpath(env.parent), os.path.realpath(config.parent)
        return env.is_symlink() or os.path.commonpath((folder, own)) != own

    def _is_held(self, token: Secret) -> bool:
        held = self._repository.credentials.pair
        return held is not None and held.access == token

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """Hold the lock, with keyring and `.env` still as they were judged to be.

        Raises Busy, and _Disturbed where they are not.
        """
        judged = self.tokens, self.seen, self._repository.credentials.pair
        with self.locked():
            self._repository.load()
            self.read()
            if (self.tokens, self.seen, self._repository.credentials.pair) != judged:
                raise _ChangedMeanwhile
            yield

    def _probe(self, token: Secret) -> Verdict | None:
        """Ask Webex about the token and remember the answer; None where there was none."""
        tools = self._tools
        self.waits_until = self._timetable.paused_until()
        if self.waits_until is not None:
            self.failure = TransportFailure.THROTTLED
            return None
        try:
            answer = self._ask(token)
            if answer.verdict is Verdict.REJECTED:
                answer = self._ask(token)  # a 401 is believed when it is said twice
        except Unreachable as error:
            log.info("no answer to the check: %s (%s)", error, error.tracking_id)
            self._record_change(EventType.UNANSWERED, error.failure, error.tracking_id)
            self.failure = error.failure
            self._timetable.unanswered(error.retry_after)
            return None
        self._record_change(EventType.ANSWERED)
        self.failure, self.skew = None, answer.skew
        if answer.sources is not None or answer.verdict is Verdict.UNDER_SCOPED:
            self.sources = answer.sources
        self._timetable.answered()
        seen, now = tools.token_facts.seen(token), tools.clock()
        if answer.verdict is Verdict.REJECTED:
            log.info("token %s: rejected (%s)", token.fingerprint, answer.tracking_id)
            tools.token_facts.reject(token, now)
            if not seen.rejected:
                self._record(EventType.DIED, token, tracking_id=answer.tracking_id)
        else:
            under_scoped = answer.verdict is Verdict.UNDER_SCOPED
            tools.token_facts.confirm(token, now, under_scoped=under_scoped)
            if seen.rejected or seen.confirmed_at is None:
                self._record(EventType.CONFIRMED, token)
        return answer.verdict

    def _ask(self, token: Secret) -> Probe:
        """Raises Unreachable."""
        self._timetable.asks()
        try:
            return self._tools.webex.probe(token)
        finally:
            if token.is_bearer:  # else it cannot be sent
                self.asked_at = self._tools.clock()

    def _record(
        self, what: EventType, token: Secret, *, tracking_id: str = "", detail: str = ""
    ) -> None:
        now, fingerprint = self._tools.clock(), token.fingerprint
        self._tools.history.record(
            Event(now, what, fingerprint=fingerprint, tracking_id=tracking_id, detail=detail)
        )

    def _record_change(self, what: EventType, outcome: str = "", tracking_id: str = "") -> None:
        event = Event(self._tools.clock(), what, outcome=outcome, tracking_id=tracking_id)
        self._tools.history.record_change(event)
