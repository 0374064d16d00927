"""What of the tray can be tested without a panel: whose thread draws, what the next step opens."""

from __future__ import annotations

import sys
import types
from datetime import UTC, datetime

import pytest

from tray_app.core.health import not_set_up
from tray_app.core.model import Colour, Health, Reason, Shape, Who
from tray_app.desktop.tray import on_main_thread
from tray_app.desktop.view import view_of
from tray_app.worker import Snapshot


def test_elsewhere_than_on_macos_it_draws_at_once() -> None:
    drawn: list[str] = []
    on_main_thread(lambda: drawn.append("now"), "linux")
    assert drawn == ["now"]


def test_on_macos_the_main_thread_is_asked_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """pystray calls AppKit from whatever thread it is in: not run on a real Mac."""
    asked: list[object] = []
    helper = types.SimpleNamespace(callAfter=asked.append)
    tools = types.ModuleType("PyObjCTools")
    tools.AppHelper = helper  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "PyObjCTools", tools)
    drawn: list[str] = []
    draw = drawn.append
    on_main_thread(lambda: draw("later"), "darwin")
    assert (len(asked), drawn) == (1, [])


@pytest.mark.parametrize(
    ("health", "portal", "config"),
    [
        (Health(9, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ()), False, False),
        (Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_ENDED, Who.YOU, ()), True, True),
        (Health(1, Colour.RED, Shape.CROSS, Reason.KEYRING_LOCKED, Who.YOU, ()), False, False),
        (not_set_up(("a field is missing",)), False, True),
    ],
)
def test_a_step_opens_where_it_is_to_be_taken(health: Health, portal: bool, config: bool) -> None:
    view = view_of(Snapshot(health), datetime(2026, 3, 2, tzinfo=UTC))
    assert (view.opens_portal, view.opens_config) == (portal, config)
