"""Parsing of data sources (BYODS), and the request for a new token.

Webex may leave out any field: audience, subject, lifetime and expiry come from the record, else
from the claims of the JWS. The JWS is not kept and not verified: who can change it in transit can
change the record, too. docs/webex-api.md, "Data sources" and "Data source tokens".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tray_app.model.data_sources import (
    ACTIVE,
    SHORT_ID_LENGTH,
    Claims,
    DataSource,
    short_line,
)
from tray_app.model.errors import CannotExtend
from tray_app.model.local_time import from_timestamp
from tray_app.model.webex_ids import jws_claims, organization_uuid

MIN_MINUTES, MAX_MINUTES = 1, 1440
"""Allowed lifetime of a token; the upper limit is Webex's."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_=.~-]{0,199}\Z")
_YEARS = range(2000, 2200)
"""Times outside of these years are mistakes, and could overflow."""


def names(sources: Iterable[DataSource]) -> dict[str, str]:
    """Return each one's name by its id. Names that occur twice get the id appended."""
    named = {source.id: source.name for source in sources}
    shared = Counter(named.values())
    return {
        key: f"{name} ({key[:SHORT_ID_LENGTH]})" if shared[name] > 1 else name
        for key, name in named.items()
    }


def is_id(text: str) -> bool:
    """Whether the text has the form of an id."""
    return _ID.match(text) is not None


def parse_list(items: object) -> tuple[DataSource, ...] | None:
    """Parse a list; None if it is not a list. Skips items that are not data sources."""
    if not isinstance(items, list):
        return None
    found: dict[str, DataSource] = {}
    for item in items:
        source = parse_record(item)
        if source is not None:
            found.setdefault(source.id, source)
    return tuple(found.values())


def parse_record(item: object) -> DataSource | None:
    """Parse one record; None if it is not a data source. Never raises."""
    if not isinstance(item, dict) or not is_id(_text(item, "id")):
        return None
    claims = parse_claims(item.get("jwsToken") or item.get("jwtToken"))
    lifetime = _minutes(item.get("tokenLifetimeMinutes"))
    signed = claims.ends - claims.began if claims.ends and claims.began else None
    return DataSource(
        id=_text(item, "id"),
        url=_text(item, "url") or claims.url,
        schema_id=_text(item, "schemaId") or claims.schema_id,
        audience=_text(item, "audience") or claims.audience,
        subject=_text(item, "subject") or claims.subject,
        status=_text(item, "status"),
        error_message=_text(item, "errorMessage"),
        ends=_iso(item.get("tokenExpiryTime")) or claims.ends,
        lifetime=lifetime or _minutes(signed / timedelta(minutes=1) if signed else None),
        claims=claims,
    )


def parse_claims(jws: object) -> Claims:
    """Parse a compact JWS (RFC 7515 §3.1), unverified; NO_CLAIMS if it is not one."""
    found = jws_claims(jws) if isinstance(jws, str) else {}
    return Claims(
        audience=_text(found, "aud"),
        subject=_text(found, "sub"),
        url=_text(found, "com.cisco.datasource.url"),
        schema_id=_text(found, "com.cisco.datasource.schema.uuid"),
        org_uuid=_text(found, "com.cisco.org.uuid").lower(),
        began=_epoch(found.get("iat")),
        ends=_epoch(found.get("exp")),
    )


def in_our_clock(
    sources: tuple[DataSource, ...] | None, ahead: timedelta
) -> tuple[DataSource, ...] | None:
    """Return them with their expiry by our clock. `ahead`: Webex's clock minus ours."""
    if not sources or not ahead:
        return sources
    return tuple(
        replace(source, ends=source.ends - ahead if source.ends else None) for source in sources
    )


def mismatch(source: DataSource, target_org_id: str) -> str:
    """Say where the token contradicts record or config; "" if it does not.

    Compares exactly, as receivers do. A missing value contradicts nothing.
    """
    claims, org = source.claims, organization_uuid(target_org_id)
    if claims.org_uuid and org and claims.org_uuid != org:
        return f"its token is of organization {short_line(claims.org_uuid)}, the config says {org}"
    pairs = (
        ("schema", claims.schema_id, source.schema_id),
        ("URL", claims.url, source.url),
        ("audience", claims.audience, source.audience),
    )
    for name, signed, recorded in pairs:
        if signed and signed != recorded:
            ours, theirs = short_line(recorded), short_line(signed)
            return f"its token names the {name} {theirs}, its record {ours}"
    return ""


def extension_request(
    source: DataSource, nonce: str, minutes: int | None = None
) -> Mapping[str, str | int]:
    """Return the request body for a new token: only the nonce changes.

    `minutes`: a new lifetime. Raises CannotExtend if it is not active, or if a value that must
    stay the same is unknown.
    """
    if source.is_disabled:
        why = f" ({short_line(source.error_message)})" if source.error_message else ""
        raise CannotExtend(f"it is disabled{why}, and stays so; enable it at Webex first")
    if source.status and source.status.lower() != ACTIVE:
        raise CannotExtend(f"its status is {short_line(source.status)}, not active")
    if minutes is None:
        if source.lifetime is None:
            raise CannotExtend("Webex does not report its lifetime: choose one with --minutes")
        minutes = round(source.lifetime / timedelta(minutes=1))
    body: dict[str, str | int] = {
        "schemaId": source.schema_id,
        "url": source.url,
        "audience": source.audience,
        "subject": source.subject,
        "nonce": nonce,
        "tokenLifetimeMinutes": minutes,
    }
    unknown = [field for field, value in body.items() if not value]
    if unknown:
        raise CannotExtend(f"Webex does not report its {' and '.join(unknown)}")
    # Not if Webex left it out: this program must never enable a data source.
    return body | ({"status": source.status} if source.status else {})


def _text(item: Mapping[str, object], field: str) -> str:
    value = item.get(field)
    return value if isinstance(value, str) else ""


def _minutes(value: object) -> timedelta | None:
    """Whole minutes within the limits, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not MIN_MINUTES - 0.5 < value < MAX_MINUTES + 0.5:  # excludes NaN, too
        return None
    return timedelta(minutes=round(value))


def _iso(value: object) -> datetime | None:
    """Parse ISO 8601; UTC if it has no zone."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if at is None or at.year not in _YEARS:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _epoch(value: object) -> datetime | None:
    """Parse seconds since the epoch (RFC 7519 §2, NumericDate)."""
    at = from_timestamp(value)
    return at if at and at.year in _YEARS else None
