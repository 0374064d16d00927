"""Identifiers and secrets in Webex's formats (docs/webex-api.md, "Ids and token formats")."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from secrets import token_hex
from uuid import uuid4


def api_id(kind: str, tail: str) -> str:
    """Return an API id: the unpadded base64 of `ciscospark://us/<kind>/<tail>`."""
    return urlsafe_b64encode(f"ciscospark://us/{kind}/{tail}".encode()).decode().rstrip("=")


def new_uuid() -> str:
    """Return a new uuid of 36 characters."""
    return str(uuid4())


def new_client_id() -> str:
    """`C` and 64 lower-case hex digits."""
    return f"C{token_hex(32)}"


def new_client_secret() -> str:
    """64 lower-case hex digits."""
    return token_hex(32)


def opaque_token(org_uuid: str) -> str:
    """Return a new token of 106 characters; authorization codes have the same format.

    64 characters of base64 (a uuid, 8 hex digits, a dash and 3 hex digits), then the cluster and
    the organization that the token belongs to.
    """
    inner = f"{new_uuid()}{token_hex(4)}-{token_hex(2)[:3]}"
    return f"{urlsafe_b64encode(inner.encode()).decode()}_PF84_{org_uuid}"
