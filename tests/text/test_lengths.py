"""Texts that are cut to a length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.text.lengths import middle, shorten


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abc def", 5, "abc…"),
        ("", 5, ""),
    ],
)
def test_what_is_too_long_is_cut_where_it_reads_well(text: str, limit: int, short: str) -> None:
    """Within the limit, with an ellipsis, and no space before it."""
    assert shorten(text, limit) == short


@pytest.mark.parametrize(
    ("name", "limit", "short"),
    [
        ("customer-0001", 13, "customer-0001"),
        ("customer-europe-0001", 13, "custom…e-0001"),
        ("customer-europe-0001", 12, "custom…-0001"),
        ("north region", 8, "nort…ion"),
        ("four words of it", 9, "four…f it"),
        ("abc", 2, "a…"),
        ("abc", 1, "…"),
    ],
)
def test_a_long_name_keeps_both_ends(name: str, limit: int, short: str) -> None:
    assert middle(name, limit) == short


@given(st.text(max_size=60), st.integers(1, 60))
def test_the_limit_is_kept(text: str, limit: int) -> None:
    for cut in (shorten(text, limit), middle(text, limit)):
        assert len(cut) <= limit
        assert (cut == text) is (len(text) <= limit) or "…" in cut
