"""The address of the API: production, or another that is safe to send secrets to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

PRODUCTION = "https://webexapis.com/v1"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_PLACE = re.compile(r"[\x00-\x20\x7f\\?#@]")  # spaces, query, fragment, user and password


def checked_base(url: str) -> str:
    """Return the address without its last slash. Raises ValueError with a sentence.

    https anywhere; http on this machine's loopback only (a sandbox).
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("the API base is not an address, such as https://host/v1") from None
    if not parts.hostname or _NO_PLACE.search(url):
        raise ValueError("the API base must be an address such as https://host/v1, and no more")
    if is_private(url):
        return url.rstrip("/")
    raise ValueError("the API base must begin with https:// (http on loopback only)")


def is_private(url: str) -> bool:
    """Whether nobody on the way reads what is sent there. Raises ValueError where it is none."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
