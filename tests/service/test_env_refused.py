"""A `.env` that takes no token is named, and with no other store nothing is spent for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.profile import Profile
from tests.service.test_renewal import calls
from tests.service.test_reservation import FullStore
from tray_app.model.health import Reason
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.system.atomic_file import MAX_BYTES


def as_utf_16(path: Path) -> None:
    path.write_bytes(path.read_text().encode("utf-16"))


def as_large_as_can_be_read(path: Path) -> None:
    path.write_bytes(b"#" * (MAX_BYTES - path.stat().st_size - 1) + b"\n" + path.read_bytes())


def as_another_user_s(path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(path, 61234, 61234)


@pytest.mark.parametrize(
    ("made", "because"),
    [
        (as_utf_16, "save it as UTF-8"),
        (as_large_as_can_be_read, "larger than 1 MiB"),
        (as_another_user_s, "belongs to user 61234"),
    ],
)
def test_a_env_file_that_takes_no_token_costs_none(
    profile: Profile,
    webex: Sandbox,
    clock: ManualClock,
    made: Callable[[Path], None],
    because: str,
) -> None:
    """The sentence is in the health, the refresh token stays unspent."""
    profile.store = store = FullStore()
    store.missing = True
    engine = profile.engine(clock)
    engine.poll()
    webex.revoke_service_access()
    made(profile.env_path)
    before = profile.env_path.read_bytes()
    engine.poll()
    health = engine.refresh()
    engine.close()
    assert health.reason is Reason.ENV_FAULT
    assert because in health.detail
    assert str(profile.env_path) in health.detail
    assert calls(webex) == []
    assert profile.env_path.read_bytes() == before
    assert not list(profile.folder.glob(".webex-token-tray*"))


def test_nor_does_a_click_spend_one_that_the_keyring_would_keep(
    profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    """A newer token would not get into that file either."""
    with closing(profile.engine(clock)) as engine:
        engine.poll()
        webex.revoke_service_access()
        as_utf_16(profile.env_path)
        assert engine.refresh(by_hand=True).reason is Reason.ENV_FAULT
    assert calls(webex) == []
