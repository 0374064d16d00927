"""Reads an HTTP response: body, error, lifetimes, Retry-After, clock skew."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial

import requests
import urllib3

from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.printable import one_line
from tray_app.model.responses import Grant, Person
from tray_app.model.secret import Secret
from tray_app.model.webex_ids import organization_uuid
from tray_app.system.log import Redaction

_MAX_LIFETIME = timedelta(days=3650)
_CLIENT_ERRORS = ("invalid_client", "unauthorized_client")
_CLIENT_TEXT = re.compile(
    r"invalid[ _]client|client[ _]?(?:credentials|secret)|unauthorized_client", re.IGNORECASE
)

# The first match counts. A body that stops arriving is a ReadTimeoutError inside a
# requests.ConnectionError.
_FAILURES: tuple[tuple[tuple[type[BaseException], ...], TransportFailure, str], ...] = (
    ((requests.exceptions.SSLError, ssl.SSLError), TransportFailure.TLS, "TLS failed"),
    (
        (requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL),
        TransportFailure.PROXY,
        "the proxy failed",
    ),
    (
        (requests.Timeout, TimeoutError, urllib3.exceptions.ReadTimeoutError),
        TransportFailure.TIMEOUT,
        "no answer in time",
    ),
    (
        (socket.gaierror, urllib3.exceptions.NameResolutionError),
        TransportFailure.DNS,
        "the host name is not found",
    ),
    (
        (urllib3.exceptions.DecodeError,),
        TransportFailure.ODD_REPLY,
        "the answer cannot be decoded",
    ),
    (
        (urllib3.exceptions.ProtocolError, requests.ConnectionError),
        TransportFailure.CONNECTION,
        "the connection failed",
    ),
)

_NO_CONNECTION = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    socket.gaierror,
    ssl.SSLCertVerificationError,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. `json`: None if the body is not a JSON object."""

    status: int
    json: Mapping[str, object] | None = field(repr=False)  # may contain tokens
    skew: timedelta | None
    retry_after: float | None
    tracking_id: str

    @property
    def is_success(self) -> bool:
        """Whether Webex has done it. An unknown 2xx means what 200 means (RFC 9110 §15)."""
        return 200 <= self.status < 300

    @property
    def looks_like_webex(self) -> bool:
        """Whether this seems to come from Webex: portals and proxies send 200, 401 and 403, too."""
        return self.json is not None or (self.status >= 400 and self.tracking_id != "")

    @property
    def error(self) -> str:
        """The error code of RFC 6749 §5.2, or ""."""
        name = (self.json or {}).get("error")
        return name if isinstance(name, str) else ""

    @property
    def message(self) -> str:
        """The error message in one line, from either of Webex's formats."""
        body = self.json or {}
        errors = body.get("errors")
        first = errors[0] if isinstance(errors, list) and errors else None
        found = (
            body.get("error_description"),
            first.get("description") if isinstance(first, dict) else None,
            body.get("message"),
            self.error,
        )
        text = next((text for text in found if isinstance(text, str) and text), "")
        return _line(text) or f"HTTP {self.status}"

    def message_without(self, secrets: Iterable[Secret]) -> str:
        """The message, at most 200 characters, redacted: a server may quote what it was sent."""
        redaction = Redaction()
        redaction.add(secrets)
        return redaction.redact(self.message)[:200]

    @property
    def is_client_error(self) -> bool:
        """Whether the client id or secret was refused, and not the token."""
        if self.error:
            return self.error in _CLIENT_ERRORS
        return _CLIENT_TEXT.search(self.message) is not None

    def unreachable(self) -> Unreachable:
        """Return the error for a response from which nothing follows."""
        if self.status in (423, 429):
            failure = TransportFailure.THROTTLED
        elif self.status == 407:
            failure = TransportFailure.PROXY
        else:
            failure = (
                TransportFailure.SERVER_ERROR if self.status >= 500 else TransportFailure.ODD_REPLY
            )
        return Unreachable(
            failure,
            f"HTTP {self.status}",
            retry_after=self.retry_after,
            tracking_id=self.tracking_id,
        )

    def grant(self) -> Grant:
        """Return the tokens. Raises Unreachable if this is not a sound grant."""
        if not self.is_success or self.json is None:
            raise self.unreachable()
        odd = partial(Unreachable, TransportFailure.ODD_REPLY, tracking_id=self.tracking_id)
        for name in ("access_token", "refresh_token"):
            if not _is_sound(self.json.get(name)):
                raise odd(f"the answer's {name} is not a bearer token")
        access = _token(self.json.get("access_token"))
        if access is None:
            raise odd("the answer has no access token")
        return Grant(
            access=access,
            access_life=_lifetime(self.json.get("expires_in")),
            refresh=_token(self.json.get("refresh_token")),
            refresh_life=_lifetime(self.json.get("refresh_token_expires_in")),
            scopes=_scopes(self.json.get("scope")),
        )

    def person(self) -> Person:
        """Return the person of `/people/me`."""
        body = self.json or {}
        emails = body.get("emails")
        first = emails[0] if isinstance(emails, list) and emails else None
        org_id = body.get("orgId")
        return Person(
            name=_line(body.get("displayName")),
            email=_line(first),
            org_uuid=organization_uuid(org_id) or "" if isinstance(org_id, str) else "",
        )


def read(status: int, headers: Mapping[str, str], raw: bytes, now: datetime) -> Reply:
    """Read a response. `headers` must ignore case."""
    body = _object(raw)
    date = _http_date(headers.get("Date", ""))
    in_body = body.get("trackingId") if body else None
    tracking = headers.get("Trackingid") or (in_body if isinstance(in_body, str) else "")
    return Reply(
        status=status,
        json=body,
        skew=date - now if date else None,
        retry_after=_retry_after(headers.get("Retry-After", ""), date or now),
        tracking_id=re.sub(r"[^A-Za-z0-9_.:-]", "", tracking)[:80],
    )


def is_grant(status: int, raw: bytes) -> bool:
    """Whether this is a sound grant whose JSON is complete, whatever the headers promise."""
    try:
        Reply(status, _object(raw), None, None, "").grant()
    except Unreachable:
        return False
    return True


def _object(raw: bytes) -> dict[str, object] | None:
    """The JSON object that is all of these bytes, or None."""
    try:
        body = json.loads(raw, parse_int=_integer)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _integer(digits: str) -> float:
    """Python refuses an int of very many digits; nothing that we read has so many."""
    return int(digits) if len(digits) < 20 else float(digits)


def failure_of(error: Exception) -> tuple[TransportFailure, str]:
    """Classify an exception of the transport. The text contains nothing that was sent."""
    causes = list(_causes(error))
    for kinds, failure, message in _FAILURES:
        if any(isinstance(cause, kinds) for cause in causes):
            return failure, message
    return TransportFailure.CONNECTION, f"the request failed: {type(error).__name__}"


def is_unsent(error: Exception) -> bool:
    """Whether there was no connection to Webex, or none that can be trusted."""
    causes = list(_causes(error))
    behind_a_proxy = [getattr(cause, "original_error", None) for cause in causes]
    return any(isinstance(cause, _NO_CONNECTION) for cause in (*causes, *behind_a_proxy))


def _causes(error: object) -> Iterator[BaseException]:
    """The error, and the causes that requests and urllib3 wrapped."""
    while isinstance(error, BaseException):
        yield error
        error = getattr(error, "reason", None) or (error.args[0] if error.args else None)


def _line(value: object) -> str:
    """The text in one printable line of at most 1,000 characters; "" if it is not a text."""
    text = value[:1000] if isinstance(value, str) else ""
    return one_line(text)


def _is_sound(value: object) -> bool:
    """Whether a token field is absent or empty (RFC 6749 §6), or has the form of a token."""
    return value in (None, "") or (isinstance(value, str) and Secret(value).is_bearer)


def _token(value: object) -> Secret | None:
    return Secret(value) if isinstance(value, str) and value else None


def _scopes(value: object) -> frozenset[str] | None:
    """The granted scopes (RFC 6749 §3.3); None if the response does not list them."""
    return frozenset(value.split()) if isinstance(value, str) else None


def _lifetime(value: object) -> timedelta | None:
    """Seconds as a timedelta; None if absent or implausible."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value <= _MAX_LIFETIME.total_seconds():
        return None
    return timedelta(seconds=value)


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3); None if it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = _http_date(text)
    return max(0.0, (date - now).total_seconds()) if date else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # OverflowError: a year or an hour of many digits
        return None
    return date if date.tzinfo else None
