"""No refresh token is spent unless what follows it can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Protocol

import pytest

from tests.profile import Profile
from tests.service.test_renewal import calls
from tests.service.test_store_failures import MoodyStore
from tray_app.model.errors import VaultError
from tray_app.model.health import Reason
from tray_app.model.permissions import RENEW, RESIDENT, Permissions
from tray_app.model.renewal import RenewalMethod, StoreState
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Use
from tray_app.service.engine import Engine
from tray_app.system.atomic_file import Replacement
from tray_app.text import health as health_text

FULL = "the file /x/secrets.json cannot be written: No space left on device"


class FullStore(MoodyStore):
    """Takes nothing more while it is full; counts how often it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.asked = 0

    def reserve(self, name: str, size: int) -> None:
        self._enter(prompt=False)
        self._fill()

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        self._fill()
        super().set(name, value, prompt=prompt)

    def _fill(self) -> None:
        self.asked += 1
        if self.full:
            raise VaultError(FULL)


class StartAs(Protocol):
    """Start an engine for a run with these permissions."""

    def __call__(self, permissions: Permissions = RESIDENT) -> Engine: ...


@pytest.fixture
def store(profile: Profile, webex: Sandbox) -> FullStore:
    webex.policy = RefreshPolicy.ROTATED
    profile.store = made = FullStore()
    return made


@pytest.fixture
def start_as(profile: Profile, clock: ManualClock) -> Iterator[StartAs]:
    with ExitStack() as stack:

        def begin(permissions: Permissions = RESIDENT) -> Engine:
            engine = Engine(replace(profile.tools(clock), permissions=permissions))
            stack.callback(engine.close)
            return engine

        yield begin


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file can be made any more."""

    def reserve(_: Replacement, __: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Replacement, "reserve", reserve)


def lives(profile: Profile) -> bool:
    return profile.webex.tokens.live(str(profile.env_refresh()), Use.REFRESH) is not None


def without_mint(profile: Profile) -> None:
    profile.pasted = None
    profile.refresh_token = None
    profile.write_config()


def test_a_full_store_leaves_the_only_refresh_token_unspent_and_says_so(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox, clock: ManualClock
) -> None:
    without_mint(profile)
    engine = start_as()
    engine.poll()
    webex.revoke_service_access()
    engine.poll()
    store.full, store.asked = True, 0
    health = engine.refresh()
    assert (health.row, health.colour) == (1, Colour.RED)
    assert health.reason is Reason.SAVE_REFUSED
    assert (
        health_text.headline(health, clock(), UTC)
        == "Webex token rejected: new tokens cannot be saved"
    )
    assert FULL in health_text.next_step(health, clock(), UTC)
    assert calls(webex) == []
    assert lives(profile)

    store.full = False
    clock.advance(timedelta(minutes=31))
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_a_full_store_lets_the_personal_token_mint_into_env_and_is_asked_once(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox
) -> None:
    engine = start_as()
    engine.poll()
    webex.revoke_service_access()
    engine.poll()
    store.full, store.asked = True, 0
    health = engine.refresh()
    assert (health.row, health.reason) == (9, Reason.SAVE_REFUSED)
    assert calls(webex) == [Kind.MINT]
    assert lives(profile)
    assert store.asked == 1

    store.full = False
    assert engine.poll().colour is Colour.GREEN
    assert str(profile.env_refresh()) in "".join(store._secrets.values())


@pytest.mark.usefixtures("full_disk")
def test_neither_store_nor_env_takes_anything_and_nothing_is_asked(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox
) -> None:
    engine = start_as()
    engine.poll()
    webex.revoke_service_access()
    engine.poll()
    store.full = True
    health = engine.refresh()
    assert (health.row, health.reason) == (1, Reason.ENV_FAULT)
    assert "No space left on device" in health.detail
    assert calls(webex) == []


def test_an_exercise_spends_nothing_with_a_full_store_and_goes_on_when_there_is_room(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox, clock: ManualClock
) -> None:
    engine = start_as()
    health = engine.poll()
    store.full = True
    for _ in range(30):
        clock.advance(timedelta(minutes=5))
        health = engine.poll()
    assert calls(webex) == []
    assert health.reason is Reason.SAVE_REFUSED
    store.full = False
    for _ in range(20):
        clock.advance(timedelta(minutes=5))
        health = engine.poll()
    assert Kind.SERVICE_REFRESH in calls(webex)
    assert Kind.INTEGRATION_REFRESH in calls(webex)
    assert health.colour is Colour.GREEN


# --- without a keyring ------------------------------------------------------------------------


@pytest.mark.parametrize("permissions", [RENEW, RESIDENT])
def test_without_a_keyring_env_is_the_store_of_the_pair(
    profile: Profile,
    store: FullStore,
    start_as: StartAs,
    webex: Sandbox,
    permissions: Permissions,
) -> None:
    store.missing = True
    engine = start_as(permissions)
    engine.poll()
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().reason is Reason.MEMORY_ONLY
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    assert lives(profile)


@pytest.mark.usefixtures("full_disk")
def test_without_a_keyring_a_full_folder_of_env_leaves_its_refresh_token_unspent(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox
) -> None:
    store.missing = True
    engine = start_as()
    engine.poll()
    webex.revoke_service_access()
    engine.poll()
    health = engine.refresh()
    assert (health.row, health.reason) == (1, Reason.ENV_FAULT)
    assert calls(webex) == []
    assert lives(profile)


@pytest.mark.parametrize(("permissions", "spent"), [(RENEW, False), (RESIDENT, True)])
def test_without_a_keyring_a_sign_in_is_spent_only_by_what_stays(
    profile: Profile,
    store: FullStore,
    start_as: StartAs,
    clock: ManualClock,
    permissions: Permissions,
    *,
    spent: bool,
) -> None:
    webex = profile.webex
    store.missing, profile.pasted = True, None
    profile.write_config()
    engine = start_as(permissions)
    engine.poll()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    health = engine.refresh()
    assert (Kind.INTEGRATION_REFRESH in calls(webex)) is spent
    assert health.reason is Reason.MEMORY_ONLY
    assert '"file"' in health_text.next_step(health, clock(), UTC)
    if not spent:
        assert (health.row, health.colour) == (1, Colour.RED)
        assert webex.tokens.live(str(profile.refresh_token), Use.REFRESH) is not None


def test_a_store_that_refused_is_said_to_until_it_takes_something(
    profile: Profile, store: FullStore, start_as: StartAs, webex: Sandbox, clock: ManualClock
) -> None:
    """A read that succeeds in between says nothing of it."""
    engine = start_as()
    engine.poll()
    store.full = True
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    clock.advance(timedelta(minutes=5))
    assert engine.poll().reason is Reason.SAVE_REFUSED
    assert engine._tools.vault.state is StoreState.REFUSED
