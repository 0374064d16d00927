"""Ctrl-C in the thread that renews: raised once what was presented is in the store."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.profile import Profile
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.registrations import Client
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Use
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="the signal is sent to one thread"
)

MINUTE = timedelta(minutes=1)


@dataclass
class Interruption:
    """Ctrl-C, once Webex is asked for that; its answer comes when Ctrl-C is being held back."""

    engine: Engine
    webex: Sandbox
    kind: Kind

    @contextmanager
    def strikes(self) -> Iterator[None]:
        gate = threading.Event()
        self.webex.faults.next(self.kind, Fault.held(gate))
        before = len([seen for seen in self.webex.requests if seen.kind is self.kind])
        thread = threading.Thread(target=self._strike, args=(gate, before))
        thread.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                yield
        finally:
            thread.join(60)

    def _strike(self, gate: threading.Event, before: int) -> None:
        def asked() -> bool:
            return len([s for s in self.webex.requests if s.kind is self.kind]) > before

        _until(asked)
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        _until(lambda: (turn := self.engine._tools.critical._call) is None or turn.is_stopped)
        gate.set()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def newest(webex: Sandbox, client: Client, use: Use = Use.REFRESH) -> str:
    """The token of this client that was issued last."""
    mine = [
        token
        for token in webex.tokens._tokens.values()
        if token.terms.client is client and token.use is use
    ]
    return max(mine, key=lambda token: token.generation).text


def stored(profile: Profile) -> str:
    """All that the store holds, as text."""
    assert isinstance(profile.store, MemoryStore)
    return "\n".join(profile.store._secrets.values())


@pytest.fixture(autouse=True)
def rotating(webex: Sandbox) -> Iterator[None]:
    webex.policy = RefreshPolicy.ROTATED
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_renewal_is_in_the_store_and_in_env(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    engine.poll()
    before = profile.env_access()
    with Interruption(engine, webex, Kind.SERVICE_REFRESH).strikes():
        engine.refresh(by_hand=True)
    assert newest(webex, Client.SERVICE_APP) in stored(profile)
    assert profile.env_access() == newest(webex, Client.SERVICE_APP, Use.ACCESS) != before
    assert not engine.awaits_tokens


@pytest.mark.parametrize(
    ("kind", "client"),
    [
        (Kind.SERVICE_REFRESH, Client.SERVICE_APP),
        (Kind.INTEGRATION_REFRESH, Client.INTEGRATION),
    ],
)
def test_what_is_only_exercised_is_in_the_store_too(
    engine: Engine,
    profile: Profile,
    webex: Sandbox,
    clock: ManualClock,
    *,
    kind: Kind,
    client: Client,
) -> None:
    """`status` lost the integration's sign-in so, 3 times of 3."""
    engine.poll()
    old = newest(webex, client)
    with Interruption(engine, webex, kind).strikes():
        for _ in range(20):
            clock.advance(5 * MINUTE)
            engine.poll()
    assert newest(webex, client) != old
    assert newest(webex, client) in stored(profile)
    assert webex.reuses == 0


def test_no_other_method_follows_and_the_next_renewal_is_as_ever(
    engine: Engine, profile: Profile, webex: Sandbox
) -> None:
    profile.pasted = None
    profile.write_config()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    with Interruption(engine, webex, Kind.INTEGRATION_REFRESH).strikes():
        engine.refresh(by_hand=True)
    assert Kind.MINT not in [seen.kind for seen in webex.requests]
    assert engine.refresh(by_hand=True).colour == "green"
    assert webex.reuses == 0
