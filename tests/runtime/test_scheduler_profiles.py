"""Three customers of one partner in one process: a problem of one stays its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.consent import browse, free_redirect, use_redirect
from tests.profile import Profile, full_profile
from tests.working import QUICK, Audience, Browser, waiting_threads
from tray_app import bootstrap
from tray_app.model.health import Reason
from tray_app.model.permissions import RESIDENT
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Activity, Snapshot, UserRequest
from tray_app.policy.request_budget import Budget
from tray_app.runtime.commands import ProfileHandle
from tray_app.runtime.scheduler import Scheduler
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine
from tray_app.storage.last_report import load_last_report
from tray_app.system.dirs import AppDirs
from tray_app.webex.rate_limit import RateLimiter


class SlowStore(MemoryStore):
    """Memory; while `gate` is not set, nothing comes back."""

    def __init__(self) -> None:
        super().__init__(durable=True)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def get(self, name: str, *, prompt: bool) -> str | None:
        self.entered.set()
        assert self.gate.wait(30)
        return super().get(name, prompt=prompt)


@dataclass
class Customer:
    """One of the three. `screen`: the snapshots that its user sees."""

    profile: Profile
    screen: Audience = field(default_factory=Audience)
    handle: ProfileHandle = field(init=False)
    engine: Engine = field(init=False)

    @property
    def org(self) -> str:
        return self.profile.app.org_uuid

    def until_green(self) -> Snapshot:
        """Wait for a check that ends well."""
        return self.screen.until(is_green, 10)

    def click(self, click: Callable[[], None], asked: UserRequest) -> Snapshot:
        """Click, and wait for the answer."""
        click()
        return self.screen.until(lambda snapshot: snapshot.asked is asked, 10)


def is_green(snapshot: Snapshot) -> bool:
    return snapshot.activity is Activity.NOTHING and snapshot.health.colour is Colour.GREEN


@pytest.fixture
def webex() -> Iterator[Sandbox]:
    with Sandbox(policy=RefreshPolicy.ROTATED) as sandbox:
        yield sandbox


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def customers(tmp_path: Path, webex: Sandbox) -> list[Customer]:
    """Acme, Byte and Cargo, with one service app and one integration."""
    made = []
    for name in ("acme", "byte", "cargo"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(Customer(full_profile(folder, webex, webex.add_customer())))
    return made


def open_engine(
    customer: Customer, setup: bootstrap.ProfileContext, shared: bootstrap.Shared
) -> Engine:
    customer.engine = bootstrap.open_engine(setup, shared)
    return customer.engine


@contextmanager
def attended(
    customers: list[Customer],
    store: SlowStore,
    *,
    rate_limiter: RateLimiter | None = None,
    browser: Browser | None = None,
) -> Iterator[None]:
    """All of them in one scheduler, on real parts."""
    folders = AppDirs.under(customers[0].profile.folder.parent / "ours")
    setups = [
        bootstrap.ProfileContext(
            it.profile.config_path,
            folders,
            it.profile.webex.api_base,
            store,
            pace=QUICK,
            permissions=RESIDENT,
        )
        for it in customers
    ]
    shared = bootstrap.Shared(setups[0], rate_limiter)
    scheduler = Scheduler(pace=QUICK, on_closed=shared.close)
    for it, setup in zip(customers, setups, strict=True):
        opened = partial(open_engine, it, setup, shared)
        it.handle = scheduler.add(opened, it.screen, browse=browser or Browser())
    scheduler.start()
    try:
        yield
    finally:
        store.gate.set()
        scheduler.stop()
        for thread in waiting_threads():
            thread.join(60)


def test_each_is_kept_alive_by_itself(customers: list[Customer], store: SlowStore) -> None:
    """And each in its own `.env`, with a token of its own organization."""
    for it in customers:
        it.profile.webex.revoke(str(it.profile.env_access()))
    with attended(customers, store):
        for it in customers:
            renewed = it.screen.until(lambda snapshot: snapshot.last_method is not None)
            assert renewed.last_method is RenewalMethod.SERVICE_REFRESH
    for it in customers:
        found = it.profile.webex.tokens.find(str(it.profile.env_access()))
        assert found is not None
        assert found.terms.person.org_uuid == it.org
    assert customers[0].profile.webex.reuses == 0


def test_a_server_that_hangs_for_one_delays_no_other(
    customers: list[Customer], store: SlowStore, webex: Sandbox
) -> None:
    acme, byte, cargo = customers
    with attended(customers, store):
        for it in customers:
            it.until_green()
        release = threading.Event()
        webex.faults.next("*", Fault.held(release), times=None, org=acme.org)
        acme.handle.check()
        webex.wait_for_request(lambda seen: seen.org == acme.org and seen.status is None)
        webex.revoke(str(byte.profile.env_access()))
        assert (
            byte.click(byte.handle.check, UserRequest.CHECK).last_method
            is RenewalMethod.SERVICE_REFRESH
        )
        assert is_green(cargo.click(cargo.handle.check, UserRequest.CHECK))
        assert acme.screen.heard[-1].activity is Activity.CHECKING
        release.set()
        acme.until_green()


def test_a_garbled_config_of_one_leaves_the_others_alone(
    customers: list[Customer], store: SlowStore
) -> None:
    """And is followed as soon as it is mended."""
    acme, byte, cargo = customers
    good = acme.profile.config_path.read_bytes()
    acme.profile.config_path.write_text("{ not JSON")
    with attended(customers, store):
        byte.until_green()
        cargo.until_green()
        shown = acme.screen.until(lambda snapshot: snapshot.activity is Activity.NOTHING)
        assert shown.health.reason is Reason.NOT_SET_UP
        acme.profile.config_path.write_bytes(good)
        acme.until_green()


def test_a_keyring_that_asks_for_one_profile_delays_no_check_of_another(
    customers: list[Customer], store: SlowStore
) -> None:
    """The user may take two minutes to answer the dialog."""
    acme, byte, cargo = customers
    with attended(customers, store):
        for it in customers:
            it.until_green()
        store.entered.clear()
        store.gate.clear()
        acme.handle.refresh()
        assert store.entered.wait(60)
        for it in (byte, cargo):
            assert is_green(it.click(it.handle.check, UserRequest.CHECK))
        assert acme.screen.heard[-1].activity is Activity.REFRESHING
        store.gate.set()
        assert acme.screen.until(lambda snapshot: snapshot.asked is UserRequest.REFRESH).last_method


def test_an_internal_error_of_one_profile_is_shown_there_only(
    customers: list[Customer], store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme, byte, _ = customers
    with attended(customers, store):
        acme.until_green()
        byte.until_green()
        monkeypatch.setattr(acme.engine, "poll", lambda: 1 / 0)
        shown = acme.click(acme.handle.check, UserRequest.CHECK)
        assert shown.health.reason is Reason.OWN_FAULT
        assert is_green(byte.click(byte.handle.check, UserRequest.CHECK))


def test_retry_after_is_honoured_by_all_of_a_client_id_and_by_no_other(
    customers: list[Customer], store: SlowStore, webex: Sandbox, tmp_path: Path
) -> None:
    """Webex counts by client id."""
    (tmp_path / "dyne").mkdir()
    own_app = webex.add_customer(another_app=True)
    dyne = Customer(full_profile(tmp_path / "dyne", webex, own_app))
    acme, byte, _ = customers
    with attended([*customers, dyne], store):
        for it in (*customers, dyne):
            it.until_green()
        webex.faults.next(Kind.DATA_SOURCES, Fault.rate_limited(3600), org=acme.org)
        acme.click(acme.handle.check, UserRequest.CHECK)
        asked = len(webex.requests)
        byte.click(byte.handle.check, UserRequest.CHECK)
        assert len(webex.requests) == asked
        dyne.click(dyne.handle.check, UserRequest.CHECK)
        assert len(webex.requests) == asked + 1


def test_checks_wait_for_the_budget_of_their_client_id_and_clicks_do_not(
    customers: list[Customer], store: SlowStore, webex: Sandbox
) -> None:
    """One request at once, and the next one in an hour."""
    with attended(customers, store, rate_limiter=RateLimiter(Budget(1 / 60))):
        webex.wait_for_request(lambda seen: seen.kind is Kind.DATA_SOURCES, timedelta(seconds=5))
        first = next(it for it in customers if it.org == webex.requests[0].org)
        first.until_green()
        others = [it for it in customers if it is not first]
        for it in others:
            waits = it.screen.until_idle().health
            assert (waits.reason, waits.checked_at) == (Reason.CHECKING, None)
            assert waits.next_try_at is not None
        assert len(webex.requests) == 1
        for it in others:
            assert is_green(it.click(it.handle.check, UserRequest.CHECK))
        assert len(webex.requests) == 3


def test_one_sign_in_serves_all_profiles_with_the_same_integration(
    customers: list[Customer], store: SlowStore, webex: Sandbox
) -> None:
    """Fifty profiles need one sign-in."""
    uri, browser, signed_in = free_redirect(webex), Browser(), webex.sign_in()
    for it in customers:
        it.profile.pasted, it.profile.refresh_token = None, signed_in.refresh
        it.profile.write_config()
        use_redirect(it.profile, uri)
    webex.revoke_all()
    with attended(customers, store, browser=browser):
        for it in customers:
            it.screen.until(lambda snapshot: snapshot.health.reason is Reason.SIGN_IN_ENDED)
        customers[0].handle.authorize()
        browse(browser.page())
        for it in customers:
            it.until_green()
    assert len(browser.opened) == 1


def test_each_keeps_its_own_last_report(customers: list[Customer], store: SlowStore) -> None:
    """`status --max-age` reads it: one profile wrote that of all the others."""
    with attended(customers, store):
        for it in customers:
            it.until_green()
    folders = AppDirs.under(customers[0].profile.folder.parent / "ours")
    for it in customers:
        config, base = it.profile.config_path, it.profile.webex.api_base
        kept = load_last_report(folders.token_facts, config, base, now=time.time(), max_age=60)
        assert kept is not None
        assert kept["object"]["env_file"] == str(it.profile.env_path)
