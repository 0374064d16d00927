"""The use cases of one profile: check, renew, sign in, extend data sources, judge."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from tray_app.model.credentials import Credentials, Pair
from tray_app.model.data_sources import Extension
from tray_app.model.errors import Busy, Unreachable, VaultError
from tray_app.model.events import Event
from tray_app.model.failures import TransportFailure
from tray_app.model.health import Health, Observations
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.model.settings import Config
from tray_app.model.sign_in import SIGN_IN_TIMEOUT, Outcome
from tray_app.model.signs import Colour
from tray_app.policy import freshness, health
from tray_app.service import cached_token
from tray_app.service.assessment import Assessment
from tray_app.service.config_sync import ConfigSync
from tray_app.service.credentials import CredentialRepository
from tray_app.service.data_sources import DataSources
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.exercise import Exerciser
from tray_app.service.renewal import Renewal
from tray_app.service.retention import forget_old, forget_profile
from tray_app.service.sign_in import SignInCompletion
from tray_app.service.timetable import Timetable
from tray_app.sign_in.session import SignInSession, integration_of
from tray_app.system.critical_section import is_interruption

log = logging.getLogger(__name__)


class Engine:
    """One profile's use cases. One thread at a time, unless a method says "any thread".

    `last_method`: the method that renewed the token in the last `refresh` or sign-in, None if none
    did. `exercised`: the methods that the last `poll` or `renew_if_due` exercised.
    """

    def __init__(self, tools: Dependencies) -> None:
        """Raises ConfigError if the config cannot be used."""
        self._tools = tools
        tools.critical.shorten_timeouts = tools.vault.shorten_timeouts
        self._config_sync = ConfigSync(tools)
        self._repository = CredentialRepository(tools, self.config)
        self._timetable = Timetable(tools, self.config.service_app.client_id)
        self._env_sync = EnvSync(tools, self._repository, self._timetable, self.config)
        self._exerciser = Exerciser(tools, self._repository, self._env_sync, self._timetable)
        self._data_sources = DataSources(tools, self._env_sync, self._timetable)
        self._assessment = Assessment(
            tools,
            self._config_sync,
            self._repository,
            self._env_sync,
            self._timetable,
            self._exerciser,
            self._data_sources,
        )
        self.last_method: RenewalMethod | None = None
        self.exercised: tuple[RenewalMethod, ...] = ()

    # --- what is known, and judging it --------------------------------------------------------

    @property
    def config(self) -> Config:
        """The config as it was last read without fault."""
        return self._config_sync.config

    @property
    def token(self) -> Secret | None:
        """The access token in `.env`, as last read."""
        return self._env_sync.tokens.access

    @property
    def config_fault(self) -> str:
        """Why the config as it is now cannot be used; "" if it can."""
        return self._config_sync.fault

    @property
    def next_check(self) -> datetime | None:
        """When to poll next (UTC); None before the first poll."""
        return self._timetable.due

    def may_check(self) -> bool:
        """Whether an automatic check may go out now, whose turn is then taken; if not, `next_check`
        says when."""
        return self._timetable.may_check()

    def drain_notices(self) -> tuple[str, ...]:
        """Return, once, what the person should hear beside the health."""
        config, env = self._config_sync.notices, self._env_sync.notices
        notices = (*config, *env, *self._tools.commands.drain_notices())
        config.clear()
        env.clear()
        return notices

    @property
    def has_notices(self) -> bool:
        """Whether `drain_notices` would return any."""
        waiting = self._config_sync.notices or self._env_sync.notices
        return bool(waiting) or self._tools.commands.has_notices

    def secrets_left_in_config(self, *, again: bool) -> str:
        """Say which secrets this run leaves in the config, and who moves them; "" if none, or if an
        earlier run has said so. `again`: say it anyway."""
        config_sync = self._config_sync
        return config_sync.left if again or config_sync.left_is_news else ""

    def credentials(self) -> Credentials:
        """Return all that is held, for a person who asked: the keyring may prompt, if that is
        permitted."""
        prompt = self._tools.permissions.prompt
        self._prepare(prompt=prompt)
        self._repository.ensure_loaded(prompt=prompt)
        return self._repository.credentials

    def found_secrets(self) -> tuple[tuple[str, str], ...]:
        """Return the entries that this profile uses, each with its store. The keyring may prompt,
        if that is permitted. Raises VaultError."""
        repository, prompt = self._repository, self._tools.permissions.prompt
        return repository.vault.find(repository.names.all, prompt=prompt)

    def forget(self, kept: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
        """Remove this profile's secrets but those `kept` for others, and what is known of it
        alone; returns the entries as `found_secrets` does. Raises VaultError."""
        return forget_profile(self._tools, self._repository, kept)

    def recent_events(self, number: int) -> tuple[Event, ...]:
        """Return the last events, the newest first."""
        return self._tools.history.latest(number)

    def facts_changed(self) -> bool:
        """Whether another process (`status`, `refresh`) has recorded something since."""
        return self._assessment.facts_changed()

    def files_edited(self) -> bool:
        """Whether another program has changed the config or an output since we read it."""
        return self._tools.config_file.is_edited() or self._env_sync.is_edited()

    def judge(self) -> Health:
        """Judge what is known now. Asks no server and writes nothing."""
        return self._assessment.judge()

    def differs_from(self, shown: Health) -> bool:
        """Whether time alone has changed the verdict, or what `facts_changed` has seen."""
        return self._assessment.differs_from(shown)

    def judge_and_record(self) -> Health:
        """Judge, and record in the event log if the verdict has changed, if only by time."""
        return self._assessment.judge_and_record()

    def reload(self) -> Health:
        """Read what other processes wrote and recorded, and judge. Asks no server."""
        is_green = self._assessment.judge_last().colour is Colour.GREEN
        self._repository.expire()
        self._env_sync.read_again(wants_more=not is_green)
        return self.judge_and_record()

    # --- use cases ----------------------------------------------------------------------------

    def poll(self, *, repair: bool = True, thorough: bool = False) -> Health:
        """Check the token in `.env`, repair or adopt it if need be, and, if all is well, exercise a
        method that would expire from disuse.

        `repair`: False: only look, change nothing; so it is if the permissions allow no more.
        `thorough`: exercise every method that is due, not only the first.
        """
        repairs, self.exercised = self._tools.permissions.renew and repair, ()
        self._prepare()
        if repairs:
            self._repository.retry_unsaved_now()
        self._env_sync.run(repair=repairs)
        if repairs:
            forget_old(self._tools, self._env_sync, self._repository)
        now, limits, facts = self._tools.clock(), self._tools.limits, self._assessment.observe()
        near = health.in_renewal_window(facts.lifespan, now, limits)
        if not (near or facts.check_failure or health.is_dead(facts, now, limits)):
            self._timetable.forget_failures()  # an old one says nothing of the next
            facts = self._exerciser.record_first_sight(facts)
            if repairs:
                facts = self._exercise(facts, thorough=thorough)
        return self._assessment.conclude(facts)

    def retry_unsaved(self) -> None:
        """Save what the store has refused to save, if anything: once a minute at most."""
        self._tools.vault.retry_unsaved()
        self._config_sync.move_back(self._repository, self._env_sync)

    def renew_if_due(self) -> Health:
        """Do all that is due, as the tray would: repair `.env`, adopt, renew, exercise.

        `last_method` and `exercised` say what was renewed and exercised.
        """
        self.last_method = None
        with self.prepared_to_renew(timedelta(0)):
            found = self.poll(thorough=True)
            if self.renewal_due():
                found = self.refresh()
                if found.colour is not Colour.RED and not found.renewing.failures:
                    found = self._assessment.conclude(
                        self._exercise(self._assessment.observe(), thorough=True)
                    )
        return found

    @contextmanager
    def prepared_to_renew(self, least: timedelta) -> Iterator[None]:
        """Hold the locks for what follows if a renewal is likely to be part of it: the store is
        then read once, under them. `least`: how long the token must live from now."""
        self._begin()
        self._env_sync.read()
        now, limits = self._tools.clock(), self._tools.limits
        life = self._tools.token_facts.lifespan(self.token) if self.token else None
        ends_soon = life is not None and life.ends < now + least
        near = ends_soon or health.in_renewal_window(life, now, limits) or self._env_sync.is_dead
        renews = self._tools.permissions.renew and near and self._timetable.may_renew()
        with self._env_sync.locked_if_free() if renews else nullcontext():
            yield

    def _exercise(self, facts: Observations, *, thorough: bool) -> Observations:
        """Exercise the method that is due; `thorough`: each one that is, once. Returns what is
        known then."""
        for _ in range(len(RenewalMethod) if thorough else 1):
            method, succeeded = self._exerciser.run(facts)
            if method is None:
                break
            if succeeded:
                self.exercised = (*self.exercised, method)
            facts = self._assessment.observe()
        return facts

    def renewal_due(self) -> bool:
        """Whether a method should act now by itself: the token is dead or near its end."""
        return self._assessment.renewal_due()

    def cached_token(self, least: timedelta) -> Secret | None:
        """Return the token in `.env` if it is known to be valid for at least `least`. Makes no
        request."""
        return cached_token.token(self.config, self._tools.token_facts, self._tools.clock(), least)

    def renewal_could_extend(self, least: timedelta) -> bool:
        """Whether a renewal ahead of time may bring a token that lives so long from now."""
        if self.token is None or not self._timetable.may_renew():
            return False
        life = self._tools.token_facts.lifespan(self.token)
        tried = self._timetable.unchanged_lately(self.token)
        return not tried and freshness.renewal_could_help(life, self._tools.clock(), least)

    def refresh(self, *, by_hand: bool = False, replacing: Secret | None = None) -> Health:
        """Renew by the first method that can act. `by_hand`: a person asked, so that back-off and
        recorded refusals do not count.

        `replacing`: what the caller has found dead; a newer one in its place is enough.
        """
        timetable = self._timetable
        replacing = replacing if by_hand else self.token  # as judged: the store may be ahead
        self.last_method = None
        self._begin()
        with self._env_sync.locked_if_free() if by_hand else nullcontext():
            prompt = by_hand and self._tools.permissions.prompt
            self._config_sync.load(self._repository, self._env_sync, prompt=prompt)
            if by_hand:
                # An automatic refresh follows a check: `.env` may be newer than what we hold.
                self._env_sync.run(repair=True)
            renewal = Renewal(self._tools, self._repository, self._env_sync, timetable)
            try:
                renewed = renewal.run(replacing, by_hand=by_hand)
            except Busy:
                timetable.renewal_failed(TransportFailure.BUSY)
            except VaultError as error:
                log.warning("not renewed: %s", error)
                timetable.renewal_failed(None)
            except Unreachable as error:
                log.info("not renewed: %s (%s)", error, error.tracking_id)
                timetable.renewal_failed(error.failure, error)
                if by_hand and self._env_sync.is_dead:
                    renewal.forget_forbidden()  # else the click would come to nothing
            else:
                if renewed and not self._env_sync.is_dead:
                    timetable.forget_failures()
                else:
                    why = "the new token is not in .env" if renewed else "no method can act"
                    log.info("not renewed: %s", why)
                    timetable.renewal_failed(None)
            finally:
                self.last_method = renewal.method
            return self._assessment.conclude()

    def begin_sign_in(
        self, *, timeout: float = SIGN_IN_TIMEOUT, listen: bool = True
    ) -> SignInSession:
        """Ask a person to sign in: open the page at its `url`, wait, and hand it to
        `finish_sign_in`. Only for a person's click. `timeout`: seconds; `listen`: False if the
        answer is pasted. Raises CannotSignIn."""
        repository, prompt = self._repository, self._tools.permissions.prompt
        self._prepare(prompt=prompt)
        repository.ensure_loaded(prompt=prompt)
        integration = integration_of(
            repository.credentials, self._tools.vault.fault, unreachable=repository.is_unreachable
        )
        now, base = self._tools.clock(), self._tools.webex.base
        return SignInSession(integration, base, now, timeout, listen=listen)

    def finish_sign_in(self, sign_in: SignInSession) -> Outcome:
        """Complete a sign-in that has ended: exchange its code, mint, and save. `judge` returns the
        health that follows."""
        self.last_method = None
        self._prepare()
        completion = SignInCompletion(
            self._tools, self._repository, self._env_sync, self._timetable
        )
        outcome = completion.run(sign_in, self.config.integration)
        if completion.pair is not None:
            self.last_method = RenewalMethod.MINT_CANDIDATE
            self._env_sync.run(repair=True)
            if not self._env_sync.is_dead:
                self._timetable.forget_failures()
        self._assessment.conclude()
        return outcome

    def hold(self, given: Pair) -> None:
        """Save tokens of the service app that a person has given, then write them. Raises Busy."""
        self._prepare(prompt=self._tools.permissions.prompt)
        self._env_sync.hold(given)

    # --- data sources -------------------------------------------------------------------------

    def extension_due(self) -> bool:
        """Whether a data source is to get a new token now by itself."""
        return not self._env_sync.is_dead and bool(self._data_sources.due(self.config.kept))

    def extend_due(self) -> Health:
        """Give the data sources that are due new tokens, a few at a time."""
        self._data_sources.extend_due(self.config.kept)
        return self._assessment.conclude()

    def extend(self, source_id: str, minutes: int | None = None) -> Extension:
        """Give a data source a new token because a person asked. `minutes`: another life."""
        self._prepare()
        done = self._data_sources.extend(source_id, minutes)
        self._assessment.conclude()
        return done

    def set_kept(self, source_id: str, *, on: bool) -> Health:
        """Keep a data source alive from now on, or stop. Raises ConfigError."""
        self._tools.config_file.set_kept_data_source(source_id, on=on)
        self._data_sources.forget(source_id)
        self._prepare()
        return self._assessment.conclude()

    # --- the end ------------------------------------------------------------------------------

    @property
    def awaits_tokens(self) -> bool:
        """Whether new tokens may be on their way, or are being saved. Any thread."""
        return self._tools.critical.is_under_way or self._tools.vault.is_saving

    def end(self) -> None:
        """The program ends: no token is presented any more, and `close` does not wait for a
        command. Any thread."""
        self._tools.critical.end()
        self._tools.commands.shorten_timeouts()

    def shorten_timeouts(self) -> None:
        """The program ends: wait for the keyring a moment only. Any thread."""
        self._tools.vault.shorten_timeouts()

    def finish(self) -> None:
        """End, and wait until what another thread has presented is saved: 9 seconds at most."""
        self.end()
        self._tools.critical.finish()

    def close(self) -> None:
        """Close connections and database. After Ctrl-C or a signal, a command is not waited for."""
        self._tools.vault.retry_unsaved(is_ending=True)
        if is_interruption(sys.exc_info()[1]):
            self._tools.shorten_timeouts()
        else:
            self._assessment.tell_at_end()
        self._timetable.end()
        self._tools.close()

    # --- one operation ------------------------------------------------------------------------

    def _prepare(self, *, prompt: bool = False) -> None:
        """An operation begins: read the config if it was edited, and the store if need be."""
        self._begin()
        self._config_sync.load(self._repository, self._env_sync, prompt=prompt)

    def _begin(self) -> None:
        if not self._env_sync.holds_locks:
            self._repository.expire()
        self._config_sync.refresh(self._repository, self._env_sync, self._timetable)
