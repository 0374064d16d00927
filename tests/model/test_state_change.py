"""What commands of people get by name: tray.onStateChange."""

from __future__ import annotations

from tray_app.model.signs import Colour
from tray_app.model.state_change import StateChange, ToldState


def test_the_names_of_events_stay() -> None:
    """docs/guide.md lists them, and scripts compare them."""
    assert list(StateChange) == ["renewed", "renewal-failed", "worse", "better", "person-needed"]


def test_at_first_nothing_needs_to_be_told() -> None:
    assert ToldState() == ToldState(Colour.GREEN, "", failing=False, need="")
