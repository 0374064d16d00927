"""While there is no network: what is tried, and how soon all is well after its return."""

from __future__ import annotations

from datetime import timedelta

from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine

HALF_A_MINUTE = timedelta(seconds=30)


def wait(engine: Engine, clock: ManualClock) -> timedelta:
    """Let time pass until the next check, and check; return how long it was."""
    assert engine.next_check is not None
    waited = engine.next_check - clock()
    clock.advance(waited)
    engine.poll()
    return waited


def test_an_hour_without_a_network_delays_nothing_after_its_return(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """The delay of a retry had grown to five minutes, for the check and again for the renewal."""
    webex.revoke_service_access()
    engine.poll()
    webex.stop()
    for _ in range(120):
        assert engine.refresh().colour is not Colour.GREEN
        assert wait(engine, clock) <= HALF_A_MINUTE
    webex.start()
    assert wait(engine, clock) <= HALF_A_MINUTE
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN


def test_webex_is_spared_when_it_answers_again_with_an_error(
    engine: Engine, webex: Sandbox, clock: ManualClock
) -> None:
    """The delay grows from the first answer on: the attempts before it do not count."""
    engine.poll()
    webex.stop()
    for _ in range(10):
        wait(engine, clock)
    webex.start()
    webex.go_down()
    waits = [wait(engine, clock).total_seconds() for _ in range(4)]
    assert waits == [18.75, 45, 90, 180]
