"""One climb of the ladder: call rung after rung, remember every no, save every yes at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from tray_app.adapters.journal import Journal
from tray_app.adapters.locks import Locks
from tray_app.adapters.webex import Webex
from tray_app.core import ladder
from tray_app.core.answers import Grant, Refusal
from tray_app.core.credentials import Credentials, Pair
from tray_app.core.errors import Refused
from tray_app.core.model import Mark, Rung
from tray_app.core.secret import Secret
from tray_app.engine.custody import Custody

log = logging.getLogger(__name__)


class Climb:
    """To be made and used inside the service app's lock. `answered`: the rung that led to a
    pair (rung 3 where the mint used what rung 3 had just renewed)."""

    def __init__(
        self,
        webex: Webex,
        journal: Journal,
        locks: Locks,
        custody: Custody,
        clock: Callable[[], datetime],
    ) -> None:
        self._webex = webex
        self._journal = journal
        self._locks = locks
        self._custody = custody
        self._clock = clock
        self._tried: set[tuple[Rung, str]] = set()
        self._marks: dict[str, Mark] = {}
        self._renewed_personal = False
        self.answered: Rung | None = None

    def up(self, *, by_hand: bool) -> Pair | None:
        """Return the new, saved service app pair; None when no rung is left.

        Raises Unreachable as soon as one call has no meaning: nothing further is tried.
        """
        # A person's click puts what was refused before to the test again.
        self._marks = {} if by_hand else self._journal.marks()
        while (rung := self._next()) is not None:
            try:
                pair = self._take(rung)
            except Refused as refused:
                self._remember(rung, refused)
                continue
            if pair is not None:
                self._allow_mints()
                self.answered = Rung.INTEGRATION_REFRESH if self._renewed_personal else rung
                return pair
        return None

    def _next(self) -> Rung | None:
        return ladder.next_rung(
            self._custody.credentials, self._marks, self._clock(), tried=frozenset(self._tried)
        )

    def _take(self, rung: Rung) -> Pair | None:
        """Call one rung; None where it only led to the next."""
        creds = self._custody.credentials
        token = ladder.presented(rung, creds)
        if token is None:
            return None
        self._tried.add((rung, token.digest))
        if rung is Rung.INTEGRATION_REFRESH:
            self._renew_personal(creds)
            return None
        grant = self._call(rung, creds, token)
        self._disprove(rung, creds)
        pair = self._custody.keep_pair(grant, self._clock())
        if self._journal.seen(pair.access).rejected:
            log.warning("rung %d gave a token that Webex has rejected already", rung.number)
            return None
        return pair

    def _renew_personal(self, creds: Credentials) -> None:
        """Rung 3, under the integration's own lock: profiles share it."""
        integration = creds.integration
        if integration is None or integration.refresh_token is None:
            return
        with self._locks.hold("integration", self._webex.host, integration.client_id):
            self._custody.load_integration()
            now_held = self._custody.credentials
            if now_held.integration_access != creds.integration_access:
                log.info("another process has renewed the personal access token")
                return
            current = ladder.presented(Rung.INTEGRATION_REFRESH, now_held)
            if current is None or current != integration.refresh_token:
                return
            grant = self._call(Rung.INTEGRATION_REFRESH, now_held, current)
            self._disprove(Rung.INTEGRATION_REFRESH, now_held)
            self._custody.keep_integration(grant, self._clock())
            self._renewed_personal = True

    def _call(self, rung: Rung, creds: Credentials, token: Secret) -> Grant:
        client = creds.integration if rung is Rung.INTEGRATION_REFRESH else creds.app
        if client is None or client.client_secret is None:
            raise Refused(Refusal.WRONG_CLIENT, "the client secret is not known")
        log.info("rung %d (%s) is tried with %s", rung.number, rung, token.fingerprint)
        if rung in (Rung.MINT_PASTED, Rung.MINT_INTEGRATION):
            return self._webex.mint(creds.app, client.client_secret, token)
        return self._webex.refresh(client.client_id, client.client_secret, token)

    def _remember(self, rung: Rung, refused: Refused) -> None:
        log.info("rung %d: %s: %s (%s)", rung.number, refused.refusal, refused, refused.tracking_id)
        key = ladder.mark_key(rung, refused.refusal, self._custody.credentials)
        self._marks[key] = Mark(refused.refusal, self._clock())
        self._journal.mark(key, self._marks[key])
        if refused.refusal is Refusal.REJECTED:
            self._custody.fall_back(rung, self._clock())

    def _allow_mints(self) -> None:
        """A new pair shows that the app is authorized: an earlier 403 may be over."""
        creds = self._custody.credentials
        for rung in (Rung.MINT_PASTED, Rung.MINT_INTEGRATION):
            self._journal.unmark(ladder.mark_key(rung, Refusal.FORBIDDEN, creds))

    def _disprove(self, rung: Rung, creds: Credentials) -> None:
        """A success makes earlier refusals of the same values void."""
        keys = [ladder.mark_key(rung, refusal, creds) for refusal in Refusal]
        self._journal.unmark(*keys)
        for key in keys:
            self._marks.pop(key, None)
