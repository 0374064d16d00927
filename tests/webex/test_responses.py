"""Headers and troubles, read with care."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from tray_app.model.errors import Refused, WebexError
from tray_app.model.failures import TransportFailure
from tray_app.webex import responses

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POOL = urllib3.HTTPConnectionPool("localhost")


def read(status: int = 429, **headers: str) -> responses.Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return responses.read(status, named, b"{}", NOON)


def http(date: datetime) -> str:
    return format_datetime(date, usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("007", 7),
        ("999999999", 999_999_999),
        ("9" * 4000, 999_999_999),
        ("-1", None),
        ("+1", None),
        ("1.0", None),
        ("1e3", None),
        ("\u00b2", None),
        ("\u0663", None),
        ("", None),
        ("soon", None),
        ("1, 2", None),
        ("nan", None),
        (http(NOON + timedelta(minutes=5)), 300),
        (http(NOON - timedelta(minutes=5)), 0),
        ("Sun, 01 Mar 2026 12:05:00 -0000", None),
        ("Sun Mar  1 12:05:00 2026", None),
        ("Sun, 01 Mar 99999999999999 12:00:00 GMT", None),
        ("Sun, 01 Mar 2026 99999999999999999999:00:00 GMT", None),
        ("Sun, 01 Mar 2026 12:00:00 +99999999999999999999", None),
        ("Sun, 32 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    """Anything else is as good as none (RFC 9110 §10.2.3)."""
    reply = read(Retry_After=text)
    assert reply.retry_after == seconds
    assert reply.unreachable().retry_after == seconds


def test_a_date_to_wait_for_is_counted_by_the_servers_clock() -> None:
    """Ours may be wrong."""
    theirs = NOON + timedelta(days=9)
    reply = read(Retry_After=http(theirs + timedelta(seconds=30)), Date=http(theirs))
    assert reply.retry_after == 30
    assert reply.skew == timedelta(days=9)


@pytest.mark.parametrize("date", ["", "now", "Sun, 01 Mar 99999999999999 12:00:00 GMT", "\u00b2"])
def test_without_a_date_the_skew_is_not_known(date: str) -> None:
    """And nothing breaks."""
    assert read(Date=date).skew is None


@given(st.text(), st.text(), st.binary(), st.integers(100, 599))
def test_any_answer_is_read(retry_after: str, date: str, body: bytes, status: int) -> None:
    """As a grant, or as an error with a name."""
    reply = responses.read(status, {"Retry-After": retry_after, "Date": date}, body, NOON)
    assert reply.retry_after is None or reply.retry_after >= 0
    assert reply.message.isprintable()
    with pytest.raises(WebexError):
        reply.grant()


@given(
    st.sampled_from(["Sun, ", ""]),
    st.from_regex(r"\d{1,6} [A-Z][a-z]{2} \d{1,30} [\d:]{1,30} .{0,8}"),
)
def test_any_date_is_a_date_or_none(day: str, rest: str) -> None:
    """Digits without end included."""
    read(Date=day + rest, Retry_After=day + rest)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"Trackingid": "ROUTER_62E0-1"}, b"{}", "ROUTER_62E0-1"),
        ({}, b'{"trackingId": "ROUTER_2"}', "ROUTER_2"),
        ({"Trackingid": "ROUTER_1"}, b'{"trackingId": "ROUTER_2"}', "ROUTER_1"),
        ({}, b'{"trackingId": 5}', ""),
        ({}, b"[]", ""),
        ({"Trackingid": "a\r\nb\x1b[31m <i>\u00e9"}, b"{}", "ab31mi"),
        ({"Trackingid": "x" * 500}, b"{}", "x" * 80),
    ],
)
def test_the_support_id_is_a_short_plain_word(
    headers: dict[str, str], body: bytes, expected: str
) -> None:
    """It goes into the log and before a person."""
    assert responses.read(500, headers, body, NOON).unreachable().tracking_id == expected


def wrapped(error: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(error)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (requests.exceptions.SSLError("x"), TransportFailure.TLS),
        (wrapped(ssl.SSLCertVerificationError("x")), TransportFailure.TLS),
        (requests.exceptions.ProxyError("x"), TransportFailure.PROXY),
        (requests.exceptions.InvalidProxyURL("x"), TransportFailure.PROXY),
        (requests.ConnectTimeout("x"), TransportFailure.TIMEOUT),
        (requests.ReadTimeout("x"), TransportFailure.TIMEOUT),
        (TimeoutError("x"), TransportFailure.TIMEOUT),
        (wrapped(urllib3.exceptions.ReadTimeoutError(POOL, "/", "x")), TransportFailure.TIMEOUT),
        (
            wrapped(urllib3.exceptions.MaxRetryError(POOL, "/", socket.gaierror(-2, "x"))),
            TransportFailure.DNS,
        ),
        (urllib3.exceptions.ProtocolError("x"), TransportFailure.CONNECTION),
        (urllib3.exceptions.DecodeError("x"), TransportFailure.ODD_REPLY),
        (ConnectionResetError(104, "x"), TransportFailure.CONNECTION),
        (urllib3.exceptions.LocationParseError("x"), TransportFailure.CONNECTION),
        (requests.exceptions.InvalidHeader("x"), TransportFailure.CONNECTION),
        (OSError("x"), TransportFailure.CONNECTION),
        (OSError(), TransportFailure.CONNECTION),
    ],
)
def test_every_trouble_has_a_name(error: Exception, failure: TransportFailure) -> None:
    """And a sentence that holds nothing of the error's own text."""
    found, sentence = responses.failure_of(error)
    assert found is failure
    assert sentence
    assert "x" not in sentence.split()


CONNECTION = urllib3.connection.HTTPConnection("localhost")
CONNECTING = urllib3.exceptions.NewConnectionError(CONNECTION, "x")


@pytest.mark.parametrize(
    ("error", "unsent"),
    [
        (wrapped(urllib3.exceptions.MaxRetryError(POOL, "/", CONNECTING)), True),
        (wrapped(urllib3.exceptions.MaxRetryError(POOL, "/", socket.gaierror(-2, "x"))), True),
        (wrapped(ssl.SSLCertVerificationError("x")), True),
        (wrapped(ssl.SSLEOFError(8, "x")), False),
        (requests.ConnectTimeout(urllib3.exceptions.ConnectTimeoutError(CONNECTION, "x")), True),
        (requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("x", CONNECTING)), True),
        (requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("x", OSError("x"))), False),
        (requests.ReadTimeout("x"), False),
        (urllib3.exceptions.ProtocolError("x"), False),
        (ConnectionResetError(104, "x"), False),
    ],
)
def test_without_a_connection_nothing_was_sent(error: Exception, *, unsent: bool) -> None:
    """A proxy that cannot be reached is none; one that refuses may count the attempts."""
    assert responses.is_unsent(error) is unsent


def test_a_refusal_is_a_webex_error() -> None:
    """So that callers may catch both ways of saying no at once."""
    assert issubclass(Refused, WebexError)
