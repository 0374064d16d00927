"""Information in Webex ids and tokens (docs/webex-api.md, "Ids and token formats")."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from tray_app.model.local_time import from_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from tray_app.model.secret import Secret

_URI = re.compile(r"ciscospark://[^/]+/(?P<kind>[A-Z_]+)/(?P<id>.+)\Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


def decode_id(text: str) -> tuple[str, str] | None:
    """Return type ("APPLICATION", "ORGANIZATION", …) and bare id; None if it is not an id."""
    try:
        uri = _decoded(text).decode()
    except ValueError:  # not base64, or not UTF-8
        return None
    match = _URI.match(uri)
    return (match["kind"], match["id"]) if match else None


def organization_uuid(target_org_id: str) -> str | None:
    """Return the organization's uuid from either form of its id, else None."""
    if _UUID.match(target_org_id):
        return target_org_id.lower()
    decoded = decode_id(target_org_id)
    if decoded and decoded[0] == "ORGANIZATION" and _UUID.match(decoded[1]):
        return decoded[1].lower()
    return None


def token_organization(token: Secret) -> str | None:
    """Return the organization's uuid in the token's third field, else None."""
    fields = token.reveal().split("_")
    if len(fields) == 3 and _UUID.match(fields[2]):
        return fields[2].lower()
    return None


def issued_at(token: Secret) -> datetime | None:
    """Return when a self-contained token (JWT) was issued (UTC by Webex's clock), else None. Its
    signature is not checked."""
    return from_timestamp(jws_claims(token.reveal()).get("iat"))


def jws_claims(text: str) -> dict[str, Any]:
    """Return the claims of a compact JWS (RFC 7515 §3.1), unverified; none if it is not one."""
    parts = text.split(".")
    try:
        found = json.loads(_decoded(parts[1])) if len(parts) == 3 else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(text: str) -> bytes:
    """Raises ValueError if it is not base64url."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def contradicts(token: Secret, target_org_id: str) -> bool:
    """Whether the token names another organization than the config."""
    named, wanted = token_organization(token), organization_uuid(target_org_id)
    return named is not None and wanted is not None and named != wanted
