"""Two processes on one profile: engines with their own database, locks and connections."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.failures import TransportFailure
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine


def test_engines_that_see_a_dead_token_at_once_spend_one_refresh_token_between_them(
    start: Start, webex: Sandbox, profile: Profile
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    engines = [start() for _ in range(4)]
    for engine in engines:
        engine.poll()
    webex.revoke_service_access()
    for engine in engines:
        engine.poll()
    together = threading.Barrier(len(engines))

    def renew(engine: Engine) -> Colour:
        together.wait()
        return engine.refresh().colour

    with ThreadPoolExecutor(len(engines)) as pool:
        colours = list(pool.map(renew, engines))
    assert colours == [Colour.GREEN] * len(engines)
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 1
    assert webex.reuses == 0


def test_an_engine_that_finds_the_lock_taken_says_so_and_keeps_everything(
    profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    tools = profile.tools(clock, timeout=0.05)
    engine = Engine(tools)
    webex.revoke_service_access()
    engine.poll()
    app = webex.service_app
    host = webex.api_base.split("/")[2]
    with profile.tools(clock).locks.acquire("app", host, app.app_id, app.target_org_id):
        health = engine.refresh()
    assert health.renewing.failure is TransportFailure.BUSY
    assert engine.refresh().colour is Colour.GREEN
    engine.close()


def test_a_renewal_of_another_process_is_shared_though_the_config_is_read_again_in_between(
    start: Start, webex: Sandbox, profile: Profile
) -> None:
    """What was judged dead is what stood in `.env` then, not what the keyring has by now."""
    webex.policy = RefreshPolicy.ROTATED
    one, other = start(), start()
    one.poll()
    other.poll()
    webex.revoke_service_access()
    one.poll()
    assert one.renewal_due()
    other.poll()
    other.refresh()
    profile.write_config(lambda config: config["tray"].update(pollSeconds=60))
    assert one.refresh().colour is Colour.GREEN
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 1
