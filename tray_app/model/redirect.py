"""The redirect URI of an integration (RFC 8252)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_REDIRECT_URI = "http://localhost:3000/callback"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_FORBIDDEN = re.compile(r"[^\x21-\x7e]|[\\?#]")
_DOT_SEGMENTS = re.compile(r"/\.{1,2}(?:/|\Z)")  # browsers resolve these


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where Webex sends the browser. `uri` is sent unchanged in every request (RFC 9700 §2.1);
    `host`, `port` and `path` are for the listener."""

    uri: str
    host: str
    port: int
    path: str

    @property
    def hosts(self) -> frozenset[str]:
        """The Host headers to accept; any other is a DNS rebinding attack."""
        names = [f"[{name}]" if ":" in name else name for name in _LOOPBACK]
        ports = [f":{self.port}"] + ([""] if self.port == 80 else [])
        return frozenset(name + port for name in names for port in ports)


def parse_redirect(uri: str) -> Redirect:
    """Parse a registered redirect URI. Raises ValueError with a predicate."""
    try:
        parts = urlsplit(uri)
        port = 80 if parts.port is None else parts.port
    except ValueError:
        raise ValueError(f"is not an address, such as {DEFAULT_REDIRECT_URI}") from None
    if parts.scheme != "http":
        raise ValueError(f"must begin with http://, as in {DEFAULT_REDIRECT_URI}")
    if parts.hostname not in _LOOPBACK or parts.username is not None:
        raise ValueError(f"must lead to this machine, as in {DEFAULT_REDIRECT_URI}")
    if port == 0 or _FORBIDDEN.search(uri) or _DOT_SEGMENTS.search(parts.path):
        raise ValueError(f"must be host, port and path and no more, as in {DEFAULT_REDIRECT_URI}")
    return Redirect(uri, parts.hostname, port, parts.path or "/")


DEFAULT_REDIRECT = parse_redirect(DEFAULT_REDIRECT_URI)
