"""Poll: is `.env` true? Refresh: climb the ladder. Sign in: ask a person. Judge: facts, Health."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection
from datetime import datetime, timedelta

from tray_app.model import events
from tray_app.model.credentials import Credentials
from tray_app.model.errors import Busy, Unreachable, VaultError
from tray_app.model.events import Event, EventType
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Health, Observations
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.model.sign_in import SIGN_IN_TIMEOUT, Outcome, SignInResult
from tray_app.model.signs import Colour
from tray_app.policy import freshness, health
from tray_app.service import cached_token
from tray_app.service.config_sync import ConfigSync
from tray_app.service.credentials import CredentialRepository
from tray_app.service.data_sources import DataSources
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.exercise import Exerciser
from tray_app.service.keep_alive import KeepAlive
from tray_app.service.observations import is_unreachable, observe
from tray_app.service.renewal import Renewal, is_due
from tray_app.service.reporting import keep_report
from tray_app.service.retention import forget_old, forget_profile
from tray_app.service.sign_in import SignInCompletion
from tray_app.service.timetable import Timetable
from tray_app.sign_in.session import SignInSession, integration_of
from tray_app.system.critical_section import is_interruption

log = logging.getLogger(__name__)


class Engine:
    """One profile's use cases. To be used from one thread at a time."""

    def __init__(self, tools: Dependencies) -> None:
        """Raises ConfigError when the config cannot be used."""
        self._tools = tools
        tools.critical.shorten_timeouts = tools.vault.shorten_timeouts
        self._intake = ConfigSync(tools)
        self._repository = CredentialRepository(tools, self.config)
        self._timetable = Timetable(tools, self.config.service_app.client_id)
        self._check = EnvSync(tools, self._repository, self._timetable, self.config)
        self._upkeep = Exerciser(tools, self._repository, self._check, self._timetable)
        self._keeping = KeepAlive(tools, self._check, self._timetable)
        self.data_sources = DataSources(
            tools.config_file,
            self._keeping,
            self._intake,
            prepare=self._prepare,
            conclude=self._concluded,
            is_dead=self._is_dead,
        )
        self._journal_version = tools.token_facts.version
        self.answered: RenewalMethod | None = None
        """The rung that renewed the token in the last `refresh`, None where none did."""
        self.exercised: tuple[RenewalMethod, ...] = ()
        """The rungs that were exercised in the last `poll` or `renew_if_due`."""

    @property
    def config(self) -> Config:
        """The config as it was last read without fault."""
        return self._intake.config

    @property
    def token(self) -> Secret | None:
        """The access token in `.env`, as last read."""
        return self._check.tokens.access

    @property
    def config_fault(self) -> str:
        """Why the config as it is now cannot be used; "" where it can."""
        return self._intake.fault

    @property
    def next_check(self) -> datetime | None:
        """When to poll next (UTC); None before the first poll."""
        return self._timetable.next_check

    def may_check(self) -> bool:
        """Whether a check by itself may go out now; where not, `next_check` says when."""
        return self._timetable.take_turn()

    def drain_notices(self) -> tuple[str, ...]:
        """Return, once, what a person should be told beside the health."""
        notices = (*self._intake.notices, *self._check.notices, *self._tools.hook.drain_notices())
        self._intake.notices.clear()
        self._check.notices.clear()
        return notices

    def secrets_left_in_config(self, *, again: bool) -> str:
        """Say which secrets this run leaves in the config, and who moves them; "" if none, or if an
        earlier run has said so. `again`: say it all the same."""
        intake = self._intake
        return intake.left if again or intake.left_is_news else ""

    @property
    def has_notices(self) -> bool:
        """Whether there is something that nobody has been told yet."""
        return bool(self._intake.notices or self._check.notices) or self._tools.hook.has_notices

    def credentials(self) -> Credentials:
        """Return all that is held, for a person who asked: the keyring may prompt, if it is
        permitted to."""
        self._prepare()
        self._repository.load(prompt=self._tools.permissions.prompt)
        return self._repository.credentials

    def found_secrets(self) -> tuple[tuple[str, str], ...]:
        """Return the entries that this profile uses, each with the store that has it, for a
        person: the keyring may prompt if this run may. Raises VaultError."""
        return self._repository.found(prompt=self._tools.permissions.prompt)

    def forget(self, kept: Collection[str] = ()) -> tuple[str, ...]:
        """Remove this profile's secrets but those `kept` for others, and what is known of it
        alone; returns where each secret was. Raises VaultError."""
        return forget_profile(self._tools, self._repository, kept)

    def recent_events(self, number: int) -> tuple[Event, ...]:
        """Return the last so many events, the newest first."""
        return self._tools.history.latest(number)

    def facts_changed(self) -> bool:
        """Whether another process (`status`, `refresh`) has found something out."""
        before, self._journal_version = self._journal_version, self._tools.token_facts.version
        return self._journal_version != before

    def files_edited(self) -> bool:
        """Whether somebody has changed the config or `.env` since we looked."""
        return self._tools.config_file.is_edited() or self._check.is_edited()

    def judge(self) -> Health:
        """Judge what is known now; asks nobody."""
        now = self._tools.clock()
        return self._judged(self._facts(now), now)

    def reload(self) -> Health:
        """Read what other processes wrote and found out, and judge; asks no server."""
        self._check.read_again(wants_more=self.judge().colour is not Colour.GREEN)
        return self.judge()

    def begin_sign_in(
        self, *, timeout: float = SIGN_IN_TIMEOUT, listen: bool = True
    ) -> SignInSession:
        """Ask a person to sign in: open the page at its `url`, wait, and hand it to
        `finish_sign_in`. To be called for a person's click only, never by itself.

        `timeout`: seconds; `listen`: False where the answer is pasted. Raises CannotSignIn.
        """
        self._prepare()
        self._repository.load(prompt=self._tools.permissions.prompt)
        integration = integration_of(
            self._repository.credentials,
            self._tools.vault.fault,
            unreachable=is_unreachable(
                self.config, self._repository.credentials, self._tools.vault
            ),
        )
        now, base = self._tools.clock(), self._tools.webex.base
        return SignInSession(integration, base, now, timeout, listen=listen)

    def finish_sign_in(self, sign_in: SignInSession) -> Outcome:
        """Take a sign-in that has ended as far as it leads; `judge` says what is so then."""
        self.answered = None
        self._prepare()
        integration = self.config.integration
        completion = SignInCompletion(
            self._tools, self._repository, self._timetable, self._check.write
        )
        if integration is None or integration.client_id != sign_in.request.client_id:
            outcome = Outcome(SignInResult.CONFIG_CHANGED)
        else:
            outcome = completion.run(sign_in)
        self._tools.history.record(
            Event(
                self._tools.clock(),
                EventType.SIGN_IN,
                outcome=outcome.ending,
                tracking_id=completion.tracking_id,
                detail=outcome.detail,
            )
        )
        if completion.pair is not None:
            self.answered = RenewalMethod.MINT_CANDIDATE
            self._check.run(mend=True)
            if not self._is_dead():
                self._timetable.forget_failures()
        self._concluded()
        return outcome

    @property
    def awaits_tokens(self) -> bool:
        """Whether new tokens may be on their way, or are being saved. Any thread."""
        return self._tools.critical.is_under_way or self._tools.vault.is_saving

    def end(self) -> None:
        """The program ends: no token is presented any more, and `close` does not wait for the
        command of the config. Any thread."""
        self._tools.critical.end()
        self._tools.hook.shorten_timeouts()

    def shorten_timeouts(self) -> None:
        """The program ends: the keyring is not waited for as long as else. Any thread."""
        self._tools.vault.shorten_timeouts()

    def finish(self) -> None:
        """End, and wait until what another thread has presented is saved: 9 seconds at most."""
        self.end()
        self._tools.critical.finish()

    def close(self) -> None:
        """Close connections and the journal. Where Ctrl-C or a signal is the reason, the command of
        the config is not waited for."""
        if is_interruption(sys.exc_info()[1]):
            self._tools.hook.shorten_timeouts()
        self._timetable.end()
        self._tools.close()

    def poll(self, *, reload: bool = False, thorough: bool = False) -> Health:
        """Check the token in `.env`; adopt or repair the file where that is called for, and where
        all is well exercise a rung that would die of not being used.

        `look`: do none of that, only say it; so it is, too, where the permissions say no more;
        `thorough`: exercise every rung that is due, not only the first.
        """
        mends, self.exercised = self._tools.permissions.renew and not reload, ()
        self._prepare()
        if mends:
            self._repository.save_again()
        self._check.run(mend=mends)
        if mends:
            forget_old(self._tools, self._check, self._repository)
        now, limits = self._tools.clock(), self._tools.limits
        facts = self._facts(now)
        near = health.in_renewal_window(facts.lifespan, now, limits)
        if not (near or facts.probe_failure or health.is_dead(facts, now, limits)):
            self._timetable.forget_failures()  # an old one says nothing of the next
            self._upkeep.note_first_sight(facts)
            if mends:
                self._exercise(thorough=thorough)
        return self._concluded()

    def renew_if_due(self) -> Health:
        """Do all that is due, as the tray would: mend `.env`, adopt, renew, exercise.

        `answered` and `exercised` say what was renewed and exercised.
        """
        self.answered = None
        health = self.poll(thorough=True)
        if self.renewal_due():
            health = self.refresh()
            if health.colour is not Colour.RED and not health.renewing.failures:
                self._exercise(thorough=True)
                health = self._concluded()
        return health

    def _exercise(self, *, thorough: bool) -> None:
        """Exercise the rung that is due; `thorough`: each one that is, once."""
        for _ in range(len(RenewalMethod) if thorough else 1):
            method, succeeded = self._upkeep.run(self._facts(self._tools.clock()))
            if method is None:
                return
            if succeeded:
                self.exercised = (*self.exercised, method)

    def renewal_due(self) -> bool:
        """Whether a rung should act now by itself: the token is dead or near its end."""
        now = self._tools.clock()
        return is_due(self._facts(now), self._timetable, now, self._tools.limits)

    def token_at_hand(self, least: timedelta) -> Secret | None:
        """Return the token in `.env` if what is known vouches for it so long; asks nobody."""
        return cached_token.token(self.config, self._tools.token_facts, self._tools.clock(), least)

    def renewal_could_extend(self, least: timedelta) -> bool:
        """Whether a renewal ahead of time may bring a token that lives so long from now."""
        if self.token is None or not self._timetable.may_renew():
            return False
        life = self._tools.token_facts.lifespan(self.token)
        tried = self._timetable.unchanged_lately(self.token)
        return not tried and freshness.renewal_could_help(life, self._tools.clock(), least)

    def refresh(self, *, by_hand: bool = False, instead_of: Secret | None = None) -> Health:
        """Climb the ladder. `by_hand`: a person asked, so that back-off and marks do not count.

        `instead_of`: what the caller has found dead; a newer one in its place is enough.
        """
        instead_of = instead_of if by_hand else self.token  # as judged: the keyring may be ahead
        self._prepare()
        self.answered = None
        if by_hand:
            # By itself a refresh follows a check: `.env` may be newer than we.
            self._check.run(mend=True)
        if self._timetable.paused_until() is not None:
            self._timetable.renewal_failed(TransportFailure.THROTTLED)
            return self._concluded()
        try:
            renewed = self._renewed(instead_of, by_hand=by_hand)
        except Busy:
            self._timetable.renewal_failed(TransportFailure.BUSY)
        except VaultError as error:
            log.warning("not renewed: %s", error)
            self._timetable.renewal_failed(None)
        except Unreachable as error:
            log.info("not renewed: %s (%s)", error, error.tracking_id)
            self._timetable.renewal_failed(error.failure, error.retry_after)
        else:
            if renewed and not self._is_dead():
                self._timetable.forget_failures()
            else:
                log.info("not renewed: no rung is left that can act")
                self._timetable.renewal_failed(None)
        return self._concluded()

    def _prepare(self) -> None:
        """Take in an edited config, and credentials where they are not known yet."""
        self._intake.take(self._repository, self._check, self._timetable)

    def _renewed(self, instead_of: Secret | None, *, by_hand: bool) -> bool:
        """Renew, and note which rung did. Raises Busy, Unreachable, VaultError."""
        renewal = Renewal(
            self._tools,
            self._repository,
            self._check,
            self._timetable,
            is_dead=self._is_dead,
        )
        try:
            return renewal.run(instead_of, by_hand=by_hand)
        finally:
            self.answered = renewal.answered

    def _is_dead(self) -> bool:
        now = self._tools.clock()
        return health.is_dead(self._facts(now), now, self._tools.limits)

    def _concluded(self) -> Health:
        now, limits = self._tools.clock(), self._tools.limits
        facts = self._facts(now)
        points = self._keeping.turning_points(self.config.kept)
        if health.is_dead(facts, now, limits):
            self._timetable.token_died(self._check.failure)
            points = []
        errand_at = self._upkeep.next_at(facts)
        points += [errand_at] if errand_at is not None else []
        self._timetable.plan(facts.poll_seconds, facts.lifespan, facts.confirmed_at, points)
        now = self._tools.clock()
        facts = self._facts(now)
        keep_report(self._tools, self._check, self._intake, facts, now)
        return self._judged(facts, now)

    def _judged(self, facts: Observations, now: datetime) -> Health:
        found = health.evaluate(facts, now, self._tools.limits)
        if self._check.ran_at is not None:  # before that, nothing is known
            self._tools.history.record_change(events.verdict(found, self.token, now))
        return found

    def _facts(self, now: datetime) -> Observations:
        return observe(
            self._tools,
            self._check,
            self._timetable,
            self._keeping,
            intake=self._intake,
            now=now,
        )
