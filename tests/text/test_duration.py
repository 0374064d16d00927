"""Lengths of time as a person writes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.text.times import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86_400),
        ("1h30m", 5400),
        ("1d2h3m4s", 93_784),
        ("0s", 0),
        ("3650d", 315_360_000),
    ],
)
def test_every_unit_and_their_sums_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "m", "10 m", "-5m", "1.5h", "10M", "10m,", "ten", "1000000000s", "٣m"]
)
def test_what_is_no_length_is_named_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time") as caught:
        parse_duration(text)
    assert str(caught.value).endswith("; write it as 90s, 10m, 2h or 1d")


@pytest.mark.parametrize("text", ["3651d", "3650d1s", "999999999d"])
def test_more_than_ten_years_is_a_slip(text: str) -> None:
    with pytest.raises(ValueError, match="is longer than 3650d"):
        parse_duration(text)


@given(st.integers(0, int(LONGEST.total_seconds())))
def test_what_is_spelled_is_read_as_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (600, "10m"), (5400, "1h30m"), (86_400, "1d"), (61, "1m1s")]
)
def test_it_is_spelled_without_what_is_nothing(seconds: int, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text
