"""One engine, one profile, one sandbox, one clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.profile import Profile
from tests.service.keeping import keep
from tests.sources import register
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.datasources import DataSource
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

Start = Callable[[], Engine]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def webex(clock: ManualClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def start(profile: Profile, clock: ManualClock) -> Iterator[Start]:
    """Start an engine on the profile; again, for what a restart finds."""
    with ExitStack() as stack:

        def begin() -> Engine:
            engine = profile.engine(clock)
            stack.callback(engine.close)
            return engine

        yield begin


@pytest.fixture
def engine(start: Start) -> Engine:
    return start()


@pytest.fixture
def orders(webex: Sandbox) -> DataSource:
    """A data source whose token is good for a day from now."""
    return register(webex)


@pytest.fixture
def keeper(start: Start, profile: Profile, orders: DataSource) -> Engine:
    """An engine that keeps `orders` alive, after its first check."""
    keep(profile, orders)
    engine = start()
    engine.poll()
    return engine
