"""How a call to Webex can fail."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Why Webex refused."""

    REJECTED = "rejected"  # the token is not valid (400/401)
    FORBIDDEN = "forbidden"  # the token is valid, but lacks the permission (403)
    WRONG_CLIENT = "wrong-client"  # the client id and secret do not match
    BAD_REQUEST = "bad-request"  # an id in the configuration is wrong (400/404 from the mint)


class TransportFailure(StrEnum):
    """Why there was no usable answer."""

    DNS = "dns"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROXY = "proxy"
    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    ODD_REPLY = "odd-reply"
    BUSY = "busy"


def trace_of(http_status: str, tracking_id: str) -> str:
    """Return what Webex's support asks for: "HTTP 503, ROUTER_1"; "" without a response."""
    return ", ".join(filter(None, (http_status, tracking_id)))


def tracking_id_in(trace: str) -> str:
    """Return the tracking id in what `trace_of` has returned; "" if there is none."""
    last = trace.rpartition(", ")[2]
    return "" if last.startswith("HTTP ") else last


GRANTED = "granted"
"""The outcome if Webex did not refuse."""
