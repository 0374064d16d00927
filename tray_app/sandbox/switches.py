"""How this Webex behaves in points that the public documents leave open.

See docs/webex-api.md, "What the sandbox reproduces".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SERVICE_SCOPES = frozenset({"spark-admin:datasource_read", "spark-admin:datasource_write"})


class RefreshPolicy(StrEnum):
    """docs/webex-api.md, "Refresh policies"."""

    SAME_EXTENDED_DAILY = "same-extended-daily"  # its expiry moves once in 24 hours at most
    SAME_NEVER_EXTENDED = "same-never-extended"
    ROTATED = "rotated"  # a new one each time, the old one is dead
    OMITTED = "omitted"  # as the default, but the response leaves it out


class ErrorShape(StrEnum):
    """The shape of the token endpoint's errors."""

    WRAPPED = "wrapped"  # {message, errors: [{description}], trackingId}, as webexapis.com
    RFC6749 = "rfc6749"  # {error, error_description}, as idbroker behind it


@dataclass(frozen=True)
class Lifetimes:
    """Lifetimes of new grants. A refresh keeps those of its grant."""

    service_access: timedelta = timedelta(days=14)
    service_refresh: timedelta = timedelta(days=90)
    personal: timedelta = timedelta(hours=12)
    integration_access: timedelta = timedelta(days=14)
    integration_refresh: timedelta = timedelta(days=90)
    code: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Switches:
    """The open points, each with the answer that the public sources make most likely."""

    error_shape: ErrorShape = ErrorShape.WRAPPED
    dead_refresh_status: int = 400  # some clients expect 401
    dead_refresh_error: str = "invalid_request"  # what idbroker says; RFC 6749: invalid_grant
    wrong_secret_status: int = 401
    mint_wrong_secret_status: int = 400
    scope_in_reply: bool = True
    unchanged_within_a_day: bool = False  # a second refresh in 24 hours returns the same pair
    reuse_revokes_grant: bool = False  # RFC 9700 §4.14.2, only meaningful when rotated
    auto_consent: bool = False  # authorize at once, as the owner, with no consent page
    granted_scopes: frozenset[str] | None = None  # upper limit of a consent; None: as requested
    code_reply_without_refresh: bool = False  # a code gives an access token only
    lean_data_sources: bool = False  # without audience, subject, nonce, url, lifetime and expiry
    naive_timestamps: bool = False  # of data sources: UTC, without a zone
    shortest_data_source_minutes: int = 1  # 60 is reported
    data_source_created_status: int = 200  # 201 is documented, too
    requests_per_minute: int | None = None  # of one client id; more are answered by 429
    service_scopes: frozenset[str] = SERVICE_SCOPES  # of new service app tokens
