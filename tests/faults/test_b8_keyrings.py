"""B8: whatever the keyring does, nobody waits for it, nothing is overwritten, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.keyring_states import STATES, Ring, State, found, ring
from tests.faults.table import Bar, rounds
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

BAR = Bar("B8", "keyrings", least=rounds(16, 24))

SHORT = StoreTimeouts(read=0.2, write=0.3, person=0.4, ending=0.1)
UI = 0.1
"""Seconds in which a click is taken."""

QUIT = 2.0


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

    def engine(self) -> Engine:
        tools = self.profile.tools(now)
        tools.vault.close()
        return Engine(replace(tools, vault=Vault(KeyringStore(), self.timeouts), pace=QUICK))

    @contextmanager
    def tray(self) -> Iterator[OneProfile]:
        """The worker until the block ends; its end is timed."""
        self.audience = Audience()
        worker = OneProfile(self.engine, self.audience, browse=self.browser, pace=QUICK)
        worker.start()
        try:
            yield worker
        finally:
            self._timed("longest quit", worker.stop, QUIT)

    def click(self, click: Callable[[], None], asked: UserRequest) -> Snapshot:
        """Click, as the tray's own thread does, and wait for the answer."""
        self._timed("longest click", click, UI)
        answer = self.audience.until(lambda snapshot: snapshot.asked is asked, 10)
        self._timed("longest click", lambda: view_of(answer, now()), UI)
        return answer

    def _timed(self, what: str, deed: Callable[[], object], limit: float) -> None:
        begun = time.monotonic()
        deed()
        took = time.monotonic() - begun
        self.figure(what, took, f"s of {limit:g}")
        assert took <= limit


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
    life.timeouts = SHORT  # not sooner: without trouble a busy machine may exceed it
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
        ring.failure, ring.locked = None, False
        ring.release.set()
        answer = life.click(worker.refresh, UserRequest.REFRESH)
        while answer.health.reason in (Reason.SAVE_REFUSED, Reason.KEYRING_LOCKED):
            answer = life.click(worker.check, UserRequest.CHECK)
        assert answer.health.colour is Colour.GREEN
    assert ring.kept.keys() >= before.keys()
    assert life.webex.reuses == 0
    assert str(life.profile.env_refresh()) in "".join(ring.kept.values())
