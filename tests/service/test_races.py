"""What another process does between our look and our deed, at the very moment that hurts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.consent import decide, free_redirect, use_redirect
from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.renewal import RenewalMethod
from tray_app.model.responses import Person
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import Colour
from tray_app.model.variables import ACCESS
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy, Switches
from tray_app.sandbox.tokens import Use
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.secrets.worker import StoreTimeouts
from tray_app.service.engine import Engine
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.dirs import AppDirs
from tray_app.system.locks import Locks
from tray_app.webex.client import Webex


class Interrupted(MemoryStore):
    """A keyring whose user is interrupted once, right after a look or right before a write."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self._after_reading: dict[str, Callable[[], object]] = {}
        self._before_writing: dict[str, Callable[[], object]] = {}

    def after_reading(self, entry: str, deed: Callable[[], object]) -> None:
        """Do this after the next look at the entry whose name ends so."""
        self._after_reading[entry] = deed

    def before_writing(self, entry: str, deed: Callable[[], object]) -> None:
        """Do this before the next write to the entry whose name ends so."""
        self._before_writing[entry] = deed

    def get(self, name: str, *, prompt: bool) -> str | None:
        found = super().get(name, prompt=prompt)
        _interrupt(self._after_reading, name)
        return found

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        _interrupt(self._before_writing, name)
        super().set(name, value, prompt=prompt)

    def named(self, entry: str) -> str:
        """The secret of the entry whose name ends so."""
        return next(v for n, v in self._secrets.items() if n.endswith(entry))


def _interrupt(deeds: dict[str, Callable[[], object]], name: str) -> None:
    for entry in [entry for entry in deeds if name.endswith(entry)]:
        deeds.pop(entry)()


@pytest.fixture
def store(profile: Profile, webex: Sandbox) -> Interrupted:
    webex.policy = RefreshPolicy.ROTATED
    webex.switches = Switches(reuse_revokes_grant=True)
    profile.store = made = Interrupted()
    return made


@pytest.fixture
def start(profile: Profile, clock: ManualClock) -> Iterator[Start]:
    """Start an engine that waits as long as the interruption takes."""
    with ExitStack() as stack:

        def begin() -> Engine:
            vault = Vault(profile.store, StoreTimeouts(read=60, write=60))
            engine = Engine(replace(profile.tools(clock), vault=vault))
            stack.callback(engine.close)
            return engine

        yield begin


def lives(webex: Sandbox, token: str | None, use: Use) -> bool:
    return token is not None and webex.tokens.live(token, use) is not None


def test_an_old_env_is_not_mended_with_what_has_just_been_replaced(
    profile: Profile, webex: Sandbox, store: Interrupted, start: Start
) -> None:
    """Between the look into the keyring and the write, another process has renewed."""
    one, other = start(), start()
    one.poll()
    old = profile.env_path.read_bytes()
    other.refresh(by_hand=True)
    one.poll()
    profile.env_path.write_bytes(old)

    store.after_reading("/tokens", lambda: other.refresh(by_hand=True))
    assert one.poll().colour is Colour.GREEN
    assert str(profile.env_access()) in store.named("/tokens")


def test_a_foreign_token_does_not_displace_what_has_just_been_renewed(
    profile: Profile, webex: Sandbox, store: Interrupted, start: Start
) -> None:
    """Somebody writes a token without a refresh token; both processes see it."""
    one, other = start(), start()
    one.poll()
    foreign = webex.issue_service_pair()
    profile.write_env(foreign.access)

    store.after_reading("/tokens", lambda: other.refresh(by_hand=True))
    assert one.poll().colour is Colour.GREEN
    assert str(profile.env_access()) in store.named("/tokens")
    webex.revoke_service_access()
    one.poll()
    assert one.refresh().colour is Colour.GREEN
    assert one.last_method is RenewalMethod.SERVICE_REFRESH
    assert webex.reuses == 0


def test_a_sign_in_of_the_config_does_not_displace_the_one_it_has_become(
    profile: Profile, webex: Sandbox, store: Interrupted, start: Start
) -> None:
    """At the first start another process has taken it over already, and renewed it."""
    profile.pasted = None
    profile.write_config()
    webex.revoke_service_access()
    webex.revoke_service_refresh()

    def renew() -> None:
        other = start()
        other.poll()
        assert other.refresh().colour is Colour.GREEN
        assert other.last_method is RenewalMethod.INTEGRATION_REFRESH

    one = start()
    store.after_reading("/refresh", renew)
    assert one.poll().colour is Colour.GREEN
    assert lives(webex, store.named("/refresh"), Use.REFRESH)
    assert webex.reuses == 0


def test_what_a_refused_sign_in_brings_back_does_not_displace_a_newer_one(
    profile: Profile, webex: Sandbox, store: Interrupted, start: Start, clock: ManualClock
) -> None:
    """Another profile of the integration brings it back as well, and uses it at once."""
    profile.pasted = None
    profile.write_config()
    one = start()
    one.poll()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    profile.refresh_token = "not-a-sign-in-of-Webex"
    use_redirect(profile, free_redirect(webex))
    one.poll()
    with closing(neighbour(profile, clock)) as other:
        other.poll()

        def renew_twice() -> None:
            other.refresh(by_hand=True)
            other.refresh(by_hand=True)

        store.before_writing("/refresh", renew_twice)
        one.refresh()
    assert lives(webex, store.named("/refresh"), Use.REFRESH)


def neighbour(profile: Profile, clock: ManualClock) -> Engine:
    """The engine of another profile of this user, with the same integration."""
    folder = profile.folder / "neighbour"
    folder.mkdir()
    other = Profile(folder, profile.webex, profile.store, refresh_token="@keyring")

    def name_org(config: dict[str, Any]) -> None:
        config["serviceApp"]["targetOrgId"] = profile.webex.service_app.org_uuid

    other.write_config(name_org)
    other.write_env("a-token-of-long-ago")
    tools = other.tools(clock)
    tools.token_facts.close()
    token_facts, locks = (
        TokenFacts(profile.folders.token_facts),
        Locks(profile.folders.locks, timeout=0.1),
    )
    return Engine(replace(tools, token_facts=token_facts, locks=locks))


def test_a_newer_token_that_has_died_too_is_renewed_in_the_same_breath(
    profile: Profile, webex: Sandbox, store: Interrupted, start: Start
) -> None:
    """What another process has renewed is taken over, and is dead: nobody waits for a back-off."""
    one, other = start(), start()
    one.poll()
    webex.revoke_service_access()
    one.poll()
    other.refresh(by_hand=True)
    webex.revoke_service_access()
    assert one.refresh().colour is Colour.GREEN
    assert ACCESS in profile.env_path.read_text(encoding="utf-8")
    assert lives(webex, profile.env_access(), Use.ACCESS)


def test_a_sign_in_does_not_write_what_has_been_renewed_since(
    profile: Profile,
    webex: Sandbox,
    store: Interrupted,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While Webex is asked whose account it is, another process renews what was just minted."""
    use_redirect(profile, free_redirect(webex))
    one, other = start(), start()
    one.poll()
    other.poll()
    whoami = Webex.whoami

    def renewed_meanwhile(self: Webex, token: Secret) -> Person:
        other.refresh(by_hand=True)  # takes over what was minted
        other.refresh(by_hand=True)
        return whoami(self, token)

    monkeypatch.setattr(Webex, "whoami", renewed_meanwhile)
    question = one.begin_sign_in(listen=False)
    question.read(decide(question.url))
    assert one.finish_sign_in(question).ending is SignInResult.RENEWED
    assert str(profile.env_access()) in store.named("/tokens")
    assert webex.reuses == 0


def test_a_check_that_finds_the_lock_taken_leaves_env_alone_and_mends_it_later(
    profile: Profile, webex: Sandbox, start: Start, clock: ManualClock
) -> None:
    first = start()
    first.poll()
    old = profile.env_path.read_bytes()
    first.refresh(by_hand=True)
    profile.env_path.write_bytes(old)
    with closing(Engine(profile.tools(clock, timeout=0.05))) as engine:
        with app_locked(profile):
            engine.poll()
            assert profile.env_path.read_bytes() == old
        engine.poll()
        assert profile.env_path.read_bytes() != old


def test_a_config_is_taken_in_later_where_the_lock_is_taken(
    profile: Profile, webex: Sandbox, store: Interrupted, clock: ManualClock
) -> None:
    """Its values are used all the same, and stay in the file until the keyring has them."""
    with closing(Engine(profile.tools(clock, timeout=0.05))) as engine:
        with app_locked(profile):
            engine.poll()
            assert "@keyring" not in profile.config_path.read_text(encoding="utf-8")
            assert engine.credentials().personal_token is not None
        engine.poll()
    assert profile.config_path.read_text(encoding="utf-8").count("@keyring") == 4


def app_locked(profile: Profile) -> AbstractContextManager[None]:
    """Another process is renewing the profile's token."""
    app, host = profile.webex.service_app, profile.webex.api_base.split("/")[2]
    return Locks(profile.folders.locks).acquire("app", host, app.app_id, app.target_org_id)


@dataclass
class Elsewhere(Profile):
    """The same folder, used with other folders for locks, database and secrets."""

    @property
    def folders(self) -> AppDirs:
        return AppDirs.under(self.folder / "elsewhere")


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be locked here")
@pytest.mark.parametrize("has_one_keyring", [True, False])
def test_programs_that_share_only_the_env_do_not_present_one_refresh_token(
    profile: Profile, webex: Sandbox, clock: ManualClock, has_one_keyring: bool
) -> None:
    """Two containers, say, with the `.env` of one volume."""
    webex.policy = RefreshPolicy.ROTATED
    webex.switches = Switches(reuse_revokes_grant=True)
    store = profile.store if has_one_keyring else MemoryStore(durable=True)
    other = Elsewhere(profile.folder, webex, store=store)
    profile.secret_store = "config"  # what is typed stays there for both
    profile.write_config()
    with closing(profile.engine(clock)) as one, closing(other.engine(clock)) as two:
        for _ in range(5):
            for engine in (one, two):
                assert engine.poll().colour is Colour.GREEN
            webex.revoke_service_access()
            for engine in (one, two):
                engine.poll()
            with ThreadPoolExecutor(2) as pool:
                ends = list(pool.map(Engine.refresh, (one, two)))
            assert [end.colour for end in ends] == [Colour.GREEN] * 2
            assert RenewalMethod.SERVICE_REFRESH in (one.last_method, two.last_method)
            assert None in (one.last_method, two.last_method)
    assert webex.reuses == 0
