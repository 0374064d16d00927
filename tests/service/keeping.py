"""What tests of data sources do again and again: tick them, let time pass, count."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from tests.profile import Profile
    from tray_app.sandbox.datasources import DataSource
    from tray_app.service.engine import Engine

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def ends(webex: Sandbox, source: DataSource) -> datetime:
    found = webex.data_sources.find(source.id)
    assert found is not None
    return found.jws_expires_at


def keep(profile: Profile, *sources: DataSource, poll_seconds: int = 300) -> None:
    ids = [source.id for source in sources]
    profile.write_config(
        lambda config: config["tray"].update(keepAlive=ids, pollSeconds=poll_seconds)
    )


def turn(engine: Engine) -> None:
    """What the tray does when a check is due."""
    engine.poll()
    if engine.renewal_due():
        engine.refresh()
    if engine.extension_due():
        engine.extend_due()


def live(engine: Engine, clock: ManualClock, until: datetime) -> int:
    """Let time pass, with a turn whenever the engine wants one; returns how many there were."""
    turns = 0
    while clock() < until:
        turn(engine)
        turns += 1
        assert engine.next_check is not None
        clock.advance(max(engine.next_check - clock(), SECOND))
    return turns


def updates(webex: Sandbox) -> int:
    return sum(request.kind is Kind.DATA_SOURCE_UPDATE for request in webex.requests)
