"""The time axis of the chain."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, HOUR, MINUTE, NOW
from tray_app.pages.axis import axis_for


def test_the_near_future_is_wider() -> None:
    axis = axis_for(NOW, [NOW + 100 * DAY])
    assert axis.place(NOW) == 0
    assert axis.place(NOW + 25 * DAY) == 50
    assert axis.place(NOW + 100 * DAY) == 100


def test_what_is_outside_is_at_the_edge() -> None:
    axis = axis_for(NOW, [NOW + DAY])
    assert (axis.place(NOW - DAY), axis.place(NOW + 2 * DAY)) == (0, 100)


def test_the_stops_of_a_usual_chain() -> None:
    """On a phone, fewer of them."""
    stops = axis_for(NOW, [NOW + 90 * DAY, NOW + 13 * DAY]).stops()
    assert [(stop.label, stop.is_fine) for stop in stops] == [
        ("1 week", False),
        ("1 month", False),
    ]


def test_the_stops_of_data_sources() -> None:
    stops = axis_for(NOW, [NOW + 20 * HOUR]).stops()
    assert [stop.label for stop in stops] == ["1 hour", "6 hours"]


def test_without_any_end_there_are_no_stops() -> None:
    assert axis_for(NOW, []).stops() == ()


@given(st.lists(st.timedeltas(MINUTE, timedelta(days=4000)), min_size=1))
def test_labels_never_touch(lengths: list[timedelta]) -> None:
    """And each end has a place of its own order."""
    axis = axis_for(NOW, [NOW + length for length in lengths])
    places = [0.0, *(stop.at for stop in axis.stops())]
    assert all(after - before >= 9 for before, after in itertools.pairwise(places))
    assert all(at >= 14 for at in places[1:])  # "now" begins at the edge
    broad = [0.0, *(stop.at for stop in axis.stops() if not stop.is_fine)]
    assert all(after - before >= 18 for before, after in itertools.pairwise(broad))
    assert max(places) <= 100
    ends = [axis.place(NOW + length) for length in sorted(lengths)]
    assert ends == sorted(ends)


@pytest.mark.parametrize("length", [MINUTE, HOUR])
def test_a_short_axis_is_two_hours(length: timedelta) -> None:
    assert axis_for(NOW, [NOW + length]).length == 2 * HOUR
