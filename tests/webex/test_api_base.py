"""Which addresses may get secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import often
from tray_app.webex.api_base import (
    PRODUCTION,
    checked_base,
    is_private,
    other_host,
    status_feed,
)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://webexapis.com/v1/", PRODUCTION),
        (PRODUCTION, "https://webexapis.com/v1"),
        ("https://host/old/", "https://host/old"),
        ("https://api-usgov.webex.com/v1", "https://api-usgov.webex.com/v1"),
        ("https://host", "https://host"),
        ("https://host:8443/v1", "https://host:8443/v1"),
        ("HTTPS://host/v1", "HTTPS://host/v1"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:1/v1//", "http://127.0.0.1:1/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_https_anywhere_and_http_on_loopback_are_good(url: str, base: str) -> None:
    """The last slash is taken off, since every path begins with one."""
    assert checked_base(url) == base


SENTENCES = {
    "is not an address": "the API base is not an address, such as https://host/v1",
    "must be an address": "the API base must be an address such as https://host/v1, and no more",
    "must begin with https://": "the API base must begin with https:// (http on loopback only)",
}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "must be an address"),
        ("webexapis.com/v1", "must be an address"),
        ("https:///v1", "must be an address"),
        ("https://host/v1?", "must be an address"),
        ("https://host/v1?a=b", "must be an address"),
        ("https://host/v1#", "must be an address"),
        ("https://host/v1#a", "must be an address"),
        ("https://user@host/v1", "must be an address"),
        ("https://user:word@host/v1", "must be an address"),
        ("https://@host/v1", "must be an address"),
        ("https://webexapis.com\\@host", "must be an address"),
        ("https://host/v 1", "must be an address"),
        ("https://host/v1\n", "must be an address"),
        ("https://ho\tst/v1", "must be an address"),
        ("https://host/v1\x7f", "must be an address"),
        ("https://host:port/v1", "is not an address"),
        ("https://host:99999/v1", "is not an address"),
        ("https://[::1/v1", "is not an address"),
        ("http://webexapis.com/v1", "must begin with https://"),
        ("http://127.0.0.1.evil.example/v1", "must begin with https://"),
        ("http://localhost.evil.example/v1", "must begin with https://"),
        ("ftp://localhost/v1", "must begin with https://"),
        ("file://localhost/etc", "must begin with https://"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(url: str, told: str) -> None:
    """Where a secret could travel in the clear, or to a host that the eye does not see."""
    with pytest.raises(ValueError, match=told) as refused:
        checked_base(url)
    assert str(refused.value) == SENTENCES[told]


@often
@given(st.text(max_size=20), st.sampled_from(["", "http://", "https://", "https://host"]))
def test_any_text_is_taken_or_refused_with_a_value_error(text: str, start: str) -> None:
    """Nothing else is raised, and what is taken begins as it should."""
    try:
        base = checked_base(start + text)
    except ValueError:
        return
    assert base.lower().startswith(("https://", "http://localhost", "http://127.0.0.1", "http://["))


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://webexapis.com/v1/people/me?x=1#y", True),
        ("http://localhost:8080/v1?x=1", True),
        ("http://[::1]/", True),
        ("http://webexapis.com/v1", False),
        ("http://localhost.example.com/", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
    ],
)
def test_only_https_and_loopback_are_private(url: str, private: bool) -> None:
    assert is_private(url) is private


@pytest.mark.parametrize(
    ("base", "feed"),
    [
        (PRODUCTION, "https://status.webex.com"),
        (f"{PRODUCTION}/", "https://status.webex.com"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/status"),
        ("https://api-usgov.webex.com/v1", ""),
        ("https://webex.example.com/v1", ""),
        ("https://webexapis.com.example.com/v1", ""),
        ("https://webexapis.com:8443/v1", ""),
        ("https://webexapis.com/v2", ""),
    ],
)
def test_the_public_status_page_hears_of_no_other_host(base: str, feed: str) -> None:
    assert status_feed(base) == feed


def test_entries_are_named_by_the_host_unless_it_is_production() -> None:
    assert [other_host(base) for base in (PRODUCTION, PRODUCTION.replace("webex", "WebEx"))] == [
        ""
    ] * 2
    assert other_host("http://127.0.0.1:4000/v1") == "127.0.0.1:4000"
    assert other_host("https://Webex.Example/v1") == "webex.example"
