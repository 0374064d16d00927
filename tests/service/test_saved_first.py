"""What Webex has given is saved before anything else, and what it replaces stays the older one."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.config.file import ConfigFile
from tray_app.model.renewal import RenewalMethod
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import MemoryStore
from tray_app.secrets.vault import Vault
from tray_app.service.engine import Engine
from tray_app.service.renewal import RenewalAttempt
from tray_app.webex.client import Webex

StartWith = Callable[[dict[str, str]], Engine]


class Killed(BaseException):
    """Nothing that follows is done."""


class FatalStore(MemoryStore):
    """Notes when something was saved last, by the last part of its name. `fatal`: the process ends
    right after something was saved under a name that ends so."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.fatal: str | None = None
        self.at: dict[str, float] = {}

    def set(self, name: str, value: str, *, prompt: bool) -> None:
        super().set(name, value, prompt=prompt)
        self.at[name.rpartition("/")[2]] = time.monotonic()

    def named(self, ending: str) -> str:
        return next(name for name in self._secrets if name.endswith(ending))

    def held(self, ending: str) -> str:
        return self._secrets[self.named(ending)]


@pytest.fixture
def store(profile: Profile, webex: Sandbox, monkeypatch: pytest.MonkeyPatch) -> FatalStore:
    webex.policy = RefreshPolicy.ROTATED
    profile.store = made = FatalStore()
    saving = Vault.save

    def save(vault: Vault, name: str, secret: Secret, **how: bool) -> None:
        saving(vault, name, secret, **how)
        if made.fatal and name.endswith(made.fatal):
            made.fatal = None
            raise Killed

    monkeypatch.setattr(Vault, "save", save)
    return made


@pytest.fixture
def without_pasted(profile: Profile) -> None:
    profile.pasted = None
    profile.write_config()


@pytest.fixture
def start_with(profile: Profile, clock: ManualClock) -> Iterator[StartWith]:
    """Start an engine, with these variables in its environment."""
    with ExitStack() as stack:

        def begin(environ: dict[str, str]) -> Engine:
            file = ConfigFile(profile.config_path, environ=environ)
            engine = Engine(replace(profile.tools(clock), config_file=file))
            stack.callback(engine.close)
            return engine

        yield begin


@pytest.mark.parametrize("place", ["file", "environment"])
def test_a_sign_in_renewed_right_before_a_crash_is_not_displaced_by_that_of_the_config(
    profile: Profile, store: FatalStore, start_with: StartWith, webex: Sandbox, place: str
) -> None:
    """Nothing was noted before the new one was saved: the entries alone tell which is older."""
    first, environ = str(profile.refresh_token), {}
    profile.pasted = None
    if place == "environment":
        profile.refresh_token = "@keyring"
        environ = {"WEBEX_INTEGRATION_REFRESH_TOKEN": first}
    profile.write_config()
    start_with(environ).poll()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_integration_access()
    engine = start_with(environ)
    engine.poll()
    store.fatal = "/refresh"
    with pytest.raises(Killed):
        engine.refresh()
    assert store.held("/refresh") != first

    if place == "file":
        profile.write_config()  # as restored from git
    restarted = start_with(environ)
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert webex.reuses == 0


def test_a_sign_in_that_a_person_writes_anew_counts_though_one_was_taken_over_before(
    profile: Profile, store: FatalStore, start: Start, webex: Sandbox
) -> None:
    engine = start()
    engine.poll()
    first = profile.refresh_token
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    engine.poll()
    assert store.held("/refresh") == profile.refresh_token
    profile.refresh_token = first
    profile.write_config()
    engine.poll()
    assert store.held("/refresh") == first


@pytest.mark.parametrize("dies", [True, False])
def test_a_pair_renewed_right_before_a_crash_is_not_displaced_by_that_of_env(
    profile: Profile, store: FatalStore, start: Start, webex: Sandbox, *, dies: bool
) -> None:
    engine = start()
    engine.poll()
    if dies:
        webex.revoke_service_access()
        engine.poll()
    store.fatal = "/tokens"
    with pytest.raises(Killed):
        engine.refresh(by_hand=True)
    renewed = store.held("/tokens")

    assert start().poll().colour is Colour.GREEN
    assert store.held("/tokens") == renewed
    assert str(profile.env_refresh()) in renewed


def test_a_promoted_sign_in_that_a_crash_left_behind_is_not_promoted_again(
    profile: Profile, store: FatalStore, start: Start, webex: Sandbox
) -> None:
    """The program was killed between the promotion and the removal of the candidate, and then
    again when the sign-in had just been renewed."""
    profile.pasted = None
    profile.write_config()
    engine = start()
    engine.poll()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    webex.revoke_integration_access()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN  # method 3, and so its access token is held
    candidate = json.dumps({"access": store.held("/access"), "refresh": store.held("/refresh")})
    store.set(store.named("/tokens").replace("/tokens", "/candidate"), candidate, prompt=False)
    again = start()
    again.poll()
    store.fatal = "/access"
    attempt = RenewalAttempt(again._tools, again._repository, again._env_sync)
    with pytest.raises(Killed):  # as an exercise does
        again._tools.critical.run(partial(attempt.run, only=RenewalMethod.INTEGRATION_REFRESH))

    webex.revoke_service_access()
    webex.revoke_service_refresh()
    restarted = start()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.MINT_INTEGRATION
    assert webex.reuses == 0


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When Webex has answered refresh tokens."""
    asking, times = Webex.refresh, []

    def refresh(client: Webex, *arguments: Any) -> Grant:
        grant = asking(client, *arguments)
        times.append(time.monotonic())
        return grant

    monkeypatch.setattr(Webex, "refresh", refresh)
    return times


@pytest.mark.usefixtures("without_pasted")
@pytest.mark.parametrize(
    "method", [RenewalMethod.SERVICE_REFRESH, RenewalMethod.INTEGRATION_REFRESH]
)
def test_a_locked_database_holds_up_neither_store_nor_env(
    profile: Profile, store: FatalStore, start: Start, answered: list[float], method: RenewalMethod
) -> None:
    """It took 10 s to the store and 70 s to `.env`."""
    webex = profile.webex
    engine = start()
    engine.poll()
    webex.revoke_service_access()
    if method is RenewalMethod.INTEGRATION_REFRESH:
        webex.revoke_service_refresh()
        webex.revoke_integration_access()
    engine.poll()
    with closing(sqlite3.connect(profile.folders.token_facts, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        health = engine.refresh()
        took = time.monotonic() - began
        other.execute("ROLLBACK")
    assert health.colour is Colour.GREEN
    assert engine.last_method is method
    assert took < 8.0
    first = "refresh" if method is RenewalMethod.INTEGRATION_REFRESH else "tokens"
    assert store.at[first] - answered[-1] < 5
    assert str(profile.env_refresh()) in store.held("/tokens")
