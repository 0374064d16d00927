"""`.env` against Webex, and against what we hold: decides which token leads if they differ."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from tray_app.model import webex_ids
from tray_app.model.credentials import Credentials, Pair
from tray_app.model.errors import Busy
from tray_app.model.events import Event, EventType
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.policy.drift import (
    Drift,
    Repair,
    asks_held,
    repair_after_check,
    repair_before_check,
)
from tray_app.policy.health import has_expired
from tray_app.policy.issue_time import Age
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.outputs import Outputs
from tray_app.service.timetable import Timetable
from tray_app.service.token_check import TokenCheck
from tray_app.storage.output_file import EnvTokens
from tray_app.system.dirs import real_path
from tray_app.system.locks import lock_folder

log = logging.getLogger(__name__)

_PAUSE = timedelta(minutes=1)
_TRIES = 3
"""How often to start again because another process has renewed meanwhile."""


class _ChangedMeanwhile(Exception):
    """Another process has changed `.env` or the store since they were compared."""


_IF_DUE = "webex-token-tray refresh --if-due"
_PENDING = {
    Repair.WRITE_BACK: f".env does not carry the token that is held; {_IF_DUE} would put it back.",
    Repair.ADOPT: f".env carries a token that is not held yet; {_IF_DUE} would take it over.",
    Repair.TRY_REFRESH: f".env carries a dead token; {_IF_DUE} would try the refresh token beside"
    " it, and put the held token back.",
}


class EnvSync:
    """Reads, checks and repairs `.env`, and makes the other outputs hold what it does. What it
    found is in the attributes.

    `outputs`: `.env` and the others; `check`: what Webex says of the token; `ran_at`: the last
    check, even if there was nothing to ask (UTC); `pending`: the repair that this run was not
    allowed to make.
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
        self.check = TokenCheck(tools, timetable)
        self.outputs = Outputs(tools, repository, config)
        self.notices = self.outputs.notices
        self.foreign_org = False
        self.pending = Repair.NONE
        self.ran_at: datetime | None = None
        self.holds_locks = self._is_busy = False
        self._app = config.service_app

    def configure(self, config: Config) -> None:
        """Use the outputs that this config names."""
        self.outputs.configure(config)
        self._app = config.service_app

    @property
    def tokens(self) -> EnvTokens:
        """The tokens in `.env`, as last read or written."""
        return self.outputs.tokens

    @property
    def fault(self) -> str:
        """Why `.env` cannot be read or written; "" if it can."""
        return self.outputs.fault

    def is_edited(self) -> bool:
        """Whether a check is due because another program has changed `.env`; or another output, but
        that counts once a minute: a program may write its own settings there all the time, and a
        check asks Webex."""
        if self.outputs.is_env_edited():
            return True
        now, ran_at = self._tools.clock(), self.ran_at
        is_pausing = ran_at is not None and abs(now - ran_at) < _PAUSE
        return not is_pausing and self.outputs.others_are_edited()

    def read(self) -> None:
        """Read `.env` again."""
        self.outputs.read()

    def write(self, pair: Pair) -> bool:
        """Put the pair into `.env` and the other outputs; False if `.env` refuses."""
        is_written = self.outputs.write(pair)
        self.foreign_org = self.foreign_org and not is_written
        return is_written

    @property
    def is_dead(self) -> bool:
        """Whether the token in `.env` is dead, as far as is known."""
        token, tools, now = self.tokens.access, self._tools, self._tools.clock()
        if token is None:
            return True
        seen, life = tools.token_facts.seen(token), tools.token_facts.lifespan(token)
        if life is not None and life.began > now + tools.limits.skew:
            life = None  # recorded while the clock was wrong
        return seen.rejected or has_expired(life, seen.confirmed_at, now, tools.limits)

    def read_again(self, *, wants_more: bool) -> None:
        """Read `.env`, and the store if another process of ours may have renewed.

        `wants_more`: not all is well, and another profile of the integration may have signed in.
        """
        self.read()
        token, repository = self.tokens.access, self._repository
        if wants_more or (token is not None and not self._is_held(token)):
            before = repository.credentials
            repository.load()
            if repository.credentials != before:
                self._timetable.forget_failures()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the locks of the service app and of the folder of `.env`: only their holder writes
        outputs, and what Webex issues for this app. What was read before is out of date.

        Inside another `locked`, just goes on. Raises Busy.
        """
        if self.holds_locks:
            yield
            return
        if self._is_busy:
            raise Busy("another process is renewing this token and has not finished")
        app, tools = self._app, self._tools
        lock = tools.locks.acquire("app", tools.webex.host, app.app_id, app.target_org_id)
        with lock, lock_folder(real_path(self.outputs.path).parent):
            self.holds_locks = True
            self._repository.expire()
            try:
                yield
            finally:
                self.holds_locks = False

    @contextmanager
    def locked_if_free(self) -> Iterator[None]:
        """Hold the locks for a whole operation that renews, so that the store is read once. If
        another process holds them, go on without, and do not wait for them again."""
        with ExitStack() as held:
            try:
                held.enter_context(self.locked())
            except Busy:
                self._is_busy = True
            try:
                yield
            finally:
                self._is_busy = False

    def run(self, *, repair: bool) -> None:
        """Read `.env`, ask Webex, and decide which token leads; ask nothing while Webex says wait.

        `repair`: also make it; otherwise it is only named in `pending`.
        """
        before, self.pending = self.pending, Repair.NONE
        for _ in range(_TRIES):
            self.read()
            if self.outputs.read_fault:
                break
            try:
                token = self._repair_before_check(repair=repair)
                if token is not None:
                    drift, verdict = self._drift(), self.check.run(token)
                    self._repair_after_check(drift, verdict, repair=repair)
            except _ChangedMeanwhile:
                continue
            except Busy:
                log.info(".env is left as it is: another process is renewing its token")
            break
        self._sync_others(repair=repair)
        self.ran_at = self._tools.clock()
        if self.pending not in (before, Repair.NONE):
            self.notices.append(_PENDING[self.pending])

    def _sync_others(self, *, repair: bool) -> None:
        """Make the other outputs hold the pair that `.env` has, or should have if it refuses."""
        pair, outputs = self._leading(), self.outputs
        if pair is None:
            outputs.skip_others()
            return
        if not outputs.others_lack(pair) or not repair:
            return
        try:
            with self.locked():
                self._repository.ensure_loaded()
                self.read()  # another process may have renewed meanwhile
                pair = self._leading()
                if pair is not None and outputs.write_others(pair):
                    outputs.run_command()
        except Busy:
            log.info("the other outputs are left as they are: another process is renewing")

    def _leading(self) -> Pair | None:
        held = self._repository.credentials.pair
        leads = held is not None and (self.fault or held.access == self.tokens.access)
        return held if leads else None

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

    def _repair_before_check(self, *, repair: bool) -> Secret | None:
        """Make the repair that no check is needed for; returns the token to check, None if it was
        checked. Raises Busy, and _ChangedMeanwhile if another process of ours has renewed.
        """
        token = self.tokens.access
        if token is None or not self._is_held(token):
            self._repository.ensure_loaded()  # perhaps another process of ours has renewed
        self.foreign_org = token is not None and webex_ids.contradicts(
            token, self._app.target_org_id
        )
        drift = self._drift()
        if drift.is_held:
            self.outputs.clear_write_fault()
        wanted = repair_before_check(drift)
        # It may read the keyring: a check that finds all well asks nothing of it.
        why = self._why_ours_replaces(token) if wanted is Repair.WRITE_BACK else ""
        done = self._make_repair(wanted, repair=repair, why=why)
        return None if done and wanted is Repair.WRITE_BACK else token

    def _repair_after_check(self, drift: Drift, verdict: Verdict | None, *, repair: bool) -> None:
        """Make the repair that follows from Webex's verdict on the token in `.env`. Raises Busy,
        _ChangedMeanwhile."""
        why = "was rejected" if verdict is Verdict.REJECTED else "is older than ours"
        if drift.held is not None and asks_held(drift, verdict):
            on_held = self.check.run(drift.held.access)
            verdict = verdict if on_held else None
            drift = replace(drift, held_is_dead=on_held is Verdict.REJECTED)
        self._make_repair(repair_after_check(drift, verdict), repair=repair, why=why)

    def _why_ours_replaces(self, token: Secret | None) -> str:
        """Why ours replaces the token of `.env`."""
        if token is None:
            return "is missing"
        return "has been replaced" if self._repository.is_replaced(token) else "is older than ours"

    def _drift(self) -> Drift:
        found, creds, token_facts = (
            self.tokens,
            self._repository.credentials,
            self._tools.token_facts,
        )
        held, age = creds.pair, self._age(found.access)
        rejected = found.access is not None and token_facts.seen(found.access).rejected
        return Drift(
            found.access,
            found.refresh,
            held,
            is_old=age is not Age.UNKNOWN,
            is_unasked=age is Age.OLDER_FILE and not rejected,
            refresh_is_old=self._age(found.refresh) is not Age.UNKNOWN,
            held_is_dead=held is not None and token_facts.seen(held.access).rejected,
            is_foreign=self.foreign_org,
            locked=creds.locked,
            is_out_of_bounds=self.outputs.is_out_of_bounds(),
        )

    def _age(self, token: Secret | None) -> Age:
        """How old the token of `.env` is beside ours, unless it is ours."""
        if token is None:
            return Age.UNKNOWN
        if self.foreign_org:  # it is reported, and left alone
            return Age.OLDER if self._repository.is_replaced(token) else Age.UNKNOWN
        now = self._tools.clock()
        return self._repository.age(token, now, file=self.outputs.seen, skew=self.check.skew)

    def _make_repair(self, wanted: Repair, *, repair: bool, why: str) -> bool:
        """Make the repair, or leave it pending; returns whether it was made. `why`: the reason to
        write ours back. Raises Busy, _ChangedMeanwhile."""
        if not repair:
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
        with self._unchanged():
            log.info(".env: took over the refresh token %s", found.fingerprint)
            self._record(EventType.REFRESH_ADOPTED, found)
            self._repository.try_refresh(found)

    def _adopt(self, token: Secret) -> None:
        """Take over what another program wrote."""
        with self._unchanged():
            log.info(".env: took over the token %s", token.fingerprint)
            self._record(EventType.ADOPTED, token)
            is_first = self._repository.credentials.pair is None
            self._repository.adopt(Pair(token, self.tokens.refresh), self._tools.clock())
            if not is_first:
                self.notices.append(".env: took over the token that another program wrote there.")
            held = self._repository.credentials.pair
            if (held is not None and self.outputs.write_others(held)) or not is_first:
                self.outputs.run_command()

    def hold(self, given: Pair) -> bool:
        """Save a pair that a person has given, then put it into the outputs; False if `.env`
        refuses. Raises Busy."""
        with self.locked():
            repository = self._repository
            repository.ensure_loaded(prompt=self._tools.permissions.prompt)
            self.read()
            repository.adopt(given, self._tools.clock())
            self._record(EventType.GIVEN, given.access)
            repository.set_aside(self.tokens.refresh)
            held = repository.credentials.pair
            return held is not None and self.write(held)

    def _write_back(self, held: Pair, why: str) -> bool:
        """Put our pair into `.env` and check it; False if `.env` refuses."""
        found = self.tokens.access
        with self._unchanged():
            age = self._age(found)
            if age is not Age.UNKNOWN:
                self._repository.set_aside(self.tokens.refresh)
            if not self.write(held):
                return False
        if found is not None and age is Age.OLDER_FILE:  # Webex is not asked about it again
            self._tools.token_facts.supersede(found, self._tools.clock())
        log.info(".env: the token %s; wrote ours (%s)", why, held.access.fingerprint)
        self._record(EventType.WRITTEN_BACK, held.access, detail=why)
        self.notices.append(f".env: the token there {why}; put ours back.")
        self.check.run(held.access)
        return True

    def _is_held(self, token: Secret) -> bool:
        held = self._repository.credentials.pair
        return held is not None and held.access == token

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Hold the lock, with the store and `.env` as they were when they were compared.

        Raises Busy, and _ChangedMeanwhile if they are not.
        """
        judged = self.tokens, self.outputs.seen, self._repository.credentials.pair
        with self.locked():
            self._repository.ensure_loaded()
            self.read()
            if (self.tokens, self.outputs.seen, self._repository.credentials.pair) != judged:
                raise _ChangedMeanwhile
            yield

    def _record(self, what: EventType, token: Secret, detail: str = "") -> None:
        event = Event(self._tools.clock(), what, fingerprint=token.fingerprint, detail=detail)
        self._tools.history.record(event)
