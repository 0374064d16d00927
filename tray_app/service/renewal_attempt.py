"""One climb of the ladder: call rung after rung, remember every no, save every yes at once."""

from __future__ import annotations

import logging
from collections.abc import Callable

from tray_app.model.credentials import Credentials, Effect, Pair, Usage
from tray_app.model.errors import Busy, Refused, Unreachable, VaultError
from tray_app.model.events import Event, EventType
from tray_app.model.failures import GRANTED, Refusal
from tray_app.model.renewal import RecordedRefusal, RenewalMethod
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.policy import renewal
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.refresh_effect import RefreshEffect
from tray_app.service.reservation import Reservation

log = logging.getLogger(__name__)


class RenewalAttempt:
    """To be made and used inside the service app's lock, but for rung 3 alone, which takes its
    own. Each rung that is tried is an event, with what Webex said. `answered`: the rung that led
    to a pair (rung 3 where the mint used what rung 3 had just renewed)."""

    def __init__(
        self,
        tools: Dependencies,
        repository: CredentialRepository,
        reserve_env: Callable[[], bool] = lambda: True,
    ) -> None:
        """`reserve_env` says whether `.env` takes a pair, where the store does not."""
        self._webex = tools.webex
        self._token_facts = tools.token_facts
        self._history = tools.history
        self._locks = tools.locks
        self._rate_limiter = tools.rate_limiter
        self._critical = tools.critical
        self._clock = tools.clock
        self._repository = repository
        self._reservation = Reservation(repository, reserve_env, stays=tools.permissions.stays)
        self._tried: set[tuple[RenewalMethod, str]] = set()
        self._refusals: dict[str, RecordedRefusal] = {}
        self._heeds_refusals = False
        self._renewed_personal = False
        self.answered: RenewalMethod | None = None

    def up(self, *, by_hand: bool, without: RenewalMethod | None = None) -> Pair | None:
        """Return the new, saved service app pair; None when no rung is left. `without`: a rung
        that is not to act.

        Raises Unreachable as soon as one call has no meaning: nothing further is tried; Interrupted
        when the program is ending.
        """
        if without is not None:
            self._tried.add((without, ""))
        # A person's click puts what was refused before to the test again.
        self._heeds_refusals = not by_hand
        return self._critical.run(lambda: self._reserving(self._up))

    def _up(self) -> Pair | None:
        while (method := self._next()) is not None:
            try:
                pair = self._take(method)
            except Refused:
                continue
            if pair is not None:
                self._allow_mints()
                self.answered = (
                    RenewalMethod.INTEGRATION_REFRESH if self._renewed_personal else method
                )
                return pair
        return None

    def only(self, method: RenewalMethod) -> Pair | None:
        """Take this rung and no other; None where rung 3 was asked for, which gives no pair.

        Raises Refused, Unreachable, Interrupted, and VaultError where what it brings cannot be
        saved: its token is then not spent.
        """
        pair = self._critical.run(lambda: self._reserving(lambda: self._take(method)))
        if pair is not None:
            self._allow_mints()
        elif self._reservation.refusal:
            raise VaultError(self._reservation.refusal)
        return pair

    def _reserving(self, work: Callable[[], Pair | None]) -> Pair | None:
        try:
            return work()
        finally:
            self._reservation.release()

    def _next(self) -> RenewalMethod | None:
        creds, tried = self._repository.credentials, frozenset(self._tried)
        known = (
            self._token_facts.refusals(renewal.refusal_keys(creds)) if self._heeds_refusals else {}
        )
        return renewal.next_method(creds, {**known, **self._refusals}, self._clock(), tried=tried)

    def _take(self, method: RenewalMethod) -> Pair | None:
        """Call one rung; None where it only led to the next. Raises Refused, remembered."""
        creds = self._repository.credentials
        token = renewal.token_for(method, creds)
        if token is None:
            return None
        self._tried.add((method, token.digest))
        if method is RenewalMethod.INTEGRATION_REFRESH:
            self._renew_personal(creds)
            return None
        if not self._reservation.takes(method):
            return None
        use = RefreshEffect(self._token_facts, token)
        self._repository.note_held()
        asked_at = self._clock()
        grant = self._asked(method, creds, token)
        # Saved before anything else: what a crash costs until then, nobody gives back.
        pair = self._repository.keep_pair(grant, self._clock(), asked_at=asked_at)
        self._note(method, GRANTED, pair.access)
        if method is RenewalMethod.SERVICE_REFRESH:
            use.gave(grant.refresh, grant.refresh_life, self._clock())
        if grant.access_life is None:  # not to be renewed for that in an hour again
            now = self._clock()
            self._token_facts.record_usage(pair.access, Usage(now, now, Effect.NOT_REPORTED))
        self._disprove(method, creds)
        if method is RenewalMethod.MINT_CANDIDATE:
            self._accept_candidate(creds)
        if self._token_facts.seen(pair.access).rejected:
            log.warning("rung %d gave a token that Webex has rejected already", method.number)
            return None
        return pair

    def _renew_personal(self, creds: Credentials) -> None:
        """Rung 3, under the integration's own lock: profiles share it."""
        integration = creds.integration
        if integration is None or integration.refresh_token is None:
            return
        with self._locks.acquire("integration", self._webex.host, integration.client_id):
            self._repository.load_integration()
            now_held = self._repository.credentials
            if now_held.integration_access != creds.integration_access:
                log.info("another process has renewed the personal access token")
                return
            current = renewal.token_for(RenewalMethod.INTEGRATION_REFRESH, now_held)
            if current is None or current != integration.refresh_token:
                return
            if not self._reservation.takes(RenewalMethod.INTEGRATION_REFRESH):
                return
            self._repository.note_taken()
            use = RefreshEffect(self._token_facts, current)
            grant = self._asked(RenewalMethod.INTEGRATION_REFRESH, now_held, current)
            self._repository.keep_integration(grant, self._clock())
            self._note(RenewalMethod.INTEGRATION_REFRESH, GRANTED, grant.access)
            use.gave(grant.refresh, grant.refresh_life, self._clock())
            self._disprove(RenewalMethod.INTEGRATION_REFRESH, now_held)
            self._renewed_personal = True

    def _accept_candidate(self, creds: Credentials) -> None:
        """A minted pair proves the sign-in for this app; profiles share the integration."""
        if creds.integration is None:
            return
        try:
            with self._locks.acquire("integration", self._webex.host, creds.integration.client_id):
                self._repository.accept_candidate(self._clock())
        except Busy:  # the pair is good all the same; the candidate stays, and acts again
            log.warning("the sign-in is not taken over yet: another process holds the integration")

    def _asked(self, method: RenewalMethod, creds: Credentials, token: Secret) -> Grant:
        """Call one rung, and remember a no while the lock is still held: what is brought back
        must not displace what another process has renewed meanwhile. Raises Refused, Unreachable.
        """
        try:
            return self._call(method, creds, token)
        except Refused as refused:
            self._note(method, refused.refusal, token, refused.tracking_id)
            self._remember(method, refused)
            raise
        except Unreachable as error:
            self._note(method, error.failure, token, error.tracking_id)
            raise

    def _note(
        self, method: RenewalMethod, outcome: str, token: Secret, tracking_id: str = ""
    ) -> None:
        event = Event(
            self._clock(),
            EventType.RENEWAL,
            method=method,
            outcome=outcome,
            fingerprint=token.fingerprint,
            tracking_id=tracking_id,
        )
        self._history.record(event)

    def _call(self, method: RenewalMethod, creds: Credentials, token: Secret) -> Grant:
        client = creds.integration if method is RenewalMethod.INTEGRATION_REFRESH else creds.app
        if client is None or client.client_secret is None:
            raise Refused(Refusal.WRONG_CLIENT, "the client secret is not known")
        self._critical.before_presenting()
        self._rate_limiter.charge(creds.app.client_id)
        log.info("rung %d (%s) is tried with %s", method.number, method, token.fingerprint)
        if renewal.is_mint(method):
            return self._webex.mint(creds.app, client.client_secret, token)
        return self._webex.refresh(client.client_id, client.client_secret, token)

    def _remember(self, method: RenewalMethod, refused: Refused) -> None:
        log.info(
            "rung %d: %s: %s (%s)", method.number, refused.refusal, refused, refused.tracking_id
        )
        key = renewal.refusal_key(method, refused.refusal, self._repository.credentials)
        if refused.refusal is Refusal.REJECTED:
            # Before the mark: nobody asks for a dead one again, and so would bring nothing back.
            self._repository.restore_previous(method, self._clock())
        self._refusals[key] = RecordedRefusal(refused.refusal, self._clock())
        self._token_facts.record_refusal(key, self._refusals[key])

    def _allow_mints(self) -> None:
        """A new pair shows that the app is authorized: an earlier 403 may be over."""
        creds = self._repository.credentials
        for method in filter(renewal.is_mint, RenewalMethod):
            self._token_facts.clear_refusals(renewal.refusal_key(method, Refusal.FORBIDDEN, creds))

    def _disprove(self, method: RenewalMethod, creds: Credentials) -> None:
        """A success makes earlier refusals of the same values void."""
        keys = [renewal.refusal_key(method, refusal, creds) for refusal in Refusal]
        self._token_facts.clear_refusals(*keys)
        for key in keys:
            self._refusals.pop(key, None)
