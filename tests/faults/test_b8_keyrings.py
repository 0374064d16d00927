"""B8: whatever the keyring does, nobody waits for it, nothing is overwritten, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.keyring_states import STATES, Ring, State, found, hangs, ring
from tests.faults.table import Bar, limit, rounds
from tests.profile import Profile, full_profile
from tests.working import QUICK, Audience, Browser, OneProfile
from tray_app.desktop.view_model import view_of
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Snapshot, UserRequest
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts
from tray_app.service.engine import Engine

__all__ = ["found", "ring"]

BAR = Bar("B8", "keyrings", least=rounds(16, 75))

SHORT = StoreTimeouts(read=0.2, write=0.3, person=0.4, ending=0.1)
QUIT = limit(2.0)


def now() -> datetime:
    return datetime.now(UTC)


class Life:
    """A profile with a keyring, its Webex, and the worker as the tray runs it."""

    def __init__(self, folder: Path, webex: Sandbox, figure: Measure) -> None:
        self.webex = webex
        self.profile: Profile = full_profile(folder, webex)
        self.figure = figure
        self.audience = Audience()
        self.browser = Browser()
        self.timeouts: StoreTimeouts | None = None
        self.vault = Vault(KeyringStore())

    def engine(self) -> Engine:
        tools = self.profile.tools(now)
        tools.vault.close()
        self.vault = Vault(KeyringStore(), self.timeouts)
        return Engine(replace(tools, vault=self.vault, pace=QUICK))

    @contextmanager
    def tray(self) -> Iterator[OneProfile]:
        """The worker until the block ends; its end is timed."""
        self.audience = Audience()
        worker = OneProfile(self.engine, self.audience, browse=self.browser, pace=QUICK)
        worker.start()
        try:
            yield worker
        finally:
            took = self.timed("longest quit", worker.stop)
            assert took <= QUIT

    def click(self, click: Callable[[], None], asked: UserRequest) -> Snapshot:
        """Click and wait for the answer."""
        click()
        return self.audience.until(lambda snapshot: snapshot.asked is asked)

    def timed(self, what: str, deed: Callable[[], object]) -> float:
        """Do it; the seconds that it took."""
        begun = time.monotonic()
        deed()
        took = time.monotonic() - begun
        self.figure(what, took, "s")
        return took

    def end_trouble(self, ring: Ring) -> None:
        """Return once the keyring has answered what it was asked last: what is asked before that
        fails at once, and the click with it. From then on it is waited for as ever."""
        ring.failure, ring.locked = None, False
        ring.release.set()
        if self.vault._worker._stuck is not None:
            wait([self.vault._worker._stuck])
        self.vault._timeouts = StoreTimeouts()


@pytest.fixture
def life(tmp_path: Path, figure: Measure) -> Iterator[Life]:
    with Sandbox(policy=RefreshPolicy.ROTATED) as webex:
        yield Life(tmp_path, webex, figure)


SHORT_RUN = (
    "locked, and the dialog is dismissed",
    "hangs for ever",
    "hangs at a write",
    "its error holds the secret",
    "reads back another text",
)
CASES = list(STATES) if rounds(0, 1) else SHORT_RUN


@pytest.mark.parametrize("state", [STATES[case] for case in CASES], ids=CASES)
def test_trouble(life: Life, ring: Ring, state: State, caplog: pytest.LogCaptureFixture) -> None:
    """The token dies while the keyring is in trouble; a person clicks; then the trouble ends."""
    with life.tray() as worker:
        assert life.audience.until_idle().health.colour is Colour.GREEN
    before = dict(ring.kept)
    assert len(before) >= 5
    ring.failure, ring.locked = state.failure, state.locked
    if state.hangs:  # else a busy machine may exceed them
        life.timeouts = SHORT
    life.webex.revoke_service_access()
    with caplog.at_level("DEBUG"), life.tray() as worker:
        life.audience.until_idle()
        assert ring.prompts == 0, "the background prompts"
        for number, click in enumerate((worker.refresh, worker.refresh, worker.refresh), 1):
            answer = life.click(click, UserRequest.REFRESH)
            assert ring.prompts <= number, "more than one prompt a click"
            assert answer.health.reason in state.shows
            assert answer.health.colour is not Colour.GREEN
        life.click(worker.check, UserRequest.CHECK)
        assert "the keyring (keyring states Ring)" in caplog.text
        issued = life.webex.tokens._tokens
        assert not [token for token in issued if token in caplog.text]
        if not state.reads:
            assert ring.kept == before
        life.end_trouble(ring)
        answer = life.click(worker.refresh, UserRequest.REFRESH)
        while answer.health.reason in (Reason.SAVE_REFUSED, Reason.KEYRING_LOCKED):
            answer = life.click(worker.check, UserRequest.CHECK)
        assert answer.health.colour is Colour.GREEN
    assert ring.kept.keys() >= before.keys()
    assert life.webex.reuses == 0
    assert str(life.profile.env_refresh()) in "".join(ring.kept.values())


def test_a_click_waits_for_no_keyring(life: Life, ring: Ring) -> None:
    """Nor does the end, though a person is given a minute to answer."""
    asked = threading.Event()

    def trouble(ring: Ring, what: str, value: str) -> object:
        asked.set()
        return hangs(ring, what, value)

    life.timeouts = StoreTimeouts(person=60, ending=0.1)
    with life.tray() as worker:
        assert life.audience.until_idle().health.colour is Colour.GREEN
        ring.failure = trouble
        worker.refresh()
        assert asked.wait(60)
        for click in (worker.check, worker.refresh, worker.cancel_sign_in, worker.authorize):
            life.timed("longest click", click)
        life.timed("longest look", lambda: view_of(life.audience.heard[-1], now()))
        assert life.vault._worker._stuck is None, "the clicks took until the keyring was given up"
    assert not ring.release.is_set()
