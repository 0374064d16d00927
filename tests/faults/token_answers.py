"""What a token endpoint may answer, sensibly or not: names, bytes, and what has to come of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import product
from typing import Any, TypeAlias

from tests.faults.outcomes import PUT_APP_SECRET, Nothing, Renewed, Stuck
from tests.faults.relay import Endpoint, Spoil
from tests.faults.table import few, sampled
from tests.raw_server import reply

Outcome: TypeAlias = "Nothing | Renewed | Stuck"
Case: TypeAlias = "tuple[str, Spoil, Outcome]"

THROTTLED = "Webex asked us to wait"
SERVER_ERROR = "Webex answered with an error"
ODD = "the answer is not from Webex"
PROXY = "the proxy refused the connection"
CONNECTION = "Webex cannot be reached"
TIMEOUT = "Webex did not answer in time"
DNS = "the Webex host name was not found"
TLS = "the TLS certificate is not trusted"

ONE, TWO = Endpoint.RUNG_1, Endpoint.RUNG_2
NEXT_RUNG = Renewed(by=(ONE, TWO))
WRONG_SECRET = Stuck(
    "Webex token rejected: Webex refuses the app's client secret", PUT_APP_SECRET, by=(ONE,)
)

# RFC 6749 §5.2; the first two are about the client, the others about the grant.
ERRORS = (
    "invalid_client",
    "unauthorized_client",
    "invalid_request",
    "invalid_grant",
    "unsupported_grant_type",
    "invalid_scope",
)
STATUSES = (403, 400, 401)
"""Of a definite no."""
PAGE = b"<html><title>Welcome</title><h1>Please sign in to the hotel's network</h1></html>"


def rfc6749(error: str) -> bytes:
    """An error as RFC 6749 §5.2 and Webex's idbroker word it."""
    return json.dumps({"error": error, "error_description": "It was said so."}).encode()


def wrapped(text: str) -> bytes:
    """An error as webexapis.com words it."""
    body = {"message": text, "errors": [{"description": text}], "trackingId": "ROUTER_1"}
    return json.dumps(body).encode()


def definite_noes() -> Iterator[Case]:
    """The six errors, three statuses, two shapes."""
    for (error, shape), status in sampled([*product(ERRORS, ("RFC 6749", "wrapped"))], STATUSES):
        outcome = WRONG_SECRET if error in ERRORS[:2] else NEXT_RUNG
        if shape == "wrapped":
            # Without the error's own field a 403 is a missing right, whatever its text.
            outcome = NEXT_RUNG if status == 403 else outcome
            answer = reply(status, wrapped(f"POST failed: {error}"), Trackingid="ROUTER_1")
        else:
            answer = reply(status, rfc6749(error), Content_Type="application/json")
        yield f"{status} {error}, {shape}", Spoil(answer), outcome


def portals() -> Iterator[Case]:
    """A no that Webex has not said."""
    for status in STATUSES:
        yield f"{status} of a portal", Spoil(reply(status, PAGE)), Nothing(ODD)


def other_statuses() -> Iterator[Case]:
    """Statuses that are neither a yes nor a definite no, in Webex's own shape."""
    refused = few(402, 404, 405, 408, 409, 410, 413, 415, 418, 428, 451)
    for status in (204, 206, 301, *refused):
        body = b"" if status in (204, 301) else wrapped(f"HTTP {status}")
        yield f"status {status}", Spoil(reply(status, body)), Nothing(ODD)
    for status in (423, 429):
        yield f"status {status}", Spoil(reply(status, wrapped("Wait."))), Nothing(THROTTLED)
    for status in few(500, 501, 502, 503, 504, 520):
        yield f"status {status}", Spoil(reply(status, wrapped("Oops."))), Nothing(SERVER_ERROR)
    for status in (502, 503):
        yield f"status {status} in HTML", Spoil(reply(status, PAGE)), Nothing(SERVER_ERROR)


def retry_afters() -> Iterator[Case]:
    """What stands in Retry-After, and how many seconds we keep still for it."""
    forms: dict[str, tuple[str, float]] = {
        "seconds": ("120", 120),
        "a date": ("Mon, 02 Mar 2026 12:05:00 GMT", 300),
        "a past date": ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        "negative": ("-5", 0),
        "1.0": ("1.0", 0),
        "superscript": ("²", 0),
        "huge": ("9" * 40, 3600),
        "empty": ("", 0),
        "a date in the year 9999": ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        "two of them": ("60, 120", 0),
    }
    for name, (text, wait) in forms.items():
        answer = reply(429, wrapped("Too many requests."), Retry_After=text)
        yield f"429, Retry-After: {name}", Spoil(answer), Nothing(THROTTLED, wait)
    for status, because in ((503, SERVER_ERROR), (423, THROTTLED)):
        answer = reply(status, b"", Retry_After="90")
        yield f"{status}, Retry-After", Spoil(answer), Nothing(because, 90)


def odd_bodies() -> Iterator[Case]:
    """A 200 without a pair that could be used."""
    bodies = {
        "empty": b"",
        "HTML": PAGE,
        "truncated JSON": b'{"access_token": "abc", "expires_',
        "an array": b'[{"access_token": "abc"}]',
        "a string": b'"abc"',
        "10 MB": b'{"access_token": "' + b"a" * 10_000_000 + b'"}',
        "deep nesting": b'{"access_token": ' + b"[" * 100_000,
        "no token": b'{"expires_in": 60}',
        "token null": b'{"access_token": null, "refresh_token": "r"}',
        "token an integer": b'{"access_token": 12345}',
        "token an object": b'{"access_token": {"a": 1}}',
        "token with a newline": b'{"access_token": "abc\\ndef"}',
        "token with a space": b'{"access_token": "abc def"}',
        "token empty": b'{"access_token": ""}',
        "refresh token with a newline": b'{"access_token": "abc", "refresh_token": "r\\nX=1"}',
        "not UTF-8": b'{"access_token": "\xff\xfe"}',
    }
    for name, body in bodies.items():
        yield f"200, {name}", Spoil(reply(200, body)), Nothing(ODD)


def odd_lives() -> Iterator[Case]:
    """A good pair with an `expires_in` that nobody expects."""
    lives: dict[str, tuple[object, timedelta | None]] = {
        "missing": (..., None),
        "negative": (-60, None),
        "zero": (0, None),
        "huge": (10**12, None),
        "null": (None, None),
        "NaN": (float("nan"), None),
        "infinite": (float("inf"), None),
        "true": (True, None),
        "words": ("two weeks", None),
        "a string": ("86400", timedelta(days=1)),
        "a float": (86400.5, timedelta(days=1, seconds=0.5)),
    }
    for name, (value, life) in lives.items():
        spoil = Spoil(edit=edited(partial(_with_life, value=value)))
        yield f"expires_in {name}", spoil, Renewed(by=(ONE,), life=life)


def good_in_odd_clothes() -> Iterator[Case]:
    """Oddities that take nothing from a yes."""
    html = Spoil(
        edit=lambda answer: re.sub(rb"Content-Type: \S+", b"Content-Type: text/html", answer)
    )
    yield "a good answer as text/html", html, Renewed(by=(ONE,))
    created = Spoil(edit=lambda answer: answer.replace(b" 200 ", b" 201 ", 1))
    yield "a good answer as 201", created, Renewed(by=(ONE,))
    more = Spoil(edit=edited(lambda body: body | {"access_token_": "x", "scope": [1]}))
    yield "fields that nobody knows", more, Renewed(by=(ONE,))
    alone = Spoil(edit=edited(lambda body: body | {"refresh_token": None}))
    yield "refresh token null", alone, Renewed(by=(ONE,))


def edited(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[bytes], bytes]:
    """The JSON of an answer changed, with a length that fits."""

    def edit(answer: bytes) -> bytes:
        head, _, body = answer.partition(b"\r\n\r\n")
        new = json.dumps(change(json.loads(body))).encode()
        return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(new), head) + (
            b"\r\n\r\n" + new
        )

    return edit


def _with_life(body: dict[str, Any], value: object) -> dict[str, Any]:
    rest = {key: kept for key, kept in body.items() if key != "expires_in"}
    return rest if value is ... else rest | {"expires_in": value}
