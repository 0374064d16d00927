"""Completes a sign-in: code → tokens → candidate → mint for this app → accepted.

The mint shows whether it was the right account, and renews the token. Until it has succeeded,
the old credentials stay as they are.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from tray_app.model import webex_ids
from tray_app.model.credentials import Integration, Pair
from tray_app.model.errors import Busy, Refused, Unreachable, VaultError
from tray_app.model.events import Event, EventType
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.renewal import RenewalMethod
from tray_app.model.responses import Grant, Person
from tray_app.model.secret import Secret
from tray_app.model.sign_in import DECLINED, MINT_SCOPE, Outcome, SignInResult
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.service.env_sync import EnvSync
from tray_app.service.renewal import RenewalAttempt
from tray_app.service.timetable import Timetable
from tray_app.sign_in.request import Code, Declined
from tray_app.sign_in.session import SignInSession
from tray_app.system.log import REDACTOR

log = logging.getLogger(__name__)

_EXCHANGE_ENDINGS = {Refusal.WRONG_CLIENT: SignInResult.WRONG_CLIENT}
_MINT_ENDINGS = {
    Refusal.WRONG_CLIENT: SignInResult.WRONG_APP_SECRET,
    Refusal.BAD_REQUEST: SignInResult.WRONG_APP_IDS,
}


@dataclass(slots=True, repr=False, eq=False)
class SignInCompletion:
    """Completes one sign-in. `pair`: the new, saved service app pair, once there is one."""

    _tools: Dependencies
    _repository: CredentialRepository
    _env_sync: EnvSync
    _timetable: Timetable
    pair: Pair | None = field(default=None, init=False)

    def run(self, sign_in: SignInSession, integration: Integration | None) -> Outcome:
        """Take the answer as far as it leads, and record the outcome. `integration`: the config's
        own now."""
        if sign_in.is_void:
            return Outcome(SignInResult.CANCELLED)  # no event: nobody has cancelled anything
        if integration is None or integration.client_id != sign_in.request.client_id:
            outcome = Outcome(SignInResult.CONFIG_CHANGED)
        else:
            outcome = self._complete(sign_in)
        self._tools.history.record(
            Event(
                self._tools.clock(),
                EventType.SIGN_IN,
                outcome=outcome.ending,
                tracking_id=outcome.tracking_id,
                detail=outcome.detail or outcome.http_status,
            )
        )
        return outcome

    def _complete(self, sign_in: SignInSession) -> Outcome:
        answer = sign_in.answer
        if answer is None:
            return Outcome(SignInResult.CANCELLED if sign_in.cancelled else SignInResult.TIMED_OUT)
        if isinstance(answer, Declined):
            return Outcome(DECLINED.get(answer.error, SignInResult.REFUSED), detail=answer.error)
        REDACTOR.add([answer.value])
        outcome = self._exchanged_and_proven(sign_in, answer)
        if isinstance(outcome, Unreachable) and self._may_try_again(sign_in, outcome):
            outcome = self._exchanged_and_proven(sign_in, answer)
        if isinstance(outcome, Unreachable):
            log.info("the code was not exchanged: %s (%s)", outcome, outcome.tracking_id)
            return _unanswered(SignInResult.UNREACHABLE, outcome)
        return outcome

    def _may_try_again(self, sign_in: SignInSession, error: Unreachable) -> bool:
        """Wait as Webex asks, without the locks; False if that takes too long for a code."""
        pace = self._tools.pace
        self._timetable.pause(error)
        wait = max(pace.code_retry, error.retry_after or 0)
        log.info("no answer to the code: %s; once more in %g s", error, wait)
        return wait <= pace.longest_code_retry and sign_in.pause(wait)

    def _exchanged_and_proven(self, sign_in: SignInSession, code: Code) -> Outcome | Unreachable:
        """Exchange the code, save what it brings and mint with that; or why there was no answer to
        the code. Raises Interrupted."""
        # A code is short-lived: if another process keeps the locks, it is exchanged all the same.
        with self._env_sync.locked_if_free():
            # Another process may have renewed while the person was in the browser.
            self._repository.load_if_readable()
            try:
                grant = self._tools.critical.run(lambda: self._exchanged_once(sign_in, code))
            except Refused as refused:
                log.info("the code was refused: %s (%s)", refused, refused.tracking_id)
                ending = _EXCHANGE_ENDINGS.get(refused.refusal, SignInResult.CODE_REFUSED)
                return Outcome(ending, detail=str(refused), tracking_id=refused.tracking_id)
            except Unreachable as error:
                return error
            outcome = self._proven(grant)
        return replace(outcome, person=self._owner(grant.access))

    def _exchanged_once(self, sign_in: SignInSession, code: Code) -> Grant:
        """Exchange the code and save what it brings. Raises Refused, Unreachable, Interrupted."""
        tools, vault = self._tools, self._tools.vault
        candidate = self._repository.names.candidate
        with suppress(VaultError):  # the code is of no use later
            vault.hold_descriptors(candidate)
        vault.reserve_fallback(candidate)
        try:
            try:
                tools.critical.before_presenting()
                grant = tools.webex.exchange_code(
                    sign_in.request, sign_in.client_secret, code.value
                )
            finally:
                vault.release_descriptors()
            self._repository.keep_candidate(grant, tools.clock())
        finally:
            vault.release(candidate)
        return grant

    def _proven(self, grant: Grant) -> Outcome:
        """Mint for this app with the candidate, and write `.env`."""
        tools = self._tools
        try:
            with self._env_sync.locked():
                attempt = RenewalAttempt(tools, self._repository, self._env_sync)
                self.pair = tools.critical.run(
                    partial(attempt.run, only=RenewalMethod.MINT_CANDIDATE)
                )
        except Refused as refused:
            return self._refused(grant, refused)
        except Busy:
            return self._unproven(Unreachable(TransportFailure.BUSY, ""))
        except Unreachable as error:
            return self._unproven(error)
        if self.pair is None:
            return self._unproven(None)
        if grant.refresh is None:
            return Outcome(SignInResult.NO_REFRESH_TOKEN)
        life = tools.token_facts.lifespan(grant.refresh)
        return Outcome(SignInResult.RENEWED, until=life.ends if life else None)

    def _refused(self, grant: Grant, refused: Refused) -> Outcome:
        ending = _MINT_ENDINGS.get(refused.refusal, SignInResult.WRONG_ACCOUNT)
        narrowed = grant.scopes is not None and MINT_SCOPE not in grant.scopes
        if ending is SignInResult.WRONG_ACCOUNT and narrowed:
            ending = SignInResult.SCOPE_NARROWED
        creds = self._repository.credentials
        integration, pair = creds.integration, creds.pair
        seen = self._tools.token_facts.seen(pair.access) if pair is not None else None
        return Outcome(
            ending,
            detail=str(refused),
            has_old=integration is not None and integration.refresh_token is not None,
            has_worked=seen is not None and seen.confirmed_at is not None,
        )

    def _unproven(self, error: Unreachable | None) -> Outcome:
        """The candidate is a renewal method from now on."""
        self._timetable.renewal_failed(error.failure if error else None, error)
        return _unanswered(SignInResult.UNPROVEN, error)

    def _owner(self, token: Secret) -> Person:
        """Whose account it is, as far as Webex and the token tell."""
        person = Person()
        if self._timetable.paused_until() is None:
            try:
                person = self._tools.webex.whoami(token)
            except Unreachable as error:
                log.info("it is not known whose account it is: %s", error)
        named = person.org_uuid or webex_ids.token_organization(token) or ""
        return replace(person, org_uuid=named)


def _unanswered(ending: SignInResult, error: Unreachable | None) -> Outcome:
    if error is None:
        return Outcome(ending)
    return Outcome(
        ending,
        failure=error.failure,
        http_status=error.http_status,
        tracking_id=error.tracking_id,
    )
