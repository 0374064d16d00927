"""The only HTTP of this program: the probe and the three calls of the ladder.

Rules (security.md §2.7, §2.8): no redirect is followed, since a 307 would carry secrets to
another host; `~/.netrc` cannot replace our header; every answer is capped and timed; what is not
plainly an answer from Webex is Unreachable and nothing follows from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from tray_app.adapters import replies
from tray_app.core.answers import Grant, Probe, Refusal, Trouble, Verdict
from tray_app.core.api_base import checked_base
from tray_app.core.credentials import ServiceApp
from tray_app.core.errors import Refused, Unreachable
from tray_app.core.secret import Secret

_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS = 5.0, 20.0, 40.0
_LARGEST = 1 << 20


def _now() -> datetime:
    return datetime.now(UTC)


class Webex:
    """Webex at one API base. One connection pool; used from one thread at a time."""

    def __init__(self, base: str, clock: Callable[[], datetime] = _now) -> None:
        """`clock` gives UTC; Webex's Date header is compared with it."""
        self._clock = clock
        self.base = checked_base(base)
        self.host = urlsplit(self.base).netloc
        self._session = requests.Session()
        self._session.headers["Accept"] = "application/json"
        if urlsplit(self.base).scheme == "http":
            self._session.trust_env = False  # loopback needs no proxy

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def probe(self, token: Secret) -> Probe:
        """Ask whether the token works, with the call that the seed used. Raises Unreachable.

        403 works: the token lives, a right is missing. 401 is not believed at once: the caller
        asks again.
        """
        reply = self._send("GET", "/dataSources", _Bearer(token))
        verdicts = {
            200: Verdict.WORKS,
            403: Verdict.UNDER_SCOPED,
            401: Verdict.REJECTED,
        }
        if reply.status not in verdicts or not reply.is_from_webex:
            raise reply.unreachable()
        return Probe(verdicts[reply.status], reply.skew, reply.tracking_id)

    def refresh(self, client_id: str, client_secret: Secret, refresh_token: Secret) -> Grant:
        """Renew with a refresh token (RFC 6749 §6). Raises Refused, Unreachable."""
        form = {
            "grant_type": "refresh_token",
            "client_id": client_id,
            "client_secret": client_secret.reveal(),
            "refresh_token": refresh_token.reveal(),
        }
        reply = self._send("POST", "/access_token", _NoAuth(), form=form)
        if not reply.is_from_webex:
            raise reply.unreachable()
        if reply.status in (400, 401):
            # Judged by the error's name first: servers differ in the status (RFC 6749 §5.2).
            refusal = Refusal.WRONG_CLIENT if reply.blames_client else Refusal.REJECTED
            raise Refused(refusal, reply.message, tracking_id=reply.tracking_id)
        if reply.status == 403:
            raise Refused(Refusal.FORBIDDEN, reply.message, tracking_id=reply.tracking_id)
        return reply.grant()

    def mint(self, app: ServiceApp, client_secret: Secret, personal: Secret) -> Grant:
        """Have a personal access token mint a new pair (webex-api.md §2).

        Raises Refused, Unreachable.
        """
        body = {
            "clientId": app.client_id,
            "clientSecret": client_secret.reveal(),
            "targetOrgId": app.target_org_id,
        }
        path = f"/applications/{quote(app.app_id, safe='')}/token"
        reply = self._send("POST", path, _Bearer(personal), body=body)
        refusals = {
            400: Refusal.WRONG_CLIENT if reply.blames_client else Refusal.BAD_REQUEST,
            401: Refusal.WRONG_CLIENT if reply.blames_client else Refusal.REJECTED,
            403: Refusal.FORBIDDEN,
            404: Refusal.BAD_REQUEST,
        }
        if not reply.is_from_webex:
            raise reply.unreachable()
        if reply.status in refusals:
            raise Refused(refusals[reply.status], reply.message, tracking_id=reply.tracking_id)
        return reply.grant()

    def _send(
        self,
        method: str,
        path: str,
        auth: AuthBase,
        *,
        form: dict[str, str] | None = None,
        body: dict[str, str] | None = None,
    ) -> replies.Reply:
        deadline = time.monotonic() + _WHOLE_SECONDS
        try:
            with self._session.request(
                method,
                self.base + path,
                auth=auth,
                data=form,
                json=body,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = _read(response, deadline)
                return replies.read(response.status_code, response.headers, raw, self._clock())
        except (requests.RequestException, OSError) as error:
            trouble, message = replies.trouble_of(error)
            # Not chained: requests' errors hold the request, and so its body and header.
            raise Unreachable(trouble, message) from None


class _Bearer(AuthBase):
    """Puts the token into the header (RFC 6750 §2.1); set as auth, so that netrc cannot."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return request


class _NoAuth(AuthBase):
    """No header at all: without this, a netrc entry would add one."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _read(response: requests.Response, deadline: float) -> bytes:
    """Read the body, no more than 1 MiB and no longer than the deadline."""
    raw = b""
    for piece in response.iter_content(64 * 1024):
        raw += piece
        if len(raw) > _LARGEST:
            raise Unreachable(Trouble.ODD_REPLY, "the answer is larger than 1 MiB")
        if time.monotonic() > deadline:
            raise Unreachable(Trouble.TIMEOUT, "the answer did not end in time")
    return raw
