"""What follows a person's yes: code → tokens → candidate slot → mint for this app → promotion.

The mint is the check for the wrong account, and rung 2's result already. Until it has succeeded,
the old credentials stay as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from tray_app.adapters import logs
from tray_app.core import webex_ids
from tray_app.core.answers import Grant, Person, Refusal, Trouble
from tray_app.core.credentials import Pair
from tray_app.core.errors import Busy, Refused, Unreachable
from tray_app.core.model import Rung
from tray_app.core.oauth import MINT_SCOPE, Code, Declined
from tray_app.core.secret import Secret
from tray_app.core.sign_in import DECLINED, Ending, Outcome
from tray_app.engine.climb import Climb
from tray_app.engine.custody import Custody
from tray_app.engine.sign_in import SignIn
from tray_app.engine.timetable import Timetable
from tray_app.engine.tools import Tools

log = logging.getLogger(__name__)

_EXCHANGE_ENDINGS = {Refusal.WRONG_CLIENT: Ending.WRONG_CLIENT}
_MINT_ENDINGS = {
    Refusal.WRONG_CLIENT: Ending.WRONG_APP_SECRET,
    Refusal.BAD_REQUEST: Ending.WRONG_APP_IDS,
}


class Completion:
    """Completes one sign-in. `pair`: the new, saved service app pair, once there is one;
    `tracking_id`: Webex's support id, where it said no to the code."""

    def __init__(
        self,
        tools: Tools,
        custody: Custody,
        timetable: Timetable,
        write: Callable[[Pair], bool],
    ) -> None:
        """`write` puts a pair into `.env`; it is called under the lock of the service app."""
        self._tools = tools
        self._custody = custody
        self._timetable = timetable
        self._write = write
        self.pair: Pair | None = None
        self.tracking_id = ""

    def run(self, sign_in: SignIn) -> Outcome:
        """Take the answer as far as it leads."""
        answer = sign_in.answer
        if answer is None:
            return Outcome(Ending.CANCELLED if sign_in.cancelled else Ending.TIMED_OUT)
        if isinstance(answer, Declined):
            return Outcome(DECLINED.get(answer.error, Ending.REFUSED), detail=answer.error)
        try:
            grant = self._exchanged(sign_in, answer)
        except Refused as refused:
            log.info("the code was refused: %s (%s)", refused, refused.tracking_id)
            self.tracking_id = refused.tracking_id
            ending = _EXCHANGE_ENDINGS.get(refused.refusal, Ending.CODE_REFUSED)
            return Outcome(ending, detail=str(refused))
        except Unreachable as error:
            log.info("the code was not exchanged: %s (%s)", error, error.tracking_id)
            self.tracking_id = error.tracking_id
            return Outcome(Ending.UNREACHABLE, trouble=error.trouble)
        outcome = self._proven(grant)
        return replace(outcome, person=self._owner(grant.access))

    def _exchanged(self, sign_in: SignIn, code: Code) -> Grant:
        """Exchange the code; once more where there was no answer. What it brings is saved. Raises
        Refused, Unreachable, Interrupted."""
        pace = self._tools.pace
        logs.REDACTOR.hide([code.value])
        try:
            return self._tools.critical.run(lambda: self._exchanged_once(sign_in, code))
        except Unreachable as error:
            self._timetable.pause(error.retry_after)
            wait = max(pace.code_retry, error.retry_after or 0)
            log.info("no answer to the code: %s; once more in %g s", error, wait)
            if wait > pace.longest_code_retry or not sign_in.pause(wait):
                raise
        return self._tools.critical.run(lambda: self._exchanged_once(sign_in, code))

    def _exchanged_once(self, sign_in: SignIn, code: Code) -> Grant:
        """Exchange the code and save what it brings. Raises Refused, Unreachable, Interrupted."""
        tools = self._tools
        tools.critical.presents()
        grant = tools.webex.exchange_code(sign_in.request, sign_in.client_secret, code.value)
        self._custody.keep_candidate(grant, tools.clock())
        return grant

    def _proven(self, grant: Grant) -> Outcome:
        """Mint for this app with the candidate, and write `.env`."""
        tools, app = self._tools, self._custody.credentials.app
        try:
            with tools.locks.hold("app", tools.webex.host, app.app_id, app.target_org_id):
                self.pair = tools.critical.run(self._minted)
        except Refused as refused:
            return self._refused(grant, refused)
        except Busy:
            return self._unproven(Trouble.BUSY, None)
        except Unreachable as error:
            return self._unproven(error.trouble, error.retry_after)
        if self.pair is None:
            return self._unproven(None, None)
        if grant.refresh is None:
            return Outcome(Ending.NO_REFRESH_TOKEN)
        life = tools.journal.lifespan(grant.refresh)
        return Outcome(Ending.RENEWED, until=life.ends if life else None)

    def _minted(self) -> Pair | None:
        pair = Climb(self._tools, self._custody).only(Rung.MINT_CANDIDATE)
        if pair is not None:
            self._write(pair)
        return pair

    def _refused(self, grant: Grant, refused: Refused) -> Outcome:
        ending = _MINT_ENDINGS.get(refused.refusal, Ending.WRONG_ACCOUNT)
        narrowed = grant.scopes is not None and MINT_SCOPE not in grant.scopes
        if ending is Ending.WRONG_ACCOUNT and narrowed:
            ending = Ending.SCOPE_NARROWED
        return Outcome(ending, detail=str(refused))

    def _unproven(self, trouble: Trouble | None, retry_after: float | None) -> Outcome:
        """The candidate is a rung of the ladder from now on."""
        self._timetable.renewal_failed(trouble, retry_after)
        return Outcome(Ending.UNPROVEN, trouble=trouble)

    def _owner(self, token: Secret) -> Person:
        """Whose account it is, as far as Webex and the token tell."""
        person = Person()
        if self._timetable.paused_until() is None:
            try:
                person = self._tools.webex.whoami(token)
            except Unreachable as error:
                log.info("not told whose account it is: %s", error)
        named = person.org_uuid or webex_ids.token_organization(token) or ""
        return replace(person, org_uuid=named)
