"""A data source (BYODS) as Webex lists it, and what its JWS says of itself.

Webex leaves out what it likes: audience, subject, lifetime and end are taken from the record, else
from the claims of the JWS. The JWS itself is not kept, and nothing is verified: whoever changed it
on its way could as well change the record. The facts: docs/webex-api.md, "Data sources" and
"Data source tokens".
"""

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
    """What a JWS says; "" and None for what it does not. Times are UTC."""

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
    """One data source. `ends` (UTC): when its token ends, and with it the data; `lifetime`: what
    its next token is to have. "" and None for what neither record nor JWS tells."""

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
        """Whether somebody has switched it off: that is nobody's trouble."""
        return self.status.lower() == DISABLED

    @property
    def length(self) -> timedelta | None:
        """How long its present token is good for in all, where that is told."""
        began, ends = self.claims.began, self.claims.ends
        return ends - began if began and ends and began < ends else self.lifetime

    @property
    def shown_url(self) -> str:
        """The address without what is a secret in it: user and password."""
        return _USER_INFO.sub(r"\1", self.url)

    @property
    def name(self) -> str:
        """What a person calls it: host and path of its URL, else the beginning of its id."""
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
    """The text in one short printable line."""
    line = one_line(text)
    return line if len(line) <= _MAX_NAME_LENGTH else line[: _MAX_NAME_LENGTH - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class ExtensionFailure:
    """Failed extensions of one data source in a row; the last one: why, and when it is tried again
    (UTC). `failure`: no answer; `refusal`: Webex's no; `detail`: what was said."""

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
    """What came of extending a data source. `until`: the new end (UTC), None where not told.

    Without success: `failure`, no answer; or `refusal`, Webex's no; or neither, where nothing was
    sent; `detail`: what was said.
    """

    source_id: str
    name: str
    until: datetime | None = None
    failure: TransportFailure | None = None
    refusal: Refusal | None = None
    detail: str = ""
    tracking_id: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it has a new token, or another process has just given it one."""
        return not (self.failure or self.refusal or self.detail)

    @property
    def outcome(self) -> str:
        """Its name in the history, and in the log."""
        if self.succeeded:
            return GRANTED
        return self.failure or self.refusal or self.detail


@dataclass(frozen=True, slots=True)
class WatchedDataSource:
    """A data source as it is watched over.

    `kept`: a person wants it kept alive; `unattended`: nothing runs that does so; `ended`: its
    token is dead; `near`: dead, or will be before long; `mismatch`: in what its token contradicts
    it; `gone`: Webex does not list it, all that is known is its id.
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


# --- what is worth a word -------------------------------------------------------------------------


class Problem(StrEnum):
    """What may be wrong with a data source, the one that can cost most first."""

    STOPPED = "stopped"
    """Kept alive, and its token is dead all the same."""
    FAILING = "failing"
    """Kept alive, and that is refused; or unanswered, and its end is near."""
    ENDING = "ending"
    """Near its end or past it, and nobody keeps it alive."""
    MISMATCH = "mismatch"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class TopProblem:
    """The data source that is named. `more`: how many others are no better."""

    watched: WatchedDataSource
    more: int = 0
