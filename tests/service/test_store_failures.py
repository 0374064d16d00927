"""The keyring locked, absent, or refusing: nothing overwritten, nothing lost, and said."""

from __future__ import annotations

from datetime import timedelta

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.health import LinkName, LinkState, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import MemoryStore, NoStore
from tray_app.service.engine import Engine


class MoodyStore(MemoryStore):
    """A store whose keyring can be locked, missing, or refuse writes; notes who was prompted."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.locked = False
        self.missing = False
        self.refuses = False
        self.opens_when_asked = False
        self.prompts = 0

    def get(self, name: str, *, prompt: bool) -> str | None:
        self._enter(prompt=prompt)
        return super().get(name, prompt=prompt)

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        self._enter(prompt=prompt)
        if self.refuses:
            raise VaultError("the keyring failed: PasswordSetError")
        super().set(name, value, prompt=prompt)

    def _enter(self, *, prompt: bool) -> None:
        if self.missing:
            raise NoStore("no keyring is running")
        if self.locked and prompt:
            self.prompts += 1
            self.locked = not self.opens_when_asked
        if self.locked:
            raise VaultLocked("the keyring is locked")


def moody(profile: Profile) -> MoodyStore:
    store = MoodyStore()
    profile.store = store
    return store


def test_a_locked_keyring_does_not_make_a_working_token_red(profile: Profile, start: Start) -> None:
    moody(profile).locked = True
    health = start().poll()
    assert (health.row, health.reason) == (8, Reason.KEYRING_LOCKED)
    assert health.colour is Colour.AMBER
    states = {link.name: link.state for link in health.links}
    assert states[LinkName.REFRESH] is LinkState.LOCKED


def test_a_locked_keyring_and_a_dead_token_are_red_and_the_background_never_prompts(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    store = moody(profile)
    engine = start()
    engine.poll()
    store.locked = True
    restarted = start()
    webex.revoke_service_access()
    before = profile.env_path.read_bytes()
    health = restarted.poll()
    assert (health.row, health.reason) == (1, Reason.KEYRING_LOCKED)
    assert not restarted.renewal_due()
    assert store.prompts == 0
    assert profile.env_path.read_bytes() == before


def test_a_click_may_prompt_once_and_then_renews(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    store = moody(profile)
    start().poll()
    store.locked = store.opens_when_asked = True
    webex.revoke_service_access()
    engine = start()
    engine.poll()
    assert engine.refresh(by_hand=True).colour is Colour.GREEN
    assert store.prompts == 1
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_a_prompt_that_is_dismissed_is_not_repeated_within_the_click(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    store = moody(profile)
    start().poll()
    store.locked = True
    webex.revoke_service_access()
    engine = start()
    engine.poll()
    assert engine.refresh(by_hand=True).reason is Reason.KEYRING_LOCKED
    assert store.prompts == 1


def test_a_keyring_that_is_unlocked_later_is_noticed_at_the_next_check(
    profile: Profile, start: Start
) -> None:
    store = moody(profile)
    store.locked = True
    engine = start()
    engine.poll()
    store.locked = False
    assert engine.poll().colour is Colour.GREEN


def test_without_a_keyring_it_works_from_memory_and_says_what_is_lost(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    moody(profile).missing = True
    engine = start()
    health = engine.poll()
    assert (health.row, health.reason) == (9, Reason.MEMORY_ONLY)
    for _ in range(2):
        webex.revoke_service_access()
        engine.poll()
        assert engine.refresh().reason is Reason.MEMORY_ONLY
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_a_refused_save_keeps_the_new_tokens_in_memory_and_in_env_and_saves_later(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    store = moody(profile)
    engine = start()
    engine.poll()
    store.refuses = True
    webex.revoke_service_access()
    engine.poll()
    health = engine.refresh()
    assert (health.row, health.reason) == (9, Reason.SAVE_REFUSED)
    webex.revoke_service_access()
    engine.poll()
    engine.refresh()
    assert (
        engine.last_method is RenewalMethod.SERVICE_REFRESH
    )  # with the token that only memory has
    store.refuses = False
    assert engine.poll().colour is Colour.GREEN
    webex.revoke_service_access()
    restarted = start()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.SERVICE_REFRESH
    assert webex.reuses == 0


def test_a_rotated_integration_token_that_is_not_saved_survives_in_memory(
    profile: Profile, engine: Engine, start: Start, webex: Sandbox
) -> None:
    webex.policy = RefreshPolicy.ROTATED
    store = moody(profile)
    engine = start()
    engine.poll()
    store.refuses = True
    for _ in range(2):
        webex.revoke_personal()
        webex.revoke_integration_access()
        webex.revoke_service_access()
        webex.revoke_service_refresh()
        engine.poll()
        health = engine.refresh()
        assert health.reason is Reason.SAVE_REFUSED
        states = {link.name: link.state for link in health.links}
        assert states[LinkName.SIGN_IN] is LinkState.UNSAVED
        assert engine.last_method is RenewalMethod.INTEGRATION_REFRESH
    assert webex.reuses == 0
    store.refuses = False
    states = {link.name: link.state for link in engine.poll().links}
    assert states[LinkName.SIGN_IN] is LinkState.PRESENT


def test_a_wrong_refresh_token_pasted_over_a_good_one_does_not_cost_it(
    profile: Profile, start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    engine = start()
    engine.poll()
    profile.refresh_token = webex.issue_service_pair().refresh  # well-formed, and not for this
    profile.pasted = None
    profile.write_config()
    webex.revoke_personal()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    engine.refresh()
    clock.advance(timedelta(minutes=10))
    engine.poll()
    assert engine.renewal_due()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.INTEGRATION_REFRESH
    restarted = start()
    restarted.poll()
    assert restarted.judge().colour is Colour.GREEN


def test_a_dead_personal_token_pasted_over_a_good_one_does_not_cost_it(
    profile: Profile, start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    engine = start()
    engine.poll()
    dead = webex.issue_personal_token()
    webex.revoke(dead)
    profile.pasted, profile.refresh_token = dead, None
    profile.write_config()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    engine.refresh()
    clock.advance(timedelta(minutes=10))
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_PASTED
