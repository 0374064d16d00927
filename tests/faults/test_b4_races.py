"""B4: many processes and threads on the same credentials, and a Webex that forgives no reuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.crash_rig import strict_webex
from tests.faults.race_rig import Watcher, crowd, renewals, settle, two_profiles
from tests.faults.table import Bar, rounds
from tests.profile import Profile
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

BAR = Bar("B4", "races", least=2)

PROCESSES, THREADS = rounds(3, 8), rounds(5, 20)
WINDOWS = rounds(3, 60)
QUIET = rounds(2, 5) / 10
"""Seconds after each renewal for whoever would renew once too often."""


def expire(webex: Sandbox, window: int) -> None:
    """Let tokens die, so that each rung is needed in its turn."""
    webex.revoke_service_access()
    if window % 3:
        webex.revoke_service_refresh()
    if window % 3 == 2:
        webex.revoke_integration_access()


@pytest.mark.parametrize("count", [1, 2], ids=["one profile", "two profiles, one integration"])
def test_processes_and_threads_share_one_renewal(
    tmp_path: Path, figure: Measure, count: int
) -> None:
    """At each expiry all of them see the same dead token at once."""
    excess: list[str] = []
    with strict_webex() as webex:
        profiles: tuple[Profile, ...] = two_profiles(tmp_path, webex)[:count]
        with (
            crowd(tmp_path / "home", webex, profiles, PROCESSES, THREADS) as people,
            Watcher(profiles, webex) as watcher,
        ):
            for window in range(WINDOWS):
                since = len(webex.requests)
                expire(webex, window)
                settle(webex, profiles, QUIET)
                for kind, times in renewals(webex, since).items():
                    most = 1 if kind is Kind.INTEGRATION_REFRESH else count
                    if times > most:
                        excess.append(f"expiry {window}: {times} times {kind}")
            people.end()
        reuses = webex.reuses
    figure("reads of .env", watcher.reads)
    figure("expiries", WINDOWS)
    assert (watcher.mixed, reuses, excess) == (0, 0, []), people.met
    troubles = [what for what in people.met if what.startswith(("unreachable", "not renewed"))]
    assert not troubles, people.met
