"""What Webex said: the values that the HTTP adapter hands to the engine."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """The four ways in which Webex says a definite no."""

    REJECTED = "rejected"  # the token is not valid (400/401)
    FORBIDDEN = "forbidden"  # the token lives, the right is missing (403)
    WRONG_CLIENT = "wrong-client"  # the client id and secret do not match
    BAD_REQUEST = "bad-request"  # an id in the configuration is wrong (400/404 from the mint)


class TransportFailure(StrEnum):
    """Why there was no answer that means anything."""

    DNS = "dns"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROXY = "proxy"
    THROTTLED = "throttled"
    SERVER_ERROR = "server-error"
    ODD_REPLY = "odd-reply"
    BUSY = "busy"


GRANTED = "granted"
"""The outcome of a rung that Webex said yes to."""
