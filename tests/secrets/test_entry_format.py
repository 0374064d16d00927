"""What is kept about a pair's issue, as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tray_app.model.secret import Secret
from tray_app.policy.issue_time import MAX_REPLACED, Issue
from tray_app.secrets.entry_format import format_issue, parse_issue

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARKS = tuple(f"{number:016x}" for number in range(MAX_REPLACED))


@pytest.mark.parametrize(
    "issue",
    [
        Issue(MARKS[:2], NOON, None, MARKS),
        Issue(MARKS[:1], None, NOON),
        Issue(MARKS[:1]),
        Issue(),
    ],
)
def test_what_is_written_is_read(issue: Issue) -> None:
    assert parse_issue(format_issue(issue)) == issue


def test_a_time_never_becomes_later() -> None:
    """A token that was there by then must not appear older than it is known to be."""
    moment = NOON + timedelta(microseconds=999_999)
    found = parse_issue(format_issue(Issue(MARKS[:1], moment))).issued_at
    assert found is not None
    assert moment - timedelta(milliseconds=1) <= found <= moment


def test_the_largest_fits_into_one_entry_of_windows() -> None:
    """1280 UTF-16 units."""
    largest = Issue(MARKS[:2], NOON, NOON, MARKS)
    assert len(format_issue(largest).reveal().encode("utf-16-le")) <= 2 * 1280


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[" * 100_000,
        "[]",
        "null",
        "{}",
        '{"of": 5, "issued": "yesterday", "after": true, "replaced": ["a"]}',
        '{"issued": 1e300}',
        '{"issued": NaN}',
        '{"issued": -1e18, "after": null}',
    ],
)
def test_of_a_damaged_one_nothing_is_known(text: str) -> None:
    assert parse_issue(Secret(text)) == Issue()


def test_if_there_is_none_nothing_is_known() -> None:
    assert parse_issue(None) == Issue()


def test_what_a_later_version_adds_is_left_aside() -> None:
    entry = json.loads(format_issue(Issue(MARKS[:1], NOON)).reveal())
    assert parse_issue(Secret(json.dumps({**entry, "more": 1}))) == Issue(MARKS[:1], NOON)
