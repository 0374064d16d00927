"""Renews the service app's tokens: under the locks, one renewal method after the other.

A refusal is recorded before the next method is tried, and what Webex grants is saved before
anything else happens.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from functools import partial

from tray_app.model.credentials import Credentials, Effect, Lifespan, Pair, Usage
from tray_app.model.errors import Busy, Refused, Unreachable, VaultError
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED, Refusal, TransportFailure
from tray_app.model.renewal import RecordedRefusal, RenewalMethod
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.policy import exercise, renewal
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.reservation import Reservation
from tray_app.service.timetable import Timetable

log = logging.getLogger(__name__)


class _Elsewhere(Enum):
    """What another program has done since the token was judged."""

    NOTHING = auto()
    RENEWED = auto()
    """What it has renewed is in `.env` now."""
    UNWRITTEN = auto()
    """`.env` cannot be read, or does not take what it has renewed."""


@dataclass(slots=True, repr=False, eq=False)
class Renewal:
    """One renewal. `method`: the one that renewed; None if none did."""

    _tools: Dependencies
    _repository: CredentialRepository
    _env_sync: EnvSync
    _timetable: Timetable
    method: RenewalMethod | None = field(default=None, init=False)

    def run(self, replacing: Secret | None, *, by_hand: bool) -> bool:
        """Renew, write `.env` and check the new token: only what Webex accepts ends the failure.

        `replacing`: the token that was found dead; if another process has replaced it, its pair is
        taken over. Raises Busy, Unreachable, VaultError.
        """
        env_sync, tools = self._env_sync, self._tools
        if self._timetable.paused_until() is not None:
            raise Unreachable(TransportFailure.THROTTLED, "Webex wants us to wait")
        # Once more if what another program had renewed has died since, too: then it is our turn.
        for dead in (replacing, None):
            with env_sync.locked():
                elsewhere = self._look_elsewhere(dead, by_hand=by_hand)
                is_written = elsewhere is _Elsewhere.RENEWED
                if elsewhere is _Elsewhere.NOTHING:
                    held = self._repository.credentials.pair
                    before = tools.token_facts.lifespan(held.access) if held else None
                    attempt = RenewalAttempt(tools, self._repository, env_sync)
                    pair = tools.critical.run(partial(attempt.run, by_hand=by_hand))
                    is_written, self.method = attempt.is_written, attempt.method
                    if pair is not None:
                        self._timetable.note_unchanged(before, pair.access)
            if not is_written:
                return False
            env_sync.run(repair=True)
            if self.method or env_sync.check.failure or not env_sync.is_dead:
                break
        return True

    def forget_forbidden(self) -> None:
        """Try to mint again once Webex answers, whatever permission was missing: whoever clicks may
        know that it has been given. Else it is tried once a day."""
        keys = renewal.forbidden_keys(self._repository.credentials)
        self._tools.token_facts.clear_refusals(*keys)

    def _look_elsewhere(self, dead: Secret | None, *, by_hand: bool) -> _Elsewhere:
        """Read store and `.env` again, and take over what another program has renewed. `dead`: the
        token to replace; None: the one that was held at the last look. Called under the lock."""
        tools, repository, judged = self._tools, self._repository, self._env_sync.tokens
        pair = repository.credentials.pair
        replacing = dead or (pair.access if pair else None)
        repository.ensure_loaded(prompt=by_hand and tools.permissions.prompt)
        self._env_sync.read()
        if self._env_sync.fault:
            return _Elsewhere.UNWRITTEN
        held = repository.credentials.pair
        is_newer = held is not None and replacing not in (None, held.access)
        if held is not None and is_newer and not tools.token_facts.seen(held.access).rejected:
            log.info("another process has renewed; took over %s", held.access.fingerprint)
            is_written = self._env_sync.write(held)
            return _Elsewhere.RENEWED if is_written else _Elsewhere.UNWRITTEN
        if self._env_sync.tokens.access not in (None, judged.access, replacing):
            log.info("a program that keeps its secrets elsewhere has written .env: it is read")
            return _Elsewhere.RENEWED
        return _Elsewhere.NOTHING


class RenewalAttempt:
    """Calls renewal methods, and records each as an event, with Webex's answer. Use it once, in a
    critical section, inside `EnvSync.locked`, unless for method 3 `only`: that takes the
    integration's lock itself.

    `method`: the one that led to a pair (method 3, if it renewed the token that minted the pair);
    `is_written`: whether `.env` took the pair.
    """

    def __init__(
        self, tools: Dependencies, repository: CredentialRepository, env_sync: EnvSync
    ) -> None:
        self._tools = tools
        self._token_facts = tools.token_facts
        self._repository = repository
        self._env_sync = env_sync
        self._reservation = Reservation(repository, env_sync, stays=tools.permissions.stays)
        self._tried: set[tuple[RenewalMethod, str]] = set()
        self._refusals: dict[str, RecordedRefusal] = {}
        self._has_renewed_personal = False
        self.method: RenewalMethod | None = None
        self.is_written = False

    def run(
        self,
        *,
        by_hand: bool = False,
        only: RenewalMethod | None = None,
        without: RenewalMethod | None = None,
    ) -> Pair | None:
        """Return the new service app pair, saved and written into `.env`; None if no method is
        left, or `only` is method 3, which gives no pair.

        `by_hand`: try what was refused before once more; `only`: this method, whatever is known of
        it, and no other; `without`: any but this one. Raises Unreachable as soon as an answer is
        missing, so nothing further is tried; Interrupted if the program is ending. With `only`,
        also Refused, and VaultError if the answer could not be saved: its token is then not spent.
        """
        methods = iter((only,)) if only else self._methods(without, by_hand=by_hand)
        try:
            for method in methods:
                creds = self._repository.credentials
                token = renewal.token_for(method, creds)
                self._tried.add((method, token.digest if token else ""))
                try:
                    if method is RenewalMethod.INTEGRATION_REFRESH:
                        self._renew_personal(creds)
                        continue
                    if token is None or not self._reservation.takes(method):
                        continue
                    self._repository.note_held()
                    before, asked_at = self._known_of(token), self._tools.clock()
                    with self._presenting(method, creds, token) as (client_id, client_secret):
                        if renewal.is_mint(method):
                            grant = self._tools.webex.mint(creds.app, client_secret, token)
                        else:
                            grant = self._tools.webex.refresh(client_id, client_secret, token)
                except Refused:
                    if only is not None:
                        raise
                    continue
                # Saved before anything else: what a crash costs until then cannot be replaced.
                pair = self._repository.keep_pair(grant, self._tools.clock(), asked_at=asked_at)
                self._record_grant(method, creds, token, grant, before)
                if self._write_unless_dead(method, pair):
                    return pair
            if only is not None and self._reservation.refusal:
                raise VaultError(self._reservation.refusal)
            return None
        finally:
            self._reservation.release()

    def _methods(self, without: RenewalMethod | None, *, by_hand: bool) -> Iterator[RenewalMethod]:
        """Yield the first method that can act, again and again until none is left."""
        if without is not None:
            self._tried.add((without, ""))
        while True:
            creds, known = self._repository.credentials, {}
            if not by_hand:  # a click puts what was refused before to the test again
                known = self._token_facts.refusals(renewal.refusal_keys(creds))
            refusals, tried = {**known, **self._refusals}, frozenset(self._tried)
            method = renewal.next_method(creds, refusals, self._tools.clock(), tried=tried)
            if method is None:
                return
            yield method

    def _write_unless_dead(self, method: RenewalMethod, pair: Pair) -> bool:
        """Write a new pair into `.env`; False if Webex has rejected its token before."""
        if self._token_facts.seen(pair.access).rejected:
            log.warning("method %d gave a token that Webex has rejected already", method.number)
            return False
        # A new pair shows that the app is authorized: an earlier 403 may be over.
        self._token_facts.clear_refusals(*renewal.forbidden_keys(self._repository.credentials))
        has_renewed = self._has_renewed_personal
        self.method = RenewalMethod.INTEGRATION_REFRESH if has_renewed else method
        self.is_written = self._env_sync.write(pair)
        return True

    def _renew_personal(self, creds: Credentials) -> None:
        """Method 3, under the integration's own lock: profiles share it. Raises Refused,
        Unreachable."""
        tools, repository, integration = self._tools, self._repository, creds.integration
        method = RenewalMethod.INTEGRATION_REFRESH
        if integration is None or integration.refresh_token is None:
            return
        with tools.locks.acquire("integration", tools.webex.host, integration.client_id):
            repository.load_integration()
            now_held = repository.credentials
            if now_held.integration_access != creds.integration_access:
                log.info("another process has renewed the personal access token")
                return
            token = renewal.token_for(method, now_held)
            if token is None or token != integration.refresh_token:
                return
            if not self._reservation.takes(method):
                return
            repository.note_taken()
            before = self._known_of(token)
            with self._presenting(method, now_held, token) as (client_id, client_secret):
                grant = tools.webex.refresh(client_id, client_secret, token)
            repository.keep_integration(grant, tools.clock())
            self._record_grant(method, now_held, token, grant, before)
            self._has_renewed_personal = True

    def _accept_candidate(self, creds: Credentials) -> None:
        """A minted pair proves the sign-in for this app; profiles share the integration."""
        tools = self._tools
        if creds.integration is None:
            return
        try:
            with tools.locks.acquire("integration", tools.webex.host, creds.integration.client_id):
                self._repository.accept_candidate(tools.clock())
        except Busy:  # the pair is good all the same; the candidate stays, and acts again
            log.warning("the sign-in is not taken over yet: another process holds the integration")

    @contextmanager
    def _presenting(
        self, method: RenewalMethod, creds: Credentials, token: Secret
    ) -> Iterator[tuple[str, Secret]]:
        """Present the token: gives the client id and secret to present it with, and records what
        goes wrong while the lock is still held, because what is restored must not displace what
        another process has renewed since. Raises Refused, Unreachable, Interrupted.
        """
        try:
            client_id, client_secret = _client_of(method, creds)
            try:
                self._tools.critical.before_presenting()
                self._tools.rate_limiter.charge(creds.app.client_id)
                log.info(
                    "method %d (%s) is tried with %s", method.number, method, token.fingerprint
                )
                yield client_id, client_secret
            finally:
                self._reservation.release_descriptors()
        except Refused as refused:
            self._record(method, refused.refusal, token, refused.tracking_id)
            self._record_refusal(method, refused)
            raise
        except Unreachable as error:
            self._record(method, error.failure, token, error.tracking_id, error.http_status)
            raise

    def _record(
        self,
        method: RenewalMethod,
        outcome: str,
        token: Secret,
        tracking_id: str = "",
        status: str = "",
    ) -> None:
        self._tools.history.record(
            Event(
                self._tools.clock(),
                EventType.RENEWAL,
                method=method,
                outcome=outcome,
                fingerprint=token.fingerprint,
                tracking_id=tracking_id,
                detail=status,
            )
        )

    def _record_refusal(self, method: RenewalMethod, refused: Refused) -> None:
        log.info(
            "method %d: %s: %s (%s)", method.number, refused.refusal, refused, refused.tracking_id
        )
        key = renewal.refusal_key(method, refused.refusal, self._repository.credentials)
        if refused.refusal is Refusal.REJECTED:
            # Before it is recorded: a token that is known as refused is not presented again, and
            # so its predecessor would never be restored.
            self._repository.restore_previous(method, self._tools.clock())
        self._refusals[key] = RecordedRefusal(refused.refusal, self._tools.clock())
        self._token_facts.record_refusal(key, self._refusals[key])

    def _record_grant(
        self,
        method: RenewalMethod,
        creds: Credentials,
        token: Secret,
        grant: Grant,
        before: tuple[Usage | None, Lifespan | None],
    ) -> None:
        """Record that the method works, and what it did to the expiry. `before`: `_known_of` the
        presented token before Webex was asked."""
        self._record(method, GRANTED, grant.access)
        now = self._tools.clock()
        if not renewal.is_mint(method):
            self._record_refresh_effect(token, grant, before, now)
        if grant.access_life is None and method is not RenewalMethod.INTEGRATION_REFRESH:
            # Not to be renewed for that in an hour again.
            self._token_facts.record_usage(grant.access, Usage(now, now, Effect.NOT_REPORTED))
        # Earlier refusals of the same values are void.
        keys = [renewal.refusal_key(method, refusal, creds) for refusal in Refusal]
        self._token_facts.clear_refusals(*keys)
        for key in keys:
            self._refusals.pop(key, None)
        if method is RenewalMethod.MINT_CANDIDATE:
            self._accept_candidate(creds)

    def _known_of(self, token: Secret) -> tuple[Usage | None, Lifespan | None]:
        return self._token_facts.usage(token), self._token_facts.lifespan(token)

    def _record_refresh_effect(
        self,
        token: Secret,
        grant: Grant,
        before: tuple[Usage | None, Lifespan | None],
        now: datetime,
    ) -> None:
        """Compare the refresh token's old and new expiry, and record it for the one to use next."""
        usage, life = before
        ends = now + grant.refresh_life if grant.refresh_life is not None else None
        effect = exercise.effect_on_expiry(usage, life, ends, now)
        is_same = grant.refresh in (None, token)
        seen_at = usage.seen_at if usage and is_same else now
        self._token_facts.record_usage(grant.refresh or token, Usage(seen_at, now, effect))


def _client_of(method: RenewalMethod, creds: Credentials) -> tuple[str, Secret]:
    """Return the client id and secret that this method presents. Raises Refused."""
    client = creds.integration if method is RenewalMethod.INTEGRATION_REFRESH else creds.app
    if client is None or client.client_secret is None:
        raise Refused(Refusal.WRONG_CLIENT, "the client secret is not known")
    return client.client_id, client.client_secret
