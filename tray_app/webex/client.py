"""The only HTTP of this program: checking a token, renewing it, and data sources.

No redirect is followed, since a 307 would send secrets to another host. `~/.netrc` cannot replace
our header. Every response has limits of size and time. A response that is not clearly from Webex
is Unreachable, and nothing follows from it.
"""

from __future__ import annotations

import concurrent.futures
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import quote, urlsplit
from uuid import uuid4

import requests
import urllib3
from requests.auth import AuthBase

from tray_app.model.credentials import ServiceApp
from tray_app.model.data_sources import DataSource
from tray_app.model.errors import Refused, Unreachable
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.responses import CheckAnswer, Grant, Person, Verdict
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest
from tray_app.policy.data_source_records import extension_request, parse_list, parse_record
from tray_app.system.running_time import RunningTime
from tray_app.webex import responses
from tray_app.webex.api_base import checked_base
from tray_app.webex.connections import ConnectionPool
from tray_app.webex.http import Bearer, NoAuth, read_body
from tray_app.webex.responses import Reply

log = logging.getLogger(__name__)

_Fields: TypeAlias = Mapping[str, str | int | Secret]

# Errors that mean the same whatever the status (RFC 6749 §5.2).
_DEFINITE = ("invalid_client", "unauthorized_client", "invalid_grant")


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Seconds to connect, between two bytes, for a whole request, and that an unused connection is
    kept; bytes of a response."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 40.0
    max_bytes: int = 1 << 20
    idle: float = 60.0


def _now() -> datetime:
    return datetime.now(UTC)


class Webex:
    """Webex at one API base, for one thread at a time. The connections may be shared."""

    def __init__(
        self,
        base: str,
        clock: Callable[[], datetime] = _now,
        *,
        limits: RequestLimits | None = None,
        pool: ConnectionPool | None = None,
    ) -> None:
        """`clock` returns UTC; Webex's Date header is compared with it. `pool`: shared connections,
        which `close` leaves open; None for its own."""
        self._clock = clock
        self.base = checked_base(base)
        self.host = urlsplit(self.base).netloc.lower()
        self._bounds = limits or RequestLimits()
        self._shares = pool is not None
        self.pool = pool or ConnectionPool(
            self.base, total=self._bounds.total, idle=self._bounds.idle
        )

    def close(self) -> None:
        """Close the connections, unless they are shared."""
        if not self._shares:
            self.pool.close()

    def check(self, token: Secret) -> CheckAnswer:
        """Ask Webex whether the token works, and for the data sources. Raises Unreachable.

        403 means that the token is valid but lacks a scope. The caller repeats a 401 before it
        believes it.
        """
        if not token.is_bearer:
            return CheckAnswer(Verdict.REJECTED)  # cannot be sent (RFC 6750 §2.1)
        reply = self._send("GET", "/dataSources", Bearer(token))
        verdicts = {200: Verdict.WORKS, 403: Verdict.UNDER_SCOPED, 401: Verdict.REJECTED}
        if reply.status not in verdicts or not reply.looks_like_webex:
            raise reply.unreachable()
        sources = parse_list((reply.json or {}).get("items")) if reply.status == 200 else None
        return CheckAnswer(verdicts[reply.status], reply.skew, reply.tracking_id, sources)

    def refresh(self, client_id: str, client_secret: Secret, refresh_token: Secret) -> Grant:
        """Renew with a refresh token (RFC 6749 §6). Raises Refused, Unreachable."""
        form: _Fields = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret,
            "refresh_token": refresh_token,
        }
        return self._token_grant(self._send("POST", "/access_token", NoAuth(), form=form), form)

    def exchange_code(self, request: SignInRequest, client_secret: Secret, code: Secret) -> Grant:
        """Exchange the code of a sign-in for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5).

        Raises Refused, Unreachable. Webex wants the client secret in spite of PKCE.
        """
        form: _Fields = {
            "grant_type": "authorization_code",
            "client_id": request.client_id,
            "client_secret": client_secret,
            "code": code,
            "redirect_uri": request.redirect.uri,
            "code_verifier": request.verifier,
        }
        return self._token_grant(self._send("POST", "/access_token", NoAuth(), form=form), form)

    def _token_grant(self, reply: Reply, form: _Fields) -> Grant:
        """Return what the token endpoint grants. Raises Refused, Unreachable."""
        # The error's name counts more than the status, in which servers differ (RFC 6749 §5.2).
        refused = Refusal.WRONG_CLIENT if reply.is_client_error else Refusal.REJECTED
        forbidden = refused if reply.error in _DEFINITE else Refusal.FORBIDDEN
        refusals = {400: refused, 401: refused, 403: forbidden}
        sent = tuple(value for value in form.values() if isinstance(value, Secret))
        return self._grant(reply, refusals, sent)

    def whoami(self, token: Secret) -> Person:
        """Return the token's owner (docs/webex-api.md, "Checking a token"). Raises Unreachable."""
        reply = self._send("GET", "/people/me", Bearer(token))
        if not reply.looks_like_webex:
            raise reply.unreachable()
        return reply.person() if reply.status == 200 else Person()

    def mint(self, app: ServiceApp, client_secret: Secret, personal: Secret) -> Grant:
        """Mint a new pair with a personal access token (docs/webex-api.md, "Service app tokens").

        Raises Refused, Unreachable.
        """
        if not personal.is_bearer:
            raise Refused(Refusal.REJECTED, "not a token by its form (RFC 6750)")
        body: _Fields = {
            "clientId": app.client_id,
            "clientSecret": client_secret,
            "targetOrgId": app.target_org_id,
        }
        path = f"/applications/{quote(app.app_id, safe='')}/token"
        reply = self._send("POST", path, Bearer(personal), body=body)
        refusals = {
            400: Refusal.WRONG_CLIENT if reply.is_client_error else Refusal.BAD_REQUEST,
            401: Refusal.WRONG_CLIENT if reply.is_client_error else Refusal.REJECTED,
            403: Refusal.FORBIDDEN,
            404: Refusal.BAD_REQUEST,
        }
        return self._grant(reply, refusals, (client_secret, personal))

    def extend(
        self,
        token: Secret,
        source_id: str,
        minutes: int | None = None,
        *,
        unless: Callable[[DataSource], bool] = lambda _: False,
    ) -> DataSource:
        """Have Webex sign a new token for a data source; nothing else of it changes.

        `minutes`: another lifetime; `unless`: whether the record, as it is now, needs no extension.
        Returns the record after that. Raises CannotExtend, Refused, Unreachable.
        """
        found = self._data_source("GET", token, source_id)
        if unless(found):
            return found
        body = extension_request(found, str(uuid4()), minutes)
        extended = self._data_source("PUT", token, source_id, body)
        # If the response does not contain the new end, the record does.
        return extended if extended.ends else self._data_source("GET", token, source_id)

    def _data_source(
        self, method: str, token: Secret, source_id: str, body: _Fields | None = None
    ) -> DataSource:
        path = f"/dataSources/{quote(source_id, safe='')}"
        reply = self._send(method, path, Bearer(token), body=body)
        self._raise_if_refused(
            reply,
            {
                400: Refusal.BAD_REQUEST,
                401: Refusal.REJECTED,
                403: Refusal.FORBIDDEN,
                404: Refusal.BAD_REQUEST,
                409: Refusal.BAD_REQUEST,
            },
            (token,),
        )
        found = parse_record(reply.json) if reply.is_success else None
        if found is None or found.id != source_id:
            raise reply.unreachable()
        return found

    def read_public(self, path: str) -> Mapping[str, object]:
        """Return a JSON object that needs no authorization; nothing secret is sent. Raises
        Unreachable."""
        reply = self._send("GET", path, NoAuth())
        if reply.status != 200 or reply.json is None:
            raise reply.unreachable()
        return reply.json

    def _grant(
        self, reply: Reply, refusals: Mapping[int, Refusal], sent: tuple[Secret, ...]
    ) -> Grant:
        self._raise_if_refused(reply, refusals, sent)
        return reply.grant()

    def _raise_if_refused(
        self, reply: Reply, refusals: Mapping[int, Refusal], sent: tuple[Secret, ...]
    ) -> None:
        """Raise Refused for these statuses, Unreachable if the response is not from Webex."""
        if not reply.looks_like_webex:
            raise reply.unreachable()
        refusal = refusals.get(reply.status)
        if refusal is not None:
            message = reply.message_without(sent)
            raise Refused(refusal, message, tracking_id=reply.tracking_id)

    def _send(
        self,
        method: str,
        path: str,
        auth: AuthBase,
        *,
        form: _Fields | None = None,
        body: _Fields | None = None,
    ) -> Reply:
        """Raises Unreachable."""
        limits, total, waited = self._bounds, self.pool.total, RunningTime()

        def exchange(session: requests.Session) -> Reply:
            with session.request(
                method,
                self.base + path,
                auth=auth,
                data=_revealed(form),
                json=_revealed(body),
                timeout=(limits.connect, limits.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                raw = read_body(
                    response,
                    limits.max_bytes,
                    lambda: waited.seconds >= total,
                    # A POST may have spent a token: what it grants instead exists once.
                    lambda raw: method == "POST" and responses.is_grant(status, raw),
                )
                log.debug("%s %s: HTTP %d", method, path, status)
                return responses.read(status, response.headers, raw, self._clock())

        try:
            call = self.pool.submit(exchange)
            for step in waited.steps(total):
                if concurrent.futures.wait((call,), step).done:
                    return call.result()
            failure, message, unsent = TransportFailure.TIMEOUT, "no answer in time", False
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            (failure, message), unsent = responses.failure_of(error), responses.is_unsent(error)
        # Outside of the block, so that the error of `requests` is not its context: that error holds
        # the request with its secrets.
        raise Unreachable(failure, message, unsent=unsent)


def _revealed(fields: _Fields | None) -> dict[str, str | int] | None:
    if fields is None:
        return None
    return {k: v.reveal() if isinstance(v, Secret) else v for k, v in fields.items()}
