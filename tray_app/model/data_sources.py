"""Data sources (BYODS) and their problems. docs/webex-api.md, "Data sources"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tray_app.model.failures import GRANTED, Refusal
from tray_app.model.printable import one_line

if TYPE_CHECKING:
    from tray_app.model.failures import TransportFailure


ACTIVE, DISABLED = "active", "disabled"

_MAX_NAME_LENGTH = 40
SHORT_ID_LENGTH = 8
_USER_INFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a JWS, not verified; "" and None for missing ones. Times are UTC."""

    audience: str = ""
    subject: str = ""
    url: str = ""
    schema_id: str = ""
    org_uuid: str = ""
    began: datetime | None = None
    ends: datetime | None = None


NO_CLAIMS = Claims()


@dataclass(frozen=True, slots=True)
class DataSource:
    """One data source. `ends` (UTC): when its token expires and its data stops; `lifetime`: of its
    next token. "" and None for values that neither record nor JWS has."""

    id: str
    url: str = ""
    schema_id: str = ""
    audience: str = ""
    subject: str = ""
    status: str = ""
    error_message: str = ""
    ends: datetime | None = None
    lifetime: timedelta | None = None
    claims: Claims = NO_CLAIMS

    @property
    def is_disabled(self) -> bool:
        """Whether it was disabled at Webex."""
        return self.status.lower() == DISABLED

    @property
    def length(self) -> timedelta | None:
        """The lifetime of its present token, if known."""
        began, ends = self.claims.began, self.claims.ends
        return ends - began if began and ends and began < ends else self.lifetime

    @property
    def shown_url(self) -> str:
        """The URL without user and password."""
        return _USER_INFO.sub(r"\1", self.url)

    @property
    def name(self) -> str:
        """Its name in texts: host and path of its URL, else the start of its id."""
        try:
            parts = urlsplit(self.url)
            host, port, path = parts.hostname, parts.port, parts.path
        except ValueError:  # brackets that enclose no address, a port of letters
            return self.id[:SHORT_ID_LENGTH]
        if not host:
            return self.id[:SHORT_ID_LENGTH]
        place = host.removeprefix("www.") + (f":{port}" if port not in (None, 80, 443) else "")
        return short_line(place + path.rstrip("/"))


def short_line(text: str) -> str:
    """Shorten the text to one printable line."""
    line = one_line(text)
    return line if len(line) <= _MAX_NAME_LENGTH else line[: _MAX_NAME_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class ExtensionFailure:
    """Failed extensions of one data source in a row; `again_at`: the next try (UTC).

    Why the last one failed: `failure` if there was no answer, or `refusal`; `detail`: in words.
    """

    failures: int
    again_at: datetime
    failure: TransportFailure | None = None
    refusal: Refusal | None = None
    detail: str = ""

    def is_like(self, other: ExtensionFailure) -> bool:
        """Whether it fails for the same reason."""
        return self._cause == other._cause

    @property
    def _cause(self) -> tuple[object, ...]:
        return self.failure, self.refusal, self.detail


@dataclass(frozen=True, slots=True)
class Extension:
    """The result of extending a data source. `until`: the new expiry (UTC), None if not reported.

    If it failed: `failure` if there was no answer, or `refusal`, or neither if nothing was sent;
    `detail`: in words; `http_status`, `tracking_id`: of the response, if it was of no use.
    """

    source_id: str
    name: str
    until: datetime | None = None
    failure: TransportFailure | None = None
    refusal: Refusal | None = None
    detail: str = ""
    http_status: str = ""
    tracking_id: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it has a new token, from this or another process."""
        return not (self.failure or self.refusal or self.detail)

    @property
    def outcome(self) -> str:
        """The outcome as history and log have it."""
        if self.succeeded:
            return GRANTED
        return self.failure or self.refusal or self.detail


@dataclass(frozen=True, slots=True)
class WatchedDataSource:
    """A data source and what is known about keeping it alive.

    `kept`: you ticked Keep alive; `unattended`: nothing is running to do so; `ended`: its token
    expired; `near`: expired, or soon will; `mismatch`: where its token contradicts it; `gone`:
    Webex does not list it, so that only its id is known.
    """

    source: DataSource
    name: str
    kept: bool = False
    ended: bool = False
    near: bool = False
    mismatch: str = ""
    gone: bool = False
    failing: ExtensionFailure | None = None
    unattended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether Webex lists it and has not disabled it, so that it can be extended."""
        return not (self.gone or self.source.is_disabled)


class Problem(StrEnum):
    """What can be wrong with a data source, worst first."""

    STOPPED = "stopped"
    """Kept alive, but its token expired."""
    FAILING = "failing"
    """Kept alive, but extending is refused; or it fails, and the expiry is near."""
    ENDING = "ending"
    """Expired or soon to expire, and not kept alive."""
    MISMATCH = "mismatch"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class TopProblem:
    """The data source to name. `more`: how many others have the same problem."""

    watched: WatchedDataSource
    more: int = 0
