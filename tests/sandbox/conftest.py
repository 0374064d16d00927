"""A sandbox on a clock that stands still, and a client that speaks plain HTTP to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.caller import Caller
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    with Sandbox(clock=ManualClock(NOON)) as sandbox:
        yield sandbox


@pytest.fixture
def caller(webex: Sandbox) -> Caller:
    return Caller(webex)
