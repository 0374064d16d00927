"""A sign-in beside other processes: the locks that it holds, and what it reads under them."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.consent import decide, free_redirect, use_redirect
from tests.profile import Profile, full_profile
from tests.service.conftest import Start
from tray_app.model.errors import VaultLocked
from tray_app.model.failures import TransportFailure
from tray_app.model.renewal import RenewalMethod
from tray_app.model.responses import Grant
from tray_app.model.sign_in import SignInResult
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy, Switches
from tray_app.sandbox.tokens import Use
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine
from tray_app.sign_in.session import SignInSession
from tray_app.system import exchange, locks
from tray_app.system.directory_fd import Entry
from tray_app.webex.client import Webex

if TYPE_CHECKING:
    from collections.abc import Iterator


class Keyring(MemoryStore):
    """A keyring that can be locked, and lets nobody unlock it."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.is_locked = False

    def get(self, name: str, *, prompt: bool) -> str | None:
        if self.is_locked:
            raise VaultLocked("the keyring is locked")
        return super().get(name, prompt=prompt)


@pytest.fixture
def keyring(profile: Profile, webex: Sandbox) -> Keyring:
    webex.policy = RefreshPolicy.ROTATED
    webex.switches = Switches(reuse_revokes_grant=True)
    use_redirect(profile, free_redirect(webex))
    profile.store = keyring = Keyring()
    return keyring


def answered(engine: Engine) -> SignInSession:
    """A sign-in to which the person has said yes, and which nobody has completed yet."""
    question = engine.begin_sign_in(listen=False)
    assert question.read(decide(question.url))
    return question


@pytest.fixture
def neighbour(profile: Profile, webex: Sandbox, clock: ManualClock) -> Iterator[Engine]:
    """The profile of another app, whose variable is in the same `.env`."""
    folder = profile.folder / "neighbour"
    folder.mkdir()
    other = full_profile(folder, webex, webex.add_customer(another_app=True))
    output = {"file": str(profile.env_path), "access": "OTHER_TOKEN", "refresh": "OTHER_REFRESH"}
    pair = webex.issue_service_pair(other.customer)
    with profile.env_path.open("a", encoding="utf-8") as file:
        file.write(f"OTHER_TOKEN={pair.access}\nOTHER_REFRESH={pair.refresh}\n")
    other.write_config(lambda config: config["tray"].update(outputs=[output]))
    with closing(other.engine(clock)) as engine:
        yield engine


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be locked here")
def test_a_sign_in_does_not_undo_what_another_app_writes_into_the_same_env(
    profile: Profile,
    keyring: Keyring,
    start: Start,
    neighbour: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a file system that cannot exchange two files, only the folder's lock prevents that."""
    one = start()
    one.poll()
    neighbour.poll()
    question = answered(one)
    renewals: list[Future[None]] = []
    came_as_far_as_it_can = threading.Event()
    is_acquired, rename = locks._is_acquired, Entry.replace

    def renew() -> None:
        try:
            neighbour.refresh(by_hand=True)
        finally:
            came_as_far_as_it_can.set()

    def refuse(_new: Entry, _target: Entry) -> None:
        raise exchange.CannotExchange

    def replace_meanwhile(new: Entry, target: Entry) -> None:
        if target.path == profile.env_path and not renewals:
            renewals.append(pool.submit(renew))
            assert came_as_far_as_it_can.wait(60)
        rename(new, target)

    def tell_if_it_waits(handle: int) -> bool:
        acquired = is_acquired(handle)
        if not acquired:
            came_as_far_as_it_can.set()
        return acquired

    monkeypatch.setattr(exchange, "swap", refuse)
    monkeypatch.setattr(Entry, "replace", replace_meanwhile)
    monkeypatch.setattr(locks, "_is_acquired", tell_if_it_waits)
    with ThreadPoolExecutor(1) as pool:
        assert one.finish_sign_in(question).ending is SignInResult.RENEWED
    (renewal,) = renewals
    renewal.result()
    text = profile.env_path.read_text(encoding="utf-8")
    assert one.token is not None
    assert neighbour.token is not None
    assert f"WEBEX_SERVICE_APP_ACCESS_TOKEN={one.token.reveal()}\n" in text
    assert f"OTHER_TOKEN={neighbour.token.reveal()}\n" in text


def test_a_sign_in_keeps_the_refresh_token_that_another_process_got_meanwhile(
    profile: Profile,
    webex: Sandbox,
    keyring: Keyring,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the person was in the browser; and a response may leave the refresh token out."""
    one, other = start(), start()
    one.poll()
    other.poll()
    question = answered(one)
    other.refresh(by_hand=True)
    renewed = profile.env_refresh()
    mint = Webex.mint

    def mint_without_refresh(*given: Any) -> Grant:
        return replace(mint(*given), refresh=None, refresh_life=None)

    monkeypatch.setattr(Webex, "mint", mint_without_refresh)
    assert one.finish_sign_in(question).ending is SignInResult.RENEWED
    assert profile.env_refresh() == renewed
    assert renewed is not None
    assert webex.tokens.live(renewed, Use.REFRESH) is not None


def test_a_keyring_that_was_locked_meanwhile_does_not_hinder_a_sign_in(
    profile: Profile, webex: Sandbox, keyring: Keyring, start: Start
) -> None:
    """It locks itself after a while, and the person was in the browser."""
    engine = start()
    engine.poll()
    question = answered(engine)
    keyring.is_locked = True
    assert engine.finish_sign_in(question).ending is SignInResult.RENEWED
    assert webex.generation(str(profile.env_access())) == 2


def test_a_code_is_exchanged_although_another_process_keeps_the_lock(
    profile: Profile, webex: Sandbox, keyring: Keyring, clock: ManualClock
) -> None:
    """A code is short-lived. The sign-in is kept, and mints later."""
    with closing(Engine(profile.tools(clock, timeout=0.05))) as engine:
        engine.poll()
        question, app = answered(engine), webex.service_app
        host = webex.api_base.split("/")[2]
        others = locks.Locks(profile.folders.locks)
        with others.acquire("app", host, app.app_id, app.target_org_id):
            outcome = engine.finish_sign_in(question)
        assert (outcome.ending, outcome.failure) == (
            SignInResult.UNPROVEN,
            TransportFailure.BUSY,
        )
        assert [seen.kind for seen in webex.requests].count(Kind.CODE_EXCHANGE) == 1
        clock.advance(timedelta(minutes=5))
        assert engine.renewal_due()
        engine.refresh()
        assert engine.last_method is RenewalMethod.MINT_CANDIDATE


def test_while_a_sign_in_waits_to_ask_again_others_may_renew(
    profile: Profile,
    webex: Sandbox,
    keyring: Keyring,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Webex may ask to wait for a minute; the locks were kept all the time."""
    with closing(Engine(profile.tools(clock))) as engine:
        engine.poll()
        question, app = answered(engine), webex.service_app
        host, renewed = webex.api_base.split("/")[2], []

        def pause(_: float) -> bool:
            others = locks.Locks(profile.folders.locks, 0)
            with others.acquire("app", host, app.app_id, app.target_org_id):
                renewed.append(True)
            return True

        monkeypatch.setattr(question, "pause", pause)
        webex.faults.next(Kind.CODE_EXCHANGE, Fault.dropped())
        assert engine.finish_sign_in(question).ending is SignInResult.RENEWED
        assert renewed == [True]
