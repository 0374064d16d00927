"""The address of the Webex API, checked before secrets are sent there."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PRODUCTION = "https://webexapis.com/v1"
STATUS_FEED = "https://status.webex.com"
"""The status page of the production API (docs/webex-api.md, "Status feed")."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NOT_ALLOWED = re.compile(r"[\x00-\x20\x7f\\?#@]")  # spaces, query, fragment, user and password


def checked_base(url: str) -> str:
    """Return the address without a trailing slash. Raises ValueError with a sentence.

    It must be https, or http on loopback (a sandbox).
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("the API base is not an address, such as https://host/v1") from None
    if not parts.hostname or _NOT_ALLOWED.search(url):
        raise ValueError("the API base must be an address such as https://host/v1, and no more")
    if is_private(url):
        return url.rstrip("/")
    raise ValueError("the API base must begin with https:// (http on loopback only)")


def other_host(base: str) -> str:
    """Return the host of this API base, "" if it is that of production."""
    host = urlsplit(base).netloc.lower()
    return "" if host == urlsplit(PRODUCTION).netloc else host


def status_feed(base: str) -> str:
    """Return the address of the status feed that belongs to this API base; "" if none does.

    A sandbox serves its own. No other host is known to have one, and the public one does not hear
    of it.
    """
    parts = urlsplit(checked_base(base))
    if parts.scheme == "http":
        return f"http://{parts.netloc}/status"
    return STATUS_FEED if checked_base(base).lower() == PRODUCTION else ""


def is_private(url: str) -> bool:
    """Whether no one on the way can read what is sent there. Raises ValueError if it is no URL."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
