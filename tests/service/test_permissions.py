"""A run does what it was started for: looks judge as if mended, and only a person is prompted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.health import LinkName, LinkState, Reason
from tray_app.model.permissions import LOOK, RENEW, RESIDENT, SET_UP, Permissions
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine


@dataclass
class Watchful(MemoryStore):
    """A keyring that notes whether it was allowed to open a dialog."""

    durable: bool = True
    prompted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(durable=True)

    def get(self, name: str, *, prompt: bool) -> str | None:
        if prompt:
            self.prompted.append(f"get {name}")
        return super().get(name, prompt=prompt)

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        if prompt:
            self.prompted.append(f"set {name}")
        super().set(name, value, prompt=prompt)

    def remove(self, name: str, *, prompt: bool) -> bool:
        if prompt:
            self.prompted.append(f"remove {name}")
        return super().remove(name, prompt=prompt)


@pytest.fixture
def keyring(profile: Profile) -> Watchful:
    profile.store = keyring = Watchful()
    return keyring


@contextmanager
def permitted(profile: Profile, clock: ManualClock, permissions: Permissions) -> Iterator[Engine]:
    profile.permissions = permissions
    with closing(profile.engine(clock)) as engine:
        yield engine


def by_hand(engine: Engine) -> None:
    engine.poll()
    engine.refresh(by_hand=True)


def signs_in(engine: Engine) -> None:
    engine.begin_sign_in(listen=False)


DEEDS: dict[str, Callable[[Engine], object]] = {
    "poll": lambda engine: engine.poll(),
    "look": lambda engine: engine.poll(repair=False),
    "if due": lambda engine: engine.renew_if_due(),
    "refresh by hand": by_hand,
    "credentials": lambda engine: engine.credentials(),
    "sign-in": signs_in,
    "forget": lambda engine: engine.forget(),
}
ASKED_FOR = {"refresh by hand", "credentials", "sign-in", "forget"}


@pytest.mark.parametrize("permissions", [LOOK, RENEW, SET_UP], ids=["look", "renew", "set up"])
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_nothing_prompts_where_nobody_sits(
    profile: Profile,
    clock: ManualClock,
    keyring: Watchful,
    permissions: Permissions,
    deed: Callable[[Engine], object],
) -> None:
    """TokenManager and a command of cron: `refresh` opened a dialog that nobody answered."""
    with permitted(profile, clock, permissions) as engine:
        deed(engine)
    assert keyring.prompted == []


@pytest.mark.parametrize("deed", DEEDS)
def test_a_person_is_prompted_for_what_they_asked_for_and_for_nothing_else(
    profile: Profile, clock: ManualClock, keyring: Watchful, deed: str
) -> None:
    with permitted(profile, clock, RESIDENT) as engine:
        DEEDS[deed](engine)
    assert bool(keyring.prompted) is (deed in ASKED_FOR)


def test_who_looks_judges_by_the_pair_in_env_as_if_it_were_held(
    profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    """At a first look nothing is held; its refresh token is there to be used all the same."""
    webex.revoke_service_access()
    with permitted(profile, clock, LOOK) as engine:
        health = engine.poll()
        assert health.reason is Reason.RENEWAL_DUE
        states = {link.name: link.state for link in health.links}
        assert states[LinkName.REFRESH] is LinkState.PRESENT
        (said,) = (each for each in engine.drain_notices() if ".env" in each)
        assert "refresh --if-due would take it over" in said
        engine.poll()
        assert not [each for each in engine.drain_notices() if ".env" in each]


def test_what_was_only_looked_at_is_taken_over_for_good_by_who_may(
    profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    """One program: `TokenManager.health()`, and then `get_token()`."""
    with permitted(profile, clock, RENEW) as engine:
        engine.poll()
        other = webex.issue_service_pair()
        profile.write_env(other.access, other.refresh)
        assert engine.poll(repair=False).colour is Colour.GREEN
        assert other.access not in str(vars(profile.store))
        engine.poll()
    assert other.access in str(vars(profile.store))


def test_a_held_token_that_could_be_put_back_is_no_reason_to_ask_for_credentials(
    start: Start, profile: Profile, clock: ManualClock, webex: Sandbox
) -> None:
    """Nothing could renew, but nothing has to: it said that the sign-in was the cure."""
    start().poll()
    held = profile.env_access()
    webex.revoke_personal()
    webex.revoke_integration()
    webex.revoke_service_refresh()
    with permitted(profile, clock, RENEW) as engine:
        engine.refresh(by_hand=True)
    profile.env_path.unlink()
    with permitted(profile, clock, LOOK) as engine:
        health = engine.poll()
    assert (health.colour, health.reason) == (Colour.RED, Reason.RENEWAL_DUE)
    with permitted(profile, clock, RENEW) as engine:
        engine.renew_if_due()
    assert profile.env_access() == held


@pytest.mark.parametrize(("permissions", "colour"), [(LOOK, Colour.RED), (RESIDENT, Colour.AMBER)])
def test_a_dead_token_is_being_repaired_only_if_something_stays_to_do_it(
    start: Start,
    profile: Profile,
    clock: ManualClock,
    webex: Sandbox,
    *,
    permissions: Permissions,
    colour: Colour,
) -> None:
    start().poll()
    webex.revoke_service_access()
    with permitted(profile, clock, permissions) as engine:
        assert engine.poll().colour is colour
