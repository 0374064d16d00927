"""A click on the next step, or a first start, opens the set-up page in the browser."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from tests.desktop.clicked import Clicked
from tests.profile import Profile
from tests.sign_in.test_start_page import open_page
from tray_app import bootstrap
from tray_app.desktop.setup_page import SetupPage
from tray_app.loopback.server import LoopbackServer, PortDenied
from tray_app.model.health import Health, Reason
from tray_app.model.origin import Origin
from tray_app.model.secret import Secret
from tray_app.model.setup import METHOD_FIELD
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import STARTING, Snapshot
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore


class Browser:
    """Notes the addresses; `works`: whether there is one."""

    def __init__(self) -> None:
        self.addresses: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.works = True

    def __call__(self, address: str, failed: Callable[[], None]) -> None:
        self.addresses.put(address)
        if not self.works:
            failed()

    def next(self) -> str:
        return self.addresses.get(timeout=60)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def instead() -> threading.Event:
    return threading.Event()


@pytest.fixture
def setup(profile: Profile) -> bootstrap.ProfileContext:
    profile.config_path.unlink()
    return bootstrap.ProfileContext(
        profile.config_path, profile.folders, store=MemoryStore(), environ={}
    )


@pytest.fixture
def page(
    setup: bootstrap.ProfileContext, browser: Browser, instead: threading.Event
) -> Iterator[SetupPage]:
    made = SetupPage(setup, Clicked(), instead.set, browser)
    yield made
    made.close()


def test_each_opening_shows_the_same_form_at_an_address_of_its_own(
    page: SetupPage, browser: Browser, instead: threading.Event
) -> None:
    page.open()
    first = browser.next()
    assert b"Set up the token" in open_page(first)
    page.open()
    second = browser.next()
    assert first != second
    assert b"Set up the token" in open_page(second)
    assert not instead.is_set()


def test_opened_again_long_after_it_begins_anew(page: SetupPage, browser: Browser) -> None:
    """The session ends with the server."""
    page.open()
    browser.next()
    first = page._server
    assert first is not None
    first.close()  # as it does if nobody looks
    page.open()
    assert b"Set up the token" in open_page(browser.next())
    assert page._server is not first


def test_without_a_browser_something_else_is_done(
    page: SetupPage, browser: Browser, instead: threading.Event
) -> None:
    browser.works = False
    page.open()
    assert instead.wait(60)


def test_if_no_port_can_be_had_something_else_is_done(
    page: SetupPage,
    browser: Browser,
    instead: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> int:
        raise PortDenied(0, "no descriptor left")

    monkeypatch.setattr(LoopbackServer, "open", fail)
    page.open()
    assert instead.wait(60)
    assert "the set-up page cannot be shown" in caplog.text
    assert browser.addresses.empty()


def test_a_config_that_is_not_approved_is_not_filled_in(
    setup: bootstrap.ProfileContext, browser: Browser, instead: threading.Event
) -> None:
    """Its path is another's choice."""
    SetupPage(replace(setup, origin=Origin.UNAPPROVED), Clicked(), instead.set, browser).open()
    assert instead.wait(60)
    assert browser.addresses.empty()


def test_a_sign_in_that_the_page_did_not_ask_for_opens_a_window(
    page: SetupPage, browser: Browser
) -> None:
    page.browse("http://127.0.0.1:1/sign-in/before", lambda: None)
    assert browser.next().endswith("before")
    page.open()
    browser.next()
    page.browse("http://127.0.0.1:1/sign-in/after", lambda: None)
    assert browser.next().endswith("after")


def test_once_it_is_written_an_old_sign_in_ends_and_the_profile_is_checked(
    setup: bootstrap.ProfileContext, browser: Browser
) -> None:
    handle = Clicked()
    page = SetupPage(setup, handle, lambda: None, browser)
    page.update(STARTING)  # nobody looks yet
    page.open()
    browser.next()
    page._on_saved()
    page.update(STARTING)
    assert handle.asked == ["drop sign-in", "poll"]
    page.close()
    page.close()


def test_opened_again_after_it_was_saved_it_shows_the_answers_again(
    setup: bootstrap.ProfileContext, browser: Browser, webex: Sandbox
) -> None:
    """And the state, long after."""
    setup = replace(setup, api_base=webex.api_base)
    with closing(SetupPage(setup, Clicked(), lambda: None, browser)) as page:
        page.open()
        browser.next()
        assert page._server is not None
        session = page._server._session
        session.settle(60)
        app = webex.service_app
        answers = {
            "serviceApp.appId": app.app_id,
            "serviceApp.clientSecret": app.client_secret,
            "serviceApp.targetOrgId": app.target_org_id,
            METHOD_FIELD: "nothing",
        }
        session.send({name: Secret(text) for name, text in answers.items()})
        session.settle(60)
        assert session.stage.name == "SAVED"
        page.open()
        again = open_page(browser.next())
        assert b"Change the set-up" in again
        assert app.app_id.encode() in again
    health = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ())
    with closing(SetupPage(setup, Clicked(), lambda: None, browser)) as page:
        page.update(Snapshot(health, signed_in=Outcome(SignInResult.TIMED_OUT)))
        page.open()
        assert b"Token works" in open_page(browser.next())


def test_after_the_end_nothing_is_opened(page: SetupPage, browser: Browser) -> None:
    page.close()
    page._open()
    assert browser.addresses.empty()
