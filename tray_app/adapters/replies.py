"""An HTTP answer read with care: body, error, lives, Retry-After, clock skew."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
import urllib3

from tray_app.core.answers import Grant, Trouble
from tray_app.core.errors import Unreachable
from tray_app.core.secret import Secret

_LONGEST_LIFE = timedelta(days=3650)
_CLIENT_ERRORS = ("invalid_client", "unauthorized_client")
_CLIENT_TEXT = re.compile(
    r"invalid[ _]client|client[ _](?:credentials|secret)|unauthorized_client", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `json` is None where the body is no JSON object."""

    status: int
    json: Mapping[str, object] | None
    skew: timedelta | None
    retry_after: float | None
    tracking_id: str

    @property
    def is_from_webex(self) -> bool:
        """Whether Webex itself seems to speak: portals and proxies say 200, 401 and 403 too."""
        return self.json is not None or (self.status >= 400 and self.tracking_id != "")

    @property
    def error(self) -> str:
        """The error's name by RFC 6749 §5.2, or ""."""
        name = (self.json or {}).get("error")
        return name if isinstance(name, str) else ""

    @property
    def message(self) -> str:
        """What Webex says, in one line of at most 200 characters (webex-api.md §1, both forms)."""
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
        return " ".join(text.split())[:200] or f"HTTP {self.status}"

    @property
    def blames_client(self) -> bool:
        """Whether the no is about the client id and secret, not about the token."""
        if self.error:
            return self.error in _CLIENT_ERRORS
        return _CLIENT_TEXT.search(self.message) is not None

    def unreachable(self) -> Unreachable:
        """Return this answer as one from which nothing follows."""
        if self.status in (423, 429):
            trouble = Trouble.THROTTLED
        elif self.status == 407:
            trouble = Trouble.PROXY
        else:
            trouble = Trouble.SERVER_ERROR if self.status >= 500 else Trouble.ODD_REPLY
        return Unreachable(
            trouble,
            f"HTTP {self.status}",
            retry_after=self.retry_after,
            tracking_id=self.tracking_id,
        )

    def grant(self) -> Grant:
        """Return the tokens of a 200. Raises Unreachable for anything else."""
        if self.status not in (200, 201) or self.json is None:
            raise self.unreachable()
        access, refresh = _token(self.json, "access_token"), _token(self.json, "refresh_token")
        if access is None:
            raise Unreachable(Trouble.ODD_REPLY, "the answer has no usable access token")
        return Grant(
            access=access,
            access_life=_life(self.json.get("expires_in")),
            refresh=refresh,
            refresh_life=_life(self.json.get("refresh_token_expires_in")),
            skew=self.skew,
            tracking_id=self.tracking_id,
        )


def read(status: int, headers: Mapping[str, str], raw: bytes, now: datetime) -> Reply:
    """Read an answer; `headers` looks names up without regard to case."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    date = _http_date(headers.get("Date", ""))
    said = body.get("trackingId") if isinstance(body, dict) else None
    tracking = headers.get("Trackingid") or (said if isinstance(said, str) else "")
    return Reply(
        status=status,
        json=body if isinstance(body, dict) else None,
        skew=date - now if date else None,
        retry_after=_retry_after(headers.get("Retry-After", ""), date or now),
        tracking_id=re.sub(r"[^\w.:-]", "", tracking)[:80],
    )


def trouble_of(error: Exception) -> tuple[Trouble, str]:
    """Name a transport's failure; the text never holds what was sent."""
    if isinstance(error, requests.exceptions.SSLError):
        return Trouble.TLS, "TLS failed"
    if isinstance(error, requests.exceptions.ProxyError):
        return Trouble.PROXY, "the proxy failed"
    if isinstance(error, requests.exceptions.Timeout | TimeoutError):
        return Trouble.TIMEOUT, "no answer in time"
    if _is_name_failure(error):
        return Trouble.DNS, "the host name is not found"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.ConnectionError):
        return Trouble.CONNECTION, "the connection failed"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return Trouble.ODD_REPLY, "the answer cannot be decoded"
    return Trouble.CONNECTION, f"the request failed: {type(error).__name__}"


def _is_name_failure(error: BaseException) -> bool:
    """Whether a failed name lookup lies under the layers of requests and urllib3."""
    seen: object = error
    while isinstance(seen, BaseException):
        if isinstance(seen, socket.gaierror | urllib3.exceptions.NameResolutionError):
            return True
        seen = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
    return False


def _token(body: Mapping[str, object], name: str) -> Secret | None:
    """A usable token; an empty or missing one counts as not sent (RFC 6749 §6)."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not Secret(value).is_bearer:
        raise Unreachable(Trouble.ODD_REPLY, f"the answer's {name} is not a bearer token")
    return Secret(value)


def _life(value: object) -> timedelta | None:
    """Seconds as a timedelta; None where not told or absurd (security.md §2.6)."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value <= _LONGEST_LIFE.total_seconds():
        return None
    return timedelta(seconds=value)


def _retry_after(text: str, now: datetime) -> float | None:
    """Seconds or an HTTP date (RFC 9110 §10.2.3); None where it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    date = _http_date(text)
    return max(0.0, (date - now).total_seconds()) if date else None


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
