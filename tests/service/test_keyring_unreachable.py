"""The config leaves its secrets to a keyring, and there is none from here: cron, ssh, a container.

It was said that the client secret is missing, with the advice to regenerate it.
"""

from __future__ import annotations

from datetime import UTC

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tests.service.test_store_failures import MoodyStore
from tray_app.model.errors import CannotSignIn
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.text import health as health_text


@pytest.fixture
def store(profile: Profile, start: Start) -> MoodyStore:
    """Everything was taken into the keyring, and then it is out of reach."""
    profile.store = made = MoodyStore()
    start().poll()
    assert '"@keyring"' in profile.config_path.read_text(encoding="utf-8")
    made.missing = True
    return made


@pytest.mark.usefixtures("store")
def test_a_working_token_is_amber_and_the_keyring_is_named(
    start: Start, clock: ManualClock
) -> None:
    health = start().poll()
    assert (health.row, health.colour) == (8, Colour.AMBER)
    assert health.reason is Reason.KEYRING_UNREACHABLE
    said = health_text.headline(health, clock(), UTC)
    assert "no keyring is reachable" in said


@pytest.mark.usefixtures("store")
def test_a_dead_token_is_red_and_nobody_is_told_to_regenerate_the_secret(
    start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    webex.revoke_service_access()
    engine = start()
    engine.poll()
    health = engine.refresh()
    assert (health.row, health.colour) == (1, Colour.RED)
    assert health.reason is Reason.KEYRING_UNREACHABLE
    step = health_text.next_step(health, clock(), UTC)
    assert "desktop session" in step
    assert '"file"' in step
    assert "lientSecret" not in step


def test_it_is_over_as_soon_as_the_keyring_is_there(store: MoodyStore, start: Start) -> None:
    engine = start()
    assert engine.poll().reason is Reason.KEYRING_UNREACHABLE
    store.missing = False
    assert engine.poll().colour is Colour.GREEN


@pytest.mark.usefixtures("store")
def test_a_sign_in_cannot_begin_and_says_why(start: Start) -> None:
    with pytest.raises(CannotSignIn, match="No keyring is reachable"):
        start().begin_sign_in(listen=False)


def test_secrets_in_the_config_itself_need_no_keyring(profile: Profile, start: Start) -> None:
    profile.store = store = MoodyStore()
    store.missing = True
    assert start().poll().reason is Reason.MEMORY_ONLY
